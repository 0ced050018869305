"""What the tests of the web share: a campaign that went out, and the tokens of its letters."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from campaigning import Desk
from serving import Served, served, with_keys
from sqlite_utils import Database

from outreach import tokens
from outreach.dispatch.orders import NO_LIMITS
from outreach.settings import Settings, load
from outreach.store import open_database, signing_keys
from outreach.tokens import Purpose
from outreach.web.public.app import public_app
from outreach.workflow.dispatching import dispatch_campaign
from outreach.workflow.workspace import create_workspace

#: a browser as people have it
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Public:
    """The public side of a workspace whose campaign `spring` went to p1 to p23."""

    db: Database
    settings: Settings
    at: Served

    def token(self, purpose: Purpose, delivery_id: int = 1) -> str:
        """Sign the token of a delivery."""
        return tokens.sign(signing_keys(self.db, datetime.now(UTC))[0], purpose, delivery_id)

    def leave(self, delivery_id: int = 1) -> str:
        """The path of the unsubscribe page of a delivery."""
        return f"/u/{self.token(Purpose.UNSUBSCRIBE, delivery_id)}"

    def one(self, sql: str, *values: object) -> tuple[object, ...] | None:
        """Give the first row of a query."""
        row: tuple[object, ...] | None = self.db.conn.execute(sql, values).fetchone()
        return row

    def all(self, sql: str) -> list[tuple[object, ...]]:
        """Give the rows of a query."""
        return list(self.db.conn.execute(sql))

    @property
    def suppressed(self) -> list[tuple[object, ...]]:
        """Addresses that are not written to, and why."""
        return self.all("SELECT email, reason FROM suppressions ORDER BY email")


@pytest.fixture(scope="session")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace from which a campaign went to 23 people; it is copied, never used."""
    root = tmp_path_factory.mktemp("spring") / "workspace"
    create_workspace(root)
    settings = load(root, environment={})
    with closing(open_database(settings.database)) as db:
        desk = Desk(db, settings)
        desk.write()
        desk.create()
        desk.plan()
        with closing(desk.transport) as transport:
            dispatch_campaign(
                db, "spring", transport, batch_size=50, limits=NO_LIMITS, clock=desk.clock
            )
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return root


@pytest.fixture
def sent(spring: Path, tmp_path: Path) -> Settings:
    """The settings of a copy of it."""
    shutil.copytree(spring, tmp_path / "sent")
    return with_keys(load(tmp_path / "sent", environment={}))


@pytest.fixture
def public(sent: Settings) -> Iterator[Public]:
    """It, served."""
    with closing(open_database(sent.database)) as db, served(public_app(sent)) as at:
        at.client.headers["user-agent"] = BROWSER
        yield Public(db, sent, at)
