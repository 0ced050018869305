"""What a mail server's replies mean: whom each speaks of (RFC 5321 4.2, RFC 3463)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from outreach.dispatch.transports import LONGEST_DETAIL, plain_words
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Outcome, Refusal, Verdict

#: the server is closing the connection
CLOSING: Final = 421


class Blame(StrEnum):
    """Whom a reply that is no success speaks of."""

    ACCOUNT = "account"
    #: the way we talk with it: nobody's message would fare better
    DIALOGUE = "dialogue"
    LATER = "later"
    DEAD_ADDRESS = "dead_address"
    #: a matter of time too, whatever the code's first digit
    MAILBOX_FULL = "mailbox_full"
    POLICY = "policy"
    MESSAGE = "message"
    UNKNOWN = "unknown"


class Step(StrEnum):
    """What a reply answers."""

    RSET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    #: the dot at the end of a message
    DOT = "DOT"
    #: a dot without a message, where DATA was allowed although nobody is to get one
    LONE_DOT = "LONE_DOT"


#: Enhanced status codes (RFC 3463 and its registry) -> whom they speak of. They say more than three
#: digits that speak of a letter; of two that fit, the longer counts.
ENHANCED: Final[Mapping[str, Blame]] = {
    "4.2.2": Blame.MAILBOX_FULL,
    "5.1.1": Blame.DEAD_ADDRESS,
    "5.1.2": Blame.DEAD_ADDRESS,
    "5.1.3": Blame.DEAD_ADDRESS,
    "5.1.6": Blame.DEAD_ADDRESS,
    "5.1.7": Blame.ACCOUNT,
    "5.1.8": Blame.ACCOUNT,
    "5.1.10": Blame.DEAD_ADDRESS,
    "5.2.2": Blame.MAILBOX_FULL,
    "5.2.3": Blame.MESSAGE,
    "5.3.4": Blame.MESSAGE,
    "5.6": Blame.MESSAGE,
    "5.7": Blame.POLICY,
    "5.7.8": Blame.ACCOUNT,
}

#: (step, code) or code -> whom a reply without a telling enhanced code speaks of
CODES: Final[Mapping[tuple[Step, int] | int, Blame]] = {
    403: Blame.ACCOUNT,
    454: Blame.ACCOUNT,
    500: Blame.MESSAGE,
    501: Blame.MESSAGE,
    502: Blame.DIALOGUE,
    503: Blame.DIALOGUE,
    504: Blame.DIALOGUE,
    # this host takes no mail, which is no word about the mailbox (RFC 7504)
    521: Blame.POLICY,
    530: Blame.ACCOUNT,
    534: Blame.ACCOUNT,
    535: Blame.ACCOUNT,
    538: Blame.ACCOUNT,
    555: Blame.DIALOGUE,
    556: Blame.DEAD_ADDRESS,
    (Step.RCPT, 552): Blame.MAILBOX_FULL,
    (Step.DATA, 552): Blame.MESSAGE,
    (Step.DOT, 552): Blame.MESSAGE,
    # all that MAIL knows of is our sender address and the size
    (Step.MAIL, 500): Blame.DIALOGUE,
    (Step.MAIL, 501): Blame.DIALOGUE,
    (Step.MAIL, 521): Blame.ACCOUNT,
    (Step.MAIL, 550): Blame.ACCOUNT,
    (Step.MAIL, 551): Blame.ACCOUNT,
    (Step.MAIL, 552): Blame.MESSAGE,
    (Step.MAIL, 553): Blame.ACCOUNT,
    (Step.MAIL, 554): Blame.ACCOUNT,
}

#: words in replies that have the code of something else
WORDS: Final[Mapping[str, Blame]] = {"maximum credits exceeded": Blame.ACCOUNT}

_STATUS: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")

#: what the servers of Postfix and others, and of Exim, call the message that they took
_QUEUED: Final = re.compile(r"(?:queued as |\bid=)<?([^\s<>]+)", re.IGNORECASE)


def positive(step: Step, code: int) -> bool:
    """Whether we may go on after that answer to a step."""
    return code == 354 if step is Step.DATA else 200 <= code < 300


def queue_id(text: str) -> str:
    """Say what the server calls the message that it took; '' where it doesn't tell."""
    queued = _QUEUED.search(text)
    if queued is None:
        return ""
    name = queued[1]
    return name if name.isalnum() and len(name) <= LONGEST_DETAIL else plain_words(name)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered to a step, and not yes."""

    step: Step
    code: int
    text: str

    @property
    def negative(self) -> bool:
        """Whether it says no; what is neither that nor yes means nothing."""
        return 400 <= self.code < 600

    @property
    def detail(self) -> str:
        """What it says, for people to read."""
        return plain_words(f"{self.step}: {self.code} {self.text}")

    def outcome(self, letter: Letter) -> Outcome:
        """Give what this negative reply means for the letter.

        Raises:
            AccountRefused: it is about our login or sender.
            TransportError: it is about no letter at all.
        """
        whom = blame(self.step, self.code, self.text)
        detail = self.detail
        if whom is Blame.ACCOUNT:
            raise AccountRefused(f"the mail server refuses us: {detail}")
        if whom is Blame.DIALOGUE:
            raise TransportError(f"the mail server does not take our commands: {detail}")
        if whom is Blame.LATER:
            return Outcome(letter.delivery_id, Verdict.TRY_LATER, detail=detail)
        if whom is Blame.MAILBOX_FULL:
            # it may be emptied; the refusal is for the day on which it was tried often enough
            return Outcome(
                letter.delivery_id, Verdict.TRY_LATER, Refusal.MAILBOX_FULL, detail=detail
            )
        return Outcome(letter.delivery_id, Verdict.REFUSED, Refusal(whom.value), detail=detail)


def blame(step: Step, code: int, text: str) -> Blame:
    """Say whom a reply of 400 and above speaks of; 4xx without more is a matter of time."""
    for words, whom in WORDS.items():
        if words in text.lower():
            return whom
    by_code = CODES.get(code)
    known = [
        CODES.get((step, code)) if step is Step.MAIL else None,
        by_code if by_code in {Blame.ACCOUNT, Blame.DIALOGUE} else None,
        *_enhanced(code, text),
        CODES.get((step, code)),
        by_code,
    ]
    return next(filter(None, known), Blame.LATER if code < 500 else Blame.UNKNOWN)


def _enhanced(code: int, text: str) -> list[Blame | None]:
    """Look up a reply's enhanced status code, unless it belies the three digits."""
    status = _STATUS.match(text)
    if status is None or status[1][0] != str(code)[0]:
        return []
    return [ENHANCED.get(status[1]), ENHANCED.get(status[1].rpartition(".")[0])]
