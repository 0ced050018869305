"""What an organiser's own words say came of a gathering: `5 debates, 1,800 letters`. Pure.

Only what is plain is taken: a number beside a word that can mean one thing, or a line such as
`Letters: 1800`. Whatever else may be a number of letters is a question for staff.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from outreach.followups.results import MOST, Count
from outreach.followups.resulttokens import VAGUELY, Token, sentences
from outreach.followups.resultwords import (
    ABOUT,
    AND,
    BETWEEN,
    DOUBTS,
    EACH,
    EVENTS,
    FEWER,
    FILLERS,
    KINDS,
    LABELS,
    ONE,
    OR,
    OTHER,
    PEOPLE,
    SORTS,
    TELLING,
    UNSORTED,
    UNSPACED,
    VAGUE,
    WISHES,
    YEARS,
)
from outreach.model import ActionKind

#: characters; nobody tells results in more
_LONGEST: Final = 20_000
#: words that may stand between a number and what is counted, all of them fillers
_GAP: Final = 3


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood."""

    counts: tuple[Count, ...] = ()
    events: int | None = None
    attended: int | None = None
    #: a number is an estimate
    about: bool = False
    #: what staff have to find out; empty where all is plain
    questions: tuple[str, ...] = ()
    #: whether there was any number at all
    has_numbers: bool = False

    @property
    def says_something(self) -> bool:
        """Whether anything was counted, or may have been."""
        counted = bool(self.counts) or self.events is not None or self.attended is not None
        return counted or bool(self.questions)


def read_results(text: str, language: str = "", year: int = 0) -> Heard:
    """Understand an organiser's own words, without what they quote.

    `language` (BCP 47) is theirs, where it is known; `year` is that of the gathering, which is
    hardly a number of letters. Never raises.
    """
    hearing = _Hearing(year)
    if len(text) > _LONGEST:
        # at no number, of which the begin is another one
        text = re.sub(r"\S*$", "", text[:_LONGEST])
        hearing.questions.append("it is long: what does the end of it say?")
    for sentence in sentences(text, language):
        hearing.hear(sentence)
    return hearing.heard()


@dataclass(slots=True)
class _Hearing:
    """Collects what sentences say."""

    year: int
    counted: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    questions: list[str] = field(default_factory=list)
    about: bool = False
    has_numbers: bool = False
    #: kinds that a number stands near, not beside
    near: dict[str, int] = field(default_factory=dict)

    def hear(self, tokens: Sequence[Token]) -> None:
        """Take in one sentence or line."""
        numbers = any(token.value is not None for token in tokens)
        self.has_numbers = self.has_numbers or numbers
        for place, token in enumerate(tokens):
            if token.text == VAGUELY or token.text in VAGUE:
                self._vague(tokens, place)
        if not numbers:
            return
        if _is_elsewhen(tokens) and _things(tokens):
            self.questions.append("a wish, or another year: " + _said(tokens))
            return
        if self._label(tokens):
            return
        if _is_doubtful(tokens) and _things(tokens):
            self.questions.append("is that so many in all? It says " + _said(tokens))
            return
        before = {thing: len(values) for thing, values in self.counted.items()}
        self._parts(tokens)
        for thing, values in self.counted.items():
            # said again in another sentence it is the same, in one it is more
            if thing not in (_EVENT, _SORT) and len(values) > before.get(thing, 0) + 1:
                self.questions.append(f"how many {thing} in all? It says {_said(tokens)}")

    def _parts(self, tokens: Sequence[Token]) -> None:
        """Take in what a sentence says between its commas."""
        part: list[Token] = []
        for token in [*tokens, Token(",")]:
            if token.text != ",":
                part.append(token)
                continue
            if _is_list(part):
                # what it lists is counted by what follows
                part.append(token)
                continue
            self._part(part)
            part = []
        self._part(part)

    def _part(self, tokens: Sequence[Token]) -> None:
        """Take in what stands between two commas."""
        if not self._label(tokens):
            for place, token in enumerate(tokens):
                if token.value is not None:
                    self._number(tokens, place)

    def _label(self, tokens: Sequence[Token]) -> bool:
        """`Letters and cards: 1800`: things, a mark or nothing, and one number at the end."""
        numbers = [place for place, token in enumerate(tokens) if token.value is not None]
        if len(numbers) != 1:
            return False
        place = numbers[0]
        behind = [t for t in tokens[place + 1 :] if t.text != ","]
        before = [t.text for t in tokens[:place]]
        if behind or not any(map(_thing, before)):
            return False
        known = AND | ABOUT | FEWER | FILLERS | LABELS | {VAGUELY}
        if any(not _thing(w) and w not in known and w not in ",:=–—-&/~≈±" for w in before):
            return False
        self._count([word for word in before if _thing(word)], tokens, place)
        return True

    def _number(self, tokens: Sequence[Token], place: int) -> None:
        """Find what a number counts: the things behind it, up to the next number."""
        rest = tokens[place + 1 :]
        end = next((n for n, token in enumerate(rest) if token.value is not None), len(rest))
        rest = rest[:end]
        gap = 0
        while gap < len(rest) and gap < _GAP and rest[gap].text in FILLERS | {"+"}:
            if _thing(rest[gap].text) and _joined(rest[gap:])[0]:
                break
            gap += 1
        things, _ = _joined(rest[gap:])
        if things:
            self._count(things, tokens, place)
            return
        before = tokens[place - 1].text if place else ""
        if _thing(before) and re.match(f"[{UNSPACED}]", before):
            self._count([before], tokens, place)
            return
        reach = [token.text for token in rest[: _GAP + 1]]
        for word in reach:
            if word in KINDS or word in UNSORTED:
                self.near.setdefault(_thing(word), tokens[place].value or 0)

    def _count(self, words: Sequence[str], tokens: Sequence[Token], place: int) -> None:
        things = list(dict.fromkeys(_thing(word) for word in words))
        value = tokens[place].value
        number = tokens[place].text
        before = [token.text for token in tokens[max(0, place - 3) : place]]
        named = " and ".join(things)
        if value is None or value < 0 or value > MOST:
            self.questions.append(f"how many {named}? It says {number}")
        elif len(things) > 1 and value:
            self.questions.append(f"{value} is {named} together: how many of each?")
        elif things[0] == _UNSORTED_THING and value:
            self.questions.append(f"of what kind are the {value} {words[0]}?")
        elif _is_range(tokens, place) or FEWER & set(before):
            self.questions.append(f"how many {named}? It says {_said(tokens)}")
        elif value == self.year and things[0] not in (_EVENT, _PERSON):
            self.questions.append(f"is {value} the year, or a number of {named}?")
        elif things[0] != _UNSORTED_THING:
            self.counted[things[0]].append(value)
            after = tokens[place + 1].text if place + 1 < len(tokens) else ""
            is_about = ABOUT & set(before) or {"~", "≈", "±"} & set(before) or after == "+"
            self.about = self.about or bool(is_about)

    def _vague(self, tokens: Sequence[Token], place: int) -> None:
        if place and tokens[place - 1].text in LABELS:
            return  # how many letters
        behind = [token.text for token in tokens[place + 1 : place + 1 + _GAP]]
        for word in behind:
            if word in KINDS:
                self.questions.append(f"how many {_thing(word)}? It says {_said(tokens)}")
                return

    def heard(self) -> Heard:
        """Give what was understood of all."""
        numbers: dict[str, int] = {}
        for thing, values in self.counted.items():
            distinct = sorted(set(values))
            if len(distinct) > 1 and thing not in (_EVENT, _SORT):
                several = " or ".join(map(str, distinct))
                self.questions.append(f"how many {thing}: {several}?")
            numbers[thing] = sum(values) if thing == _SORT else values[0]
        self.questions += [
            f"is it {value} {thing}?"
            for thing, value in self.near.items()
            if thing not in numbers and value
        ]
        counts = tuple(
            Count(kind, numbers[name]) for kind in ActionKind if (name := _name(kind)) in numbers
        )
        return Heard(
            counts=counts,
            events=numbers.get(_EVENT, numbers.get(_SORT)),
            attended=numbers.get(_PERSON),
            about=self.about,
            questions=tuple(dict.fromkeys(self.questions)),
            has_numbers=self.has_numbers,
        )


