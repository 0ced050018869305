"""One mail's bytes to headers, readable text and the parts of a report. Writes nothing.

`parse` takes any bytes and never raises: what can't be read is left out. The standard parser with
`compat32` does the structure, because it keeps what it does not understand; the decoding is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from email.parser import BytesHeaderParser
from itertools import islice
from typing import Final

from outreach.replies.bodies import Bodies
from outreach.replies.headers import Headers, clean, decode_words, headers_from, sender
from outreach.replies.parts import MAX_TEXT, is_attached, parameter, text_of
from outreach.replies.payloads import payload_of

#: bytes at the beginning of a mail in which `headers_of` looks for fields
MAX_HEAD: Final = 256 * 1024
#: more multiparts than this are hostile (the parser's time grows with depth times lines)
MAX_PARTS: Final = 30
#: lines that may part a mail; with more, a mail is read as one part
_MOST_DIVIDERS: Final = 10_000
#: recipients of one mail that a report speaks of, and a few more
MAX_BLOCKS: Final = 100

_NESTING = re.compile(rb"boundary[\s*\d]{0,8}=|message/")
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*)[ \t]?:[ \t]*(.*(?:\n[ \t]+.*)*)")
_LEADING = re.compile(rb"\A(?:\xef\xbb\xbf)?[\r\n]*(?:>?From (?![ \t]*:)[^\n]*\n)?[\r\n]*")
#: no field's name may be followed by a space, and some programs put one there
_SPACED = re.compile(rb"^([A-Za-z][A-Za-z0-9-]*)[ \t]+:", re.MULTILINE)
#: a boundary that the head does not name, or names wrongly
_BOUNDARY = re.compile(rb"^--([^\s\"]{1,70})[ \t]*\r?\nContent-[A-Za-z-]+:", re.M | re.I)
_MULTIPART = re.compile(rb"^content-type:\s*multipart/", re.M | re.I)

_REPORTS: Final = {
    "message/delivery-status": "delivery-status",
    "message/global-delivery-status": "delivery-status",
    "message/feedback-report": "feedback-report",
    "message/disposition-notification": "disposition-notification",
    "message/global-disposition-notification": "disposition-notification",
}
_INNER_MAILS: Final = frozenset(
    {"message/rfc822", "message/global", "message/rfc822-headers", "message/news"}
)
#: only such a mail is a report: people attach reports to mail that they write
_MAY_REPORT: Final = frozenset({"multipart/report", *_REPORTS})


@dataclass(frozen=True, slots=True)
class Parsed:
    """A mail, readable."""

    headers: Headers
    #: as the sender writes it; may be ''
    from_name: str
    #: normalised, or '' where there is none that could be written to
    from_address: str
    subject: str
    #: the text part, else the HTML part as text with quotes marked by `> `
    text: str
    #: delivery-status, feedback-report or disposition-notification; '' for any other mail
    report: str
    #: the report's blocks of fields: of the message, then of each recipient
    blocks: tuple[Headers, ...]
    #: the headers of the mail that the report is about
    returned: Headers
    #: blocks of a report in a mail that does not say it is one: a person's, or a careless gateway's
    attached: tuple[Headers, ...] = ()
    #: the mail as it came
    raw: bytes = field(default=b"", repr=False)


def parse(raw: bytes) -> Parsed:
    """Read a mail. Any bytes give a Parsed; text is limited to MAX_TEXT characters."""
    message = _message(_tidied(raw))
    leaves = list(_leaves(message))
    charset = next(filter(None, (parameter(part, "charset") for part in leaves)), "")
    headers = headers_from(message.raw_items(), charset)
    gathered = _Gathered(message)
    for part in leaves:
        gathered.add(part)
    name, address = sender(headers)
    text = gathered.text()
    return Parsed(
        headers=headers,
        from_name=name,
        from_address=address,
        subject=" ".join(decode_words(headers.get("subject")).split()),
        text=clean(text.replace("\r\n", "\n").replace("\r", "\n")),
        report=gathered.report,
        blocks=tuple(gathered.blocks),
        returned=gathered.returned,
        attached=tuple(gathered.attached),
        raw=raw,
    )


def html_of(raw: bytes) -> str:
    """Give the HTML of a mail as it came, for `cleaning`; '' where it has none. Never raises."""
    message = _message(_tidied(raw))
    gathered = _Gathered(message)
    for part in _leaves(message):
        gathered.add(part)
    return "\n".join(gathered.bodies.htmls)


def headers_of(raw: bytes) -> Headers:
    """Read only the header fields of a mail; takes any bytes."""
    head = _tidied(raw[:MAX_HEAD])
    return headers_from(BytesHeaderParser(policy=policy.compat32).parsebytes(head).raw_items())


def _tidied(raw: bytes) -> bytes:
    """Take away what stands before the first field, and spaces before the colons of the head."""
    raw = _LEADING.sub(b"", raw, count=1)
    head = raw[:MAX_HEAD]
    end = re.search(rb"\n\r?\n", head)
    head = head[: end.start()] if end else head
    return _SPACED.sub(rb"\1:", head) + raw[len(head) :] if _SPACED.search(head) else raw


def _message(raw: bytes) -> Message:
    if _nesting(raw.lower()) <= MAX_PARTS and raw.count(b"\n--") <= _MOST_DIVIDERS:
        try:
            message = message_from_bytes(raw, policy=policy.compat32)
            return _with_boundary(message, raw) or message
        # the standard parser raises TypeError, ValueError and more on hostile parameters
        except Exception:  # noqa: S110
            pass
    return BytesHeaderParser(policy=policy.compat32).parsebytes(raw)


def _nesting(small: bytes) -> int:
    """How many multiparts a mail may have at most; prose that says "boundary" has none."""
    most = small.count(b"boundary") + small.count(b"message/")
    return most if most <= MAX_PARTS else len(_NESTING.findall(small))


def _with_boundary(message: Message, raw: bytes) -> Message | None:
    """Read a multipart again by the boundary that it uses, where it names none or another."""
    if message.get_content_maintype() != "multipart" or message.is_multipart():
        return None
    used = _BOUNDARY.search(raw)
    head = _MULTIPART.search(raw)
    if used is None or head is None or head.start() > used.start():
        return None
    named = raw[: head.end()] + b'mixed; boundary="' + used[1] + b'"\nX-Was: ' + raw[head.end() :]
    again = message_from_bytes(named, policy=policy.compat32)
    return again if again.is_multipart() else None


def _kind(part: Message) -> str:
    """The content type, also where no semicolon parts it from its parameters."""
    return (part.get_content_type().split() or ["text/plain"])[0]


def _leaves(message: Message) -> Iterator[Message]:
    """Each part in order; what is inside a message/* part belongs to that part."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.is_multipart() and not part.get_content_type().startswith("message/"):
            waiting.extend(reversed(_inner(part)))
        else:
            yield part


def _inner(part: Message) -> list[Message]:
    """The parts inside; the standard reader may raise when asked for the payload of a leaf."""
    payload = part.get_payload() if part.is_multipart() else []
    return [inner for inner in payload if isinstance(inner, Message)]


class _Gathered:
    """What the parts hold."""

    def __init__(self, message: Message) -> None:
        kind = _kind(message)
        #: whether the mail is a report, or only may have one attached
        self.reports = kind in _MAY_REPORT
        self.report = ""
        named = parameter(message, "report-type").lower() if kind == "multipart/report" else ""
        if named in ("feedback-report", "disposition-notification"):
            # some programs send the frame and leave the report out
            self.report = named
        self.bodies = Bodies()
        self.blocks: list[Headers] = []
        self.attached: list[Headers] = []
        self.returned = Headers()
        self.mails: list[Message] = []

    def add(self, part: Message) -> None:
        kind = _kind(part)
        if kind in _REPORTS and self.reports:
            self.report = self.report or _REPORTS[kind]
            self.blocks += islice(_blocks(part), MAX_BLOCKS)
        elif kind in _REPORTS:
            self.attached += islice(_blocks(part), MAX_BLOCKS)
        elif kind in _INNER_MAILS:
            mails = _mails(part)
            self.mails += mails
            self._return(headers_from(inner.raw_items()) for inner in mails)
        elif kind in ("text/rfc822-headers", "message/global-headers"):
            self._return([parse_fields(text_of(part))])
        else:
            self.bodies.add(part, kind, attached=is_attached(part))

    def text(self) -> str:
        """The mail's own text; where it has none, that of the mail that it forwards."""
        text = self.bodies.text()
        if text.strip() or not self.mails or self.report:
            return text
        inner = Bodies()
        for part in _leaves(self.mails[0]):
            inner.add(part, _kind(part), attached=is_attached(part))
        return inner.text()

    def _return(self, found: Iterable[Headers]) -> None:
        if not self.returned.fields:
            self.returned = next(iter(found), Headers())


def _mails(part: Message) -> list[Message]:
    """The mails inside a part; some systems encode them, which RFC 2046 §5.2.1 forbids."""
    found = _inner(part)
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding not in ("base64", "quoted-printable") or not found or found[0].keys():
        return found
    wrapped = Message()
    wrapped["Content-Transfer-Encoding"] = encoding
    payload = found[0].get_payload() if not found[0].is_multipart() else ""
    wrapped.set_payload(payload if isinstance(payload, str) else "")
    return [_message(payload_of(wrapped).lstrip())]


def _blocks(part: Message) -> Iterator[Headers]:
    """Each block of fields: the parser splits some reports into messages, and others not."""
    if not part.is_multipart():
        yield from _split_blocks(text_of(part))
    for inner in _inner(part):
        yield headers_from(inner.raw_items())
        if not inner.is_multipart():
            yield from _split_blocks(text_of(inner))


def _split_blocks(text: str) -> Iterator[Headers]:
    return (parse_fields(block) for block in re.split(r"\n\s*\n", text) if block.strip())


def parse_fields(text: str) -> Headers:
    """Read the header fields at the start of each line of `text`; other lines are passed over."""
    text = text[:MAX_TEXT].replace("\r\n", "\n")
    return headers_from(
        (found[1], found[2]) for line in _unfolded(text) if (found := _FIELD.match(line))
    )


def _unfolded(text: str) -> Iterator[str]:
    line = ""
    for following in text.split("\n"):
        if following[:1] in (" ", "\t"):
            line += following
            continue
        yield line
        line = following
    yield line
