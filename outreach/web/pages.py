"""Make pages out of Jinja templates: autoescaped, and strict about names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from outreach.web.assets import Assets

_HERE: Final = Path(__file__).parent
#: what both applications share: the layout and its style sheet
TEMPLATES: Final = _HERE / "templates"
STATIC: Final = _HERE / "static"


class Pages:
    """The templates of one application, found in its own folder first, then in the shared one."""

    def __init__(
        self,
        templates: Path,
        assets: Assets,
        filters: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
    ) -> None:
        self.assets = assets
        self._environment = Environment(
            loader=FileSystemLoader([templates, TEMPLATES]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["asset"] = assets.url
        self._environment.filters |= {"fill": _fill, **filters}

    def page(self, name: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        """Make one page; a name that the template lacks is a bug."""
        html = self._environment.get_template(name).render(values)
        return HTMLResponse(html, status)


def _fill(text: str, **values: str) -> Markup:
    """Put values into a sentence with {names} in it; each keeps its own direction."""
    filled = escape(text)
    for name, value in values.items():
        filled = filled.replace(f"{{{name}}}", Markup("<bdi>{}</bdi>").format(value))
    return filled
