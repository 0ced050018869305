"""What the tests of the web share: a campaign that went out, and the tokens of its letters."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from campaigning import Desk
from readers import BROWSER, Public
from serving import served, with_keys

from outreach.dispatch.orders import NO_LIMITS
from outreach.settings import Settings, load
from outreach.store import open_database
from outreach.web.bounds import Bounds
from outreach.web.public.app import public_app
from outreach.workflow.dispatching import dispatch_campaign
from outreach.workflow.workspace import create_workspace

#: forms are answered as soon as a test can wait for it
QUICK = Bounds(forms_every=0.02)


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
    with closing(open_database(sent.database)) as db, served(public_app(sent, QUICK)) as at:
        at.client.headers["user-agent"] = BROWSER
        yield Public(db, sent, at)
