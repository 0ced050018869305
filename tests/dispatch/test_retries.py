"""Waiting."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import letters as made

from outreach.dispatch import outcomes
from outreach.dispatch.ledger import Row
from outreach.dispatch.outcomes import Sent
from outreach.dispatch.retries import LONGEST_WAIT, MOST_DEFERRALS, next_try
from outreach.model import DeliveryState, Outcome, Refusal, Verdict


def test_waits_double_up_to_four_hours_and_end_after_four_days() -> None:
    """As RFC 5321 4.5.4.1 has it."""
    moment, moments = made.START, [made.START]
    for deferrals in range(1000):
        following = next_try(deferrals, moment)
        if following is None:
            break
        moment = following
        moments.append(moment)
    waits = [after - before for before, after in pairwise(moments)]
    assert [w / timedelta(minutes=1) for w in waits[:7]] == [5, 10, 20, 40, 80, 160, 240]
    assert max(waits) == LONGEST_WAIT
    assert len(waits) == MOST_DEFERRALS - 1
    assert timedelta(days=4) < moments[-1] - made.START < timedelta(days=5)


def test_a_full_mailbox_is_refused_as_full_when_it_was_tried_enough() -> None:
    """Until then the letter stays planned."""
    full = Outcome(1, Verdict.TRY_LATER, Refusal.MAILBOX_FULL, detail="552 full")

    def entry(deferrals: int) -> tuple[DeliveryState, str]:
        sent = Sent(Row(1, 1, deferrals, deferrals), "ana@example.org", "en", "", "", b"")
        entry = outcomes.entry(sent, full, made.START)
        return entry.state, entry.reason

    assert entry(MOST_DEFERRALS - 2) == (DeliveryState.PLANNED, "mailbox_full")
    assert entry(MOST_DEFERRALS - 1) == (DeliveryState.REFUSED, "mailbox_full")
