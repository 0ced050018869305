"""What all proofs share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mortal import Mortals
from worlds import Worlds


@pytest.fixture(scope="session")
def mortals() -> Iterator[Mortals]:
    """Start processes that may be killed."""
    started = Mortals()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def rivals() -> Iterator[Mortals]:
    """Start processes beside those of `mortals`."""
    started = Mortals()
    yield started
    started.stop()


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Worlds]:
    """Make worlds."""
    made = Worlds(tmp_path)
    yield made
    made.close()
