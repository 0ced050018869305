"""One part of a mail: its text, decoded and unflowed. Writes nothing."""

from __future__ import annotations

import re
from email.message import Message
from typing import Final

from outreach.replies.charsets import charset_of_page, decode
from outreach.replies.payloads import payload_of

#: characters of text that are read; no reply to a newsletter is longer
MAX_TEXT: Final = 200_000


def is_attached(part: Message) -> bool:
    """Whether the part is a file, not text to be read with the mail."""
    return str(part.get("content-disposition", "")).strip().lower().startswith("attachment")


def text_of(part: Message) -> str:
    """Give the text of a part, at most MAX_TEXT; '' where it can't be read."""
    raw = payload_of(part)
    declared = parameter(part, "charset")
    if not declared and part.get_content_subtype() == "html":
        declared = charset_of_page(raw)
    return decode(raw, declared)[:MAX_TEXT]


def parameter(part: Message, name: str) -> str:
    """Give a parameter of Content-Type; the standard reader raises on hostile ones."""
    value = str(part.get("content-type", ""))[:2000]
    found = re.search(rf'[;\s]\s*{name}\*?\s*=\s*(?:"([^"]*)"|([^;\s]+))', value, re.IGNORECASE)
    return (found[1] or found[2] or "").removeprefix("utf-8''") if found else ""


def unflowed_text_of(part: Message) -> str:
    """Give the text of a part with soft line breaks joined."""
    text = text_of(part)
    return _unflowed(text, part) if _is_flowed(part) else text


def _is_flowed(part: Message) -> bool:
    return parameter(part, "format").lower() == "flowed"


def _unflowed(text: str, part: Message) -> str:
    """Join the lines that RFC 3676 broke softly; lines of other quote depth stay apart."""
    delete_space = parameter(part, "delsp").lower() == "yes"
    lines: list[str] = []
    soft, depth_before = False, 0
    for line in text.replace("\r\n", "\n").split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        if soft and depth == depth_before and content != "-- ":
            lines[-1] += content
        else:
            lines.append((">" * depth + " " if depth else "") + content)
        soft = content.endswith(" ") and content != "-- "
        if soft and delete_space:
            lines[-1] = lines[-1][:-1]
        depth_before = depth
    return "\n".join(lines)
