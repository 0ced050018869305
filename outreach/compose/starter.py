"""The words that a new message begins with, in the languages that there are such words for.

They come with the program. A paragraph of theirs without attributes says what to write there.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

#: what every new message is also written in, and what other languages begin with
LANGUAGE: Final = "en"
_FOLDER: Final = Path(__file__).parent / "skeleton"
_TO_REPLACE: Final = re.compile(r"<p>([^<{]+)</p>")


def has_words(tag: str) -> bool:
    """Whether there are words to begin with in the language of this tag (BCP 47)."""
    return (_FOLDER / f"{_tongue(tag)}.html").is_file()


def page(tag: str) -> str:
    """Give the page that a message begins with in this language, or the English one."""
    tongue = _tongue(tag) if has_words(tag) else LANGUAGE
    return (_FOLDER / f"{tongue}.html").read_text(encoding="utf-8")


@cache
def to_replace() -> tuple[str, ...]:
    """Give the sentences that nobody is to send, of all languages."""
    pages = sorted(_FOLDER.glob("*.html"))
    return tuple(
        sentence for path in pages for sentence in _TO_REPLACE.findall(path.read_text("utf-8"))
    )


def _tongue(tag: str) -> str:
    return tag.partition("-")[0].lower()
