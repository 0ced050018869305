"""Where two pages that should be the same are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from outreach.compose.pages import Page
from outreach.model import Message

#: characters shown around the first difference
_AROUND: Final = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where the fast way gave something else than the slow one."""

    #: html, text, or what of the mail
    part: str
    fast: str
    slow: str


def difference(fast: Page, slow: Page) -> Difference | None:
    """Find the first difference; None where there is none."""
    return _first(
        ("html", fast.html, slow.html),
        ("text", fast.text, slow.text),
        ("encoded html", _joined(fast.encoded_html), _joined(slow.encoded_html)),
        ("encoded text", _joined(fast.encoded_text), _joined(slow.encoded_text)),
    )


def message_difference(fast: Message, slow: Message) -> Difference | None:
    """Find the first difference of two whole messages; None where there is none."""
    merged = fast.merge.filled() if fast.merge else (fast.html, fast.text)
    return _first(
        ("subject", fast.subject, slow.subject),
        ("preheader", fast.preheader, slow.preheader),
        ("html", fast.html, slow.html),
        ("text", fast.text, slow.text),
        ("html put together from its shape", merged[0], slow.html),
        ("text put together from its shape", merged[1], slow.text),
        ("mail", fast.mime.decode("ascii"), slow.mime.decode("ascii")),
    )


def first_difference(part: str, fast: str, slow: str) -> Difference:
    """Show where two texts that are not the same begin to differ."""
    at = first_other(fast, slow)
    around = slice(max(at - _AROUND, 0), at + _AROUND)
    return Difference(part, fast[around], slow[around])


def first_other(fast: str, slow: str) -> int:
    """Give the number of characters that two texts have in common at their beginning."""
    pairwise = enumerate(zip(fast, slow, strict=False))
    return next((at for at, (a, b) in pairwise if a != b), min(len(fast), len(slow)))


def _first(*pairs: tuple[str, str, str]) -> Difference | None:
    return next((first_difference(*pair) for pair in pairs if pair[1] != pair[2]), None)


def _joined(pieces: list[bytes]) -> str:
    return b"".join(pieces).decode("ascii")
