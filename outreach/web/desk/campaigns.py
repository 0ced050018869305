"""Campaigns: all of them, one of them, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from outreach import wiring
from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.plan import Planned
from outreach.dispatch.status import CampaignState, doubts_mark
from outreach.errors import InputError, OutreachError
from outreach.staff import May
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Entry, Visit, day_in, number_in, path
from outreach.web.desk.wording import plural, words
from outreach.workflow import approving, differing, dispatching, holding, showing, testsend
from outreach.workflow import campaigns as workflow
from outreach.workflow.segments import list_names
from outreach.workflow.sendingnow import Ready, ready_to_send
from outreach.workflow.staff import list_staff
from outreach.workflow.templates import list_templates
from outreach.workflow.waiting import Turn, turn_of

#: people, or letters, on a page
_ON_A_PAGE: Final = 100
_DOUBTS_ON_A_PAGE: Final = 20
_CAMPAIGNS_ON_A_PAGE: Final = 50
_MOST_PAGES: Final = 1000
#: states in which something is still to be sent
_GOING: Final = frozenset(
    {
        CampaignState.PLANNED,
        CampaignState.SCHEDULED,
        CampaignState.HELD,
        CampaignState.DISPATCHING,
    }
)


class Campaigns:
    """Makes, plans, tests, approves, stops and settles campaigns."""

    entry = Entry("Campaigns", "/campaigns", "c")

    def __init__(self, shell: Shell) -> None:
        one = "/campaigns/{name}"
        self.routes: list[Route] = [
            shell.page("/campaigns", self.list_campaigns, counts=True),
            shell.act("/campaigns", self.create, May.PREPARE, again=self.list_campaigns),
            shell.page(one, self.show_campaign, counts=True),
            shell.page(f"{one}/counts", self.count, counts=True),
            shell.page(f"{one}/diff", self.show_diff, slow=True),
            shell.page(f"{one}/left-out", self.show_left_out, counts=True),
            shell.page(f"{one}/doubts", self.show_doubts, slow=True),
            *self._acts(shell, one),
        ]

    def _acts(self, shell: Shell, one: str) -> Iterator[Route]:
        """Give the routes of what may be done with one; what is refused stands on its page."""
        act = partial(shell.act, again=self.show_campaign, back=one)
        yield act(f"{one}/plan", self.plan, May.PREPARE, slow=True)
        yield act(f"{one}/test", self.send_test, May.TEST)
        yield act(f"{one}/approve", self.approve, May.APPROVE, counts=True)
        yield act(f"{one}/pause", self.pause, May.STOP, counts=True)
        yield act(f"{one}/resume", self.resume, May.PREPARE, counts=True)
        yield act(f"{one}/cancel", self.cancel, May.PREPARE, slow=True)
        doubts = f"{one}/doubts"
        yield shell.act(
            f"{one}/settle",
            self.settle,
            May.SETTLE,
            again=self.show_doubts,
            back=doubts,
            counts=True,
        )

    def list_campaigns(self, visit: Visit) -> Response:
        """List them, and let new ones be made."""
        page = min(number_in(visit.asked("page")) or 1, _MOST_PAGES)
        skip = (page - 1) * _CAMPAIGNS_ON_A_PAGE
        found = workflow.newest_campaigns(visit.db, skip=skip, most=_CAMPAIGNS_ON_A_PAGE + 1)
        return visit.show(
            "campaigns.html",
            chosen=visit.asked("template"),
            campaigns=found[:_CAMPAIGNS_ON_A_PAGE],
            turns=turns(visit, found[:_CAMPAIGNS_ON_A_PAGE]),
            more=len(found) > _CAMPAIGNS_ON_A_PAGE,
            page=page,
            messages=[info for info in list_templates(visit.settings) if not info.broken],
            segments=list_names(visit.settings),
        )

    def count(self, visit: Visit) -> Response:
        """Count one, for the list."""
        name = visit.named("name")
        found = workflow.campaign_status(visit.db, name)
        return visit.show("campaign_counts.html", found=found, at=path("campaigns", name))

    def show_campaign(self, visit: Visit) -> Response:
        """Show all of one."""
        name = visit.named("name")
        found = showing.show_campaign(visit.db, name)
        planned = bool(found.campaign.planned_at)
        going = planned and found.status.state in _GOING
        notices = []
        if going:
            notices = [
                differing.files_notice(visit.db, visit.settings, name),
                # the rest stands on the page anyway
                dispatching.why_not_now(visit.db, visit.settings, name)
                if found.approved and not found.campaign.held_at
                else "",
            ]
        ready, not_ready = _readiness(visit, name) if going else (None, "")
        return visit.show(
            "campaign.html",
            found=found,
            going=found.status.state in _GOING,
            notices=[notice.replace("`", "") for notice in notices if notice],
            turn=turn_of(visit.db, name, now=visit.now),
            approvers=[one.name for one in list_staff(visit.db) if one.may(May.APPROVE)],
            messages=[info for info in list_templates(visit.settings) if not info.broken],
            segments=list_names(visit.settings),
            ready=ready,
            not_ready=not_ready,
            at=path("campaigns", name),
            today=visit.now.date().isoformat(),
        )

    def show_diff(self, visit: Visit) -> Response:
        """Show what planning again would change."""
        name = visit.named("name")
        found = differing.diff_campaign(visit.db, visit.settings, name, now=visit.now)
        return visit.show("diff.html", found=found, name=name, at=path("campaigns", name))

    def show_left_out(self, visit: Visit) -> Response:
        """Show who was left out, and why, a hundred at a time."""
        name = visit.named("name")
        after, before = number_in(visit.asked("after")), number_in(visit.asked("before"))
        found = showing.campaign_left_out(
            visit.db,
            name,
            after=after,
            before=before,
            most=_ON_A_PAGE + 1,
            addresses=visit.person.may(May.SEE_PEOPLE),
        )
        # one more than are shown tells whether there is a further page
        shown = found[-_ON_A_PAGE:] if before else found[:_ON_A_PAGE]
        is_more = len(found) > _ON_A_PAGE
        return visit.show(
            "left_out.html",
            people=shown,
            is_first=not (is_more if before else after),
            is_last=not (before or is_more),
            found=workflow.campaign_status(visit.db, name),
            name=name,
            at=path("campaigns", name),
        )

    def show_doubts(self, visit: Visit) -> Response:
        """Show the letters of which nobody knows whether they left."""
        name = visit.named("name")
        whole = visit.person.may(May.SEE_PEOPLE)
        found = workflow.doubtful_letters(visit.db, name, addresses=whole, now=visit.now)
        return visit.show(
            "doubts.html",
            doubts=found[:_DOUBTS_ON_A_PAGE],
            number=len(found),
            mark=doubts_mark(found),
            name=name,
            at=path("campaigns", name),
        )

    def create(self, visit: Visit) -> Response:
        """Make one."""
        name = visit.sent("name")

        def task() -> tuple[str, str]:
            made = workflow.create_campaign(
                visit.db,
                visit.settings,
                name,
                template=visit.sent("template"),
                segment=visit.sent("segment"),
                by=visit.person.name,
                now=visit.now,
            )
            return f"Made {made.name}: {made.template} to {made.segment}. Plan it next.", made.name

        done = visit.do("make", f"campaign {name}", task)
        # sent again it may name another, which there isn't
        return visit.lead(path("campaigns", done.value) if done.value else "/campaigns", done)

    def plan(self, visit: Visit) -> Response:
        """Freeze the message and write down for everybody what is to happen."""
        name = visit.named("name")

        def task() -> str:
            return _planned(
                workflow.plan_campaign(
                    visit.db,
                    visit.settings,
                    name,
                    day=day_in(visit.sent("day")) or visit.now.date(),
                    by=visit.person.name,
                    now=visit.now,
                )
            )

        return self._perform(visit, "plan", task)

    def send_test(self, visit: Visit) -> Response:
        """Send a test of what is planned."""

        def task() -> str:
            with closing(wiring.open_transport(visit.settings, visit.db)) as transport:
                sent = testsend.send_campaign_test(
                    visit.db,
                    visit.named("name"),
                    transport,
                    email=visit.sent("as"),
                    to=visit.sent("to").replace(",", " ").split(),
                    by=visit.person.name,
                    now=visit.now,
                )
            # in the order of the form; addresses are not kept
            taken = ", ".join(
                words(test.verdict) + (f" ({test.detail})" if test.detail else "")
                for test in sent.tests
            )
            number = plural(len(sent.tests), "test")
            return f"Handed {number} in {sent.language} to {sent.transport}: {taken}."

        return self._perform(visit, "send a test of", task, reaches_out=True)

    def approve(self, visit: Visit) -> Response:
        """Stand for it by name."""

        def task() -> str:
            done = approving.approve_campaign(
                visit.db,
                visit.settings,
                visit.named("name"),
                by=visit.person.name,
                despite_doubts=visit.sent("despite_doubts"),
                seen=visit.sent("seen"),
                now=visit.now,
            )
            if done.second_needed:
                return (
                    f"One of two: you stand for it. Nobody knows who made it, so for"
                    f" {plural(done.people, 'reader')} it takes somebody else too."
                )
            if done.already:
                return "You had approved this plan already."
            released = " It was held because it had been missed, and goes on." * done.released
            return f"Approved for {plural(done.people, 'reader')}.{released}"

        return self._perform(visit, "approve", task)

    def pause(self, visit: Visit) -> Response:
        """Let nothing more leave."""

        def task() -> str:
            done = holding.pause_campaign(
                visit.db,
                visit.named("name"),
                by=visit.person.name,
                why=visit.sent("why"),
                now=visit.now,
            )
            if not done.changed:
                return f"It was held already by {done.by or 'somebody'}."
            return f"Held. Still to go: {done.still_planned:,}.{_late(done.on_their_way)}"

        return self._perform(visit, "pause", task)

    def resume(self, visit: Visit) -> Response:
        """Let it go on, if it is held as it was when this person looked."""
        name = visit.named("name")

        def task() -> str:
            done = holding.resume_campaign(
                visit.db,
                name,
                by=visit.person.name,
                held_at=visit.sent("held_at"),
                now=visit.now,
            )
            if not done.changed:
                return "It was not held."
            needs = "" if done.approved else " Nobody has approved it as it is."
            return f"It may go on. Still to go: {done.still_planned:,}.{needs}"

        return self._perform(visit, "resume", task)

    def cancel(self, visit: Visit) -> Response:
        """Cancel what is still to go."""

        def task() -> str:
            if not visit.sent("sure"):
                raise InputError(
                    "nothing was cancelled: the box was not ticked",
                    next_step="tick it if you are sure: what is cancelled is never sent",
                )
            done = holding.cancel_campaign(
                visit.db,
                visit.named("name"),
                by=visit.person.name,
                why=visit.sent("why"),
                now=visit.now,
            )
            return f"Cancelled for {plural(done.cancelled, 'reader')}.{_late(done.on_their_way)}"

        return self._perform(visit, "cancel", task)

    def settle(self, visit: Visit) -> Response:
        """Say what became of the letters that are ticked."""
        name = visit.named("name")

        def task() -> str:
            ticked = [key.partition(":")[2] for key in visit.form if key.startswith("attempt:")]
            settlement, seen = visit.sent("settlement"), visit.sent("all")
            if not (ticked or seen) or settlement not in workflow.SETTLEMENTS:
                raise InputError("nothing was settled: no letter was ticked", next_step="tick some")
            done = workflow.settle_doubts(
                visit.db,
                name,
                settlement,
                by=visit.person.name,
                only=() if seen else ticked,
                seen=seen,
                now=visit.now,
            )
            return f"Settled: {done.settled}. Still in doubt: {done.still_in_doubt}."

        return visit.perform(
            "settle", f"campaign {name}", task, then=path("campaigns", name, "doubts")
        )

    def _perform(
        self, visit: Visit, what: str, task: Callable[[], str], *, reaches_out: bool = False
    ) -> Response:
        name = visit.named("name")
        then = path("campaigns", name)
        return visit.perform(what, f"campaign {name}", task, then=then, reaches_out=reaches_out)


def turns(visit: Visit, found: Sequence[tuple[Campaign, object]]) -> dict[str, Turn]:
    """Say of campaigns what each waits for."""
    return {one.name: turn_of(visit.db, one.name, now=visit.now) for one, _ in found}


def _readiness(visit: Visit, name: str) -> tuple[Ready | None, str]:
    """Say what would be sent now, or why nothing would."""
    try:
        return ready_to_send(visit.db, visit.settings, name, now=visit.now), ""
    except OutreachError as error:
        return None, error.problem


def _planned(planned: Planned) -> str:
    """Say what came of planning."""
    parts = [
        f"Planned {planned.planned:,} of {plural(planned.audience, 'reader')}, with what was true"
        f" on {planned.day}."
    ]
    if planned.excluded:
        why = ", ".join(f"{number:,} {words(why)}" for why, number in planned.excluded.items())
        parts.append(f"Left out: {why}.")
    if planned.changed:
        parts.append(f"{planned.changed.added:,} came in, {planned.changed.dropped:,} fell out.")
    if planned.older:
        parts.append(f"Older than the default language: {', '.join(planned.older)}.")
    if planned.doubts:
        parts.append(f"Facts to look at: {len(planned.doubts)}.")
    if planned.not_composable:
        parts.append(f"{planned.not_composable:,} tried can't get it: {planned.first_problem}")
    if planned.approval_voided:
        parts.append(f"It must be approved again, as it was {planned.approval_voided}.")
    return " ".join(parts)


def _late(number: int) -> str:
    return f" Too late for {plural(number, 'letter')} on the way." if number else ""
