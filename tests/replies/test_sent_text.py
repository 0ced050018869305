"""What we sent is not what the person says, even where their mail program marks no quote."""

from __future__ import annotations

import pytest
from answering import Sent

from outreach import compose
from outreach.store import atomic, utc_text
from outreach.workflow.preview import preview


def freeze(sent: Sent) -> None:
    """Give the campaign the message that the workspace holds, as planning does."""
    name = "one-in-two-million"
    frozen = compose.freeze(sent.settings.templates_dir, name, sent.settings.letterhead)
    with atomic(sent.db):
        sent.db.conn.execute(
            "INSERT INTO frozen_messages VALUES (?, ?)", [frozen.content_hash, frozen.content]
        )
        sent.db.conn.execute(
            "UPDATE campaigns SET content_hash = ?, day = '2014-02-26', planned_at = ?",
            [frozen.content_hash, utc_text(sent.now)],
        )
        sent.db.conn.execute("UPDATE deliveries SET language = 'fr'")


def letter(sent: Sent) -> str:
    """Give the text of Jean's letter, without anything that marks it as quoted."""
    name = "one-in-two-million"
    message = preview(sent.db, sent.settings, name, email="jean@example.org", now=sent.now)
    assert message.language == "fr"
    return message.text


@pytest.mark.parametrize("frozen", [True, False])
def test_a_letter_that_comes_back_unmarked_volunteers_for_nothing(
    sent: Sent, *, frozen: bool
) -> None:
    """Our own call to put on an event is not the person's offer."""
    if frozen:
        freeze(sent)
    sent.take_in(sent.mail(f"Bonjour du Congo\n\n{letter(sent)}"))
    kind, reply = sent.one("SELECT kind, reply FROM replies")
    assert str(reply).startswith("Bonjour du Congo")
    assert kind == ("unknown" if frozen else "volunteer")


def test_what_the_person_says_around_the_letter_counts(sent: Sent) -> None:
    """The lines that are not ours are theirs."""
    freeze(sent)
    sent.take_in(sent.mail(f"Merci de ne plus m'écrire.\n\n{letter(sent)}"))
    assert sent.suppressed == [("Jean@example.org", "unsubscribed")]


def test_a_message_that_can_not_be_made_any_more_stops_nothing(sent: Sent) -> None:
    """Then the mail is understood without it."""
    freeze(sent)
    sent.db.conn.execute("UPDATE frozen_messages SET content = '{}'")
    assert sent.take_in(sent.mail("Hi?")).followups_opened == 1
