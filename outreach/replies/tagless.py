"""The words of HTML that no parser takes: too deep, or broken beyond reading. Writes nothing.

Nothing but the tags is looked at, one after the other, so that any page is read in one pass.
"""

from __future__ import annotations

import html
import re
from collections.abc import Set
from typing import Final

_TAG: Final = re.compile(r"(<[^<>]*>)")
_NAME: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_QUOTE: Final = "blockquote"


def without_tags(page: str, blocks: Set[str], skipped: Set[str]) -> str:
    """Give the words between the tags; `blocks` end a line, what stands in `skipped` is left out.

    A line inside a blockquote starts with `> `.
    """
    lines: list[tuple[int, list[str]]] = [(0, [])]
    depth, inside = 0, ""
    for piece in _TAG.split(page):
        tag = _NAME.match(piece)
        if tag is None:
            if not inside and not (piece.startswith("<!") and piece.endswith(">")):
                lines[-1][1].append(html.unescape(piece))
            continue
        closes, name = bool(tag[1]), tag[2].lower()
        if name == _QUOTE:
            depth = max(depth + (-1 if closes else 1), 0)
        if inside in (name, "head") and (closes or name == "body"):
            inside = ""
        elif name in skipped and not closes and not inside and not piece.endswith("/>"):
            inside = name
        if name in blocks or name == "br":
            lines.append((depth, []))
    folded = ((min(depth, 5), " ".join("".join(words).split())) for depth, words in lines)
    return "\n".join("> " * depth + line for depth, line in folded if line)
