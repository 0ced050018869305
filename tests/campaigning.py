"""What tests of scheduled campaigns share: a workspace with a small message, and a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import letters as made
from operating import EVERYBODY
from sqlite_utils import Database

from outreach.dispatch import campaigns
from outreach.dispatch.orders import NO_LIMITS
from outreach.dispatch.plan import Planned
from outreach.dispatch.status import CampaignState
from outreach.dispatch.transports import Transport
from outreach.dispatch.transports.memory import Memory, accept
from outreach.model import Letter, Outcome
from outreach.settings import Settings
from outreach.workflow import cron
from outreach.workflow.approving import Approved, approve_campaign
from outreach.workflow.campaigns import campaign_status, create_campaign, plan_campaign
from outreach.workflow.happenings import CronRun, Event
from outreach.workflow.scheduling import Scheduled, Wish, schedule_campaign
from outreach.workflow.testsend import send_campaign_test

NOON = "2014-02-26 12:00"
LAYOUT = """\
<!DOCTYPE html>
<html lang="{{ lang }}" dir="{{ dir }}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ subject }}</title></head>
<body style="color: #000000; background-color: #ffffff">
<p>{% block content %}{% endblock %}</p>
<p>{{ organisation }}, {{ postal_address }}</p>
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>
</body></html>
"""
PAGE = """\
{% extends "layouts/small.html" %}
{% block subject %}News from us{% endblock %}
{% block preheader %}What we did, and what you can do now{% endblock %}
{% block content %}Hello {{ supporter.given_name }}, two million people wrote.{% endblock %}
"""


class Clock:
    """A clock that moves a little with each look, and further when told to."""

    def __init__(self) -> None:
        self.moment = made.START

    def __call__(self) -> datetime:
        """Look at the clock."""
        self.moment += timedelta(milliseconds=1)
        return self.moment


class Desk:
    """A workspace with the small message `hello`, 23 people who consent and 2 who don't.

    Its clock says nine in the morning. Each letter takes its transport two seconds.
    """

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db = db
        self.settings = settings
        self.clock = Clock()
        self.transport: Transport = Memory(self.takes_a_while)
        self.accepted: list[Letter] = []
        self.opened = 0
        self.told: list[Event] = []

    def write(self) -> None:
        """Put message, segment and people there."""
        templates = self.settings.templates_dir
        (templates / "hello").mkdir()
        (templates / "hello" / "message.toml").write_text(
            'title = "Hello"\ndefault_language = "en"\n', "utf-8"
        )
        (templates / "hello" / "en.html").write_text(PAGE, "utf-8")
        (templates / "layouts" / "small.html").write_text(LAYOUT, "utf-8")
        (self.settings.segments_dir / "everybody.sql").write_text(EVERYBODY, "utf-8")
        made.add_people(self.db, range(1, 24))
        made.add_people(self.db, [24, 25], consent="unknown")

    def takes_a_while(self, letter: Letter) -> Outcome:
        """Accept a letter, two seconds later."""
        self.clock.moment += timedelta(seconds=2)
        self.accepted.append(letter)
        return accept(letter)

    def at(self, text: str) -> None:
        """Set the clock, in UTC."""
        self.clock.moment = datetime.fromisoformat(text).replace(tzinfo=UTC)

    def create(self, name: str = "spring", *, by: str = "Maria") -> None:
        """Make a campaign to everybody."""
        create_campaign(
            self.db,
            self.settings,
            name,
            template="hello",
            segment="everybody",
            by=by,
            now=self.clock(),
        )

    def plan(self, name: str = "spring") -> Planned:
        """Plan it for the day on which tests happen."""
        return plan_campaign(self.db, self.settings, name, day=made.START.date(), now=self.clock())

    def test(self, name: str = "spring") -> None:
        """Send a test of what is planned."""
        send_campaign_test(
            self.db,
            name,
            Memory(),
            email="p1@example.org",
            to=["me@house.example"],
            now=self.clock(),
        )

    def approve(self, name: str = "spring", *, by: str = "Noor", **more: Any) -> Approved:
        """Stand for it."""
        return approve_campaign(self.db, self.settings, name, by=by, now=self.clock(), **more)

    def schedule(self, name: str = "spring", **wish: Any) -> Scheduled:
        """Give it its time: noon, if nothing else is said."""
        wanted = Wish(**{"at": NOON, **wish})
        return schedule_campaign(self.db, self.settings, name, wanted, by="Maria", now=self.clock())

    def campaign(self, name: str = "spring", **wish: Any) -> None:
        """Make a campaign, plan and schedule it, send a test and approve it."""
        self.create(name)
        self.plan(name)
        self.schedule(name, **wish)
        self.test(name)
        self.approve(name)

    def open_transport(self) -> Transport:
        """Count how often the mail service is asked for."""
        self.opened += 1
        return self.transport

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.moment += timedelta(seconds=seconds)

    def cron(self, *, budget: timedelta = timedelta(hours=1)) -> CronRun:
        """Do what the crontab does."""
        return cron.run_due(
            self.db,
            self.settings,
            self.open_transport,
            limits=NO_LIMITS,
            budget=budget,
            clock=self.clock,
            sleep=self.sleep,
            tell=self.told.append,
        )

    def state(self, name: str = "spring") -> CampaignState:
        """Say where a campaign stands."""
        return campaign_status(self.db, name).state

    def history(self, name: str = "spring") -> list[str]:
        """Tell what was done with a campaign."""
        return [e.what for e in campaigns.history(self.db, campaigns.get(self.db, name))]
