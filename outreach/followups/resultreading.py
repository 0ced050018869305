"""What an organiser's own words say came of a gathering: `5 debates, 1,800 letters`. Pure.

Only what is plain is taken: a number beside a word that can mean one thing, or a line such as
`Letters: 1800`. Whatever else may be a number of letters is a question for staff.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from text_to_num import alpha2digit

from outreach.followups.results import MOST, Count
from outreach.followups.resultwords import (
    ABOUT,
    AND,
    BETWEEN,
    CLASSIFIERS,
    EVENTS,
    FEWER,
    FILLERS,
    KINDS,
    NOT_NOW,
    OR,
    PEOPLE,
    PETITIONS,
    SORTS,
    TEXT,
    THOUSAND,
    UNSORTED,
    UNSPACED,
    VAGUE,
    flat,
    unspaced,
)
from outreach.model import ActionKind

#: languages whose number words are read
_SPELT: Final = frozenset({"da", "de", "en", "es", "fr", "it", "nl", "pt"})
#: characters; nobody tells results in more
_LONGEST: Final = 20_000
_LONGEST_NUMBER: Final = 15
#: words that may stand between a number and what is counted, all of them fillers
_GAP: Final = 3

#: 1,800 1.800 1'800 1 800 and the Indian 1,00,000; a decimal; a number with nothing in it
_GROUPED: Final = r"\d{1,3}(?:[.,'’٬ ]\d{3})+(?!\d)|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)"
_TOKEN: Final = re.compile(
    rf"(?P<sign>(?<!\S)[-−])?(?P<number>(?<![\w.,])(?:{_GROUPED}|\d+[.,٫]\d+|\d+))(?P<tail>[a-z]*)"
    r"|(?P<word>[^\W\d_]+(?:[-'’][^\W\d_]+)*)"
    r"|(?P<comma>[,،、;()*•])|(?P<stop>[.!?\n。])|(?P<mark>[:=+~≈±&%€$£/–—¤-])"
)
#: 2 mil, 1.5k
_THOUSANDS: Final = re.compile(
    rf"(?<![\w.,])(\d{{1,3}}(?:[.,٫]\d{{1,2}})?)\s*({'|'.join(sorted(THOUSAND))})(?![^\W\d_])",
    re.IGNORECASE,
)
#: where letters that are not Latin stand at a number: و200, 写了1800封
_SEAM: Final = re.compile(
    r"(?<=[^\W\d_a-zA-Z\u00c0-\u024f])(?=\d)|(?<=\d)(?=[^\W\d_a-zA-Z\u00c0-\u024f])"
)


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


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    #: None: a word or a mark; -1: a number that is none of anything
    value: int | None = None


def read_results(text: str, language: str = "", year: int = 0) -> Heard:
    """Understand an organiser's own words, without what they quote.

    `language` (BCP 47) is theirs, where it is known; `year` is that of the gathering, which is
    hardly a number of letters. Never raises.
    """
    hearing = _Hearing(year)
    for sentence in _sentences(_prepared(text[:_LONGEST], language.partition("-")[0])):
        hearing.hear(sentence)
    return hearing.heard()


def _prepared(text: str, language: str) -> str:
    """Write numbers in our digits, words as they are compared, and each by itself."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    text = _THOUSANDS.sub(_multiplied, text)
    if language in _SPELT:
        # the library would read `hundreds` as 100, and un, eine, uma are mostly articles
        text = _WORD.sub(lambda word: "¤" if flat(word[0]) in VAGUE else word[0], text)
        spelt_one = _ONE.search(text) is None
        text = "\n".join(alpha2digit(line, language, 0) for line in text.split("\n"))
        text = _ONE.sub(" ", text) if spelt_one else text
    text = _SEAM.sub(" ", flat(text))
    text = _CLASSIFIED.sub(r"\1 ", text)
    return _inside().sub(r" \g<0> ", text)


_WORD: Final = re.compile(r"[^\W\d_]+")
_ONE: Final = re.compile(r"(?<![\d.,])1(?![\d.,]*\d)")
_CLASSIFIED: Final = re.compile(rf"(\d)\s*[{CLASSIFIERS}](?=\s*(?:の|[{UNSPACED}]|\W|$))\s*の?")


def _multiplied(found: re.Match[str]) -> str:
    return str(round(float(re.sub("[,٫]", ".", found[1])) * 1000))


@cache
def _inside() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, unspaced([*KINDS, *EVENTS, *SORTS, *PEOPLE]))))


