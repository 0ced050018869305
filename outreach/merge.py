"""A message as what it has in common with others of its shape, and one person's own values."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import NamedTuple


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
