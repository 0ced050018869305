"""What a returned mail says of an address: RFC 3464 reports first, then plain-text bounces.

A report is believed. Without one, several signs have to agree, and never only such as a person's
mail may have. Status is read from the report or from the line with the server's answer, never from
quoted headers. Writes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from outreach import addresses
from outreach.model import BounceClass
from outreach.replies import secondopinion
from outreach.replies.failures import answer_lines, enhanced_code, failure_class
from outreach.replies.headers import Headers, decode_words
from outreach.replies.mime import Parsed, parse_fields
from outreach.replies.words import phrases, plain

#: letters of a text that are read for what a mail server says; the copy of our mail comes after
_MOST_TOLD: Final = 20_000
#: letters at the beginning in which a person asks
_MOST_ASKED: Final = 600
_MOST_RECIPIENTS: Final = 10
_MOST_DIAGNOSTIC: Final = 500

#: where the copy of our mail begins, or its headers: by a line of dashes, by words, by a field.
#: What is taken is not given back (*+), so that a line of 20,000 dashes is looked at once
_COPY_FOLLOWS = re.compile(
    r"""
    ^[ \t]*+ [-=*_+>\#]{2,}+ [^\n\w]{0,20}+ (?!the[ ]following) [^\n]{0,120}?
        (?: copy[ ]of | original | returned[ ](?:message|mail) | below[ ]this[ ]line | unsent
          | (?:message|header)s?[ ](?:text[ ])?follow | message[ ]header | non-deliver(?:ed|able)
          | undelivered )
    | ^[ \t]*+ (?:original[ ]message|message|mail)[ ] (?:headers?|text|contents?|body)?[ ]?
        (?:follows?|below)\b
    | ^[ \t]*+ below[ ](?:is|are|this[ ]line)
    | ^[ \t]*+ (?:the[ ])?original[ ]message(?:[ ]headers?)?[ ](?:follows?|is|below)\b
    | ^[ \t]*+ original[ ]message[ ]headers:
    | ^[ \t]*+ message[ ](?:details|headers):?[ \t]*$
    | ^(?:return-path|received|x-mailer|dkim-signature):[ ]
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'=]+@[^\s<>()\[\],;:\"'=]+")
#: an address with which a line begins, or that a word announces
_SET_APART = re.compile(
    r"(?:^[ \t]*+(?:[-*>#\u2022][ \t]*+)?|\brcpt to: ?"
    r"|\b(?:recipients?|addressed to|to|address)[^\n:]{0,20}: ?)"
    r"[<\"']?([^\s<>()\[\],;:\"'=]+@[^\s<>()\[\],;:\"'=]+)",
    re.IGNORECASE | re.MULTILINE,
)
#: whom to ask about a failure is not who failed
_OFFICE = re.compile(r"(postmaster|mailer-daemon|abuse|help|support)@", re.IGNORECASE)
_REPORT_FIELDS: Final = ("action", "final-recipient", "status", "original-recipient")
#: fields that name whom a block is about, the best first
_ABOUT: Final = ("original-recipient", "final-recipient", "x-actual-recipient")


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
    blocks = _recipient_blocks(parsed.blocks)
    if parsed.report == "delivery-status" and blocks:
        return _from_report(blocks, parsed), 1.0, "is a delivery report"
    if parsed.headers.has("x-failed-recipients"):
        return _from_text(parsed), 0.95, "names failed recipients in its headers"
    signs = _signs(parsed)
    if signs is None:
        return None
    blocks = blocks or _recipient_blocks(parsed.attached) or _blocks_in_text(parsed.text)
    if blocks:
        return _from_report(blocks, parsed), 0.95, "comes from a mail system and holds a report"
    if signs.add_up:
        return _from_text(parsed), 0.8, "comes from a mail system and speaks of a failed delivery"
    failed = secondopinion.failed_recipients(parsed.raw)
    if failed:
        return _from_text(parsed, failed), 0.7, "is worded as some mail server words a bounce"
    return None


@dataclass(frozen=True, slots=True)
class _Signs:
    """What hints at a mail system's report where no part says that it is one."""

    #: how sure it is that a machine sent it, and that it speaks of a failure
    sent: int
    told: int
    says_so: bool

    @property
    def add_up(self) -> bool:
        """Whether it is a bounce: it comes from a machine, and speaks of a failure."""
        return self.told + self.sent >= 3 and (self.told > 1 or self.says_so)


def _signs(parsed: Parsed) -> _Signs | None:
    """Gather the signs; None where a person may have sent the mail."""
    headers = parsed.headers
    sender = plain(decode_words(headers.get("from"))[:500])
    system = 2 * phrases("machines.toml", "system_sender").stands_in(sender)
    system = system or phrases("machines.toml", "perhaps_system").stands_in(sender)
    subject = phrases("machines.toml", "bounce_subject").begins(plain(parsed.subject))
    # fml, a list manager of Japan, sends its refusals as mail of the list
    system = system or headers.has("x-mlserver") + (headers.has("x-mlserver") and subject)
    nobody = headers.get("return-path").replace(" ", "").lower() in ("<>", "<mailer-daemon>")
    report = bool(parsed.report) or "delivery-status" in headers.get("content-type").lower()
    sent = system + nobody + 2 * report
    if not sent and not subject:
        return None
    told = before_copy(parsed.text[:_MOST_TOLD])
    says_so = phrases("machines.toml", "bounce_body").stands_in(plain(told))
    answer = any(answer_lines(told[:5000]))
    if not sent and _is_asked(parsed, told):
        # who shows us what came back may also keep its subject
        return None
    copy = len(told) < min(len(parsed.text), _MOST_TOLD) or bool(parsed.returned.fields)
    if sent < 2 and not nobody and not (copy or (subject and answer)):
        # people too have an office, and speak of letters that did not arrive
        return None
    if not sent and not (copy and (says_so or answer)):
        # but they don't paste the whole mail under its own subject
        return None
    return _Signs(sent=sent, told=2 * subject + says_so + answer + copy, says_so=says_so)


