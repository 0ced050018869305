"""The styles of a message as they are written: rules with file, line and declarations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import tinycss2


@dataclass(frozen=True, slots=True)
class Declaration:
    """One property and its value."""

    name: str
    value: str
    important: bool
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; an at-rule without a block of declarations has none."""

    selector: str
    #: the media query or other condition around it, without the word media; '' outside all
    condition: str
    #: the name of the at-rule that it is, or ''
    at: str
    line: int
    declarations: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What is no CSS."""

    line: int
    why: str


def parse(css: str, line: int = 1) -> Iterator[Rule | Unreadable]:
    """Give every rule of a style sheet that begins on `line`, also those inside conditions."""
    nodes = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    yield from _rules(nodes, "", line - 1)


def declarations(css: str, line: int = 1) -> tuple[tuple[Declaration, ...], list[Unreadable]]:
    """Read the text of a style attribute that begins on `line`."""
    return _declarations(css, line - 1)


def _rules(nodes: list[Any], condition: str, lines: int) -> Iterator[Rule | Unreadable]:
    for node in nodes:
        line = node.source_line + lines
        if node.type == "error":
            yield Unreadable(line, node.message)
        elif stray := next((token for token in node.prelude if token.type == "error"), None):
            yield Unreadable(stray.source_line + lines, stray.message)
        elif node.type == "qualified-rule":
            found, bad = _declarations(node.content, lines)
            yield from bad
            yield Rule(tinycss2.serialize(node.prelude).strip(), condition, "", line, found)
        elif node.type == "at-rule":
            yield from _at_rule(node, condition, lines, line)


def _at_rule(node: Any, condition: str, lines: int, line: int) -> Iterator[Rule | Unreadable]:
    name, prelude = node.lower_at_keyword, tinycss2.serialize(node.prelude).strip()
    if node.content is not None and name in ("media", "supports", "layer", "container"):
        inside = prelude if name == "media" else f"{name} {prelude}"
        nested = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
        joined = f"{condition} and {inside}" if condition else inside
        yield from _rules(nested, joined, lines)
    else:
        yield Rule(prelude, condition, name, line, ())


def _declarations(content: Any, lines: int) -> tuple[tuple[Declaration, ...], list[Unreadable]]:
    nodes = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    found, bad = [], []
    for node in nodes:
        line = node.source_line + lines
        if node.type == "declaration":
            value = tinycss2.serialize(node.value).strip()
            found.append(Declaration(node.lower_name, value, node.important, line))
        elif node.type == "error":
            bad.append(Unreadable(line, node.message))
    return tuple(found), bad
