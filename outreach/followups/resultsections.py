"""An answer that tells of several gatherings, cut into what it says of each. Pure.

Only where each stands below a line of its own, or in it: the lines that we give to fill in begin
with day and place, and people who write their own begin with the place. Where any line may be of
another gathering than the one above it, nothing is cut, and staff are asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from outreach.followups.resulttokens import sentences
from outreach.followups.resultwords import (
    ABOUT,
    ALTOGETHER,
    AND,
    EVENTS,
    FILLERS,
    KINDS,
    LABELS,
    PEOPLE,
    SORTS,
    UNSORTED,
    flat,
)

#: characters; nobody tells results in more
_LONGEST: Final = 20_000
#: what may stand before the name of a place
_BULLET: Final = re.compile(r"[\s\-–—*•>]*(?:\d{1,2}[.)]\s+)?")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")
#: a date in whatever order
_DATE: Final = re.compile(
    r"(?<!\d)\d{1,4}([./-])\s?\d{1,2}\1\s?\d{1,4}(?!\d)|^\W*\d{1,2}/\d{1,2}\b"
)
#: between a day and its place: 2014-12-10, in Lomé
_GLUE: Final = re.compile(r"[\s,:(–—-]*(?:[^\W\d_]{1,3}\s+)?")
#: between the words of a name
_BETWEEN: Final = r"[\s-]+"
#: parts the name from what is told; a hyphen may be of a longer name
_PARTS: Final = re.compile(r"\s*[:–—]|\s+-|-(?=[\s\d])")
_LABEL: Final = re.compile(r"([^:\d]{1,80}?)\s*(?::|[–—]|\s-\s)")
#: words; a line of so many may be a heading
_SHORT: Final = 5

#: what staff have to find out
ASKED: Final = "what is told of which gathering is not plain"


@dataclass(frozen=True, slots=True)
class Place:
    """When and where a gathering was."""

    gathering_id: int
    #: YYYY-MM-DD
    day: str
    place: str


@dataclass(frozen=True, slots=True)
class Sections:
    """What is told of each."""

    #: by gathering; empty where nothing is told one by one, or there is a question
    parts: Mapping[int, str] = field(default_factory=dict)
    #: what staff have to find out; '' where all is plain
    question: str = ""


def heading(day: str, place: str) -> str:
    """Give the line below which somebody tells of a gathering."""
    return f"{day} {' '.join(place.split())}".strip()


def sections(text: str, places: Sequence[Place]) -> Sections:
    """Give by gathering what is told of it.

    That is a question where a line begins what we don't know, or may begin two, where a gathering
    is begun twice, where something with a number stands before the first, or where a line below a
    heading may be of another gathering, or of all.
    """
    if len(text) > _LONGEST:
        return Sections(question="it is too long to be read")
    told: dict[int, list[str]] = {}
    lines: list[str] = []
    early = doubtful = False
    for line in _plain(text).split("\n"):
        begun = _begun(line, places)
        if begun is not None:
            number, line = begun
            doubtful = doubtful or number is None or number in told
            if number is not None:
                lines = told.setdefault(number, [])
        elif not told:
            early = early or bool(re.search(r"\d", line))
        lines.append(line)
    last = list(told)[-1] if told else 0
    if doubtful or (told and early):
        return Sections(question=ASKED)
    for each in places:
        others = [other for other in places if other.gathering_id != each.gathering_id]
        said = told.get(each.gathering_id, [])
        if _is_doubtful(said, others, is_last=each.gathering_id == last):
            return Sections(question=ASKED)
    # what parted the name from the rest tells nothing
    return Sections({n: "\n".join(said).strip().lstrip(":–—- \n") for n, said in told.items()})


def mentions(text: str, place: Place) -> bool:
    """Whether a text names the day or the place of a gathering."""
    folded, _ = _folded(_plain(text[:_LONGEST]))
    return bool(place.day and place.day in folded) or _is_named(folded, place)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    # what only turns the direction of writing
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _folded(text: str) -> tuple[str, list[int]]:
    """Give a text as words are compared, and of each of its characters where it stood."""
    found = [(each, place) for place, c in enumerate(text) for each in flat(c)]
    return "".join(each for each, _ in found), [place for _, place in found] + [len(text)]


def _name(place: Place) -> re.Pattern[str] | None:
    words = [re.escape(word) for word in re.split(_BETWEEN, flat(_plain(place.place))) if word]
    return re.compile(rf"(?<!\w){_BETWEEN.join(words)}(?!\w)") if words else None


def _is_named(folded: str, place: Place) -> bool:
    name = _name(place)
    return name is not None and name.search(folded) is not None


def _begun(line: str, places: Sequence[Place]) -> tuple[int | None, str] | None:
    """Give the gathering that a line begins to tell of, and what it says besides.

    None where it begins none, and no number where nobody can say which.
    """
    folded, where = _folded(line)
    bullet = _BULLET.match(folded)
    begin = bullet.end() if bullet else 0
    day = _DAY.match(folded, begin)
    meant = [place for place in places if not day or place.day == day[0]]
    if day:
        glue = _GLUE.match(folded, day.end())
        ends = [*_ends(folded, glue.end() if glue else 0, places)]
        ends = ends or [*_ends(folded, _after_marks(folded, day.end()), places)]
    else:
        ends = [*_ends(folded, begin, places)]
    end = max((at for at, _ in ends), default=0)
    if day and not end:
        # no place: the day alone says which, unless something else is named
        bare = re.compile(r"\s*($|[:–—-])").match(folded, day.end())
        is_one = bare is not None and len(meant) == 1
        return (meant[0].gathering_id if is_one else None), line[where[day.end()] :]
    if not end or not (day or _PARTS.match(folded, end)):
        return None
    named = [place for at, place in ends if at == end and place in meant]
    return (named[0].gathering_id if len(named) == 1 else None), line[where[end] :]


def _after_marks(folded: str, begin: int) -> int:
    found = re.compile(r"[\s,:(–—-]*").match(folded, begin)
    return found.end() if found else begin


def _ends(folded: str, begin: int, places: Sequence[Place]) -> list[tuple[int, Place]]:
    """Give the places whose name stands there, each with where it ends."""
    found = ((name.match(folded, begin), each) for each in places if (name := _name(each)))
    return [(match.end(), each) for match, each in found if match]


def _is_doubtful(lines: Sequence[str], others: Sequence[Place], *, is_last: bool) -> bool:
    """Whether something below a heading may be of another gathering, or of all."""
    numbered = [place for place, line in enumerate(lines) if re.search(r"\d", line)]
    if not numbered:
        return False
    for place, line in enumerate(lines):
        folded, _ = _folded(line)
        if _DATE.search(folded) or any(_is_named(folded, other) for other in others):
            return True
        if place > numbered[-1]:
            continue
        begin = _after_marks(folded, 0)
        label = _LABEL.match(folded, begin)
        if label and label[1].strip() and not _is_known(label[1]):
            return True
        if place <= numbered[0]:
            continue
        words = re.findall(r"[^\W\d_]+", folded)
        if is_last and place in numbered and ALTOGETHER & {*words}:
            return True
        if place in numbered or not 0 < len(words) <= _SHORT or _is_known(folded):
            continue
        if not re.search(r"[.!?,;…。]\s*$", folded):
            return True
    return False


def _is_known(label: str) -> bool:
    """Whether a label says what is counted, and not where."""
    words = [token.text for sentence in sentences(label, "") for token in sentence]
    if any(w in each for w in words for each in (KINDS, UNSORTED, EVENTS, SORTS, PEOPLE)):
        return True
    return all(w in LABELS | FILLERS | AND | ABOUT or not w.isalpha() for w in words)
