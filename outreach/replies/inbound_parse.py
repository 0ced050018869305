"""SendGrid's Inbound Parse: what it posts, as a mail and its envelope. Writes nothing.

https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
It posts a form (RFC 7578) whose fields are each in their own charset, as `charsets` says. In raw
mode one field is the mail itself; else a mail is made of its headers, texts and attachments, the
same one from the same form.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from outreach import addresses
from outreach.errors import InputError
from outreach.replies.charsets import decode
from outreach.replies.envelope import Envelope
from outreach.replies.headers import clean
from outreach.replies.mime import parse_fields
from outreach.tracking import sendgrid

#: SendGrid takes mails of up to 30 MB; a form is a little larger
MAX_BODY: Final = 40 * 1024 * 1024
_MOST_PARTS: Final = 1000
_LONGEST_HEAD: Final = 16_384
_LONGEST_WORD: Final = 100

_BOUNDARY: Final = re.compile(r'boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_NAME: Final = re.compile(rb'[;\s]name\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))', re.IGNORECASE)
_DKIM: Final = re.compile(r"@([A-Za-z0-9._-]+)\s*:\s*([A-Za-z]+)")
#: of the original's headers, those that don't fit a mail made anew
_OF_THE_BODY: Final = ("content-type:", "content-transfer-encoding:", "mime-version:")
_TYPE: Final = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,100}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Posted:
    """A mail that was posted."""

    raw: bytes
    envelope: Envelope
    #: the mail was made of a form's fields
    rebuilt: bool


@dataclass(frozen=True, slots=True)
class _Field:
    content: bytes
    #: of the form's part, for attachments
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Form:
    fields: Mapping[str, _Field]
    charsets: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A field in its own charset; '' where there is none."""
        found = self.fields.get(name)
        return clean(decode(found.content, self.charsets.get(name, ""))) if found else ""

    def json(self, name: str) -> dict[str, Any]:
        """A field that holds an object; {} where it holds none."""
        try:
            value = json.loads(self.text(name) or "{}")
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


def verify(public_key: str, signature: str, timestamp: str, body: bytes) -> bool:
    """Whether one of the keys signed exactly this body, as it came, with this timestamp.

    `public_key` is what SendGrid shows, or several with a space between. The signature is ECDSA
    over timestamp and body, before anything of it is read.

    Raises:
        SettingsError: it is no such key.
    """
    keys = sendgrid.read_keys(public_key, "inbound_key")
    return sendgrid.is_signed(body, signature=signature, timestamp=timestamp, keys=keys)


def parse(body: bytes, content_type: str) -> Posted:
    """Read a body of Inbound Parse, raw mode or parsed; the same body gives the same mail.

    Raises:
        InputError: it is no form, is too large, or holds no mail.
    """
    if len(body) > MAX_BODY:
        raise _no_form(f"it has more than {MAX_BODY:,} bytes")
    form = _form(body, content_type)
    envelope = _envelope(form)
    if "email" in form.fields:
        return Posted(form.fields["email"].content, envelope, rebuilt=False)
    if not form.fields.keys() & {"headers", "from", "text", "html"}:
        raise _no_form("none of its fields holds a mail")
    return Posted(_rebuilt(form), envelope, rebuilt=True)


def _no_form(why: str) -> InputError:
    return InputError(
        f"this is no body of SendGrid's Inbound Parse: {why}",
        next_step="give the body as it came, byte for byte, with its Content-Type",
    )


def _form(body: bytes, content_type: str) -> _Form:
    found = _BOUNDARY.search(content_type)
    if "multipart/form-data" not in content_type.lower() or found is None:
        raise _no_form("its Content-Type is not multipart/form-data with a boundary")
    boundary = b"--" + (found[1] or found[2]).encode("utf-8", "replace")
    fields: dict[str, _Field] = {}
    place = 0 if body.startswith(boundary) else body.find(b"\r\n" + boundary)
    if place < 0:
        raise _no_form("its boundary is not in it")
    place = body.index(boundary, place) + len(boundary)
    while not body.startswith(b"--", place):
        if len(fields) == _MOST_PARTS:
            raise _no_form(f"it has more than {_MOST_PARTS} fields")
        end = body.find(b"\r\n" + boundary, place)
        if end < 0:
            raise _no_form("it ends before its last boundary")
        name, part = _part(body, place, end)
        # of two fields with one name the first counts, as for SendGrid's own reader
        fields.setdefault(name, part)
        place = end + 2 + len(boundary)
    form = _Form(fields)
    charsets = form.json("charsets")
    return _Form(fields, {str(name): str(charset) for name, charset in charsets.items()})


def _part(body: bytes, start: int, end: int) -> tuple[str, _Field]:
    middle = body.find(b"\r\n\r\n", start, min(start + _LONGEST_HEAD, end))
    if middle < 0:
        raise _no_form("a field of it has no headers")
    head = body[start:middle]
    named = _NAME.search(head)
    if named is None:
        raise _no_form("a field of it has no name")
    name = re.sub(rb"\\(.)", rb"\1", named[1]) if named[1] is not None else named[2]
    kind = parse_fields(decode(head)).get("content-type")
    return clean(decode(name)), _Field(body[middle + 4 : end], kind)


