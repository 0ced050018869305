"""One mail's bytes to headers, readable text and the parts of a report. Writes nothing.

`parse` takes any bytes and never raises: what can't be read is left out. The standard parser with
`compat32` does the structure, because it keeps what it does not understand; the decoding is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Final

from outreach.replies.headers import Headers, clean, decode_words, headers_from, mailbox
from outreach.replies.htmltext import html_to_text
from outreach.replies.parts import MAX_TEXT, is_attached, text_of, unflowed_text_of

#: bytes at the beginning of a mail in which `headers_of` looks for fields
MAX_HEAD: Final = 256 * 1024
#: more multiparts than this are hostile (the parser's time grows with depth times lines)
MAX_PARTS: Final = 40

#: letters of a text part that stands in for the HTML part
_STUB: Final = 10

#: what stands for a picture in a text part
_PICTURE = re.compile(r"\[(?:image|cid)[: ][^\[\]\n]{0,300}\]", re.IGNORECASE)
_NESTING = re.compile(rb"boundary[\s*\d]{0,8}=|message/", re.IGNORECASE)
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*(?:\n[ \t]+.*)*)")
_LEADING = re.compile(rb"\A(?:\xef\xbb\xbf)?[\r\n]*(?:>?From [^\n]*\n)?")


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


def parse(raw: bytes) -> Parsed:
    """Read a mail. Any bytes give a Parsed; text is limited to MAX_TEXT characters."""
    message = _message(_LEADING.sub(b"", raw, count=1))
    headers = headers_from(message.raw_items())
    gathered = _Gathered(reports=message.get_content_type() in _MAY_REPORT)
    for part in _leaves(message):
        gathered.add(part)
    name, address = mailbox(headers.get("from"))
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
    )


def headers_of(raw: bytes) -> Headers:
    """Read only the header fields of a mail; takes any bytes."""
    head = _LEADING.sub(b"", raw[:MAX_HEAD], count=1)
    return headers_from(BytesHeaderParser(policy=policy.compat32).parsebytes(head).raw_items())


def _message(raw: bytes) -> Message:
    if len(_NESTING.findall(raw)) <= MAX_PARTS:
        try:
            return message_from_bytes(raw, policy=policy.compat32)
        # the standard parser raises TypeError, ValueError and more on hostile parameters
        except Exception:  # noqa: S110
            pass
    return BytesHeaderParser(policy=policy.compat32).parsebytes(raw)


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

    def __init__(self, *, reports: bool) -> None:
        #: whether the mail is a report, or only may have one attached
        self.reports = reports
        self.texts: list[str] = []
        self.htmls: list[str] = []
        self.report = ""
        self.blocks: list[Headers] = []
        self.returned = Headers()
        self.room = MAX_TEXT

    def add(self, part: Message) -> None:
        kind = part.get_content_type()
        if kind in _REPORTS and not self.reports:
            return
        if kind in _REPORTS:
            self.report = self.report or _REPORTS[kind]
            self.blocks += _blocks(part)
        elif kind in ("message/rfc822", "message/global", "message/rfc822-headers"):
            self._return(headers_from(inner.raw_items()) for inner in _inner(part))
        elif kind in ("text/rfc822-headers", "message/global-headers"):
            self._return([parse_fields(text_of(part))])
        elif is_attached(part):
            return
        elif kind == "text/html":
            self.htmls.append(self._cut(text_of(part)))
        elif kind == "text/plain" or kind.startswith("multipart/"):
            self.texts.append(self._cut(unflowed_text_of(part)))

    def text(self) -> str:
        """The text part, unless it is a stub and the HTML part holds the words."""
        text = "\n".join(self.texts)
        if not self.htmls or _letters(text) >= _STUB:
            return text
        html = html_to_text("\n".join(self.htmls))
        if _letters(html) <= _letters(text):
            return text
        stub = _PICTURE.sub("", text).strip()
        # an HTML part may also be what a scanner adds below somebody's STOP
        return html if stub in html else f"{stub}\n\n{html}"

    def _return(self, found: Iterable[Headers]) -> None:
        if not self.returned.fields:
            self.returned = next(iter(found), Headers())

    def _cut(self, text: str) -> str:
        kept = text[: self.room]
        self.room -= len(kept)
        return kept


_REPORTS: Final = {
    "message/delivery-status": "delivery-status",
    "message/global-delivery-status": "delivery-status",
    "message/feedback-report": "feedback-report",
    "message/disposition-notification": "disposition-notification",
    "message/global-disposition-notification": "disposition-notification",
}


#: only such a mail is a report: people attach reports to mail that they write
_MAY_REPORT: Final = frozenset({"multipart/report", *_REPORTS})


def _letters(text: str) -> int:
    return sum(map(str.isalpha, _PICTURE.sub("", text)))


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
