"""Follow-ups: the queue with its views, and one of it with all that helps to answer."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.errors import InputError
from outreach.followups.inferences import FROM_LIST, Inference
from outreach.followups.namedviews import VIEWS, View
from outreach.followups.stages import DONE, MOVES
from outreach.followups.view import Asked
from outreach.model import CloseReason, Stage
from outreach.places import country_code
from outreach.staff import May
from outreach.store import utc_text
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Entry, Visit, number_in, path
from outreach.workflow import followups as workflow
from outreach.workflow import followups_opening as opening
from outreach.workflow.followups_mails import mail_page
from outreach.workflow.followups_mending import MENDABLE
from outreach.workflow.lettering import letters_due
from outreach.workflow.staff import list_staff

#: follow-ups on a page
_ON_A_PAGE: Final = 50
_MOST_PAGES: Final = 10_000
#: what a list may be asked for by its address, besides its view
_FILTERS: Final = ("campaign", "stage", "assignee", "country", "language", "tag")
#: follow-ups that were passed over, as an address can carry them
_MOST_PASSED: Final = 200
#: nothing of a stranger's page runs, is loaded, is sent, or leads anywhere
_MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'self'"
)


class Followups:
    """Shows the queue."""

    entry = Entry("Follow-ups", "/followups", "f", May.FOLLOW_UP)

    def __init__(self, shell: Shell) -> None:
        may, one = May.FOLLOW_UP, "/followups/{number:int}"
        self.routes: list[Route] = [
            shell.page("/followups", self.list_followups, may, back="/followups"),
            shell.act("/followups/search", self.search, may, back="/followups"),
            shell.page("/followups/next", self.open_next, may),
            shell.page(one, self.show_followup, may),
            shell.page(f"{one}/mails/{{mail:int}}", self.show_mail, may),
        ]

    def list_followups(self, visit: Visit) -> Response:
        """List what a view and filters ask for."""
        return _list(visit, asked_for(visit))

    def search(self, visit: Visit) -> Response:
        """Look for a name or an address, which then stands in no address."""
        wanted = visit.sent("search")
        if number := number_in(wanted):
            return RedirectResponse(path("followups", number), status_code=303)
        return _list(visit, replace(asked_for(visit), view=None, search=wanted, include_done=True))

    def open_next(self, visit: Visit) -> Response:
        """Go to what this person should do next; what they passed over stands in the address."""
        numbers = [number_in(word) for word in visit.asked("passed").split(".")]
        passed = [number for number in numbers if number][-_MOST_PASSED:]
        case = opening.open_next(
            visit.db,
            visit.settings,
            me=visit.person.name,
            only_mine=bool(visit.asked("mine")),
            passed=passed,
            left=passed[-1] if passed else 0,
            now=visit.now,
        )
        if case is None:
            return visit.show("followups_done.html", passed=len(passed))
        query = urlencode({"passed": ".".join(map(str, passed))} if passed else {})
        at = path("followups", case.followup.line.followup_id)
        return RedirectResponse(f"{at}?{query}" if query else at, status_code=303)

    def show_followup(self, visit: Visit) -> Response:
        """Show one; whoever else opens it is told who has it."""
        return show_case(visit)

    def show_mail(self, visit: Visit) -> Response:
        """Give the page in a mail, made harmless, for a frame in which nothing runs."""
        page, text = mail_page(visit.db, visit.numbered("number"), visit.numbered("mail"))
        response = visit.pages.page("mail.html", page=page, text=text)
        response.headers.update(
            {
                "Content-Security-Policy": _MAIL_POLICY,
                "X-Frame-Options": "SAMEORIGIN",
                "Referrer-Policy": "no-referrer",
            }
        )
        return response


def show_case(visit: Visit) -> Response:
    """Show the follow-up of the path."""
    followup_id, me = visit.numbered("number"), visit.person.name
    case = opening.open_followup(visit.db, visit.settings, followup_id, me=me, now=visit.now)
    line = case.followup.line
    passed = ".".join(filter(None, [visit.asked("passed"), str(followup_id)]))
    return visit.show(
        "followup.html",
        case=case,
        line=line,
        fields=[
            (field, getattr(line, field), _how(case.followup.inferred.get(field)))
            for field in MENDABLE
        ],
        stages=[stage for stage in Stage if stage in MOVES[Stage(line.stage)] - {Stage.CLOSED}],
        reasons=list(CloseReason) if Stage.CLOSED in MOVES[Stage(line.stage)] else [],
        is_done=line.stage in DONE,
        mine=line.assignee.casefold() == me.casefold(),
        staff=_helpers(visit),
        zone=visit.settings.schedule.zone,
        overdue=bool(line.due_at) and line.due_at <= utc_text(visit.now),
        at=path("followups", followup_id),
        next_query=urlencode({"passed": passed}),
    )


def _helpers(visit: Visit) -> list[str]:
    """Name whom work can be given to: the settings' staff, else who may look after it here."""
    if visit.settings.staff:
        return [member.name for member in visit.settings.staff]
    return [person.name for person in list_staff(visit.db) if person.may(May.FOLLOW_UP)]


def _how(found: Inference | None) -> str:
    """Say where a field's value comes from."""
    if found is None:
        return ""
    if found.source == FROM_LIST:
        return "from the list"
    return "" if found.certainty is None else f"{found.certainty:.0%} certain"


def asked_for(visit: Visit) -> Asked:
    """Read from the address which follow-ups are meant."""
    view = visit.asked("view", View.NEEDS_ANSWER)
    country = visit.asked("country")
    code = country_code(country)
    if country and not code:
        raise InputError(
            "no country has this code or name", value=country, next_step="write CD, or Congo"
        )
    return Asked(
        view=View(view) if view in set(View) else None,
        me=visit.person.name,
        campaign=visit.asked("campaign"),
        stage=visit.asked("stage"),
        assignee=visit.asked("assignee"),
        country=code,
        language=visit.asked("language"),
        tag=visit.asked("tag"),
        include_done=bool(visit.asked("done")),
    )


def _list(visit: Visit, asked: Asked) -> Response:
    page = min(max(1, number_in(visit.asked("page"))), _MOST_PAGES)
    limited = replace(asked, limit=page * _ON_A_PAGE + 1)
    found = workflow.list_followups(visit.db, visit.settings, limited, now=visit.now)
    start = (page - 1) * _ON_A_PAGE
    counts = workflow.count_views(visit.db, visit.settings, me=visit.person.name, now=visit.now)
    filters = {name: value for name, value in asdict(asked).items() if name in _FILTERS and value}
    query = filters | {"view": asked.view or "all"} | ({"done": "1"} if asked.include_done else {})
    return visit.show(
        "followups.html",
        lines=found[start : start + _ON_A_PAGE],
        more=len(found) > start + _ON_A_PAGE,
        page=page,
        asked=asked,
        views=[(view, told, counts[view]) for view, (told, _) in VIEWS.items()],
        filters=urlencode(filters),
        query=urlencode(query),
        filtered=bool(filters) or asked.include_done,
        stages=list(Stage),
        staffed=bool(visit.settings.staff),
        letters=letters_due(visit.db, visit.now),
        moment=utc_text(visit.now),
    )
