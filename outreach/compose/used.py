"""Which of a supporter's values the files of a message use. Pure.

Read from the parsed files, so that no reader's way through the ifs is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jinja2 import nodes

from outreach.compose import manifest, vocabulary
from outreach.compose.check import reachable
from outreach.compose.environment import environment
from outreach.compose.library import FrozenMessage
from outreach.compose.vocabulary import NAMES

_OF_SUPPORTER: Final = frozenset(NAMES["supporter"])


def used_values(frozen: FrozenMessage) -> tuple[str, ...]:
    """Name them in order: `given_name`, and `attributes.Shirt size` for a further column."""
    return tuple(sorted({name for tree in trees(frozen) for name in _used(tree)}))


def trees(frozen: FrozenMessage) -> Iterator[nodes.Template]:
    """Give the parsed files that the versions of a message reach, those that several do once."""
    read = manifest.read(frozen.name, frozen.files)
    filters = vocabulary.filters(read.default_language)
    made = environment(frozen.name, frozen.files, filters, html=True)
    found: dict[str, nodes.Template] = {}
    for path, _ in manifest.version_files(frozen.name, frozen.files):
        found |= reachable(path, made)
    yield from found.values()


def _used(tree: nodes.Template) -> Iterator[str]:
    for node in _parts(tree):
        name = _name(node)
        if name in _OF_SUPPORTER and _is_supporter(node.node):
            yield name
        elif _is_attributes(node.node) and name and name != "get":
            yield f"attributes.{name}"
    for call in tree.find_all(nodes.Call):
        getter = call.node
        if isinstance(getter, nodes.Getattr) and getter.attr == "get" and call.args:
            column = _text(call.args[0])
            if _is_attributes(getter.node) and column:
                yield f"attributes.{column}"


def _parts(tree: nodes.Template) -> Iterator[nodes.Getattr | nodes.Getitem]:
    yield from tree.find_all(nodes.Getattr)
    yield from tree.find_all(nodes.Getitem)


def _name(node: nodes.Getattr | nodes.Getitem) -> str:
    return node.attr if isinstance(node, nodes.Getattr) else _text(node.arg)


def _is_supporter(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "supporter"


def _is_attributes(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.Getattr | nodes.Getitem)
        and _name(node) == "attributes"
        and _is_supporter(node.node)
    )


def _text(node: nodes.Node) -> str:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else ""