def _is_asked(parsed: Parsed, told: str) -> bool:
    """Whether a mail answers another, or asks something before what it shows."""
    if parsed.headers.has("in-reply-to"):
        return True
    return "?" in told[:_MOST_ASKED] or "؟" in told[:_MOST_ASKED] or "？" in told[:_MOST_ASKED]


def _recipient_blocks(blocks: tuple[Headers, ...]) -> tuple[Headers, ...]:
    return tuple(b for b in blocks if any(b.get(name) for name in _REPORT_FIELDS))


def _blocks_in_text(text: str) -> tuple[Headers, ...]:
    """A report that lost its part, as some gateways and forwarders make of it."""
    if not re.search(r"^(final|original)-recipient:", text[:_MOST_TOLD], re.I | re.M):
        return ()
    parts = re.split(r"\n\s*\n", text[:_MOST_TOLD])
    blocks = tuple(parse_fields(part) for part in parts if "ecipient:" in part)
    return tuple(b for b in _recipient_blocks(blocks) if b.has("action") or b.has("status"))


def _from_report(blocks: tuple[Headers, ...], parsed: Parsed) -> Bounce:
    """The first recipient that failed decides, and stands beside those who fared the same."""
    told = before_copy(parsed.text[:_MOST_TOLD])
    each = [(block, _block_class(block, told)) for block in blocks]
    block, decided = min(each, key=lambda one: one[1] is BounceClass.DELIVERED)
    found = re.search(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])", block.get("status"))
    status = found[0] if found else ""
    answer = _diagnostic(block)
    if not status or status.endswith(".0.0"):
        status = enhanced_code(answer) or status
    named = [address for b, c in each if c is decided for address in _recipients_of(b)]
    return Bounce(
        bounce_class=decided,
        recipients=tuple(dict.fromkeys(named or _named_in(parsed, told)))[:_MOST_RECIPIENTS],
        status=status,
        diagnostic=" ".join(answer.split())[:_MOST_DIAGNOSTIC],
    )


def _block_class(block: Headers, told: str) -> BounceClass:
    action = re.match(r"\s*([a-z]*)", block.get("action").lower())
    status = re.search(r"[245]\.\d{1,3}\.\d{1,3}", block.get("status"))
    answer = re.sub(r"^\s*[\w-]+\s*;", "", _diagnostic(block))
    return failure_class(
        action[1] if action else "", status[0] if status else "", answer, told[:3000]
    )


def _diagnostic(block: Headers) -> str:
    return decode_words(" ".join(block.all("diagnostic-code")))


def _recipients_of(block: Headers) -> list[str]:
    """The address as we wrote it, which is the one that we know, before the one it led to."""
    for name in _ABOUT:
        address = _address_in(block.get(name))
        if address:
            return [address]
    return []


def _address_in(value: str) -> str:
    return addresses.normalise(value.rpartition(";")[2].strip().strip("<>\"' "))


def _from_text(parsed: Parsed, failed: tuple[str, ...] = ()) -> Bounce:
    told = before_copy(parsed.text[:_MOST_TOLD])
    lines = list(islice(answer_lines(told), 5))
    answer = " ".join(lines) or f"{parsed.subject}\n{told[:1500]}"
    recipients = tuple(filter(None, map(addresses.normalise, failed))) or _named_in(parsed, told)
    return Bounce(
        bounce_class=failure_class("", enhanced_code(answer), answer, told[:3000]),
        recipients=recipients[:_MOST_RECIPIENTS],
        status=enhanced_code(answer),
        diagnostic=lines[0][:_MOST_DIAGNOSTIC] if lines else "",
    )


def _named_in(parsed: Parsed, told: str) -> tuple[str, ...]:
    """The addresses that failed: those of the header, else those set apart, else any."""
    to = addresses.normalise(parsed.headers.get("to"))
    told = told[:5000]
    for named in (
        parsed.headers.get("x-failed-recipients").split(","),
        [found[1] for found in _SET_APART.finditer(told)],
        _ADDRESS.findall(told),
    ):
        found = (addresses.normalise(address.strip(" .'<>")) for address in named)
        kept = dict.fromkeys(a for a in found if a and a != to and not _OFFICE.match(a))
        if kept:
            return tuple(kept)
    return ()


def before_copy(told: str) -> str:
    """Give what a plain-text bounce says before the copy of the mail that came back."""
    copy = _COPY_FOLLOWS.search(told)
    # a few systems put our mail first and their reason last
    return told[: copy.start()] if copy and told[: copy.start()].strip() else told
