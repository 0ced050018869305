"""One request of one of the staff: who it is, what they sent, and how they are answered."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from outreach import tokens
from outreach.settings import Settings
from outreach.staff import May, Person
from outreach.staff.sessions import Session
from outreach.store import Database
from outreach.tokens import Purpose, SigningKey
from outreach.web.pages import Pages
from outreach.wiring import utc_now
from outreach.workflow import staffacts
from outreach.workflow.staffacts import Asked

#: the hidden fields of each form: which form it is, and the proof that this session was shown it
_FORM: Final = "form"
_SEAL: Final = "seal"
#: in the address of a page: the act that led there
_DID: Final = "did"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation."""

    title: str
    path: str
    #: the key that leads there, after g
    key: str
    may: May = May.LOOK


@dataclass(slots=True)
class Visit:
    """A request with an open database, in a worker thread."""

    request: Request
    db: Database
    settings: Settings
    session: Session
    keys: Mapping[int, SigningKey]
    pages: Pages
    entries: tuple[Entry, ...]
    #: what was posted
    form: Mapping[str, str] = field(default_factory=dict)
    now: datetime = field(default_factory=utc_now)

    @property
    def person(self) -> Person:
        """Who it is."""
        return self.session.person

    def named(self, part: str) -> str:
        """Give a part of the path."""
        return str(self.request.path_params[part])

    def numbered(self, part: str) -> int:
        """Give a part of the path that is a number.

        Raises:
            HTTPException: 404, it is longer than any of ours.
        """
        text = self.named(part)
        if len(text) > 15:
            raise HTTPException(404)
        return int(text)

    def asked(self, name: str, default: str = "") -> str:
        """Give what the address asks for behind its `?`."""
        return self.request.query_params.get(name, default).strip()

    def sent(self, name: str) -> str:
        """Give a field of the form."""
        return self.form.get(name, "").strip()

    def show(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Answer with a page."""
        return self.pages.page(template, status, **self.frame, result=self._result(), **values)

    @property
    def frame(self) -> dict[str, Any]:
        """What every page shows around its own."""
        return {
            "me": self.person,
            "may": self.person.may,
            "May": May,
            "entries": [entry for entry in self.entries if self.person.may(entry.may)],
            "here": self.request.url.path,
            "stamp": self.stamp,
        }

    def stamp(self) -> Markup:
        """Give the hidden fields of a form: a new one each time."""
        form = secrets.token_urlsafe(12)
        seal = tokens.seal(self.keys[max(self.keys)], Purpose.FORM, self._sealed(form))
        hidden = Markup('<input type="hidden" name="{}" value="{}">')
        return hidden.format(_FORM, form) + hidden.format(_SEAL, seal)

    def see_stamp(self) -> None:
        """See that a form was shown in this very session.

        Raises:
            HTTPException: 403, it was not.
        """
        text, seal = self._sealed(self.form.get(_FORM, "")), self.form.get(_SEAL, "")
        if not tokens.is_sealed(self.keys, Purpose.FORM, text, seal):
            raise HTTPException(403)

    def perform(
        self, what: str, subject: str, task: Callable[[], str], *, then: str, back: str = ""
    ) -> Response:
        """Do what the form asks for, once, and lead to the page `then`, which tells of it.

        `task` gives what came of it, in a sentence. Going back and sending it again does nothing.
        Where it can't be done, the page for that leads to `back`, or to `then`.

        Raises:
            OutreachError: what `task` raises.
        """
        self.request.scope["desk.back"] = back or then
        asked = Asked(self.person, what, subject, self.form[_FORM])
        done = staffacts.perform(self.db, asked, task, clock=utc_now)
        query = {_DID: str(done.act_id)} | ({"before": "1"} if done.before else {})
        return RedirectResponse(f"{then}?{urlencode(query)}", status_code=303)

    def give(
        self, what: str, subject: str, content: str | bytes, told: str, *, kind: str, name: str
    ) -> Response:
        """Answer with a file that holds what not everybody may read; that is written down first.

        `told` says what is in it.
        """
        staffacts.note_given(self.db, self.person, what, subject, told, now=self.now)
        return Response(
            content,
            media_type=kind,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _result(self) -> tuple[str, bool, bool] | None:
        """Tell what came of the act that led here: its words, whether it ended, whether before."""
        number = self.asked(_DID)
        if not number.isascii() or not number.isdigit() or len(number) > 15:
            return None
        act = staffacts.result(self.db, int(number), self.person)
        if act is None:
            return None
        return act.detail, act.outcome == "done", bool(self.asked("before"))

    def _sealed(self, form: str) -> str:
        return f"{self.session.session_id}.{form}"


def path(*parts: str | int) -> str:
    """Write a path of the desk, each part quoted."""
    return "".join(f"/{quote(str(part), safe='')}" for part in parts)
