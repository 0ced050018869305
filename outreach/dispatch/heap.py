"""Python's search for garbage that refers to itself, which costs a third of a run if left alone."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: Objects that come to be, less those that go, before Python searches. Letters under way go by
#: themselves; the 7,000 that SendGrid may have at a time are some three hundred thousand objects.
#: What doesn't go is some tens of megabytes by then, if there is any.
_OBJECTS: Final = 400_000


@contextmanager
def seldom_searched() -> Iterator[None]:
    """Have Python search for such garbage seldom, in the whole process, for as long as this lasts.

    Where it searches more seldom already, or never, that stays.
    """
    before = gc.get_threshold()
    if 0 < before[0] < _OBJECTS:
        gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
