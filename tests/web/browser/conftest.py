"""What the tests in a real browser share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import chromium
from journeying import Place, opened
from playwright.sync_api import Browser


# not for the whole run: while it is there, nothing else of this process can run an event loop
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """A workspace with a list, whose two sides are served by processes of their own.

    It has the messages that the module names in MESSAGES.
    """
    messages = getattr(request.module, "MESSAGES", ())
    with opened(tmp_path_factory.mktemp("place") / "workspace", messages) as one:
        yield one
