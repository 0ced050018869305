"""What a returned mail says of an address: RFC 3464 reports first, then plain-text bounces.

Only a dead address ever suppresses anybody, so where the words disagree the milder class counts.
Status is read from the report or from the line with the server's answer, never from quoted headers.
Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from outreach import addresses
from outreach.model import BounceClass
from outreach.replies.headers import Headers
from outreach.replies.mime import Parsed
from outreach.replies.words import pattern, plain

#: RFC 3463 codes of addresses that do not exist or were closed
_DEAD: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.310"})
#: permanent by their first digit, but a full mailbox or a big message says nothing of the address
_PASSING: Final = frozenset({"5.2.2", "5.2.3", "5.3.1", "5.3.4", "5.4.5", "5.4.7"})
_ACTIONS: Final[Mapping[str, BounceClass]] = {
    "delivered": BounceClass.DELIVERED,
    "relayed": BounceClass.DELIVERED,
    "expanded": BounceClass.DELIVERED,
    "delayed": BounceClass.TEMPORARY,
}
_POLICY_WORDS = re.compile(
    r"spam|block(ed|list)|blacklist|reputation|\bspf\b|\bdkim\b|\bdmarc\b|policy|banned|"
    r"not (authori[sz]ed|permitted|allowed)|unsolicited|access denied|relay",
    re.IGNORECASE,
)
_FULL_WORDS = re.compile(r"quota|mailbox (is )?full|full mailbox|over ?quota|insufficient", re.I)
_DEAD_WORDS = re.compile(
    r"user (is )?unknown|unknown (user|recipient|address|local part)|"
    r"no such (user|address|recipient|mailbox|person)|does not exist|doesn't exist|"
    r"invalid (recipient|mailbox|address|user)|"
    r"(address|mailbox|user|recipient|account) (was |is )?(not found|unavailable|disabled|inactive)"
    r"|no mailbox|not a valid mailbox|unrouteable address|host (or domain name )?not found",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"\b[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})\b|\(#([45]\.\d\.\d)\)")
_BASIC = re.compile(r"\b([45])\d\d\b")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_DAEMON = re.compile(r"\b(mailer-daemon|mail-?daemon|postmaster|mail delivery s(ub)?ystem)\b", re.I)
_COPY_FOLLOWS = re.compile(
    r"^--[^\n]{0,200}?(copy of|original|returned|below this line)|^(return-path|received): ",
    re.I | re.M,
)
_SAYS_SO = re.compile(
    r"could not be delivered|couldn't be delivered|wasn't delivered|was not delivered|permanent"
    r" (fatal )?error|undeliverable|delivery (to the following|has failed)|failed permanently",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a report says of a mail of ours."""

    bounce_class: BounceClass
    #: normalised addresses that the report names
    recipients: tuple[str, ...] = ()
    #: RFC 3463, like 5.1.1; '' where none is given
    status: str = ""
    #: the server's own words, at most 500 characters
    diagnostic: str = ""


def read_bounce(parsed: Parsed) -> tuple[Bounce, float, str] | None:
    """Give the bounce, how certain it is one, and why; None where this mail is none."""
    if parsed.report == "delivery-status":
        return _from_report(parsed), 1.0, "is a delivery report"
    if parsed.headers.has("x-failed-recipients"):
        return _from_text(parsed), 0.95, "names failed recipients in its headers"
    daemon = _DAEMON.search(parsed.headers.get("from")) is not None
    nobody = parsed.headers.get("return-path").replace(" ", "") == "<>"
    subject = pattern("phrases.toml", "bounce_subject").match(plain(parsed.subject)) is not None
    body = _SAYS_SO.search(parsed.text[:3000]) or _ENHANCED.search(parsed.text[:3000])
    score = 2 * daemon + nobody + 2 * subject + bool(body)
    if score >= 3 and (daemon or nobody):
        return _from_text(parsed), 0.8, "comes from a mail system and speaks of a failed delivery"
    return None


def _from_report(parsed: Parsed) -> Bounce:
    told = [block for block in parsed.blocks if block.has("action") or block.has("status")]
    block = told[0] if told else Headers()
    found = _STATUS.search(block.get("status"))
    diagnostic = block.get("diagnostic-code")
    status = found[1] if found else ""
    action = block.get("action").split(";")[0].strip().lower()
    return Bounce(
        bounce_class=bounce_class(action, status, diagnostic or parsed.text[:2000]),
        recipients=tuple(dict.fromkeys(_report_recipients(parsed.blocks))),
        status=status,
        diagnostic=" ".join(diagnostic.split())[:500],
    )


def _report_recipients(blocks: tuple[Headers, ...]) -> Iterator[str]:
    for block in blocks:
        for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
            address = addresses.normalise(block.get(name).rpartition(";")[2])
            if address:
                yield address


def _from_text(parsed: Parsed) -> Bounce:
    told = before_copy(parsed.text[:20_000])
    found = _ENHANCED.search(told)
    status = (found[1] or found[2]) if found else ""
    named = parsed.headers.get("x-failed-recipients").split(",")
    named += re.findall(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+", told[:5000])
    recipients = dict.fromkeys(filter(None, map(addresses.normalise, named)))
    return Bounce(
        bounce_class=bounce_class("", status, told),
        recipients=tuple(recipients)[:10],
        status=status,
        diagnostic=_answer_line(told),
    )


def before_copy(told: str) -> str:
    """Give what a plain-text bounce says before the copy of the mail that came back."""
    copy = _COPY_FOLLOWS.search(told)
    return told[: copy.start()] if copy else told


def _answer_line(told: str) -> str:
    lines = (" ".join(line.split()) for line in told.split("\n"))
    return next((line[:500] for line in lines if _BASIC.search(line)), "")


def bounce_class(action: str, status: str, words: str) -> BounceClass:
    """Judge a report by its Action, its Status (both may be '') and the server's words."""
    if action in _ACTIONS:
        return _ACTIONS[action]
    if status.startswith("2."):
        return BounceClass.DELIVERED
    if not status or status.endswith(".0.0"):
        found = _ENHANCED.search(words)
        status = ((found[1] or found[2]) if found else "") or status
    basic = _BASIC.search(words)
    if status.startswith("4.") or (not status and basic is not None and basic[1] == "4"):
        return BounceClass.TEMPORARY
    if status in _PASSING or _FULL_WORDS.search(words):
        return BounceClass.TEMPORARY
    if status.startswith(("5.7.", "5.6.")) or _POLICY_WORDS.search(words):
        return BounceClass.POLICY
    if status in _DEAD or _DEAD_WORDS.search(words):
        return BounceClass.DEAD_ADDRESS
    return BounceClass.POLICY if status or basic else BounceClass.TEMPORARY
