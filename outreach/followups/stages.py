"""The stages of a follow-up and the only moves between them. Writes nothing.

The road is new, contacted, info_sent, confirmed, gathering_planned, gathering_held, thanked. A
stage may be skipped forwards where life does: someone who wrote everything at once is confirmed
from new, and we may hear of a gathering only when it is over. A gathering that fell through goes
back to confirmed. Every open stage may be closed. `thanked` and `closed` are done; a new mail of
the person brings either back to new, except where it was closed as spam.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from outreach.model import Stage

_NEW, _CONTACTED, _INFO_SENT = Stage.NEW, Stage.CONTACTED, Stage.INFO_SENT
_CONFIRMED, _PLANNED, _HELD = Stage.CONFIRMED, Stage.GATHERING_PLANNED, Stage.GATHERING_HELD
_THANKED, _CLOSED = Stage.THANKED, Stage.CLOSED

#: every legal move; there are no others
MOVES: Final[Mapping[Stage, frozenset[Stage]]] = {
    _NEW: frozenset({_CONTACTED, _INFO_SENT, _CONFIRMED, _CLOSED}),
    _CONTACTED: frozenset({_INFO_SENT, _CONFIRMED, _PLANNED, _CLOSED}),
    _INFO_SENT: frozenset({_CONFIRMED, _PLANNED, _HELD, _CLOSED}),
    _CONFIRMED: frozenset({_PLANNED, _HELD, _CLOSED}),
    _PLANNED: frozenset({_CONFIRMED, _HELD, _CLOSED}),
    _HELD: frozenset({_THANKED, _CLOSED}),
    _THANKED: frozenset({_NEW}),
    _CLOSED: frozenset({_NEW}),
}

#: nobody waits for anything
DONE: Final = frozenset({_THANKED, _CLOSED})
