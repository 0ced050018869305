"""What is made of one person's page, whichever way it was made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from outreach.model import Merge

#: the parts of a text that is one value as a whole
_WHOLE: Final = (0,)


class Page(Protocol):
    """What is made of one person's page: both parts, each also in quoted-printable, in pieces."""

    @property
    def html(self) -> str:
        """The page, inlined."""

    @property
    def encoded_html(self) -> list[bytes]:
        """The same, encoded."""

    @property
    def text(self) -> str:
        """The page as text."""

    @property
    def encoded_text(self) -> list[bytes]:
        """The same, encoded."""

    @property
    def shape(self) -> str:
        """Hex digits that name its shape; '' where it was made the slow way."""

    @property
    def merge(self) -> Merge | None:
        """What it shares with its shape, and its own values; None likewise."""


@dataclass(frozen=True, slots=True)
class WholePage:
    """A page that was made the slow way."""

    html: str
    encoded_html: list[bytes]
    text: str
    encoded_text: list[bytes]
    shape: str = ""
    merge: Merge | None = None


@dataclass(frozen=True, slots=True)
class PlainText:
    """A text part that does not come from the page, with its own values apart."""

    text: str
    #: the same object for all texts that went the same way
    parts: tuple[str | int, ...] = field(compare=False)
    values: tuple[str, ...] = field(compare=False)

    @classmethod
    def whole(cls, text: str) -> PlainText:
        """Give a text of which nothing is known to be shared."""
        return cls(text, _WHOLE, (text,))
