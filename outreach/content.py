"""What a message says: whole, or as what it has in common with others and one person's own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol


class Merge(NamedTuple):
    """A message as what it has in common with others of its shape, and this person's own values.

    Numbers in `html` and `text` are places in `html_values` and `text_values`. Both are the same
    objects in the messages of everybody whose message has this shape.
    """

    html: tuple[str | int, ...]
    text: tuple[str | int, ...]
    #: as they stand in the page, escaped already
    html_values: tuple[str, ...]
    text_values: tuple[str, ...]

    def filled(self) -> tuple[str, str]:
        """Give the page and the text, each as one."""
        pairs = ((self.html, self.html_values), (self.text, self.text_values))
        html, text = ("".join([p if isinstance(p, str) else v[p] for p in ps]) for ps, v in pairs)
        return html, text


#: for page and text of as many shapes as are kept when messages are made
@lru_cache(maxsize=256)
def shared_digest(*parts: tuple[str | int, ...]) -> str:
    """Give SHA-256 of what the messages of a shape share, and of where values belong in it."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class Content(Protocol):
    """What a message says, in the forms that transports ask for; each is made when asked for."""

    @property
    def html(self) -> str:
        """The page."""

    @property
    def text(self) -> str:
        """The same as plain text."""

    @property
    def mime(self) -> bytes:
        """The whole message by RFC 5322: CRLF line ends, lines of at most 998 bytes."""

    @property
    def pieces(self) -> Sequence[bytes]:
        """`mime` in pieces; what many messages share is the same object in them, if it can be."""

    @property
    def shape(self) -> str:
        """Hex digits that name the way through ifs and loops; '' where there is only the page."""

    @property
    def merge(self) -> Merge | None:
        """Shared parts and own values; None where there is only the page."""


@dataclass(frozen=True, slots=True)
class Written:
    """Content that is all there from the beginning."""

    html: str
    text: str
    mime: bytes
    shape: str = ""
    merge: Merge | None = None

    @property
    def pieces(self) -> Sequence[bytes]:
        """`mime`, in one."""
        return (self.mime,)