def _envelope(form: _Form) -> Envelope:
    said = form.json("envelope")
    to = said.get("to")
    recipients = to if isinstance(to, list) else [to]
    sender = said.get("from")
    return Envelope(
        recipients=tuple(str(one)[:1000] for one in recipients[:100] if one),
        sender=addresses.normalise(sender) if isinstance(sender, str) else "",
        spf=_word(form.text("SPF")),
        dkim=tuple(
            (domain.lower().rstrip("."), _word(verdict))
            for domain, verdict in _DKIM.findall(form.text("dkim")[:10_000])
        ),
    )


def _word(text: str) -> str:
    found = re.match(r"\s*([A-Za-z]+)", text)
    return found[1].lower()[:_LONGEST_WORD] if found else ""


def _rebuilt(form: _Form) -> bytes:
    """Make a mail of a form's fields, with the headers that it had."""
    head = form.text("headers").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    kept, kind = _head_apart(head)
    have = parse_fields(head)
    for name in ("from", "to", "cc", "subject"):
        said = " ".join(form.text(name).split())
        if said and not have.has(name):
            kept.append(f"{name.title()}: {said}")
    parts = [_text_part(form, name, kind) for name in ("text", "html") if name in form.fields]
    parts += _attachments(form)
    lines = "\r\n".join([*kept, "MIME-Version: 1.0"]).encode("utf-8", "replace")
    if len(parts) == 1 and "attachment1" not in form.fields:
        return lines + b"\r\n" + parts[0]
    mark = hashlib.sha256(b"\0".join(parts)).hexdigest()[:32].encode()
    report = re.match(r"multipart/report\s*;(.*)", kind, re.IGNORECASE | re.DOTALL)
    found = re.search(r"report-type\s*=\s*\"?([a-z-]{1,60})", report[1], re.I) if report else None
    outer = f"multipart/report; report-type={found[1]}" if found else "multipart/mixed"
    if not found and len(parts) == 2 and {"text", "html"} <= form.fields.keys():
        outer = "multipart/alternative"
    joined = b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts)
    top = f'Content-Type: {outer}; boundary="{mark.decode()}"'.encode()
    return b"\r\n".join([lines, top, b"", joined + b"--" + mark + b"--", b""])


def _head_apart(head: str) -> tuple[list[str], str]:
    """The lines of the headers without those of the body, and what its Content-Type was."""
    kept: list[str] = []
    kind, left_out = "", False
    for line in head.split("\n"):
        if not line.strip():
            continue
        if line[0] in " \t":
            kind += line if left_out else ""
        else:
            left_out = line.lower().startswith(_OF_THE_BODY)
            if line.lower().startswith("content-type:"):
                kind = line.partition(":")[2].strip()
        if not left_out:
            kept.append(line)
    return kept, kind[:2000]


def _text_part(form: _Form, name: str, kind: str) -> bytes:
    subtype = "plain" if name == "text" else "html"
    flowed = re.search(r"format\s*=\s*\"?flowed", kind, re.IGNORECASE) and name == "text"
    delsp = "; delsp=yes" if flowed and re.search(r"delsp\s*=\s*\"?yes", kind, re.I) else ""
    more = f"; format=flowed{delsp}" if flowed else ""
    text = form.text(name).replace("\r\n", "\n").replace("\n", "\r\n")
    head = f"Content-Type: text/{subtype}; charset=utf-8{more}\r\nContent-Transfer-Encoding: 8bit"
    return head.encode() + b"\r\n\r\n" + text.encode("utf-8", "replace")


def _attachments(form: _Form) -> list[bytes]:
    about = form.json("attachment-info")
    parts = []
    for name, part in form.fields.items():
        if not re.fullmatch(r"attachment\d{1,4}", name):
            continue
        info = about.get(name)
        info = info if isinstance(info, dict) else {}
        kind = str(info.get("type") or part.kind).partition(";")[0].strip().lower()
        if not _TYPE.fullmatch(kind) or kind.startswith("multipart/"):
            kind = "application/octet-stream"
        parts.append(_attachment(kind, str(info.get("filename") or ""), part.content))
    return parts


def _attachment(kind: str, file_name: str, content: bytes) -> bytes:
    """A part of a mail; those that are mails or reports themselves may not be encoded."""
    head = f"Content-Type: {kind}\r\n"
    if kind.startswith("message/") or kind == "text/rfc822-headers":
        return f"{head}Content-Transfer-Encoding: 8bit\r\n\r\n".encode() + content
    safe = re.sub(r"[^\w. -]", "_", clean(file_name))[:200]
    word = base64.b64encode(safe.encode("utf-8", "replace")).decode()
    head += f'Content-Disposition: attachment; filename="=?utf-8?b?{word}?="\r\n'
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode() + encoded
