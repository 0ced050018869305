"""Newer rules are run over what is stored, and what people did since is kept."""

from __future__ import annotations

import pytest
from answering import VOLUNTEERS, Sent

from outreach.errors import InputError, NotFound
from outreach.followups import queue
from outreach.store import atomic
from outreach.workflow.reprocessing import (
    Reprocessed,
    correct_reply,
    list_waiting,
    reprocess_replies,
)


def reprocess(sent: Sent, *, since: str = "", dry_run: bool = False) -> Reprocessed:
    """Understand again."""
    return reprocess_replies(sent.db, sent.settings, since=since, dry_run=dry_run, now=sent.now)


def as_older_rules_had_it(sent: Sent, inbound_id: int = 1, **columns: str) -> None:
    """Write what an older version understood of a mail."""
    for column, value in columns.items():
        sent.db.conn.execute(
            f"UPDATE replies SET {column} = ? WHERE inbound_id = ?", [value, inbound_id]
        )


def test_with_the_same_rules_nothing_changes(sent: Sent) -> None:
    """Not a byte of the database."""
    sent.take_in(sent.mail(VOLUNTEERS), sent.mail("STOP", sender="amina@example.org"))
    before = list(sent.db.conn.iterdump())
    done = reprocess(sent)
    assert (done.mails, done.changed, done.recovered, done.suppressed) == (2, (), (), 0)
    assert list(sent.db.conn.iterdump()) == before


def test_a_wish_that_is_found_now_counts_at_once(sent: Sent) -> None:
    """And what changed is said."""
    sent.take_in(sent.mail("STOP"))
    as_older_rules_had_it(sent, kind="thanks")
    sent.db.conn.execute("DELETE FROM suppressions")
    done = reprocess(sent)
    (mail,) = done.changed
    assert [(c.field, c.old, c.new) for c in mail.changes] == [("kind", "thanks", "unsubscribe")]
    assert (done.suppressed, sent.suppressed) == (1, [("Jean@example.org", "unsubscribed")])


def test_no_opt_out_is_ever_undone_nor_said_again(sent: Sent) -> None:
    """A mail that is no wish any more leaves the suppression; an old wish is not heard twice."""
    sent.take_in(sent.mail("Thank you!"), sent.mail("STOP", sender="amina@example.org"))
    as_older_rules_had_it(sent, kind="unsubscribe")
    sent.db.conn.execute("UPDATE suppressions SET email = 'jean@example.org'")
    reprocess(sent)
    assert sent.suppressed == [("jean@example.org", "unsubscribed")]


def test_a_follow_up_that_is_missing_is_opened_once(sent: Sent) -> None:
    """For a mail that older rules took for something else."""
    sent.take_in(sent.mail(VOLUNTEERS))
    for table in ("followup_replies", "followup_history", "followups"):
        sent.db.conn.execute(f"DELETE FROM {table}")
    as_older_rules_had_it(sent, kind="newsletter", name="", country="")
    assert reprocess(sent).followups_opened == 1
    assert reprocess(sent).followups_opened == 0
    assert sent.one("SELECT name, country FROM followups") == ("Jean Mbuyi", "TG")


def test_a_follow_up_gets_what_is_understood_now_unless_somebody_changed_it(sent: Sent) -> None:
    """A country that was understood wrongly is mended, a name that staff wrote is not."""
    sent.take_in(sent.mail(VOLUNTEERS))
    as_older_rules_had_it(sent, name="Mbuyi", country="BJ")
    sent.db.conn.execute("UPDATE followups SET name = 'Mbuyi', country = 'BJ'")
    sent.db.conn.execute(
        "INSERT INTO followup_history (followup_id, changed_at, changed_by, field, old, new)"
        " VALUES (1, '', 'sam', 'name', 'M', 'Mbuyi')"
    )
    reprocess(sent)
    assert sent.one("SELECT name, country FROM followups") == ("Mbuyi", "TG")
    assert sent.one("SELECT name, country FROM replies") == ("Jean Mbuyi", "TG")
    history = sent.all("SELECT field, old, new FROM followup_history WHERE changed_by = 'mail'")
    assert ("country", "BJ", "TG") in history


