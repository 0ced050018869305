"""Further columns that a message names, against those that the people on the list have.

{{ supporter.attributes["Shirt size"] }}   {{ supporter.attributes.get("Shirt size", "") }}
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Final, TypeAlias

from jinja2 import nodes

from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.sources import Source
from outreach.compose.vocabulary import cleaned
from outreach.errors import shown

_Member: TypeAlias = nodes.Getattr | nodes.Getitem

#: what every mapping has, and no column
_OF_MAPPINGS: Final = {"copy", "get", "items", "keys", "values"}
#: of a list's columns, so many are told
_MOST: Final = 8


def unknown(source: Source, columns: Collection[str]) -> Iterator[Finding]:
    """Give the columns that a file names and nobody has; `columns` are those that somebody has."""
    there_are = sorted(set(map(cleaned, columns)))
    for line, name in _named(source.tree):
        if name not in there_are:
            yield finding("column", source.file, line, _said(name, there_are))


def _said(name: str, there_are: list[str]) -> str:
    said = f"nobody on the list has the further column {shown(name)}"
    folded = {column.casefold(): column for column in there_are}
    near = difflib.get_close_matches(name.casefold(), folded, 1, 0.6)
    if near:
        return f"{said}, did you mean {shown(folded[near[0]])}"
    if not there_are:
        return f"{said}, nor any other"
    more = f" and {len(there_are) - _MOST} more" if len(there_are) > _MOST else ""
    return f"{said}; there are {', '.join(map(shown, there_are[:_MOST]))}{more}"


def _named(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    members: list[_Member] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
    for member in members:
        name = _key(member)
        if name and _is_attributes(member.node) and name not in _OF_MAPPINGS:
            yield member.lineno, name
    for call in tree.find_all(nodes.Call):
        got = call.node
        if isinstance(got, nodes.Getattr) and got.attr == "get" and _is_attributes(got.node):
            name = _text(call.args[0]) if call.args else ""
            if name:
                yield call.lineno, name


def _is_attributes(node: nodes.Node) -> bool:
    if not isinstance(node, nodes.Getattr | nodes.Getitem) or _key(node) != "attributes":
        return False
    return isinstance(node.node, nodes.Name) and node.node.name == "supporter"


def _key(node: _Member) -> str:
    return node.attr if isinstance(node, nodes.Getattr) else _text(node.arg)


def _text(node: nodes.Node) -> str:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else ""
