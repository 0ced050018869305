"""Style sheets, scripts and pictures of our own: each under a name that holds a hash of it.

So a browser may keep them for ever and still gets the new ones after an update.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    kind: str
    content: bytes


class Assets:
    """The files of some folders; of two with one name that of the later folder counts."""

    def __init__(self, *folders: Path) -> None:
        files: dict[str, _File] = {}
        for path in (path for folder in folders for path in sorted(folder.iterdir())):
            if path.suffix in _KINDS:
                content = path.read_bytes()
                mark = hashlib.sha256(content).hexdigest()[:12]
                name = f"{path.stem}.{mark}{path.suffix}"
                files[path.name] = _File(name, _KINDS[path.suffix], content)
        self._files: Mapping[str, _File] = MappingProxyType(files)
        self._served = {file.name: file for file in files.values()}

    @property
    def routes(self) -> list[Route]:
        """Where they are served; browsers ask for an icon wherever a page names none."""
        return [
            Route("/static/{name}", self.static, methods=["GET"]),
            Route("/favicon.ico", self.icon, methods=["GET"]),
        ]

    def url(self, name: str) -> str:
        """Give the path of a file, for templates; a name that doesn't exist is a bug."""
        return f"/static/{self._files[name].name}"

    async def static(self, request: Request) -> Response:
        """Answer with one of them."""
        file = self._served.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        return self._answer(file, "public, max-age=31536000, immutable")

    async def icon(self, _request: Request) -> Response:
        """Answer with the icon of all pages."""
        return self._answer(self._files["icon.svg"], "public, max-age=86400")

    def _answer(self, file: _File, keep: str) -> Response:
        return Response(file.content, media_type=file.kind, headers={"Cache-Control": keep})
