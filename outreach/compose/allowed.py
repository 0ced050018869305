"""What a template may use of Jinja and Python, and what it may print: all else is refused.

Messages put names and numbers into sentences. Whatever has no part in that is left out, so that
nobody needs to think of what it could be misused for.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from types import BuiltinMethodType, FunctionType, MappingProxyType, MethodType
from typing import Any, Final

from jinja2 import Undefined
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, LoopContext, Macro
from jinja2.tests import TESTS as _JINJAS_TESTS
from jinja2.utils import Namespace

from outreach.compose.vocabulary import NAMES, Person
from outreach.errors import TemplateError, shown
from outreach.facts.statements import CaseOnDay, Figure
from outreach.facts.tally import Line, Tallies
from outreach.model import Mailbox

#: Jinja's own filters that a message has a use for
FILTERS: Final = (
    *("abs", "attr", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first"),
    *("float", "forceescape", "groupby", "int", "items", "join", "last", "length", "list", "lower"),
    *("map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round", "safe", "select"),
    *("selectattr", "sort", "string", "striptags", "sum", "title", "trim", "truncate", "unique"),
    *("upper", "urlencode", "wordcount"),
)
#: Jinja's own tests, but for those that ask what the program is made of
TESTS: Final = tuple(sorted(_JINJAS_TESTS.keys() - {"callable", "filter", "test"}))
#: filters that take no longer for a longer value
FREE: Final = frozenset({"attr", "count", "d", "default", "first", "last", "length"})
#: filters that write their value out
OF_TEXT: Final = frozenset(
    {
        *("capitalize", "e", "escape", "forceescape", "lower", "safe", "string", "striptags"),
        *("title", "trim", "truncate", "upper", "wordcount"),
    }
)
#: tests that write their value out, and all that look at more of it than its kind
WRITING: Final = frozenset({"lower", "upper"})
LOOKING: Final = WRITING | {
    *("in", "==", "eq", "equalto", "!=", "ne", ">", "gt", "greaterthan", ">=", "ge"),
    *("<", "lt", "lessthan", "<=", "le"),
}
#: methods of a text
TEXT_METHODS: Final = (
    *("capitalize", "count", "endswith", "find", "isalnum", "isalpha", "isdigit", "islower"),
    *("isnumeric", "isspace", "isupper", "join", "lower", "lstrip", "partition", "removeprefix"),
    *("removesuffix", "replace", "rpartition", "rsplit", "rstrip", "split", "splitlines"),
    *("startswith", "strip", "title", "upper"),
)
LIST_METHODS: Final = ("count", "index")
DICTIONARY_METHODS: Final = ("get", "items", "keys", "values")
DAY_NAMES: Final = ("day", "isoformat", "isoweekday", "month", "weekday", "year")
LOOP_NAMES: Final = (
    *("changed", "cycle", "depth", "depth0", "first", "index", "index0", "last", "length"),
    *("nextitem", "previtem", "revindex", "revindex0"),
)
#: kind of value -> the names that a template may ask it for
_ATTRIBUTES: Final[Mapping[type, tuple[str, ...]]] = {
    StrEnum: (*TEXT_METHODS, "name", "value"),
    str: TEXT_METHODS,
    list: LIST_METHODS,
    # what `groupby` gives are tuples with these two names
    tuple: (*LIST_METHODS, "grouper", "list"),
    dict: DICTIONARY_METHODS,
    MappingProxyType: DICTIONARY_METHODS,
    date: DAY_NAMES,
    timedelta: ("days",),
    Person: NAMES["supporter"],
    Mailbox: NAMES["sender"],
    Figure: tuple(field.name for field in fields(Figure)),
    CaseOnDay: tuple(field.name for field in fields(CaseOnDay)),
    Line: ("quantity", "value"),
    LoopContext: LOOP_NAMES,
    BlockReference: ("super",),
}
#: what has the names that the template itself gave it
_NAMED_BY_TEMPLATE: Final = (Namespace, TemplateModule)
_FUNCTIONS: Final = (FunctionType, MethodType, BuiltinMethodType, partial)
_CALLED: Final = (*_FUNCTIONS, Macro, BlockReference, LoopContext)
_PRINTED: Final = (str, int, float, date, Figure, CaseOnDay, Line)
_KINDS: Final[tuple[tuple[tuple[type, ...], str], ...]] = (
    ((str,), "a text"),
    ((bool, int, float), "a number"),
    ((list, tuple, range), "a list"),
    ((dict, MappingProxyType), "a dictionary"),
    ((date,), "a day"),
    ((Person,), "a supporter"),
    ((Mailbox,), "a sender"),
    ((Figure,), "a fact"),
    ((CaseOnDay,), "a case"),
    ((Line,), "a line of a tally"),
    ((LoopContext,), "a loop"),
    ((BlockReference,), "a block"),
    ((Macro,), "a macro"),
    ((*_FUNCTIONS, type), "a function"),
    ((Namespace,), "a namespace"),
    ((TemplateModule,), "an imported file"),
)


def kind(value: object) -> str:
    """Say what a value is, for people who write messages."""
    return next((name for types, name in _KINDS if isinstance(value, types)), "this")


def may_ask(value: object, name: str) -> bool:
    """Whether a template may ask a value for this name."""
    if name.startswith("_"):
        return False
    return isinstance(value, _NAMED_BY_TEMPLATE) or name in _names_of(value)


def may_call(value: object) -> bool:
    """Whether a template may call this."""
    return isinstance(value, _CALLED) or value is Namespace


def is_ours(function: object) -> bool:
    """Whether this is a function that messages are given, and no method of a list or the like."""
    return isinstance(function, FunctionType | partial) or isinstance(
        getattr(function, "__self__", None), Tallies
    )


def not_called(value: object) -> SecurityError:
    """Say that a template may not call this."""
    return SecurityError(f"{kind(value)} can't be called")


def refused(value: object, name: str) -> SecurityError:
    """Say that a template may not ask for a name, and which is nearest."""
    there_are = _names_of(value)
    if name.startswith("_"):
        return SecurityError(f"{shown(name)} leads inside the program")
    near = difflib.get_close_matches(name, there_are, 1, 0.5)
    meant = f", did you mean {shown(near[0])}" if near else ""
    names = f"; there are {', '.join(there_are)}" if there_are else ""
    return SecurityError(f"{kind(value)} has no {shown(name)} here{meant}{names}")


def printable(value: Any) -> Any:
    """Give a value back that a message can print.

    A list or dictionary would show Python's quotes and brackets to the reader, and a function its
    place in the program's memory.

    Raises:
        TemplateError: it is none.
    """
    if value is None or isinstance(value, (*_PRINTED, Undefined)):
        return value
    what = kind(value)
    advice = {
        "a list": "write |join(', ') after it, or go through it with {% for %}",
        "a dictionary": "go through it with {% for name, value in it.items() %}",
        "a function": "call it, with () after it",
        "a macro": "call it, with () after it",
        "a block": "call it, with () after it",
        "a supporter": "print a name in it, as in supporter.given_name",
        "a sender": "print a name in it, as in sender.email",
    }.get(what, "print a text, a number, a day, a fact or a case")
    raise TemplateError(f"{what} can't be printed", next_step=advice)


def _names_of(value: object) -> tuple[str, ...]:
    for ancestor in type(value).__mro__:
        found = _ATTRIBUTES.get(ancestor)
        if found is not None:
            return found
    return ()
