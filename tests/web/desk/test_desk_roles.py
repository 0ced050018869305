"""What each role may do, over every route that the desk has: the table is written here once more.

A new page has to be put into it, by somebody who thinks about who may see it.
"""

from __future__ import annotations

import re
from typing import Final

import httpx
import pytest
from desking import Staffed
from starlette.routing import Route

from outreach.settings import Settings
from outreach.staff import MAY, May, Role
from outreach.web.desk.app import desk_app

#: also for whoever is not signed in
_ANYBODY: Final = ""
_TABLE: Final = {
    May.LOOK: """
        GET /
        GET /keys
        GET /campaigns
        GET /campaigns/{name}
        GET /campaigns/{name}/counts
        GET /campaigns/{name}/diff
        GET /campaigns/{name}/left-out
        GET /campaigns/{name}/doubts
        GET /campaigns/{name}/progress
        GET /campaigns/{name}/live
        GET /messages
        GET /messages/{name}/check
        GET /messages/{name}
        GET /messages/{name}/variants
        GET /messages/{name}/preview
        GET /messages/{name}/body
        GET /messages/{name}/mail
        GET /segments
        GET /segments/{name}
        GET /segments/{name}/count
        GET /reports
        GET /reports/report.csv
        GET /reports/report.json
        POST /sign-out
    """,
    May.SEE_PEOPLE: """
        GET /messages/{name}/people
        POST /messages/{name}/as
        GET /supporters
        POST /supporters
        GET /supporters/{number:int}
    """,
    May.PREPARE: """
        POST /campaigns
        POST /campaigns/{name}/plan
        POST /campaigns/{name}/resume
        POST /campaigns/{name}/cancel
        POST /campaigns/{name}/change
        POST /campaigns/{name}/remove
        GET /campaigns/{name}/schedule
        POST /campaigns/{name}/schedule
        POST /campaigns/{name}/unschedule
        POST /campaigns/{name}/send
    """,
    May.TEST: """
        POST /campaigns/{name}/test
    """,
    May.STOP: """
        POST /campaigns/{name}/pause
    """,
    May.APPROVE: """
        POST /campaigns/{name}/approve
    """,
    May.SETTLE: """
        POST /campaigns/{name}/settle
    """,
    May.FOLLOW_UP: """
        POST /followups/letters
        GET /followups
        POST /followups/search
        GET /followups/next
        GET /followups/{number:int}
        GET /followups/{number:int}/mails/{mail:int}
        POST /followups/export
        POST /followups/share
        GET /followups/figures
        GET /followups/duplicates
        POST /followups/{number:int}/take
        POST /followups/{number:int}/assign
        POST /followups/{number:int}/move
        POST /followups/{number:int}/close
        POST /followups/{number:int}/answered
        POST /followups/{number:int}/snooze
        POST /followups/{number:int}/due
        POST /followups/{number:int}/link
        POST /followups/{number:int}/tag
        POST /followups/{number:int}/note
        POST /followups/{number:int}/mend
        POST /followups/{number:int}/opt-out
        POST /followups/{number:int}/merge
        POST /followups/{number:int}/apart
        POST /followups/{number:int}/split
        POST /followups/{number:int}/talk
        POST /followups/{number:int}/leave
        GET /followups/{number:int}/answer
        POST /followups/{number:int}/answer
        POST /followups/{number:int}/answer/draft
        GET /followups/{number:int}/merge
        GET /gatherings
        POST /gatherings/export
        GET /gatherings/new
        POST /gatherings/new
        GET /gatherings/{number:int}
        POST /gatherings/{number:int}/change
        POST /gatherings/{number:int}/state
        POST /gatherings/{number:int}/result
        POST /gatherings/{number:int}/check
        POST /gatherings/{number:int}/dismiss
    """,
    May.CHANGE_PEOPLE: """
        POST /supporters/{number:int}/consent
        POST /supporters/{number:int}/export
        GET /supporters/{number:int}/erase
        POST /supporters/{number:int}/erase
    """,
    May.MANAGE_STAFF: """
        GET /staff
        GET /acts
        POST /staff
        POST /staff/link
        POST /staff/role
        POST /staff/remove
        POST /staff/sign-out
    """,
    _ANYBODY: """
        GET /sign-in
        GET /sign-in/{secret}
        POST /sign-in/{secret}
        GET /static/{name}
        GET /favicon.ico
    """,
}
_ALLOWED: Final[dict[tuple[str, str], str]] = {
    (method, path): may
    for may, lines in _TABLE.items()
    for method, path in (line.split() for line in lines.split("\n") if line.strip())
}
#: what the parts of a path may be: some are there, some not
_PARTS: Final = {"name": "autumn", "number": "1", "mail": "1", "secret": "x"}


def _filled(path: str) -> str:
    if path.startswith("/messages"):
        path = path.replace("{name}", "hello")
    return re.sub(r"{(\w+)[^}]*}", lambda part: _PARTS[part[1]], path)


def _status(client: httpx.Client, method: str, path: str, form: dict[str, str]) -> int:
    """Send it as a page of ours would; of what goes on and on, only the beginning is read."""
    headers = {"origin": str(client.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
    data = form if method == "POST" else None
    with client.stream(method, _filled(path), data=data, headers=headers) as answer:
        return answer.status_code


def test_every_route_stands_in_the_table(house: Settings) -> None:
    """And nothing else does."""
    routes = [route for route in desk_app(house).routes if isinstance(route, Route)]
    found = {
        (method, route.path) for route in routes for method in (route.methods or set()) - {"HEAD"}
    }
    assert found == set(_ALLOWED)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gets_what_it_may_and_nothing_else(desk: Staffed, role: Role) -> None:
    """Pages and forms, each with the fields of this very session."""
    browser = desk.enter("Walker", role)
    form = browser.form("/keys", "/sign-out") | {"x": "1"}
    for (method, path), may in _ALLOWED.items():
        if path == "/sign-out":
            continue
        status = _status(browser.client, method, path, form)
        refused = may != _ANYBODY and May(may) not in MAY[role]
        assert (status == 403) == refused, (method, path, status)


def test_whoever_is_not_signed_in_gets_nothing_but_the_way_in(desk: Staffed) -> None:
    """Nor by a form that somebody else was shown."""
    form = desk.enter("Walker").form("/keys", "/sign-out")
    stranger = desk.browser().client
    for (method, path), may in _ALLOWED.items():
        status = _status(stranger, method, path, form)
        if may == _ANYBODY:
            assert status in {200, 404}, (method, path, status)
        else:
            # a page leads to the way in; a form, and a stream, can't
            assert status in {303, 401}, (method, path, status)
            assert status == 303 or method == "POST" or path.endswith("/live")
