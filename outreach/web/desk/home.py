"""The first page, and the page that explains the keys."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from outreach.staff import MAY
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Visit
from outreach.workflow.campaigns import newest_campaigns

#: campaigns of which the first page tells
_NEWEST = 8


class Home:
    """What is going on."""

    def __init__(self, shell: Shell) -> None:
        self.routes: list[Route] = [
            shell.page("/", self.show_home),
            shell.page("/keys", self.show_keys),
        ]

    def show_home(self, visit: Visit) -> Response:
        """Tell of the newest campaigns, and what this person may do."""
        found = newest_campaigns(visit.db, most=_NEWEST + 1)
        return visit.show(
            "home.html",
            campaigns=found[:_NEWEST],
            more=len(found) > _NEWEST,
            mine=sorted(MAY[visit.person.role]),
        )

    def show_keys(self, visit: Visit) -> Response:
        """Explain the keys."""
        return visit.show("keys.html")
