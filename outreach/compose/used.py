"""Which of a supporter's values the files of a message use. Pure.

Read from the parsed files, so that no reader's way through the ifs is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from jinja2 import nodes

from outreach.compose import manifest, vocabulary
from outreach.compose.environment import environment
from outreach.compose.library import FrozenMessage
from outreach.compose.trees import all_reachable, names_its_files
from outreach.compose.vocabulary import NAMES

_OF_SUPPORTER: Final = frozenset(NAMES["supporter"])
_Member: TypeAlias = nodes.Getattr | nodes.Getitem


@dataclass(frozen=True, slots=True)
class Used:
    """The values that the files name, each in order of name."""

    #: `given_name`, `country`
    fields: tuple[str, ...]
    #: further columns of the list
    columns: tuple[str, ...]
    #: whether that is all: False where a file hands the supporter on, or puts a name together
    is_all: bool


def used_values(frozen: FrozenMessage) -> Used:
    """Name the values that a message uses."""
    fields: set[str] = set()
    columns: set[str] = set()
    is_all = True
    for tree in trees(frozen):
        own = _Uses(tree)
        fields |= own.fields
        columns |= own.columns
        is_all &= own.is_all
    return Used(tuple(sorted(fields)), tuple(sorted(columns)), is_all)


def trees(frozen: FrozenMessage) -> Iterator[nodes.Template]:
    """Give the parsed files that the versions of a message reach, those that several do once."""
    yield from files(frozen).values()


def files(frozen: FrozenMessage) -> dict[str, nodes.Template]:
    """Give the same by their paths.

    Where a file is named by an expression, as in `{% include name %}`, it may be any: then all that
    a message can name are given. What can't be parsed is left out.
    """
    read = manifest.read(frozen.name, frozen.files)
    filters = vocabulary.filters(read.default_language)
    made = environment(frozen.name, frozen.files, filters, html=True)
    found: dict[str, nodes.Template] = {}
    for path, _ in manifest.version_files(frozen.name, frozen.files):
        found |= all_reachable(path, made)
    return found


class _Uses:
    """What one file uses; each `supporter` and `.attributes` that is understood is ticked off."""

    def __init__(self, tree: nodes.Template) -> None:
        self.fields: set[str] = set()
        self.columns: set[str] = set()
        understood: set[int] = set()
        members: list[_Member] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
        for member in members:
            if _is_supporter(member.node) and _name(member) in _OF_SUPPORTER:
                understood.add(id(member.node))
                self.fields |= {_name(member)} - {"attributes"}
            elif _is_attributes(member.node) and _name(member) not in ("", "get"):
                understood.add(id(member.node))
                self.columns.add(_name(member))
        for call in tree.find_all(nodes.Call):
            got = call.node
            column = _text(call.args[0]) if call.args else ""
            if not column or not isinstance(got, _Member) or _name(got) != "get":
                continue
            if _is_attributes(got.node):
                understood.add(id(got.node))
                self.columns.add(column)
        self.is_all = names_its_files(tree) and all(
            id(node) in understood
            for node in [*tree.find_all(nodes.Name), *members]
            if _is_attributes(node) or (_is_supporter(node) and getattr(node, "ctx", "") == "load")
        )


def _is_supporter(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "supporter"


def _is_attributes(node: nodes.Node) -> bool:
    return isinstance(node, _Member) and _name(node) == "attributes" and _is_supporter(node.node)


def _name(node: _Member) -> str:
    return node.attr if isinstance(node, nodes.Getattr) else _text(node.arg)


def _text(node: object) -> str:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else ""
