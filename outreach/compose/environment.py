"""Jinja as messages may use it: sandboxed, strict about undefined names, only the frozen files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from outreach.compose.library import SHARED
from outreach.compose.manifest import shown_path

#: no honest message comes near; Gmail hides what is beyond 102 KB
MAX_OUTPUT: Final = 2_000_000
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


class _Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, and no sum that makes gigabytes out of a line."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Say whether a template may reach an attribute: no private ones, no padding of texts."""
        if isinstance(obj, str) and attr in _PADDING:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not all(isinstance(side, int | float) for side in (left, right)):
            raise SecurityError(f"'{operator}' is for numbers only; put texts together with '~'")
        if operator == "**":
            raise SecurityError("'**' is not needed in a message")
        return super().call_binop(context, operator, left, right)


def environment(
    name: str,
    files: Mapping[str, str],
    filters: Mapping[str, Callable[..., str]],
    *,
    html: bool,
) -> Environment:
    """Make the environment of one language: for its HTML, or for what is plain text."""
    made = _Sandbox(
        loader=FrozenLoader(name, files, heading_only=not html),
        autoescape=html,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    for unwanted in _WITHOUT:
        del made.filters[unwanted]
    made.globals = {"range": made.globals["range"], "namespace": made.globals["namespace"]}
    made.filters.update(filters)
    return made


def _finalize(value: Any) -> Any:
    return "" if value is None else value
