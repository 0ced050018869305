"""Stand-ins for a reader's tokens, so that links that hold them are the same for everybody.

A token is 24 letters and digits, whoever's it is: no line is broken elsewhere because of it, and
nothing escaped otherwise. So where a message does nothing with its links but print them, they are
worked out once, with stand-ins in place of the tokens, and the tokens are put in at the very end.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from itertools import count
from typing import Any, Final

from outreach.compose import vocabulary
from outreach.model import Letterhead, Reader, Supporter

#: where a reader's tokens stand, counted from the end of their values
REPLY, LEAVE, VIEW, CONFIRM = -1, -2, -3, -4
#: in that order
TOKENS: Final = (CONFIRM, VIEW, LEAVE, REPLY)
#: where the first of them stands
FIRST: Final = TOKENS[0]
#: letters of a token (`outreach.tokens`)
_LENGTH: Final = 24

#: text or bytes, and between them a token: which, and which of its letters
Hole = tuple[int, int, int]


class Standins:
    """Stand-ins that occur nowhere in a message's files, one for each kind of token."""

    def __init__(self, whole: str) -> None:
        self._tokens = {
            LEAVE: _unused("leave", whole),
            REPLY: _unused("reply", whole),
            VIEW: _unused("view", whole),
            CONFIRM: _unused("confirm", whole),
        }
        letters = ["(?:=\r\n)?".join(token) for token in self._tokens.values()]
        self._text = re.compile(f"({'|'.join(self._tokens.values())})")
        self._encoded = re.compile(f"({'|'.join(letters)})".encode("ascii"))

    def values(self, letterhead: Letterhead) -> dict[str, Any]:
        """Give the names that hold tokens, as they are for everybody."""
        nobody = Reader(
            Supporter(0, ""),
            self._tokens[REPLY],
            self._tokens[LEAVE],
            self._tokens[VIEW],
            self._tokens[CONFIRM],
        )
        return {name: vocabulary.personal(nobody, letterhead)[name] for name in vocabulary.LINKS}

    def parted(self, text: str) -> list[str | int]:
        """Take a text apart: a number stands for a token."""
        parts = enumerate(self._text.split(text))
        return [self._index(part) if at % 2 else part for at, part in parts]

    def whole(self, parts: Sequence[str | int]) -> str:
        """Put a text together again."""
        return "".join([p if isinstance(p, str) else self._tokens[p] for p in parts])

    def parted_bytes(self, encoded: bytes) -> list[bytes | Hole]:
        """Take quoted-printable apart; a soft line break may stand in a token."""
        parts: list[bytes | Hole] = []
        for at, part in enumerate(self._encoded.split(encoded)):
            if at % 2 == 0:
                parts.append(part)
                continue
            first, *rest = part.split(b"=\r\n")
            index = self._index((first + b"".join(rest)).decode("ascii"))
            parts.append((index, 0, len(first)))
            if rest:
                parts += [b"=\r\n", (index, len(first), _LENGTH)]
        return parts

    def _index(self, token: str) -> int:
        return next(index for index, own in self._tokens.items() if own == token)


def tokens_of(reader: Reader) -> tuple[str, ...]:
    """Give a reader's tokens in the order in which they stand at the end of their values."""
    return reader.confirm_token, reader.view_token, reader.unsubscribe_token, reader.reply_token


def stand_for(token: str) -> bool:
    """Whether a stand-in can stand for this token."""
    return len(token) == _LENGTH and token.isascii() and token.isalnum()


def _unused(purpose: str, whole: str) -> str:
    for attempt in count():
        digest = hashlib.sha256(f"{purpose}{attempt}{whole}".encode()).digest()[:15]
        token = base64.b32encode(digest).decode("ascii").lower()
        if token not in whole:
            return token
    raise AssertionError
