"""Make pages out of Jinja templates: autoescaped, and strict about names."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from outreach.web.assets import Assets

_HERE: Final = Path(__file__).parent
#: what both applications share: the layout and its style sheet
TEMPLATES: Final = _HERE / "templates"
STATIC: Final = _HERE / "static"


class Pages:
    """The templates of one application, found in its own folder first, then in the shared one."""

    def __init__(self, templates: Path, assets: Assets) -> None:
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

    def page(self, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Make one page; a name that the template lacks is a bug."""
        html = self._environment.get_template(name).render(values)
        return HTMLResponse(html, status)
