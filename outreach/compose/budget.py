"""An end to every rendering: what a template does is paid for in steps, before it is done.

A loop over a loop over a loop that prints nothing would otherwise keep a dispatcher busy for ever,
and a text put together with itself forty times would take all memory there is. `counting` writes
the payments for loops and calls into the parsed template; filters, methods and sums pay for the
length of what they are given (`bounded`).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from jinja2 import Undefined

from outreach.errors import TemplateError

#: a round of a loop, a thing in a list and `_CHARACTERS` of a text are a step each; honest messages
#: need some thousands
MAX_STEPS: Final = 1_000_000
#: what a filter or a function takes, however short its value
WORK: Final = 10
#: what may be worked out of one file before it is rendered; what is left is worked out when it is
PREPARING: Final = 100_000
#: no honest message comes near; Gmail hides what is beyond 102 KB
MAX_OUTPUT: Final = 2_000_000
#: things in one list
MAX_ITEMS: Final = 100_000
#: lists inside lists
_DEEPEST: Final = 20
_CHARACTERS: Final = 16
#: an argument is applied to each thing in a value; a longer one costs more each time
_OF_ARGUMENT: Final = 8
#: a number that large is no sum of a message, and the next takes longer to work out
TOO_LARGE: Final = 10**18


class Budget(threading.local):
    """What is left of the steps of the rendering that runs in this thread."""

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def refill(self) -> None:
        """Begin another rendering."""
        self.left = MAX_STEPS

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Work something out beforehand, at no cost to a rendering that may be under way."""
        kept, self.left = self.left, PREPARING
        try:
            yield
        finally:
            self.left = kept

    def spend(self, steps: int) -> None:
        """Take steps.

        Raises:
            TemplateError: there are none left. It names no file: the caller knows which it was.
        """
        self.left -= steps
        if self.left < 0:
            raise TemplateError(
                f"this goes round without end, or through too much: it takes more than "
                f"{MAX_STEPS:,} steps",
                next_step="loop over fewer things, or put less into a text before it is printed",
            )

    def pay(self, value: Any, depth: int = 0) -> None:
        """Pay for a look at a value, and at all that is in it.

        Whatever compares, hashes or writes out a value must have it paid for: a list that holds
        another twice, which holds another twice, is short and takes for ever to look through.

        Raises:
            TemplateError: there are not so many steps left, or it is nested too deeply.
        """
        if isinstance(value, str):
            if len(value) >= _CHARACTERS:
                self.spend(len(value) // _CHARACTERS)
        elif isinstance(value, range):
            self.spend(len(value))
        elif isinstance(value, Collection) and not isinstance(value, Undefined):
            if depth == _DEEPEST:
                raise TemplateError(
                    f"lists in lists in lists, more than {_DEEPEST} deep",
                    next_step="put less into each other",
                )
            self.spend(len(value))
            for item in value:
                self.pay(item, depth + 1)
            if isinstance(value, Mapping):
                for item in value.values():
                    self.pay(item, depth + 1)

    def pay_for(self, value: Any, args: Sequence[Any], named: Mapping[str, Any]) -> None:
        """Pay for something that applies its arguments to each thing in a value.

        Raises:
            TemplateError: there are not so many steps left.
        """
        before = self.left
        self.pay(value)
        taken = before - self.left
        for argument in (*args, *named.values()) if named else args:
            if isinstance(argument, str):
                self.spend(len(argument) // _OF_ARGUMENT * max(taken, 1))
            else:
                self.pay(argument)

    def text(self, length: int) -> None:
        """Pay for a text that is about to be made.

        Raises:
            TemplateError: it would be longer than any message, or there are no steps left for it.
        """
        if length > MAX_OUTPUT:
            raise TemplateError(f"this text grows beyond {MAX_OUTPUT:,} characters")
        self.spend(length // _CHARACTERS)

    def items(self, length: int) -> None:
        """Pay for a list that is about to be made.

        Raises:
            TemplateError: it would be longer than any in a message, or there are no steps left.
        """
        if length > MAX_ITEMS:
            raise TemplateError(f"this list grows beyond {MAX_ITEMS:,} things")
        self.spend(length)


def within_bounds(value: Any) -> Any:
    """Give a value back, unless it is larger than any in a message.

    Raises:
        TemplateError: it is.
    """
    if isinstance(value, str):
        if len(value) > MAX_OUTPUT:
            raise TemplateError(f"this text grows beyond {MAX_OUTPUT:,} characters")
    elif isinstance(value, int):
        if abs(value) >= TOO_LARGE:
            raise TemplateError("a number has at most 18 digits")
    elif isinstance(value, list | tuple) and len(value) > MAX_ITEMS:
        raise TemplateError(f"this list grows beyond {MAX_ITEMS:,} things")
    return value
