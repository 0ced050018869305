"""Gatherings: by day and country, one with its results, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from outreach.errors import InputError
from outreach.followups.gatheringrows import KIND_COLUMNS
from outreach.followups.gatherings import MOVES
from outreach.followups.gatheringstates import GatheringKind, GatheringState, ResultState
from outreach.followups.gatheringview import Filter
from outreach.followups.gatheringwriting import as_said
from outreach.places import country_code
from outreach.staff import May
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Entry, Visit, day_in, number_in, path
from outreach.web.desk.wording import words
from outreach.workflow import gatheringresults
from outreach.workflow import gatherings as workflow
from outreach.workflow.followups import show_followup
from outreach.workflow.gatheringeffects import Changed
from outreach.workflow.gatheringfiles import export_calendar, export_csv

_ON_A_PAGE: Final = 100
_MOST_PAGES: Final = 10_000
#: what a form may say of a gathering: its name, label and hint
_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "organiser": ("Organiser", ""),
    "email": ("Mail address", ""),
    "language": ("Language", "code or name"),
    "country": ("Country", "code or name"),
    "place": ("Place", ""),
    "date": ("Day", ""),
    "begins": ("Begins", "by the clocks of the place"),
    "minutes": ("Minutes", "how long"),
    "zone": ("Time zone", "as Africa/Kinshasa, where a country has several"),
    "campaign": ("Campaign", "for which its letters count"),
    "cases": ("Cases", "with spaces between"),
    "expected": ("People expected", ""),
    "quote": ("Quote", ""),
    "quote_by": ("Whose name may stand under it", ""),
}
#: links, one a line
_PHOTOS: Final[Mapping[str, str]] = {
    "photos": "Photos that may be used",
    "photos_without_permission": "Photos that may not be used",
}
#: boxes: what is not ticked is a no
_BOXES: Final[Mapping[str, str]] = {
    "quote_permission": "the quote may be used",
    "public": "it may be spoken of in public",
}
_NUMBERS: Final = (*KIND_COLUMNS, "attended", "events")


class Gatherings:
    """Shows gatherings, and takes in what came of them."""

    entry = Entry("Gatherings", "/gatherings", "e", May.FOLLOW_UP)

    def __init__(self, shell: Shell) -> None:
        may, one = May.FOLLOW_UP, "/gatherings/{number:int}"
        self.routes: list[Route] = [
            shell.page("/gatherings", self.list_gatherings, may, back="/gatherings"),
            shell.act("/gatherings/export", self.export, may, back="/gatherings", slow=True),
            shell.page("/gatherings/new", self.show_form, may, back="/gatherings"),
            shell.act("/gatherings/new", self.add, may, again=self.show_form, back="/gatherings"),
            shell.page(one, self.show_gathering, may, back="/gatherings"),
        ]
        acts = {
            "change": self.change,
            "state": self.move,
            "result": self.report,
            "check": self.check,
            "dismiss": self.dismiss,
        }
        self.routes += [
            shell.act(f"{one}/{word}", act, may, again=self.show_gathering, back=one)
            for word, act in acts.items()
        ]

    def list_gatherings(self, visit: Visit) -> Response:
        """List them by day."""
        asked, page = _asked(visit), min(max(1, number_in(visit.asked("page"))), _MOST_PAGES)
        paged = replace(asked, limit=_ON_A_PAGE + 1, skip=(page - 1) * _ON_A_PAGE)
        found = workflow.list_gatherings(visit.db, visit.settings, paged)
        query = {k: v for k, v in visit.request.query_params.items() if k != "page" and v}
        return visit.show(
            "gatherings.html",
            gatherings=found[:_ON_A_PAGE],
            more=len(found) > _ON_A_PAGE,
            page=page,
            asked=asked,
            country=visit.asked("country"),
            query=urlencode(query),
            kinds=list(GatheringKind),
            states=list(GatheringState),
        )

    def export(self, visit: Visit) -> Response:
        """Give what the page lists, all of it: for a spreadsheet, or for a calendar."""
        asked, is_calendar = _asked(visit), visit.sent("as") == "calendar"
        if is_calendar:
            made: str | bytes = export_calendar(visit.db, visit.settings, asked, visit.now)
        else:
            # the mark tells spreadsheets that it is UTF-8
            made = "\ufeff" + export_csv(visit.db, visit.settings, asked)
        return visit.give(
            "export",
            "gatherings",
            made,
            "as a calendar" if is_calendar else "as CSV",
            kind=f"text/{'calendar' if is_calendar else 'csv'}; charset=utf-8",
            name=f"gatherings.{'ics' if is_calendar else 'csv'}",
        )

    def show_gathering(self, visit: Visit) -> Response:
        """Show one with its results and its history."""
        number = visit.numbered("number")
        found = workflow.show_gathering(visit.db, visit.settings, number)
        known = found.gathering.known
        return visit.show(
            "gathering.html",
            found=found,
            gathering=found.gathering,
            known=known,
            said=as_said(known),
            fields=_FIELDS,
            photos=_PHOTOS,
            boxes=_BOXES,
            kinds=list(GatheringKind),
            states=[state for state in GatheringState if state in MOVES[found.gathering.state]],
            names={kind: column for column, kind in KIND_COLUMNS.items()},
            numbers=_NUMBERS,
            waiting=(ResultState.UNCLEAR, ResultState.REPORTED),
            at=path("gatherings", number),
        )

    def show_form(self, visit: Visit) -> Response:
        """Show the form for a new one; of a follow-up what is known of its person stands there."""
        followup_id = number_in(visit.asked("followup") or visit.sent("followup"))
        line = None
        said: dict[str, str] = {"campaign": visit.settings.gatherings.campaign}
        if followup_id:
            me = visit.person.name
            case = show_followup(visit.db, visit.settings, followup_id, me=me, now=visit.now)
            line = case.followup.line
            said |= {"organiser": line.name, "email": line.email}
            said["campaign"] = said["campaign"] or line.campaign
            said |= {"language": line.language, "country": line.country}
        return visit.show(
            "gathering_new.html",
            line=line,
            said=said,
            fields=_FIELDS,
            photos=_PHOTOS,
            boxes=_BOXES,
            kinds=list(GatheringKind),
        )

    def add(self, visit: Visit) -> Response:
        """Write one down."""
        followup_id = number_in(visit.sent("followup")) or None

        def task() -> tuple[str, int]:
            if not visit.sent("kind"):
                raise InputError("what kind of gathering is it?", next_step="choose one")
            done = workflow.add_gathering(
                visit.db,
                visit.settings,
                _said(visit),
                by=visit.person.name,
                now=visit.now,
                followup_id=followup_id,
            )
            number = done.gathering.gathering_id
            return f"Gathering {number} is planned.{_effects(done)}", number

        subject = f"follow-up {followup_id}" if followup_id else "the calendar"
        done = visit.do("add a gathering to", subject, task)
        return visit.lead(path("gatherings", done.value) if done.value else "/gatherings", done)

    def change(self, visit: Visit) -> Response:
        """Change what is known of one."""

        def task() -> str:
            done = workflow.change_gathering(
                visit.db,
                visit.settings,
                visit.numbered("number"),
                _said(visit),
                by=visit.person.name,
                now=visit.now,
                version=number_in(visit.sent("version")),
            )
            return f"Changed.{_effects(done)}"

        return _perform(visit, "change", task)

    def move(self, visit: Visit) -> Response:
        """Say that it was held, is cancelled, or is planned after all."""
        state = visit.sent("state")

        def task() -> str:
            if state not in set(GatheringState):
                raise InputError("this is no state", value=state)
            done = workflow.move_gathering(
                visit.db,
                visit.settings,
                visit.numbered("number"),
                GatheringState(state),
                by=visit.person.name,
                now=visit.now,
                version=number_in(visit.sent("version")),
            )
            return f"It is {state} now.{_effects(done)}{_left_behind(done)}"

        return _perform(visit, "move", task)

    def report(self, visit: Visit) -> Response:
        """Write down what came of it."""
        form = {name: visit.sent(name) for name in _NUMBERS if visit.sent(name)}
        form |= {
            "by_case": ";".join(visit.sent("by_case").splitlines()),
            "said": visit.sent("said"),
            "estimated": "yes" if visit.sent("estimated") else "",
        }

        def task() -> str:
            done = gatheringresults.report_result(
                visit.db,
                visit.settings,
                visit.numbered("number"),
                form,
                reported_by=visit.sent("reported_by"),
                by=visit.person.name,
                now=visit.now,
                checked=bool(visit.sent("checked")),
            )
            if done.state is ResultState.CHECKED:
                return f"Result {done.result_id} counts: {done.collected:,} in all."
            return f"Result {done.result_id} waits to be checked."

        return _perform(visit, "report the results of", task)

    def check(self, visit: Visit) -> Response:
        """Let a reported result count."""

        def task() -> str:
            done = gatheringresults.check_result(
                visit.db, visit.settings, _result(visit), by=visit.person.name, now=visit.now
            )
            return f"Result {done.result_id} counts: {done.collected:,} in all."

        return _perform(visit, "check a result of", task)

    def dismiss(self, visit: Visit) -> Response:
        """Say that a result says nothing that counts."""

        def task() -> str:
            done = gatheringresults.dismiss_result(
                visit.db, _result(visit), by=visit.person.name, now=visit.now
            )
            return f"Result {done.result_id} counts for nothing."

        return _perform(visit, "dismiss a result of", task)


def _perform(visit: Visit, what: str, task: Callable[[], str]) -> Response:
    number = visit.numbered("number")
    return visit.perform(what, f"gathering {number}", task, then=path("gatherings", number))


def _asked(visit: Visit) -> Filter:
    """Read from the address which gatherings are meant."""
    return Filter(
        country=_code(visit.asked("country")),
        campaign=visit.asked("campaign"),
        kind=visit.asked("kind"),
        state=visit.asked("state"),
        since=_iso(visit.asked("since")),
        until=_iso(visit.asked("until")),
        followup_id=number_in(visit.asked("followup")) or None,
        waiting=bool(visit.asked("waiting")),
        public=bool(visit.asked("public")),
        include_cancelled=bool(visit.asked("cancelled")),
    )


def _said(visit: Visit) -> dict[str, str]:
    """Give what the form says, by the names that a gathering's fields have."""
    said = {name: visit.sent(name) for name in (*_FIELDS, *_PHOTOS, "kind") if name in visit.form}
    return said | {name: "yes" if visit.sent(name) else "no" for name in _BOXES}


def _left_behind(done: Changed) -> str:
    """Name the follow-up of a gathering that is cancelled: it stays where it is."""
    followup_id = done.gathering.known.followup_id
    if done.gathering.state is not GatheringState.CANCELLED or not followup_id:
        return ""
    return f" Move follow-up {followup_id} back to confirmed, if they still mean to put one on."


def _effects(done: Changed) -> str:
    stage = f" Follow-up {done.gathering.known.followup_id} is {words(done.stage)}."
    talk = " Hosting is dangerous there: talk the risks over with them, and write that down."
    return stage * bool(done.stage) + talk * done.talk_needed


def _result(visit: Visit) -> int:
    number = number_in(visit.sent("result"))
    found = workflow.show_gathering(visit.db, visit.settings, visit.numbered("number"))
    if number not in {result.result_id for result in found.results}:
        raise InputError("this gathering has no such result", value=visit.sent("result"))
    return number


def _code(country: str) -> str:
    code = country_code(country)
    if country and not code:
        raise InputError(
            "no country has this code or name", value=country, next_step="write CD, or Congo"
        )
    return code


def _iso(text: str) -> str:
    day = day_in(text)
    return day.isoformat() if day else ""
