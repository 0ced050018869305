"""Campaigns that were never planned: given another message or segment, or removed."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from outreach.errors import InputError
from outreach.staff import May
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Visit, path
from outreach.workflow import drafts


class Drafting:
    """Changes and removes drafts."""

    def __init__(self, shell: Shell) -> None:
        one = "/campaigns/{name}"
        self.routes: list[Route] = [
            shell.act(f"{one}/{word}", act, May.PREPARE, back=one)
            for word, act in (("change", self.change), ("remove", self.remove))
        ]

    def change(self, visit: Visit) -> Response:
        """Give it another message or segment."""
        name = visit.named("name")

        def task() -> str:
            made = drafts.change_campaign(
                visit.db,
                visit.settings,
                name,
                template=visit.sent("template"),
                segment=visit.sent("segment"),
                by=visit.person.name,
                now=visit.now,
            )
            return f"It is {made.template} to {made.segment} now."

        return visit.perform("change", f"campaign {name}", task, then=path("campaigns", name))

    def remove(self, visit: Visit) -> Response:
        """Remove it."""
        name = visit.named("name")

        def task() -> str:
            if not visit.sent("sure"):
                raise InputError(
                    "nothing was removed: the box was not ticked",
                    next_step="tick it if you are sure",
                )
            drafts.remove_campaign(visit.db, name)
            return f"Removed {name}, of which nothing had been planned."

        return visit.perform("remove", f"campaign {name}", task, then="/campaigns")
