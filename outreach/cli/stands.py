"""Say in words where a campaign stands, for status, list and show."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.cli.output import words
from outreach.dispatch.schedule import Schedule
from outreach.dispatch.status import OVER, CampaignState, Status
from outreach.workflow.campaigns import Listed

#: states in which something is still to go, so that its approval and its time matter
_TO_GO = {
    CampaignState.PLANNED,
    CampaignState.SCHEDULED,
    CampaignState.HELD,
    CampaignState.DISPATCHING,
}


def sentence(found: Status) -> str:
    """Say where it stands; of a cancelled one, how many had it already."""
    said = f"{found.campaign} is {words(found.state)}"
    if found.state is CampaignState.CANCELLED:
        gone = found.ledger.accepted
        said += f"; {gone:,} of {found.audience:,} had gone out" if gone else "; nothing went out"
    return f"{said}."


def notes(found: Listed) -> str:
    """Say in a few words what else there is to know of a campaign in a list."""
    return "; ".join(_notes(found))


def _notes(found: Listed) -> Iterator[str]:
    if found.held_at and found.state not in OVER:
        yield f"held by {found.held_by or 'somebody'}: {found.held_why}"
    if found.state in _TO_GO:
        if found.schedule is not None:
            yield f"{_begins(found.schedule)}"
        if found.schedule is not None or found.state is not CampaignState.DISPATCHING:
            yield "approved" if found.approved else "not approved"
    left_out = found.ledger.withdrawn + sum(found.ledger.excluded.values())
    if left_out:
        yield f"{left_out:,} left out"
    if found.ledger.refused:
        yield f"{found.ledger.refused:,} refused"
    if found.ledger.in_doubt:
        yield f"{found.ledger.in_doubt:,} in doubt"


def _begins(schedule: Schedule) -> str:
    whose = "local time" if schedule.local else schedule.zone
    return f"{schedule.begins_at:%Y-%m-%d %H:%M} {whose}"