def test_a_follow_up_that_moved_on_stays_where_it_is(sent: Sent) -> None:
    """Understanding again is no new mail."""
    sent.take_in(sent.mail(VOLUNTEERS))
    with atomic(sent.db):
        queue.assign(sent.db, 1, "sam", "sam", sent.now)
    sent.db.conn.execute("UPDATE followups SET stage = 'closed', close_reason = 'not_now'")
    as_older_rules_had_it(sent, kind="question")
    assert len(reprocess(sent).changed) == 1
    assert sent.one("SELECT stage, assignee FROM followups") == ("closed", "sam")


def test_how_certain_a_country_is_stands_with_it(sent: Sent) -> None:
    """What somebody put right is certain, and stays so; what was never written is no change."""
    sent.take_in(sent.mail(VOLUNTEERS))
    ((certainty,),) = sent.all("SELECT country_certainty FROM replies")
    assert 0 < float(str(certainty)) <= 1
    sent.db.conn.execute("UPDATE replies SET country_certainty = 0")
    assert reprocess(sent).changed == ()
    assert sent.one("SELECT country_certainty FROM replies") == (certainty,)
    correct_reply(sent.db, 1, "country", "bj", by="sam", now=sent.now)
    reprocess(sent)
    assert sent.one("SELECT country, country_certainty FROM replies") == ("BJ", 1.0)


def test_what_somebody_put_right_is_never_overwritten(sent: Sent) -> None:
    """Nor does the wrong kind have consequences."""
    sent.take_in(sent.mail("STOP"))
    sent.db.conn.execute("DELETE FROM suppressions")
    correct_reply(sent.db, 1, "kind", "question", by="sam", now=sent.now)
    correct_reply(sent.db, 1, "country", "CD", by="sam", now=sent.now)
    as_older_rules_had_it(sent, subject="")
    done = reprocess(sent)
    assert [c.field for mail in done.changed for c in mail.changes] == ["subject"]
    assert sent.one("SELECT kind, country FROM replies") == ("question", "CD")
    assert (sent.suppressed, done.followups_opened) == ([], 1)
    assert sent.all("SELECT field, old, new, corrected_by FROM reply_corrections")[0] == (
        ("kind", "unsubscribe", "question", "sam")
    )


@pytest.mark.parametrize(("field", "value"), [("why", "x"), ("kind", "pigeon"), ("country", "X")])
def test_only_what_can_be_right_can_be_put_right(sent: Sent, field: str, value: str) -> None:
    """A kind that there is, a country's code."""
    sent.take_in(sent.mail("Hi?"))
    with pytest.raises(InputError):
        correct_reply(sent.db, 1, field, value, by="sam", now=sent.now)
    with pytest.raises(NotFound):
        correct_reply(sent.db, 9, "name", "x", by="sam", now=sent.now)


def test_a_rehearsal_says_the_same_and_writes_nothing(sent: Sent) -> None:
    """What would follow is counted."""
    sent.take_in(sent.mail("STOP"), sent.mail(VOLUNTEERS, sender="amina@example.org"))
    as_older_rules_had_it(sent, kind="thanks")
    sent.db.conn.execute("DELETE FROM suppressions")
    before = list(sent.db.conn.iterdump())
    rehearsed = reprocess(sent, dry_run=True)
    assert list(sent.db.conn.iterdump()) == before
    done = reprocess(sent)
    assert (rehearsed.changed, rehearsed.suppressed) == (done.changed, done.suppressed)
    assert done.suppressed == 1


def test_since_leaves_older_mails_alone(sent: Sent) -> None:
    """The day counts in UTC, and is one of them."""
    sent.take_in(
        sent.mail("STOP", headers="Date: Mon, 10 Feb 2014 23:59:59 +0000\n"),
        sent.mail("Hi?", headers="Date: Tue, 11 Feb 2014 00:00:00 +0000\n"),
    )
    assert reprocess(sent, since="2014-02-11").mails == 1


def test_what_still_can_not_be_understood_goes_on_waiting(sent: Sent) -> None:
    """With the newest error; what is known of a mail is not lost by it."""
    sent.take_in(sent.mail(VOLUNTEERS))
    as_older_rules_had_it(sent, kind="thanks")
    sent.db.conn.execute(
        "CREATE TRIGGER stop BEFORE UPDATE ON replies BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    for tries in (1, 2):
        assert reprocess(sent).failed == 1
        (waiting,) = list_waiting(sent.db).failed
        assert (waiting.inbound_id, waiting.tries) == (1, tries)
    assert sent.one("SELECT kind FROM replies") == ("thanks",)
    sent.db.conn.execute("DROP TRIGGER stop")
    assert (reprocess(sent).failed, list_waiting(sent.db).failed) == (0, ())
