"""Countries that somebody names in passing: `an event in Togo`, `Türkiye'den`, `بالمغرب`.

A name counts where its word or its ending makes it a place, and not inside another name. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from outreach import places
from outreach.replies.country import Method, Where, found
from outreach.replies.flat import flat
from outreach.replies.otherpeople import is_others
from outreach.replies.placereading import unmarked, unspaced
from outreach.replies.placewords import (
    ARTICLES,
    AT,
    FIRST_NAMES,
    INFLECTING,
    LEADS,
    PART_OF,
    TOKEN,
    UNCASED,
    UNSPACED,
    after,
    is_code,
    is_title,
)

#: what may follow a name that stands for itself
_ENDS: Final = frozenset("\n.,!);")
_APOSTROPHE: Final = re.compile("['’ʼ](?!s$)")
#: letters of a run without spaces that are looked at
_LONGEST_RUN: Final = 60


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a stop, and where it stands."""

    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """Cut text into words and stops."""
    return [Token(found[0], found.start(), found.end()) for found in TOKEN.finditer(text)]


class Mentions:
    """The countries that a text names, apart from those that follow a phrase."""

    def __init__(
        self, text: str, flat_text: str, tokens: list[Token], named: frozenset[str]
    ) -> None:
        self._text = text
        self._flat = flat_text
        self._tokens = tokens
        #: the person's own name, in flat words: who is called Israel names no country by it
        self._named = named

    def __iter__(self) -> Iterator[Where]:
        """Give what is named, from left to right; the longest name counts."""
        n = 0
        while n < len(self._tokens):
            size, where = self._at(n)
            if where is not None and not self._is_others(n, size, where):
                yield where
            n += max(size, 1)

    def _is_others(self, n: int, size: int, where: Where) -> bool:
        start, end = self._tokens[n].start, self._tokens[n + max(size, 1) - 1].end
        return where.method is Method.NAMED and is_others(self._flat, start, end)

    def _at(self, n: int) -> tuple[int, Where | None]:
        word = self._tokens[n].text
        if UNSPACED.match(word):
            return 1, self._in_run(self._tokens[n])
        if UNCASED.match(word):
            return self._uncased(n)
        return self._cased(n) if word[0].isupper() else (0, None)

    def _cased(self, n: int) -> tuple[int, Where | None]:
        for size in range(min(7, len(self._tokens) - n), 0, -1):
            run = [token.text for token in self._tokens[n : n + size]]
            text = " ".join(run)
            if not is_title(run) or is_code(text) or self._is_own_name(text):
                continue
            code = "" if places.is_doubtful(text) else places.country_code(text)
            if not code and size > 1 and (code := places.country_inflected(text)):
                return size, self._behind(n + size - 1, code, text) or found(
                    code, text, Method.NAMED
                )
            if code or places.is_doubtful(text):
                is_place = (size > 1 or self._is_place(n)) and not self._is_part_of_name(n)
                return size, found(code, text, Method.NAMED) if is_place else None
        return 1, None if self._is_own_name(self._tokens[n].text) else self._inflected(n)

    def _is_own_name(self, text: str) -> bool:
        return any(flat(word) in self._named for word in text.split())

    def _is_place(self, n: int) -> bool:
        """Whether one word is named as a place: after "in" or "from", or between stops."""
        following = self._following(n)
        if following[:1].isupper():
            return False
        preceding = self._preceding(n)
        if preceding in AT:
            return True
        is_first_name = flat(self._tokens[n].text) in FIRST_NAMES
        return following in _ENDS and not preceding[:1].isalpha() and not is_first_name

    def _preceding(self, n: int) -> str:
        """The word before, but for an article behind a word of place: in the, aus der."""
        before = [flat(token.text) for token in self._tokens[max(0, n - 2) : n]]
        if len(before) == 2 and before[1] in ARTICLES and before[0] in AT:
            return before[0]
        return before[-1] if before else "\n"

    def _following(self, n: int) -> str:
        return self._tokens[n + 1].text if n + 1 < len(self._tokens) else "\n"

    def _is_part_of_name(self, n: int) -> bool:
        """Whether the name stands in another one: Rue de France, University of Ghana."""
        if n < 2 or self._preceding(n) not in PART_OF:
            return False
        start = n - 2
        while start and flat(self._tokens[start].text) in PART_OF | ARTICLES:
            start -= 1
        return self._tokens[start].text[:1].isupper() and (start > 0 or len(self._tokens) < n + 4)

    def _inflected(self, n: int) -> Where | None:
        """`в России`, `Türkiye'den`, `Kenyában élek`: with a sign that it is a place."""
        token = self._tokens[n]
        code = places.country_inflected(token.text)
        if not code:
            return None
        is_marked = _APOSTROPHE.search(token.text) is not None
        # behind a capital it is the end of a longer name
        is_whole = n == 0 or not self._tokens[n - 1].text[:1].isupper()
        is_place = is_whole and (is_marked or self._preceding(n) in INFLECTING)
        named = found(code, token.text, Method.NAMED) if is_place else None
        return self._behind(n, code, token.text) or named

    def _behind(self, n: int, code: str, text: str) -> Where | None:
        """The country, where its ending and what follows say that somebody lives there."""
        end = self._tokens[n].end
        behind = self._flat[end - 4 : end + 30]
        for section, method in (("lives_after", Method.LIVES), ("from_after", Method.FROM)):
            if after(section).search(behind):
                return found(code, text, method)
        return None

    def _uncased(self, n: int) -> tuple[int, Where | None]:
        """A country in a script without capitals: with a word or ending that makes it a place."""
        start = self._tokens[n].start
        for size in range(min(4, len(self._tokens) - n), 0, -1):
            end = self._tokens[n + size - 1].end
            text = self._text[start:end]
            for form, marked in unmarked(text):
                doubtful = places.is_doubtful(form)
                code = "" if doubtful else places.country_code(form)
                if (code or doubtful) and len(form) > 1 and not self._is_own_name(form):
                    behind = self._flat[end - (len(text) - len(form)) : end + 30]
                    is_place = marked or self._is_led(n, size)
                    return size, _told_by(behind, code, form, is_place=is_place)
        return 0, None

    def _is_led(self, n: int, size: int) -> bool:
        before, following = self._preceding(n), self._following(n + size - 1)
        return before in LEADS or not (before[:1].isalpha() or following[:1].isalpha())

    def _in_run(self, token: Token) -> Where | None:
        run = token.text
        for start in range(min(len(run), _LONGEST_RUN)):
            where = unspaced(run[start:], Method.NAMED, cities=False)
            if where is None or self._is_own_name(where.text):
                continue
            end = token.start + start + len(where.text)
            behind = self._flat[end : end + 30]
            told = _told_by(behind, where.code, where.text, is_place=run == where.text)
            if told is not None:
                return told
        return None


def _told_by(behind: str, code: str, form: str, *, is_place: bool) -> Where | None:
    """Say by what a name was found, from the words behind it."""
    for section, method in (("lives_after", Method.LIVES), ("from_after", Method.FROM)):
        if after(section).match(behind):
            return found(code, form, method)
    return found(code, form, Method.NAMED) if is_place else None
