"""Look at one reader's message with all that stands in it, and where that came from.

The message is made by the call that also sends it. Changes no table but the first signing key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from outreach.compose import FrozenMessage
from outreach.compose.used import used_values
from outreach.errors import NotFound
from outreach.facts.sheet import CASES
from outreach.model import Supporter
from outreach.store import Database
from outreach.supporters import roll
from outreach.workflow import facts
from outreach.workflow.preview import Preview, Previewer, standing_of
from outreach.workflow.previews import made_up_readers


@dataclass(frozen=True, slots=True)
class Value:
    """One thing that the files of a message name."""

    #: `given_name`, `fact letters-written`
    name: str
    #: what it is for this reader, on this day; '' where nobody said
    value: str
    #: where it came from
    origin: str


@dataclass(frozen=True, slots=True)
class Look:
    """One reader's message."""

    #: 0 for a made-up reader
    supporter_id: int
    address: str
    given_name: str
    family_name: str
    preview: Preview
    #: those that the message is written in
    languages: tuple[str, ...]
    day: date
    values: tuple[Value, ...]
    #: whether that is all: files may hand the reader on whole, or put a name together
    is_all: bool


def look_at(previewer: Previewer, db: Database, supporter_id: int) -> Look:
    """Make the message of somebody on the list.

    Raises:
        NotFound: there is no such person.
        TemplateError: it can't be made for this person.
    """
    supporter = roll.get(db, supporter_id)
    made = previewer.of(supporter)
    standing = standing_of(db, supporter, previewer.composer)
    preview = Preview(made.message, made.language_reason, made.discreet, standing)
    found = roll.origin_of(db, supporter_id)
    origin = f"{found.file}, imported {found.imported_at[:10]}" if found else "added by hand"
    return _look(previewer, supporter, preview, origin)


def look_at_made_up(
    previewer: Previewer, db: Database, number: int
) -> tuple[Look, tuple[str, ...]]:
    """Make the message of the made-up reader `number`, counted from 0; say who all of them are.

    Raises:
        NotFound: there is no such reader.
        TemplateError: it can't be made for this reader.
    """
    readers = list(made_up_readers(db, previewer))
    if not 0 <= number < len(readers):
        raise NotFound("there is no such made-up reader", value=number, next_step="")
    supporter = readers[number][1]
    look = _look(previewer, supporter, previewer.of(supporter), "")
    return look, tuple(whom for whom, _ in readers)


def person_number(db: Database, who: str) -> int:
    """Give the number of whom an address or a number names.

    Raises:
        InputError: it is neither.
        NotFound: there is no such person.
    """
    return roll.named(db, who).supporter_id


def _look(previewer: Previewer, supporter: Supporter, preview: Preview, origin: str) -> Look:
    frozen = previewer.frozen
    values = list(_facts(frozen, previewer.day))
    if origin:
        values = [*_of_person(frozen, supporter, origin), *values]
    return Look(
        supporter_id=supporter.supporter_id,
        address=supporter.email,
        given_name=supporter.given_name,
        family_name=supporter.family_name,
        preview=preview,
        languages=tuple(previewer.composer.languages),
        day=previewer.day,
        values=tuple(values),
        is_all=used_values(frozen).is_all,
    )


def _of_person(frozen: FrozenMessage, supporter: Supporter, origin: str) -> Iterator[Value]:
    used = used_values(frozen)
    for field in used.fields:
        value = getattr(supporter, field, "")
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        yield Value(field, shown, origin)
    for column in used.columns:
        yield Value(column, supporter.attributes.get(column, ""), origin)


def _facts(frozen: FrozenMessage, day: date) -> Iterator[Value]:
    """Give the facts that a message names, as they stand on a day, with who published them."""
    for stated in facts.facts_in(frozen, day):
        what = "" if stated.key.startswith(f"{CASES}.") else "fact "
        approved = f", approved by {stated.approved_by}" if stated.approved_by else ""
        source = f"{stated.source or 'no source'}{approved}, true on {stated.true_on}"
        yield Value(f"{what}{stated.key}", str(stated.value), source)
    for tally in frozen.tallies:
        for by, count in sorted(tally.counts.items()):
            yield Value(" ".join(["count", tally.campaign, *by]), str(count), "counted actions")