def _is_list(tokens: Sequence[Token]) -> bool:
    """Whether there are only things that are counted, and no number."""
    known = AND | {","}
    return any(_thing(t.text) for t in tokens) and all(
        _thing(t.text) or t.text in known for t in tokens
    )


_EVENT: Final = "events"
_SORT: Final = "debates or concerts"
_PERSON: Final = "people"
_UNSORTED_THING: Final = "messages"


def _name(kind: ActionKind) -> str:
    names = {ActionKind.SMS: "text messages", ActionKind.FAX: "faxes"}
    return names.get(kind, f"{kind.replace('_', ' ')}s")


def _thing(word: str) -> str:
    """Give what a word counts, in our words; '' for any other word."""
    if word in KINDS:
        return _name(KINDS[word])
    for words, thing in (
        (UNSORTED, _UNSORTED_THING),
        (EVENTS, _EVENT),
        (SORTS, _SORT),
        (PEOPLE, _PERSON),
    ):
        if word in words:
            return thing
    return ""


def _things(tokens: Sequence[Token]) -> list[str]:
    return [token.text for token in tokens if _thing(token.text)]


def _joined(tokens: Sequence[Token]) -> tuple[list[str], int]:
    """Give the things that stand at the beginning, joined by `and`, and how many tokens they are.

    A comma joins only what an `and` joins too: `letters, cards and signatures`.
    """
    things: list[str] = []
    place = last = 0
    while place < len(tokens):
        word = tokens[place].text
        if _thing(word):
            things.append(word)
            last = place + 1
        elif (word not in AND and word not in {"/", ","} and word not in FILLERS) or not things:
            break
        place += 1
    return things, last


def _is_range(tokens: Sequence[Token], place: int) -> bool:
    """Whether a number is one end of a range: 200-300, two or three hundred, 200 to 300."""
    if any(token.text in BETWEEN for token in tokens[:place]):
        return True
    return any(
        0 <= other < len(tokens)
        and tokens[other].value is not None
        and tokens[between].text in OR | {"-", "–", "—", "/"}
        for other, between in ((place - 2, place - 1), (place + 2, place + 1))
    )


def _is_elsewhen(tokens: Sequence[Token]) -> bool:
    """Whether a sentence speaks of what somebody wishes, or of another year."""
    words = [token.text for token in tokens]
    for place, word in enumerate(words):
        if word in WISHES and not TELLING & set(words[place + 1 : place + 4]):
            return True
        beside = {*words[max(0, place - 1) : place], *words[place + 1 : place + 2]}
        if word in OTHER and YEARS & beside:
            return True
    return False


def _is_doubtful(tokens: Sequence[Token]) -> bool:
    """Whether a sentence may deny its number, share it out, or ask for so many."""
    words = [token.text for token in tokens]
    by_each = any(word in EACH and after in ONE for word, after in pairwise(words))
    # je 25 Briefe: in French a verb follows
    by_each = by_each or any(
        word.text == "je" and after.value is not None for word, after in pairwise(tokens)
    )
    return by_each or bool(DOUBTS & set(words))


def _said(tokens: Sequence[Token]) -> str:
    words = " ".join("…" if token.text == VAGUELY else token.text for token in tokens)
    return words[:120]
