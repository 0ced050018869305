"""Jinja as messages may use it: sandboxed, strict about undefined names, only the frozen files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NoReturn, TypeVar, cast, overload

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.filters import FILTERS
from jinja2.parser import Parser
from jinja2.runtime import Context, Macro
from jinja2.sandbox import SandboxedEnvironment, safe_range
from jinja2.tests import TESTS
from jinja2.utils import Namespace

from outreach.compose import allowed, bounded, counting
from outreach.compose.allowed import printable
from outreach.compose.budget import Budget, within_bounds
from outreach.compose.library import SHARED
from outreach.compose.manifest import shown_path
from outreach.compose.vocabulary import cleaned

#: what the heading is rendered in, in place of a layout: the two blocks that are plain text
HEADING: Final = "{% block subject %}{% endblock %}\0{% block preheader %}{% endblock %}"
#: a shorter text is printed for nothing: the loop around it is paid for
SHORT: Final = 64
_SHOWS_CONTENT: Final = re.compile(r"\{%[-+]?\s*block\s+content\b")
_EXTENDS: Final = re.compile(r"\{%[-+]?\s*extends\b")


class FrozenLoader(BaseLoader):
    """Gives Jinja the message's own files, layouts and styles, and nothing else on earth."""

    def __init__(self, name: str, files: Mapping[str, str], *, heading_only: bool) -> None:
        folders = tuple(f"{folder}/" for folder in (name, *SHARED))
        self._files = {
            path: text
            for path, text in files.items()
            if path.startswith(folders) and not path.endswith(".toml")
        }
        self._heading_only = heading_only

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - Jinja's signature
        template: str,
    ) -> tuple[str, str, Callable[[], bool]]:
        """Give a file's text and the name that errors show; styles come as they are."""
        text = self._files.get(template)
        if text is None:
            raise TemplateNotFound(template)
        if template.endswith(".css"):
            text = "{% raw %}" + text + "{% endraw %}"
        elif self._heading_only and (template.startswith("layouts/") or _is_layout(text)):
            text = HEADING
        return text, shown_path(template), lambda: True

    def list_templates(self) -> list[str]:
        """Name every file that can be extended or included."""
        return sorted(self._files)


def _is_layout(text: str) -> bool:
    """Whether a file of a message's own folder is a whole page for others to extend."""
    return _SHOWS_CONTENT.search(text) is not None and _EXTENDS.search(text) is None


class Generator(CodeGenerator):
    """Jinja's code generator; what can't be printed is no constant, so that it is refused."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        if not isinstance(node, nodes.TemplateData):
            value = node.as_const(frame.eval_ctx)
            if not isinstance(value, str | int | float):
                raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)


class Sandbox(SandboxedEnvironment):
    """The sandbox: what `allowed` lists, and nothing that takes long or grows without end."""

    code_generator_class = Generator
    intercepted_binops = frozenset(SandboxedEnvironment.default_binop_table)
    #: steps left of the rendering under way in this thread
    budget: Budget

    def is_safe_attribute(
        self,
        obj: Any,
        attr: str,
        value: Any,  # noqa: ARG002 - Jinja's signature
    ) -> bool:
        """Say whether a template may ask a value for this name."""
        return allowed.may_ask(obj, attr)

    def is_safe_callable(self, obj: Any) -> bool:
        """Say whether a template may call this."""
        return allowed.may_call(obj)

    def unsafe_undefined(self, obj: Any, attribute: str) -> NoReturn:
        """Refuse a name at once, so that nobody finds out whether it is there."""
        raise allowed.refused(obj, attribute)

    def wrap_str_format(self, value: Any) -> None:
        """Leave `format` to what is allowed, as any other name."""

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Look something up."""
        if not isinstance(argument, str | int):
            self.budget.pay(argument)
        return super().getitem(obj, argument)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Call a macro, a function of ours, or a method of a text, a list or a dictionary."""
        if isinstance(__obj, Macro):
            return __context.call(__obj, *args, **kwargs)
        # Jinja's own, for functions that ask for the context; none of ours does
        named = {name: value for name, value in kwargs.items() if not name.startswith("_")}
        return __self.called(__obj, args, named)

    def called(self, function: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """Call what is no macro, within the budget."""
        if isinstance(function, Undefined):
            # it says which name is not known
            return function()
        if not self.is_safe_callable(function):
            raise allowed.not_called(function)
        owner = getattr(function, "__self__", None)
        if isinstance(owner, str):
            return bounded.method(self.budget, function, args, named)
        given = (*args, *named.values())
        if isinstance(owner, list | tuple):
            self.budget.pay(owner)
        if allowed.is_ours(function):
            bounded.check_arguments(self.budget, given)
        elif function is not Namespace:
            for value in given:
                self.budget.pay(value)
        return function(*args, **named)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Work out a sum whose result stays small."""
        if operator == "+":
            return bounded.added(self.budget, left, right)
        bounded.check_sum(operator, left, right)
        return within_bounds(super().call_binop(context, operator, left, right))

    def concat(self, pieces: Iterable[str]) -> str:
        """Put together what a macro, a block or a {% set %} wrote."""
        written = list(pieces)
        self.budget.text(sum(map(len, written)))
        return "".join(written)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parser = None
        try:
            parser = Parser(self, source, name, filename)
            tree = parser.parse()
        except (RecursionError, ValueError) as error:
            line = parser.stream.current.lineno if parser else 1
            explain = (
                counting.too_deep if isinstance(error, RecursionError) else counting.too_many_digits
            )
            raise explain(line, name, filename) from error
        counting.check_size(tree, name, filename)
        return tree

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        with self.budget.aside():
            counted = counting.with_counting(source, self)
            return super()._generate(counted, name, filename, defer_init)


