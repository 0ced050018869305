"""Who may be written to and tracked is decided in one place."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlite_utils import Database

from outreach.model import Consent, Exclusion, Safety, Supporter, Suppression
from outreach.store import atomic
from outreach.supporters import roll
from outreach.supporters.consent import excluded_now, may_track, suppress, suppression_of


def person(
    db: Database,
    now: datetime,
    email: str,
    consent: Consent = Consent.GRANTED,
    safety: Safety = Safety.STANDARD,
) -> int:
    """Put somebody on the roll."""
    return roll.add(db, Supporter(0, email, consent=consent, safety=safety), now).supporter_id


@pytest.mark.parametrize("discreet_version", [True, False])
def test_the_first_reason_that_is_true_leaves_a_person_out(
    db: Database, now: datetime, discreet_version: bool
) -> None:
    """In the order: no address, suppressed, opted out, no consent, no discreet version."""
    with atomic(db):
        good = person(db, now, "good@example.org")
        discreet = person(db, now, "d@example.org", safety=Safety.DISCREET)
        denied = person(db, now, "denied@example.org", Consent.DENIED, Safety.DISCREET)
        unknown = person(db, now, "unknown@example.org", Consent.UNKNOWN, Safety.DISCREET)
        stopped = person(db, now, "Stopped@example.org", Consent.DENIED)
        nowhere = person(db, now, "", Consent.UNKNOWN)
        suppress(db, "stopped@EXAMPLE.org", Suppression.STAFF, "test", now)
    everybody = [good, discreet, denied, unknown, stopped, nowhere, 999]
    reasons = {
        discreet: Exclusion.NO_DISCREET_VERSION,
        denied: Exclusion.OPTED_OUT,
        unknown: Exclusion.NO_CONSENT,
        stopped: Exclusion.SUPPRESSED,
        nowhere: Exclusion.NO_ADDRESS,
        999: Exclusion.NO_ADDRESS,
    }
    if discreet_version:
        del reasons[discreet]
    assert excluded_now(db, everybody, discreet_version=discreet_version) == reasons


def test_as_many_as_there_are_can_be_asked_for(db: Database, now: datetime) -> None:
    """More ids than SQLite binds at once, and none."""
    with atomic(db):
        good = person(db, now, "good@example.org")
    assert len(excluded_now(db, range(good, good + 40_000), discreet_version=True)) == 39_999
    assert excluded_now(db, [], discreet_version=True) == {}


def test_a_suppression_is_only_ever_replaced_by_a_stronger_one(db: Database, now: datetime) -> None:
    """A repeat changes nothing; a complaint after a bounce counts; never the other way round."""
    address, later = "a@example.org", now + timedelta(days=1)
    assert suppression_of(db, address) is None
    assert suppress(db, address, Suppression.DEAD_ADDRESS, "bounce", now) is True
    assert suppress(db, "A@example.org", Suppression.COMPLAINT, "webhook", later) is False
    assert suppress(db, address, Suppression.DEAD_ADDRESS, "bounce", later) is False
    assert suppression_of(db, "A@EXAMPLE.ORG") is Suppression.COMPLAINT
    assert db.conn.execute("SELECT source FROM suppressions").fetchall() == [("webhook",)]


def test_only_a_yes_is_a_yes_to_being_tracked() -> None:
    """Unknown is not agreement."""
    tracked = [c for c in Consent if may_track(Supporter(1, "a@example.org", tracking=c))]
    assert tracked == [Consent.GRANTED]
