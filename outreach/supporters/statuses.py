"""What foreign words say of consent: the only place that knows them. Pure.

A word that is not in a table means nothing here, and its raw form is kept with the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from outreach.model import Consent, Suppression


class Status(NamedTuple):
    """What one cell says."""

    consent: Consent = Consent.UNKNOWN
    suppression: Suppression | None = None


SILENT: Final = Status()
GRANTED: Final = Status(Consent.GRANTED)
DENIED: Final = Status(Consent.DENIED)
DEAD: Final = Status(suppression=Suppression.DEAD_ADDRESS)
COMPLAINED: Final = Status(Consent.DENIED, Suppression.COMPLAINT)

_YES: Final = ("yes", "y", "true", "t", "1", "x", "on", "ja", "oui", "si", "sí", "sim", "да", "نعم")
_NO: Final = ("no", "n", "false", "f", "0", "off", "nein", "non", "não", "nee", "нет", "لا")


@dataclass(frozen=True, slots=True)
class Words:
    """How the cells of one kind of column are understood, without regard to case."""

    meanings: Mapping[str, Status]
    #: what a word means that is not listed; None: we can't say
    otherwise: Status | None = None

    def meaning(self, cell: str) -> Status | None:
        """Say what `cell` means, None where it is a word that we don't know."""
        word = cell.strip().casefold()
        return self.meanings.get(word, self.otherwise) if word else SILENT


#: may we write to this person?
OPT_IN: Final = Words(
    {
        **dict.fromkeys((*_YES, "granted", "opted in", "opt-in", "opted_in"), GRANTED),
        **dict.fromkeys((*_NO, "denied", "opted out", "opt-out", "opted_out"), DENIED),
        **dict.fromkeys(("unknown", "pending", "unconfirmed", "n/a", "-", "?"), SILENT),
        **dict.fromkeys(("subscribed", "confirmed"), GRANTED),
        **dict.fromkeys(("unsubscribed", "withdrawn", "revoked"), DENIED),
    }
)
#: a subscription's state; Action Network's words, then Mailchimp's, then what sheets have
SUBSCRIPTION: Final = Words(
    {
        "subscribed": GRANTED,
        "unsubscribed": DENIED,
        "bouncing": DEAD,
        "previous bounce": DEAD,
        "spam complaint": COMPLAINED,
        "previous spam complaint": COMPLAINED,
        "cleaned": DEAD,
        "non-subscribed": SILENT,
        "nonsubscribed": SILENT,
        "transactional": SILENT,
        "archived": SILENT,
        "pending": SILENT,
        "unknown": SILENT,
        "opted in": GRANTED,
        "opted out": DENIED,
        "bounced": DEAD,
        "hard bounce": DEAD,
        "hard bounced": DEAD,
        "undeliverable": DEAD,
        "complaint": COMPLAINED,
        "complained": COMPLAINED,
        "spam": COMPLAINED,
        "abuse": COMPLAINED,
    }
)
#: any answer but no is a wish not to be written to, be it yes, a date or a reason
OPT_OUT: Final = Words(dict.fromkeys(_NO, SILENT), otherwise=DENIED)
#: any answer but no says that mail does not arrive
BAD_ADDRESS: Final = Words(dict.fromkeys(_NO, SILENT), otherwise=DEAD)
#: the moment at which the person themselves opted in
OPTED_IN_AT: Final = Words(dict.fromkeys(_NO, SILENT), otherwise=GRANTED)
#: CiviCRM's email on hold: 1 after bounces, 2 as the person opted out
ON_HOLD: Final = Words(
    {
        **dict.fromkeys(_NO, SILENT),
        "2": DENIED,
        "on hold opt out": DENIED,
    },
    otherwise=DEAD,
)


def combined(statuses: list[Status]) -> Status:
    """Take the strictest of what several columns say: denied before granted before nothing."""
    consents = {status.consent for status in statuses}
    consent = next(
        (word for word in (Consent.DENIED, Consent.GRANTED) if word in consents), Consent.UNKNOWN
    )
    stops = {status.suppression for status in statuses}
    strictest = (Suppression.COMPLAINT, Suppression.DEAD_ADDRESS)
    return Status(consent, next((stop for stop in strictest if stop in stops), None))


def tracking_word(cell: str) -> Consent | None:
    """Say what `cell` means for the consent to be tracked, None where we can't say."""
    status = OPT_IN.meaning(cell)
    return None if status is None else status.consent