Box = TypeVar("Box", bound=Sandbox)


@overload
def environment(
    name: str, files: Mapping[str, str], filters: Mapping[str, Callable[..., str]], *, html: bool
) -> Sandbox: ...


@overload
def environment(
    name: str,
    files: Mapping[str, str],
    filters: Mapping[str, Callable[..., str]],
    *,
    html: bool,
    kind: Callable[..., Box],
) -> Box: ...


def environment(
    name: str,
    files: Mapping[str, str],
    filters: Mapping[str, Callable[..., str]],
    *,
    html: bool,
    kind: Callable[..., Sandbox] = Sandbox,
) -> Sandbox:
    """Make the environment of one language: for its HTML, or for what is plain text."""
    budget = Budget()

    def printed(value: Any) -> Any:
        if isinstance(value, str) and len(value) > SHORT:
            budget.text(len(value))
        return settled(value)

    made = kind(
        loader=FrozenLoader(name, files, heading_only=not html),
        autoescape=html,
        undefined=StrictUndefined,
        finalize=printed,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.budget = budget
    made.filters.clear()
    made.filters.update(_filters(budget, filters))
    made.tests.clear()
    made.tests.update(_tests(budget))
    made.globals = {"range": _paid_range(budget), "namespace": Namespace}
    return made


def _filters(
    budget: Budget, ours: Mapping[str, Callable[..., str]]
) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for name in allowed.FILTERS:
        jinjas: Callable[..., Any] = FILTERS[name]
        writes = name in allowed.OF_TEXT
        is_free = name in allowed.FREE
        found[name] = jinjas if is_free else bounded.paid(budget, jinjas, writes=writes)
    found |= bounded.Filters(budget).by_name()
    found |= {name: bounded.ours(budget, function) for name, function in ours.items()}
    return found | counting.filters(budget)


def _tests(budget: Budget) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for name in allowed.TESTS:
        jinjas = cast(Callable[..., Any], TESTS[name])
        writes = name in allowed.WRITING
        looks = name in allowed.LOOKING
        found[name] = bounded.paid(budget, jinjas, writes=writes) if looks else jinjas
    return {**found, **bounded.TESTS}


def _paid_range(budget: Budget) -> Callable[..., range]:
    """Give the `range` of templates: it pays at once for all that it counts."""

    def counted(*bounds: int) -> range:
        numbers = safe_range(*bounds)
        budget.spend(len(numbers))
        return numbers

    return counted


def settled(value: Any) -> Any:
    """Make a printed value what a page can hold: text without controls, or HTML that says it is.

    Raises:
        TemplateError: it is nothing that a message prints.
    """
    if type(value) is str:
        return cleaned(value)
    if value is None:
        return ""
    if isinstance(value, Undefined) or hasattr(value, "__html__"):
        return printable(value)
    return cleaned(str(printable(value)))
