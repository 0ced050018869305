"""How large a statement is once every part of its WITH stands wherever it is named.

SQLite writes the parts out before it asks its authoriser or looks at any clock. So sixteen lines,
each naming the one above twice, would take all memory before anybody could stop them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from outreach.segments.tokens import Token, tokens

#: tokens, each about 100 bytes of SQLite's memory; the longest segment file has no more by itself
LARGEST: Final = 1_000_000
#: of parts that name each other, one upon the other
_DEEPEST: Final = 150
_QUOTES: Final = str.maketrans("", "", "'\"`[]")


def too_large(sql: str) -> bool:
    """Whether a statement has more than `LARGEST` tokens when its parts are written out."""
    found = list(tokens(sql))
    parts = defaultdict(list)
    for name, body in _parts(found):
        parts[name].append(body)
    sizes: dict[str, int] = {}

    def size(some: Sequence[Token], above: tuple[str, ...]) -> int:
        if len(above) > _DEEPEST:
            return LARGEST + 1
        total = len(some)
        for name in _names(some):
            # a part that names itself is recursive, and written once
            if name in parts and name not in above:
                if name not in sizes:
                    sizes[name] = sum(size(body, (*above, name)) for body in parts[name])
                total += sizes[name]
        return total

    return size(found, ()) > LARGEST


def _names(some: Sequence[Token]) -> Iterator[str]:
    """Give what may name a part: neither before a dot nor after one."""
    for before, token, after in zip([None, *some], some, [*some[1:], None], strict=False):
        dotted = (before and before.text == ".") or (after and after.text == ".")
        if token.kind in {"word", "quoted", "text"} and not dotted:
            yield _plain(token)


def _plain(token: Token) -> str:
    """Give a name without case and quotes; that two may become one only makes us more careful."""
    return token.text.translate(_QUOTES).lower()


def _parts(found: Sequence[Token]) -> Iterator[tuple[str, Sequence[Token]]]:
    """Give each `name [(columns)] AS [[NOT] MATERIALIZED] (body)`, wherever it stands."""
    partner: dict[int, int] = {}
    opened: list[int] = []
    for place, token in enumerate(found):
        if token.text == "(":
            opened.append(place)
        elif token.text == ")" and opened:
            partner[place] = opened.pop()
            partner[partner[place]] = place
    for place, token in enumerate(found):
        if token.text.upper() != "AS" or place == 0:
            continue
        start = place + 1
        while start < len(found) and found[start].text.upper() in {"NOT", "MATERIALIZED"}:
            start += 1
        named = partner.get(place - 1, place) - 1
        if start in partner and found[start].text == "(" and named >= 0:
            yield _plain(found[named]), found[start + 1 : partner[start]]
