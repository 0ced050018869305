"""Filters, tests, methods and sums that can make much out of little, worked out within a budget.

Each finds out how long its result will be before it makes it. The rest of Jinja's filters make
nothing longer than what they get, and pay for that (`paid`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import wraps
from itertools import islice
from typing import Any, Final

from jinja2 import Environment, Undefined, pass_context, pass_environment, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.filters import do_round, do_urlencode, make_attrgetter, sync_do_map
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup, escape

from outreach.compose import allowed
from outreach.compose.allowed import printable
from outreach.compose.budget import MAX_ITEMS, WORK, Budget, within_bounds
from outreach.errors import TemplateError

#: what messages' own functions and filters take: names, keys, days, a link's lines
LONGEST_ARGUMENT: Final = 5_000
_MOST_DIGITS: Final = 15
#: what `escape` can make of one letter
_ESCAPED: Final = 5


def paid(budget: Budget, function: Callable[..., Any], *, writes: bool) -> Callable[..., Any]:
    """Give one of Jinja's filters or tests, paid for by the length of what it is given.

    `writes`: whether it writes its value out. What Jinja makes piece by piece is made at once, so
    that it is paid for where it is written.
    """
    own = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def within(*args: Any, **named: Any) -> Any:
        value = args[own]
        budget.pay_for(value, args[own + 1 :], named)
        if writes:
            printable(value)
        elif isinstance(value, str) and len(value) > MAX_ITEMS:
            budget.items(len(value))
        result = function(*args, **named)
        if hasattr(result, "__next__"):
            result = list(islice(result, MAX_ITEMS + 1))
        return within_bounds(result)

    return within


def ours(budget: Budget, function: Callable[..., str]) -> Callable[..., str]:
    """Give one of our own filters: they write out one value."""

    @wraps(function)
    def within(value: Any, *args: Any, **named: Any) -> str:
        if type(value) is not str or args or named or len(value) > LONGEST_ARGUMENT:
            check_arguments(budget, (value, *args, *named.values()))
            printable(value)
        return function(value, *args, **named)

    return within


def check_arguments(budget: Budget, values: Iterable[Any]) -> None:
    """See that what a function of ours is given is short: they remember what they were asked.

    Raises:
        TemplateError: it isn't.
    """
    for value in values:
        if isinstance(value, str) and len(value) > LONGEST_ARGUMENT:
            raise TemplateError(
                f"a text of more than {LONGEST_ARGUMENT:,} characters can't be used here"
            )
        budget.pay(value)


class Filters:
    """The filters that take the place of Jinja's of the same name."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def by_name(self) -> dict[str, Callable[..., Any]]:
        """Give them under the names that templates use."""
        return {
            "join": self._join,
            "map": self._map,
            "replace": self._replace,
            "round": _rounded,
            "sum": self._sum,
            "urlencode": self._urlencode,
        }

    @pass_eval_context
    def _replace(
        self, context: EvalContext, value: Any, old: Any, new: Any, count: int | None = None
    ) -> str:
        text, old, new = (_text(part) for part in (value, old, new))
        self._budget.pay(text)
        if not context.autoescape:
            text, old, new = str(text), str(old), str(new)
        elif isinstance(old, Markup) or (isinstance(new, Markup) and not isinstance(text, Markup)):
            text = escape(text)
        return _replaced(self._budget, text, old, new, -1 if count is None else count)

    @pass_eval_context
    def _join(
        self, context: EvalContext, value: Iterable[Any], d: str = "", attribute: Any = None
    ) -> str:
        items = self._attributes(context.environment, value, attribute)
        texts, between = [_text(item) for item in items], _text(d)
        if not context.autoescape:
            return _joined(self._budget, str(between), map(str, texts))
        if not isinstance(between, Markup) and any(isinstance(text, Markup) for text in texts):
            between = escape(between)
        return _joined(self._budget, between, texts)

    @pass_context
    def _map(self, context: Context, value: Any, *args: Any, **named: Any) -> list[Any]:
        self._budget.pay_for(value, args, named)
        items = list(islice(value, MAX_ITEMS + 1))
        # any filter may be called, by its name
        self._budget.spend(len(items) * WORK)
        return list(sync_do_map(context, within_bounds(items), *args, **named))

    @pass_environment
    def _sum(
        self, environment: Environment, value: Iterable[Any], attribute: Any = None, start: Any = 0
    ) -> Any:
        result = start
        for item in self._attributes(environment, value, attribute):
            result = added(self._budget, result, item)
        return result

    def _attributes(
        self, environment: Environment, value: Iterable[Any], attribute: Any
    ) -> list[Any]:
        self._budget.pay_for(value, () if attribute is None else (attribute,), {})
        items = list(islice(value, MAX_ITEMS + 1))
        self._budget.items(len(items))
        return items if attribute is None else list(map(_getter(environment, attribute), items))

    def _urlencode(self, value: Any) -> Any:
        self._budget.pay(value)
        pairs = value.items() if isinstance(value, Mapping) else value
        if isinstance(value, str) or not isinstance(value, Iterable):
            pairs = [[value]]
        for pair in pairs:
            for part in pair:
                printable(part)
        return within_bounds(do_urlencode(value))


