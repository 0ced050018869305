"""The last few composers of each thread: to make one takes far longer than to write a letter."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date
from typing import Final

from outreach.compose import Composer, FrozenMessage

_MOST: Final = 8


class _Ready(threading.local):
    def __init__(self) -> None:
        self.composers: OrderedDict[tuple[str, date], Composer] = OrderedDict()


_ready: Final = _Ready()


def ready(frozen: FrozenMessage, day: date) -> Composer:
    """Give the composer of this very content, made now where this thread has none."""
    kept, key = _ready.composers, (frozen.content_hash, day)
    found = kept.pop(key, None) or Composer(frozen, day)
    kept[key] = found
    if len(kept) > _MOST:
        kept.popitem(last=False)
    return found
