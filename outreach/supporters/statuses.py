"""What foreign words say of consent: the only place that knows them. Pure.

A word that is not in a table is unclear, never a yes, and its raw form is kept with the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from outreach.model import Suppression
from outreach.supporters.days import is_moment


class Statement(StrEnum):
    """What a row says of consent. Of several the first in this order counts; see `consents`."""

    DENIED = "denied"
    UNCLEAR = "unclear"
    NOT_GIVEN = "not_given"
    GRANTED = "granted"
    NOTHING = "unknown"
    #: nothing, and the person who imports states a ground
    FILLED = "filled"


class Status(NamedTuple):
    """What one cell says, or all cells of a row."""

    statement: Statement = Statement.NOTHING
    suppression: Suppression | None = None


NOTHING: Final = Status()
GRANTED: Final = Status(Statement.GRANTED)
DENIED: Final = Status(Statement.DENIED)
NOT_GIVEN: Final = Status(Statement.NOT_GIVEN)
UNCLEAR: Final = Status(Statement.UNCLEAR)
DEAD: Final = Status(suppression=Suppression.DEAD_ADDRESS)
COMPLAINED: Final = Status(Statement.DENIED, Suppression.COMPLAINT)

YES: Final = (
    *("yes", "y", "true", "t", "1", "x", "on", "ja", "oui", "si", "sí", "sim", "да", "نعم"),
    # as spreadsheets write it in German, French, Spanish, Portuguese, Italian, Dutch, Polish, ...
    *("wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "prawda", "истина", "sant"),
)
NO: Final = (
    *("no", "n", "false", "f", "0", "off", "nein", "non", "não", "nee", "нет", "لا"),
    *("falsch", "faux", "falso", "onwaar", "fałsz", "ложь", "falskt"),
)
#: how programs and people write that there is none
NONE: Final = (
    *("null", "none", "nil", "nan", "never", "n/a", "na", "#n/a", "-", "–", "—"),
    *("0000-00-00", "0000-00-00 00:00:00"),
)
_GRANTED: Final = ("granted", "opted in", "opt-in", "opted_in", "subscribed", "confirmed")
_DENIED: Final = (
    *("denied", "opted out", "opt-out", "opted_out", "unsubscribed", "withdrawn", "revoked"),
)
_NOT_GIVEN: Final = (
    *("pending", "unconfirmed", "non-subscribed", "nonsubscribed", "transactional", "archived"),
    *("unknown", "?"),
)
_DEAD: Final = (
    *("bouncing", "bounced", "previous bounce", "hard", "hard bounce", "hard bounced", "cleaned"),
    *("undeliverable", "invalid"),
)
_COMPLAINED: Final = (
    *("spam complaint", "previous spam complaint", "complaint", "complained", "spam", "abuse"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """How the cells of one kind of column are understood, without regard to case."""

    #: what the report calls such a column: consent, opt_out or bounce
    kind: str
    meanings: Mapping[str, Status]
    #: what a day or a moment says
    moment: Status = UNCLEAR

    def meaning(self, cell: str) -> Status:
        """Say what `cell` means: nothing where it is empty, unclear where we don't know."""
        text = cell.strip()
        if not text:
            return NOTHING
        known = self.meanings.get(text.casefold())
        if known is None:
            return self.moment if is_moment(text) else UNCLEAR
        return known


#: may we write to this person?
OPT_IN: Final = Words(
    "consent",
    {
        **dict.fromkeys((*YES, *_GRANTED), GRANTED),
        **dict.fromkeys((*NO, *_DENIED), DENIED),
        **dict.fromkeys((*_NOT_GIVEN, *NONE), NOT_GIVEN),
    },
)
#: a subscription's state: the words of Action Network and Mailchimp, and what sheets have
SUBSCRIPTION: Final = Words(
    "consent",
    {
        **dict.fromkeys(_GRANTED, GRANTED),
        **dict.fromkeys(_DENIED, DENIED),
        **dict.fromkeys((*_NOT_GIVEN, *NONE), NOT_GIVEN),
        **dict.fromkeys(_DEAD, DEAD),
        **dict.fromkeys(_COMPLAINED, COMPLAINED),
    },
)
#: the moment at which the person themselves opted in: only a moment is a yes
OPTED_IN_AT: Final = Words(
    "consent",
    {
        **dict.fromkeys((*NO, *NONE, *_NOT_GIVEN), NOT_GIVEN),
        **dict.fromkeys(_DENIED, DENIED),
    },
    moment=GRANTED,
)
#: must we not write to this person, or since when not?
OPT_OUT: Final = Words(
    "opt_out",
    {
        **dict.fromkeys((*NO, *NONE), NOTHING),
        **dict.fromkeys((*YES, *_DENIED, "suppressed", "deceased", "cleaned", "bounced"), DENIED),
        **dict.fromkeys(_COMPLAINED, COMPLAINED),
    },
    moment=DENIED,
)
#: does mail to this address not arrive, or since when not?
BAD_ADDRESS: Final = Words(
    "bounce",
    {
        **dict.fromkeys((*NO, *NONE, "soft", "soft bounce", "soft bounced"), NOTHING),
        **dict.fromkeys((*YES, *_DEAD), DEAD),
    },
    moment=DEAD,
)
#: CiviCRM's email on hold: 1 after bounces, 2 as the person opted out
ON_HOLD: Final = Words(
    "opt_out",
    {
        **dict.fromkeys((*NO, *NONE), NOTHING),
        **dict.fromkeys((*YES, "on hold", "on hold bounce"), DEAD),
        **dict.fromkeys(("2", "on hold opt out"), DENIED),
    },
    moment=DEAD,
)

_STRICTNESS: Final = tuple(Statement)


def combined(statuses: Iterable[Status]) -> Status:
    """Take the strictest of what several columns say."""
    said = [NOTHING, *statuses]
    statement = min((status.statement for status in said), key=_STRICTNESS.index)
    stops = {status.suppression for status in said}
    strictest = (Suppression.COMPLAINT, Suppression.DEAD_ADDRESS)
    return Status(statement, next((stop for stop in strictest if stop in stops), None))
