"""Jinja as messages may use it: sandboxed, strict about undefined names, only the frozen files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, overload

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from outreach.compose import budget
from outreach.compose.budget import Budget, within_bounds
from outreach.compose.library import SHARED
from outreach.compose.manifest import shown_path
from outreach.compose.vocabulary import cleaned

#: what the heading is rendered in, in place of a layout: the two blocks that are plain text
HEADING: Final = "{% block subject %}{% endblock %}\0{% block preheader %}{% endblock %}"
#: filters that give another message each time, or make a huge text out of a small one
_WITHOUT: Final = ("random", "format", "center", "indent", "pprint")
#: methods of a text that do so too
_PADDING: Final = {"center", "expandtabs", "format", "format_map", "ljust", "rjust", "zfill"}


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
        elif self._heading_only and template.startswith("layouts/"):
            text = HEADING
        return text, shown_path(template), lambda: True

    def list_templates(self) -> list[str]:
        """Name every file that can be extended or included."""
        return sorted(self._files)


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, and no sum that makes gigabytes out of a line and no loop that never ends."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})
    #: steps left of the rendering under way in this thread
    budget: Budget

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Say whether a template may reach an attribute: no private ones, no padding of texts."""
        if isinstance(obj, str) and attr in _PADDING:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Work out a sum whose result stays small."""
        if operator == "+":
            return within_bounds(super().call_binop(context, operator, left, right))
        if not all(isinstance(side, int | float) for side in (left, right)):
            raise SecurityError(f"'{operator}' is for numbers only; put texts together with '~'")
        if operator == "**":
            raise SecurityError("'**' is not needed in a message")
        return super().call_binop(context, operator, left, right)

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        counting = budget.with_counting(source, self)
        return super()._generate(counting, name, filename, defer_init)


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
    kind: type[Box],
) -> Box: ...


def environment(
    name: str,
    files: Mapping[str, str],
    filters: Mapping[str, Callable[..., str]],
    *,
    html: bool,
    kind: type[Sandbox] = Sandbox,
) -> Sandbox:
    """Make the environment of one language: for its HTML, or for what is plain text."""
    made = kind(
        loader=FrozenLoader(name, files, heading_only=not html),
        autoescape=html,
        undefined=StrictUndefined,
        finalize=settled,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.budget = Budget()
    for unwanted in _WITHOUT:
        del made.filters[unwanted]
    made.globals = {
        "range": budget.paid_range(made.budget),
        "namespace": made.globals["namespace"],
    }
    made.filters.update(filters)
    made.filters.update(budget.filters(made.budget))
    return made


def settled(value: Any) -> Any:
    """Make a printed value what a page can hold: text without controls, or HTML that says it is."""
    if type(value) is str:
        return cleaned(value)
    if value is None:
        return ""
    if isinstance(value, Undefined) or hasattr(value, "__html__"):
        return value
    return cleaned(str(value))