def _sentences(text: str) -> Iterator[list[_Token]]:
    """Cut text into sentences and lines, and these into tokens."""
    tokens: list[_Token] = []
    for found in _TOKEN.finditer(text):
        if found["number"] is not None:
            tokens.append(_number(found["number"], found["tail"], found["sign"] or ""))
        elif found["word"]:
            # l'événement, d'un: what stands before the apostrophe is an article
            tokens += [_Token(part) for part in re.split("['’]", found["word"])]
        elif found["comma"] or found["mark"]:
            tokens.append(_Token("," if found["comma"] else found["mark"]))
        else:
            yield _compounds(tokens)
            tokens = []
    yield _compounds(tokens)


def _number(written: str, tail: str, sign: str) -> _Token:
    """Read a number; with letters behind it, such as 5th, it is none."""
    if tail:
        return _Token(written + tail)
    if sign or len(written) > _LONGEST_NUMBER or not re.fullmatch(_GROUPED + r"|\d+", written):
        return _Token(f"{sign}{written[:_LONGEST_NUMBER]}", -1)
    return _Token(written, int(re.sub(r"\D", "", written)))


def _compounds(tokens: Sequence[_Token]) -> list[_Token]:
    """Make one word of petition signatures, signatures of petitions, text messages."""
    made: list[_Token] = []
    for place, token in enumerate(tokens):
        following = tokens[place + 1].text if place + 1 < len(tokens) else ""
        behind = [before.text for before in made[-2:]]
        if token.text in PETITIONS and _is_signature(following):
            continue
        if token.text in PETITIONS and any(map(_is_signature, behind)):
            continue
        if token.text in TEXT and following in UNSORTED:
            made.append(_Token("sms"))
        elif not (token.text in UNSORTED and behind and KINDS.get(behind[-1]) in _CARRIED):
            made.append(token)
    return made


#: kinds that the word message may stand behind
_CARRIED: Final = (ActionKind.SMS, ActionKind.EMAIL, ActionKind.TWEET, ActionKind.FAX)


def _is_signature(word: str) -> bool:
    return KINDS.get(word) is ActionKind.PETITION_SIGNATURE


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

    def hear(self, tokens: Sequence[_Token]) -> None:
        """Take in one sentence or line."""
        numbers = any(token.value is not None for token in tokens)
        self.has_numbers = self.has_numbers or numbers
        for place, token in enumerate(tokens):
            if token.text == "¤" or token.text in VAGUE:
                self._vague(tokens, place)
        if not numbers:
            return
        if any(token.text in NOT_NOW for token in tokens) and _things(tokens):
            self.questions.append("a wish, or another year: " + _said(tokens))
            return
        if self._label(tokens):
            return
        part: list[_Token] = []
        for token in [*tokens, _Token(",")]:
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

    def _part(self, tokens: Sequence[_Token]) -> None:
        """Take in what stands between two commas."""
        if not self._label(tokens):
            for place, token in enumerate(tokens):
                if token.value is not None:
                    self._number(tokens, place)

    def _label(self, tokens: Sequence[_Token]) -> bool:
        """`Letters and cards: 1800`: things, a mark or nothing, and one number at the end."""
        numbers = [place for place, token in enumerate(tokens) if token.value is not None]
        if len(numbers) != 1:
            return False
        place = numbers[0]
        behind = [t for t in tokens[place + 1 :] if t.text != ","]
        before = [t.text for t in tokens[:place]]
        if behind or not any(map(_thing, before)):
            return False
        known = AND | ABOUT | FEWER | FILLERS
        if any(not _thing(w) and w not in known and w not in ",:=–—-&/~≈±" for w in before):
            return False
        self._count([word for word in before if _thing(word)], tokens, place)
        return True

    def _number(self, tokens: Sequence[_Token], place: int) -> None:
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

    def _count(self, words: Sequence[str], tokens: Sequence[_Token], place: int) -> None:
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

    def _vague(self, tokens: Sequence[_Token], place: int) -> None:
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


def _is_list(tokens: Sequence[_Token]) -> bool:
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


def _things(tokens: Sequence[_Token]) -> list[str]:
    return [token.text for token in tokens if _thing(token.text)]


def _joined(tokens: Sequence[_Token]) -> tuple[list[str], int]:
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


def _is_range(tokens: Sequence[_Token], place: int) -> bool:
    """Whether a number is one end of a range: 200-300, two or three hundred, 200 to 300."""
    if any(token.text in BETWEEN for token in tokens[:place]):
        return True
    return any(
        0 <= other < len(tokens)
        and tokens[other].value is not None
        and tokens[between].text in OR | {"-", "–", "—", "/"}
        for other, between in ((place - 2, place - 1), (place + 2, place + 1))
    )


def _said(tokens: Sequence[_Token]) -> str:
    words = " ".join("…" if token.text == "¤" else token.text for token in tokens)
    return words[:120]
