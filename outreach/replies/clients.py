"""What mail programs write by themselves, looked up in `clients.toml`. Writes nothing.

A second sign beside structure: each of these answers about one line, none searches a mail.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from outreach.replies.words import words

#: longer lines are not looked up
_LONGEST: Final = 160
_DECORATION: Final = " \t*_-=#>:：~·.|[]\"'"
_SPACES = re.compile(r"[\s\u3000]+")


def is_original(line: str) -> bool:
    """Whether the line is "Original Message", "Forwarded message" or the like, however ruled."""
    return len(line) <= _LONGEST and _bare(line) in _set("original")


def is_header(key: str) -> bool:
    """Whether the word before a colon is one of "From", "Sent", "To", "Subject" or the like."""
    bare = _bare(key)
    # Chinese programs space two letters out to the width of three
    return bare in _set("header") or bare.replace(" ", "") in _set("header")


def has_verb(line: str) -> bool:
    """Whether the line holds a "wrote" of some language."""
    folded = line[: 2 * _LONGEST].casefold()
    # most lines hold none, which is plain without the expression
    may_hold = any(word in folded for word in _tuple("wrote"))
    return may_hold and _any_of("wrote").search(folded) is not None


def is_sent_from(line: str) -> bool:
    """Whether the line begins as "Sent from my" does."""
    return line[:_LONGEST].strip(_DECORATION).casefold().startswith(_tuple("sent_from"))


def ends_sent_from(line: str) -> bool:
    """Whether the line ends so, as it does where a language puts the verb last."""
    return line[:_LONGEST].strip(_DECORATION).casefold().endswith(_tuple("sent_from"))


def asks_to_reply_above(line: str) -> bool:
    """Whether the line is a help desk's mark, above which the answer stands."""
    if len(line) > _LONGEST:
        return False
    ruled = line.strip()
    is_mark = ruled.startswith("##-") and ruled.endswith("-##")
    folded = ruled.casefold()
    return is_mark or any(phrase in folded for phrase in _tuple("above"))


def _bare(line: str) -> str:
    return _SPACES.sub(" ", line.strip(_DECORATION)).casefold()


@cache
def _tuple(section: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in words("clients.toml")[section])


@cache
def _set(section: str) -> frozenset[str]:
    return frozenset(_tuple(section))


@cache
def _any_of(section: str) -> re.Pattern[str]:
    # scripts without capitals often don't part words either
    return re.compile(
        "|".join(
            rf"(?<!\w){re.escape(word)}(?!\w)" if word.islower() else re.escape(word)
            for word in _tuple(section)
        )
    )
