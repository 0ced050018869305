"""A message as what it has in common with others of its shape, and one person's own values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Merge:
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
        return _filled(self.html, self.html_values), _filled(self.text, self.text_values)

    def encoded(self) -> tuple[bytes, bytes]:
        """Give the page and the text in UTF-8, sooner than `filled` and `encode` would."""
        return _encoded(self.html, self.html_values), _encoded(self.text, self.text_values)


def _filled(parts: tuple[str | int, ...], values: tuple[str, ...]) -> str:
    return "".join([part if isinstance(part, str) else values[part] for part in parts])


def _encoded(parts: tuple[str | int, ...], values: tuple[str, ...]) -> bytes:
    shared, holes = _shared_bytes(parts)
    pieces = shared.copy()
    for at, place in holes:
        pieces[at] = values[place].encode()
    return b"".join(pieces)


#: for page and text of as many shapes as are kept when messages are made
@lru_cache(maxsize=512)
def _shared_bytes(parts: tuple[str | int, ...]) -> tuple[list[bytes], list[tuple[int, int]]]:
    """Encode what a shape's messages share; with where values belong, and which."""
    shared = [part.encode() if isinstance(part, str) else b"" for part in parts]
    return shared, [(at, part) for at, part in enumerate(parts) if isinstance(part, int)]
