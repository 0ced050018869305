"""A workspace with a planned campaign, a far side on real sockets, and the account between both.

The account is drawn up from the far side's own record of what it truly took, never from what we
were told.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import letters as made
from campaigning import Desk
from mortal import SURVIVED, Mortals
from operating import deliver_by, edit
from sqlite_utils import Database
from standins_sendgrid import SendGridStandIn
from standins_smtp import FaultySmtp
from wires import Wire

from outreach.dispatch import campaigns
from outreach.dispatch.status import CampaignState, status
from outreach.settings import FILE_NAME, load
from outreach.store import open_database
from outreach.workflow.workspace import create_workspace

BATCH = 3
OPEN = ("planned", "claimed", "in_doubt")
#: of a campaign of which nothing is open
OVER = {CampaignState.COMPLETE, CampaignState.CANCELLED}


class FarSide(Protocol):
    """A stand-in, whichever transport leads to it."""

    transport: str
    port: int

    def took(self) -> list[str]:
        """Give the address of each letter that it took, twice where it took it twice."""

    def idle(self) -> bool:
        """Whether it has done all that was asked of it."""

    def stop(self) -> None:
        """End it."""


class SmtpSide:
    """A mail server."""

    transport = "smtp"

    def __init__(self) -> None:
        self.server = FaultySmtp()
        self.port = self.server.port

    def took(self) -> list[str]:
        """See FarSide."""
        return list(self.server.took)

    def idle(self) -> bool:
        """See FarSide."""
        return not self.server.talks

    def stop(self) -> None:
        """See FarSide."""
        self.server.stop()


class SendGridSide:
    """The API."""

    transport = "sendgrid"

    def __init__(self) -> None:
        self.api = SendGridStandIn()
        self.port = self.api.port

    def took(self) -> list[str]:
        """See FarSide."""
        with self.api.lock:
            return [one.email for one in self.api.received]

    def idle(self) -> bool:
        """See FarSide."""
        return not self.api.under_way

    def stop(self) -> None:
        """See FarSide."""
        self.api.stop()


SIDES: dict[str, Callable[[], FarSide]] = {"smtp": SmtpSide, "sendgrid": SendGridSide}


@dataclass
class World:
    """A campaign to `people`, who all consent, and to two who don't; a far side; a wire to it."""

    folder: Path
    side: FarSide
    wire: Wire
    #: letters that a process may claim
    limit: int | None
    #: addresses of whom something was claimed when a process had died
    under_way: set[str] = field(default_factory=set)

    def database(self) -> closing[Database]:
        """Open the ledger."""
        return closing(open_database(self.folder / "outreach.db"))

    def run(self, mortals: Mortals, *, cut: tuple[str, int] = ("", 0), **order: Any) -> int:
        """Let a process dispatch, and die with the wire if that is `cut`; give its exit code.

        Negative: it was killed. The far side has done by then all that it was asked for.
        """
        self.wire.arm(*cut)
        self.wire.victim = mortals.start(self.folder, **{"limit": self.limit, **order})
        mortals.wait()
        self.settle()
        return mortals.code()

    def settle(self) -> None:
        """Wait until the far side has done all that was asked of it, by whoever is gone now."""
        self.wire.settle()
        while not self.side.idle():
            time.sleep(0.001)

    def check(self, most_claimed: int | None = None) -> CampaignState:
        """Compare the ledger with what the far side took; give where the campaign stands."""
        took = self.side.took()
        assert len(set(took)) == len(took), "somebody got it twice"
        with self.database() as db:
            rows = {
                email: (state, reason)
                for email, state, reason in db.conn.execute(
                    "SELECT email, state, reason FROM deliveries JOIN supporters"
                    " USING (supporter_id) ORDER BY delivery_id"
                )
            }
            found = status(db, campaigns.get(db, "spring"))
        state_of = {email: state for email, (state, _) in rows.items()}
        for email in took:
            assert state_of[email] in {"accepted", "claimed", "in_doubt"}, (email, state_of[email])
        accepted = {email for email, state in state_of.items() if state == "accepted"}
        assert accepted <= set(took), "accepted by our word alone"
        assert all(
            reason
            for state, reason in rows.values()
            if state in {"refused", "withdrawn", "excluded"}
        )
        claimed = {email for email, state in state_of.items() if state == "claimed"}
        # what a transport holds while the next batch is claimed for it
        assert len(claimed) <= (most_claimed or self.limit or 2 * BATCH)
        self.under_way |= claimed
        assert found.balanced
        assert found.ledger.total == len(rows)
        still_open = any(state in OPEN for state in state_of.values())
        assert (found.state in OVER) == (not still_open)
        return found.state

    def states(self) -> dict[str, list[str]]:
        """Give the addresses in each state."""
        found: dict[str, list[str]] = {}
        with self.database() as db:
            for email, state in db.conn.execute(
                "SELECT email, state FROM deliveries JOIN supporters USING (supporter_id)"
            ):
                found.setdefault(state, []).append(email)
        return found

    def check_end(self) -> None:
        """See that it is over: who was not under way at a death has got it."""
        self.check()
        states = self.states()
        assert not states.get("planned")
        assert not states.get("claimed")
        assert set(states.get("in_doubt", ())) <= self.under_way
        assert len(states.get("excluded", ())) == 2

    def lose_power(self) -> None:
        """Go on with what was on the disk at the end of the last process."""
        survived = self.folder / SURVIVED
        for name in ("outreach.db", "outreach.db-wal", "outreach.db-shm"):
            (self.folder / name).unlink(missing_ok=True)
        for file in survived.iterdir():
            file.rename(self.folder / file.name)
        survived.rmdir()

    def close(self) -> None:
        """End the far side."""
        self.wire.close()
        self.side.stop()


class Worlds:
    """Makes worlds, all of the same workspace."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[World] = []
        self._number = 0
        create_workspace(folder / "first")
        settings = load(folder / "first", environment={})
        with closing(open_database(settings.database)) as db:
            desk = Desk(db, settings)
            desk.write()
            db.conn.execute("DELETE FROM supporters")
            made.add_people(db, [1001, 1002], consent="unknown")
        edit(settings.root / FILE_NAME, {"batch_size = 500": f"batch_size = {BATCH}"})

    def world(
        self,
        transport: str,
        people: int,
        *,
        plan: Callable[[Desk], None] | None = None,
        **more: Any,
    ) -> World:
        """Make one; `plan` makes its campaign, and `more` are settings of the transport."""
        self._number += 1
        folder = self._folder / str(self._number)
        shutil.copytree(self._folder / "first", folder)
        side = SIDES[transport]()
        wire = Wire(side.port)
        if transport == "smtp":
            own = {"host": "127.0.0.1", "port": wire.port, "security": "none", "timeout": 20}
        else:
            own = {"host": f"http://127.0.0.1:{wire.port}", "timeout": 20}
        deliver_by(folder, transport, **{**own, **more})
        settings = load(folder, environment={})
        with closing(open_database(settings.database)) as db:
            made.add_people(db, range(1, people + 1))
            desk = Desk(db, settings)
            if plan is None:
                desk.create()
                desk.plan()
            else:
                plan(desk)
        # SendGrid may hold thousands: in a run without a limit, all would be under way at once
        world = World(folder, side, wire, limit=None if transport == "smtp" else 2 * BATCH)
        self._made.append(world)
        return world

    def close(self) -> None:
        """End them all."""
        for world in self._made:
            world.close()
