"""When a campaign goes: the waves are shown before it is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.responses import Response
from starlette.routing import Route

from outreach.errors import OutreachError, StoreError
from outreach.staff import May
from outreach.store import utc_text
from outreach.web.desk import wording
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Visit, path
from outreach.workflow import scheduling, showing
from outreach.workflow.scheduling import Scheduled, Wish

_FIELDS = ("at", "zone", "local", "window", "finish_by")


class Scheduling:
    """Shows waves, writes schedules and takes them away."""

    def __init__(self, shell: Shell) -> None:
        one = "/campaigns/{name}"
        self.routes: list[Route] = [
            shell.page(f"{one}/schedule", self.show_waves, May.PREPARE, slow=True),
            shell.act(
                f"{one}/schedule",
                self.schedule,
                May.PREPARE,
                again=self.show_waves,
                back=one,
                slow=True,
            ),
            shell.act(f"{one}/unschedule", self.unschedule, May.PREPARE, back=one, slow=True),
        ]

    def show_waves(self, visit: Visit) -> Response:
        """Show when everybody would be written to; nothing is written."""
        name = visit.named("name")
        found: Scheduled | None = None
        problem = ""
        # sent in vain, it is what somebody was about to write down
        said = visit.sent if visit.refusal else visit.asked
        if said("at"):
            try:
                found = self._schedule(visit, said, dry_run=True)
            except StoreError:
                raise
            except OutreachError as error:
                problem = "; ".join(filter(None, wording.told(error)[:2]))
        return visit.show(
            "schedule.html",
            name=name,
            shown=showing.show_campaign(visit.db, name),
            wanted={field: said(field) for field in _FIELDS},
            defaults=visit.settings.schedule,
            found=found,
            in_words=scheduling.in_words(found.schedule) if found else "",
            waves=[(utc_text(wave.at), wave) for wave in found.waves] if found else [],
            ends_at=utc_text(found.ends_at) if found and found.ends_at else "",
            problem=problem,
            at=path("campaigns", name),
        )

    def schedule(self, visit: Visit) -> Response:
        """Write it down."""
        name = visit.named("name")

        def task() -> str:
            done = self._schedule(visit, visit.sent, dry_run=False)
            needs = "" if done.approved else " Nobody has approved it yet."
            return f"Scheduled: {scheduling.in_words(done.schedule)}.{needs}"

        return visit.perform("schedule", f"campaign {name}", task, then=path("campaigns", name))

    def unschedule(self, visit: Visit) -> Response:
        """Take it away."""
        name = visit.named("name")

        def task() -> str:
            had = scheduling.unschedule_campaign(
                visit.db, name, by=visit.person.name, now=visit.now
            )
            return "It has no schedule any more." if had else "It had no schedule."

        return visit.perform("unschedule", f"campaign {name}", task, then=path("campaigns", name))

    def _schedule(self, visit: Visit, of: Callable[[str], str], *, dry_run: bool) -> Scheduled:
        return scheduling.schedule_campaign(
            visit.db,
            visit.settings,
            visit.named("name"),
            _wish({field: of(field) for field in _FIELDS}),
            by=visit.person.name,
            dry_run=dry_run,
            now=visit.now,
        )


def _wish(said: Mapping[str, str]) -> Wish:
    return Wish(
        # browsers put a T between day and time
        at=said["at"].replace("T", " "),
        zone=said["zone"],
        local=bool(said["local"]),
        window=said["window"],
        finish_by=said["finish_by"].replace("T", " "),
    )
