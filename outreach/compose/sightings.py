"""How often keys were met, without keeping the keys: they may be as long as a letter."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any, Final, TypeAlias

#: a key that is longer is kept as a digest
_SHORT: Final = 64

#: the very key where it is short and numbers alone, else 16 bytes
Digest: TypeAlias = tuple[int, ...] | bytes


def digest(key: tuple[Any, ...]) -> Digest:
    """Give what takes the place of a key: small, and equal for equal keys alone."""
    if len(key) <= _SHORT and all(type(part) is int for part in key):
        return key
    return hashlib.blake2b(repr(key).encode(), digest_size=16).digest()


class Sightings:
    """Counts of the keys that were met last; those met longest ago are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: OrderedDict[Digest, int] = OrderedDict()

    def count(self, key: Digest) -> int:
        """Give how often a key was met."""
        return self._counts.get(key, 0)

    def met(self, key: Digest) -> int:
        """Count a key once more, and give how often it was met by now."""
        count = self._counts[key] = self._counts.pop(key, 0) + 1
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)
        return count

    def forget(self, key: Digest) -> None:
        """Count a key from nothing again."""
        self._counts.pop(key, None)
