"""The message that comes with the program, ready to compose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from making import DAY, LETTERHEAD, MOMENT, TEMPLATES, reader

from outreach.compose import Composer, FrozenMessage, freeze
from outreach.model import Message


@pytest.fixture(scope="session")
def shipped() -> FrozenMessage:
    """The message that comes with the program."""
    return freeze(TEMPLATES, "one-in-two-million", LETTERHEAD)


@pytest.fixture(scope="session")
def shipped_message(shipped: FrozenMessage) -> Callable[..., Message]:
    """Compose the shipped message for a person."""
    composer = Composer(shipped, DAY)

    def compose(**supporter: Any) -> Message:
        return composer.compose(reader(**supporter), MOMENT)

    return compose
