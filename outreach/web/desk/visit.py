"""One request of one of the staff: who it is, what they sent, and how they are answered."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from outreach import tokens
from outreach.errors import InputError, OutreachError
from outreach.settings import Settings
from outreach.staff import May, Person
from outreach.staff.sessions import Session
from outreach.store import Database
from outreach.tokens import Purpose, SigningKey
from outreach.web.desk import forms, wording
from outreach.web.desk.forms import FORM, SEAL, Form, Refusal
from outreach.web.pages import Pages
from outreach.wiring import utc_now
from outreach.workflow import staffacts
from outreach.workflow.staffacts import Asked, Done

R = TypeVar("R")

#: in the address of a page: the act that led there
_DID: Final = "did"
#: no number of ours has so many
_DIGITS: Final = 16


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
    #: that it was not done, where its page is shown again
    refusal: Refusal | None = None
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
        if len(text) >= _DIGITS:
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
            "form_to": self.form_to,
            "refusal": self.refusal,
        }

    def stamp(self) -> Markup:
        """Give the hidden fields of a form that has no others: a new one each time."""
        form = secrets.token_urlsafe(12)
        seal = tokens.seal(self.keys[max(self.keys)], Purpose.FORM, self._sealed(form))
        return forms.stamp(form, seal)

    def form_to(self, action: str, **hidden: object) -> Form:
        """Give the form of a page that is sent to a path, with more hidden fields.

        It holds what was sent, where that is what was refused just now.
        """
        fields = {name: str(value) for name, value in hidden.items()}
        return forms.shown(action, fields, self.stamp(), self.refusal)

    def refuse(self, error: OutreachError) -> None:
        """Have the page that is shown next tell that what was sent was not done."""
        problem, advice, _ = wording.told(error)
        why = wording.visible(f"{problem}; {advice}." if advice else f"{problem}.")
        self.refusal = Refusal(self.request.url.path, self.form, why)

    def see_stamp(self) -> None:
        """See that a form was shown in this very session.

        Raises:
            HTTPException: 403, it was not.
        """
        text, seal = self._sealed(self.form.get(FORM, "")), self.form.get(SEAL, "")
        if not tokens.is_sealed(self.keys, Purpose.FORM, text, seal):
            raise HTTPException(403)

    def do(
        self,
        what: str,
        subject: str,
        task: Callable[[], tuple[str, R]],
        *,
        reaches_out: bool = False,
    ) -> Done[R]:
        """Do what the form asks for, once. `task` gives what came of it, in a sentence, and more.

        `reaches_out`: something of it may leave the house before that is written down.

        Raises:
            OutreachError: what `task` raises.
        """
        asked = Asked(self.person, what, subject, self.form[FORM])
        return staffacts.perform(self.db, asked, task, clock=utc_now, reaches_out=reaches_out)

    def lead(self, then: str, done: Done[Any]) -> Response:
        """Lead to the page `then`, which tells what came of it."""
        query = {_DID: str(done.act_id)} | ({"before": "1"} if done.before else {})
        return RedirectResponse(f"{then}?{urlencode(query)}", status_code=303)

    def perform(
        self,
        what: str,
        subject: str,
        task: Callable[[], str],
        *,
        then: str,
        reaches_out: bool = False,
    ) -> Response:
        """Do it, as `do` does, and lead to the page `then`. Sending it again does nothing.

        Raises:
            OutreachError: what `task` raises.
        """
        return self.lead(
            then, self.do(what, subject, lambda: (task(), None), reaches_out=reaches_out)
        )

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
        act = staffacts.result(self.db, number_in(self.asked(_DID)), self.person)
        if act is None:
            return None
        return act.detail, act.outcome == "done", bool(self.asked("before"))

    def _sealed(self, form: str) -> str:
        return f"{self.session.session_id}.{form}"


def path(*parts: str | int) -> str:
    """Write a path of the desk, each part quoted."""
    return "".join(f"/{quote(str(part), safe='')}" for part in parts)


def number_in(text: str) -> int:
    """Read a number of ours; 0 where it is none, or longer than any."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else 0


def day_in(text: str) -> date | None:
    """Read a day; None where there is none.

    Raises:
        InputError: it is no day.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(
            "this is no day", value=text, next_step="write it as YYYY-MM-DD, as in 2014-02-26"
        ) from error
