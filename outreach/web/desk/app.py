"""The desk's application: its pages in the order of the navigation, and nothing public."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from outreach.errors import StoreError
from outreach.settings import Settings
from outreach.web.bounds import DEFAULT, Bounds
from outreach.web.desk.campaigns import Campaigns
from outreach.web.desk.colleagues import Colleagues
from outreach.web.desk.drafting import Drafting
from outreach.web.desk.entering import Entering
from outreach.web.desk.erasing import Erasing
from outreach.web.desk.followups import Followups
from outreach.web.desk.followups_acts import FollowupActs
from outreach.web.desk.followups_answers import Answering
from outreach.web.desk.followups_queue import Queue
from outreach.web.desk.gate import Gate
from outreach.web.desk.gatherings import Gatherings
from outreach.web.desk.home import Home
from outreach.web.desk.messages import Messages
from outreach.web.desk.previewing import Previewing
from outreach.web.desk.progress import Progressing
from outreach.web.desk.reports import Reports
from outreach.web.desk.scheduling import Scheduling
from outreach.web.desk.segments import Segments
from outreach.web.desk.sending import Sending
from outreach.web.desk.shell import Shell
from outreach.web.desk.supporters import Supporters
from outreach.web.door import Door, passed_on
from outreach.web.house import kept_open
from outreach.wiring import utc_now
from outreach.workflow import staff


def desk_app(settings: Settings, bounds: Bounds = DEFAULT) -> Starlette:
    """Make the application."""
    shell = Shell(settings, bounds)
    #: each has `routes`, and `entry` if it stands in the navigation
    parts = (
        Home(shell),
        Campaigns(shell),
        Drafting(shell),
        Scheduling(shell),
        Sending(shell),
        Progressing(shell),
        Messages(shell),
        Previewing(shell),
        Segments(shell),
        Followups(shell),
        Queue(shell),
        FollowupActs(shell),
        Answering(shell),
        Gatherings(shell),
        Supporters(shell),
        Erasing(shell),
        Reports(shell),
        Colleagues(shell),
        Entering(shell),
    )
    shell.entries = tuple(part.entry for part in parts if hasattr(part, "entry"))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        with kept_open(settings):
            # what is over can wait where somebody else writes
            with suppress(StoreError):
                await shell.house.work(lambda db: staff.forget_over(db, utc_now()))
            yield
            shell.close()

    app = Starlette(
        routes=[*(route for part in parts for route in part.routes), *shell.assets.routes],
        middleware=[
            Middleware(Door, error_page=shell.error),
            Middleware(Gate, where=settings.desk),
        ],
        exception_handlers={HTTPException: passed_on},
        lifespan=lifespan,
    )
    # it would lead to whatever name the request gives
    app.router.redirect_slashes = False
    return app