def _getter(environment: Environment, attribute: Any) -> Callable[[Any], Any]:
    found: Callable[[Any], Any] = make_attrgetter(environment, attribute)
    return found


def _rounded(value: Any, precision: int = 0, method: str = "common") -> Any:
    _check_number(value)
    if type(precision) is not int or abs(precision) > _MOST_DIGITS:
        raise TemplateError(f"round takes up to {_MOST_DIGITS} decimals", value=precision)
    return within_bounds(do_round(value, precision, method))  # type: ignore[arg-type]


def divides(value: Any, by: Any) -> bool:
    """Say whether a number can be divided; of a text, Python would fill in a form."""
    _check_number(value)
    _check_number(by)
    return bool(value % by == 0)


#: the tests that take the place of Jinja's of the same name
TESTS: Final[Mapping[str, Callable[..., Any]]] = {
    "divisibleby": divides,
    "even": lambda value: divides(value, 2),
    "odd": lambda value: not divides(value, 2),
}


def method(budget: Budget, called: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """Call a method of a text.

    Raises:
        TemplateError: what it would make is too long.
    """
    text, name = called.__self__, called.__name__
    budget.pay_for(text, args, named)
    bounded = _METHODS.get(name)
    result = called(*args, **named) if bounded is None else bounded(budget, text, *args, **named)
    return within_bounds(result)


def concatenated(budget: Budget, parts: Iterable[Any], *, html: bool) -> str:
    """Put texts together as `~` does; in HTML, what is not HTML is escaped if another part is."""
    texts = [_text(part) for part in parts]
    if html and any(isinstance(text, Markup) for text in texts):
        return _joined(budget, Markup(), texts)
    return _joined(budget, "", map(str, texts))


def added(budget: Budget, left: Any, right: Any) -> Any:
    """Add two numbers, texts or lists."""
    if isinstance(left, str) and isinstance(right, str):
        budget.text(len(left) + len(right))
    elif (isinstance(left, list) and isinstance(right, list)) or (
        isinstance(left, tuple) and isinstance(right, tuple)
    ):
        budget.items(len(left) + len(right))
    elif not (isinstance(left, Undefined) or isinstance(right, Undefined)):
        for side in (left, right):
            if not isinstance(side, int | float):
                raise SecurityError(
                    "'+' is for numbers, for two texts and for two lists; put other things "
                    "together with '~'"
                )
            within_bounds(side)
    return within_bounds(left + right)


def check_sum(operator: str, left: Any, right: Any) -> None:
    """See that the two sides of an operator other than `+` are numbers, or days to subtract.

    Raises:
        SecurityError: they are not.
        TemplateError: one is too large.
    """
    if operator == "**":
        raise SecurityError("'**' is not needed in a message")
    if operator == "-" and isinstance(left, date) and isinstance(right, date):
        return
    for side in (left, right):
        if not isinstance(side, int | float | Undefined):
            raise SecurityError(f"'{operator}' is for numbers only; put texts together with '~'")
        within_bounds(side)


def _check_number(value: Any) -> None:
    if not isinstance(value, int | float | Undefined):
        raise TemplateError(f"{allowed.kind(value)} is no number")
    within_bounds(value)


def _text(value: Any) -> str:
    """Write a value as text; HTML stays what it is."""
    return value if isinstance(value, str) else str(printable(value))


def _replaced(budget: Budget, text: str, old: str, new: str, count: int = -1) -> str:
    grown = _ESCAPED if isinstance(text, Markup) else 1
    if grown > 1:
        old = escape(old)
    places = text.count(old)
    if count >= 0:
        places = min(places, count)
    budget.text(len(text) + places * len(new) * grown)
    return text.replace(old, new, count)


def _joined(budget: Budget, between: str, texts: Iterable[Any]) -> str:
    known = list(texts)
    budget.items(len(known))
    for text in known:
        if not isinstance(text, str):
            raise TemplateError(f"{allowed.kind(text)} is no text that can be joined")
    letters = sum(map(len, known)) + len(between) * max(len(known) - 1, 0)
    budget.text(letters)
    return between.join(known)


def _split(budget: Budget, text: str, sep: str | None = None, maxsplit: int = -1) -> list[str]:
    most = MAX_ITEMS if maxsplit < 0 else min(maxsplit, MAX_ITEMS)
    parts = text.split(sep, most)
    budget.items(len(parts))
    return parts


def _split_right(budget: Budget, text: str, sep: str | None = None, maxsplit: int = -1) -> Any:
    most = MAX_ITEMS if maxsplit < 0 else min(maxsplit, MAX_ITEMS)
    parts = text.rsplit(sep, most)
    budget.items(len(parts))
    return parts


def _lines(budget: Budget, text: str, keepends: bool = False) -> list[str]:
    budget.items(len(text))
    return text.splitlines(keepends)


#: methods of a text whose result is longer, or more, than the text
_METHODS: Final[Mapping[str, Callable[..., Any]]] = {
    "join": _joined,
    "replace": _replaced,
    "rsplit": _split_right,
    "split": _split,
    "splitlines": _lines,
}
