"""What a mail server's replies mean: whom each speaks of (RFC 5321 4.2, RFC 3463)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Blame(StrEnum):
    """Whom a reply that is no success speaks of."""

    ACCOUNT = "account"
    #: the way we talk with it: nobody's message would fare better
    DIALOGUE = "dialogue"
    LATER = "later"
    DEAD_ADDRESS = "dead_address"
    MAILBOX_FULL = "mailbox_full"
    POLICY = "policy"
    MESSAGE = "message"
    UNKNOWN = "unknown"


class Step(StrEnum):
    """Where in the dialogue a reply came."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"


#: Enhanced status codes (RFC 3463 and its registry) -> whom they speak of. They say more than three
#: digits that speak of a letter; of two that fit, the longer counts.
ENHANCED: Final[Mapping[str, Blame]] = {
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
