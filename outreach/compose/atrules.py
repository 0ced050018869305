"""Rules that no element can carry: media queries, dark screens, fonts. Kept from the inliner.

premailer (3.10) gives what begins with an @ to cssutils, which knows the CSS of 2011: it falls over
rules inside rules and over `prefers-color-scheme`, and writes anew what it does understand. So
these rules are taken out of a page's styles before they are inlined, and stand in the head
afterwards, letter by letter as their author wrote them.
"""

from __future__ import annotations

import re
from typing import Final

#: a comment is passed over whole: what stands in one for Outlook is not ours to change
_STYLE: Final = re.compile(
    r"(?P<comment><!--.*?-->)|(?P<open><style\b[^>]*>)(?P<css>.*?)(?P<close></style\s*>)",
    re.DOTALL | re.IGNORECASE,
)
_TOKEN: Final = re.compile(
    r"""/\*.*?(?:\*/|\Z)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|\\.|[@{};]""", re.DOTALL
)
#: premailer doesn't inline the others
_MEDIA: Final = re.compile(r"""\smedia\s*=\s*["']?\s*(?!all\b|screen\b)""", re.IGNORECASE)
_KEPT: Final = '<style data-premailer="ignore">'


def set_apart(html: str) -> str:
    """Move the at-rules of each <style> into one of their own that premailer leaves as it is."""
    return _STYLE.sub(_apart, html)


def split(css: str) -> tuple[str, str]:
    """Give the plain rules of a style sheet, and its at-rules in their order."""
    plain: list[str] = []
    kept: list[str] = []
    depth, done, at = 0, 0, -1
    for token in _TOKEN.finditer(css):
        mark = token[0]
        if mark == "@" and depth == 0 and at < 0:
            at = token.start()
            plain.append(css[done:at])
        elif mark == "{":
            depth += 1
        elif mark == "}":
            depth = max(depth - 1, 0)
        if at >= 0 and depth == 0 and mark in (";", "}"):
            done = token.end()
            kept.append(css[at:done])
            at = -1
    if at >= 0:
        kept.append(css[at:])
    else:
        plain.append(css[done:])
    return "".join(plain), "\n".join(kept)


def _apart(found: re.Match[str]) -> str:
    if found["comment"] or "@" not in found["css"]:
        return found[0]
    if "data-premailer" in found["open"] or _MEDIA.search(found["open"]):
        return found[0]
    plain, kept = split(found["css"])
    if not kept:
        return found[0]
    # the attributes, such as media, hold for both
    own = _KEPT if found["open"].lower() == "<style>" else _KEPT[:-1] + found["open"][6:]
    plain_style = f"{found['open']}{plain}{found['close']}" if plain.strip() else ""
    return f"{plain_style}{own}\n{kept}\n</style>"
