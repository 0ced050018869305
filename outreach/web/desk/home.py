"""The first page, and the page that explains the keys."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from outreach.followups.gatheringview import Filter
from outreach.followups.namedviews import View
from outreach.staff import MAY, May
from outreach.web.desk.campaigns import turns
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Visit
from outreach.workflow.campaigns import newest_campaigns
from outreach.workflow.followups import count_views
from outreach.workflow.gatherings import list_gatherings
from outreach.workflow.waiting import waiting

#: campaigns of which the first page tells
_NEWEST = 8
#: views of the queue of which it tells how many they hold
_SHOWN = (View.NEEDS_ANSWER, View.OVERDUE, View.MINE, View.UNASSIGNED)


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
        views: dict[View, int] = {}
        if visit.person.may(May.FOLLOW_UP):
            views = count_views(visit.db, visit.settings, me=visit.person.name, now=visit.now)
        return visit.show(
            "home.html",
            campaigns=found[:_NEWEST],
            views={view: views[view] for view in _SHOWN if view in views},
            more=len(found) > _NEWEST,
            turns=turns(visit, found[:_NEWEST]),
            waiting=waiting(visit.db, visit.settings, visit.person.name),
            results=_results(visit) if visit.person.may(May.FOLLOW_UP) else 0,
            mine=sorted(MAY[visit.person.role]),
        )

    def show_keys(self, visit: Visit) -> Response:
        """Explain the keys."""
        return visit.show("keys.html")


def _results(visit: Visit) -> int:
    """Count the gatherings of which somebody must look at a result."""
    return len(list_gatherings(visit.db, visit.settings, Filter(waiting=True)))
