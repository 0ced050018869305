"""Links that open a new mail with address, subject and lines already in it (RFC 6068)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from markupsafe import Markup

from outreach.errors import TemplateError

#: webmail and desktop programs cut longer ones; one Arabic letter takes six characters
MAX_LINK: Final = 1600
_QUOTED: Final = {code: quote(chr(code), safe="@") for code in range(128)}


def link(address: str, *, subject: str = "", body: str = "") -> str:
    r"""Give a `mailto:` URI. Line breaks in `body` are written `\n` and become CRLF.

    Spaces are written %20 and a plus %2B: webmail reads a bare plus as a space.

    Raises:
        TemplateError: the whole is longer than mail programs take.
    """
    whole = f"mailto:{_quoted(address)}{_query(_plain(subject), _plain(body))}"
    if len(whole) > MAX_LINK:
        raise TemplateError(
            f"this reply_link has {len(whole)} characters, mail programs take {MAX_LINK}",
            next_step="make its subject or body shorter",
        )
    return whole


@lru_cache(maxsize=256)
def _query(subject: str, body: str) -> str:
    """Most messages ask everybody the same."""
    given = (("subject", re.sub(r"\s+", " ", subject)), ("body", _lines(body)))
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in given if value)
    return f"?{query}" if query else ""


@lru_cache(maxsize=16)
def _quoted(address: str) -> str:
    return address.translate(_QUOTED) if address.isascii() else quote(address, safe="@")


def address_in(uri: str) -> str:
    """Give the bare address of a `mailto:` URI."""
    address = uri.partition(":")[2].partition("?")[0]
    # nothing but a plus is escaped in most
    plain = address.replace("%2B", "+")
    return unquote(address) if "%" in plain else plain


def _plain(text: str) -> str:
    """A {% set %} block gives HTML; in a mail there are no entities."""
    return str(text.unescape()) if isinstance(text, Markup) else text


def _lines(text: str) -> str:
    return re.sub(r"\r\n?|\n", "\r\n", text)
