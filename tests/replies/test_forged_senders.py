"""Nobody can have somebody else silenced by writing in their name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from answering import Sent

from outreach.workflow.replies import import_replies

FAILED = "Authentication-Results: mx.outreach.example.org; dmarc=fail header.from=example.org\n"


def _take_in_failed(sent: Sent, text: str, **mail: str) -> None:
    """Import a mail whose sender's domain does not stand for it, as our own server says."""
    replies = replace(sent.settings.replies, authserv="mx.outreach.example.org")
    settings = replace(sent.settings, replies=replies)
    import_replies(sent.db, settings, [sent.mail(text, headers=FAILED, **mail)], now=sent.now)


@pytest.mark.parametrize("sender", ["amina@example.org", "stranger@example.org"])
def test_a_forged_sender_is_not_silenced_by_anothers_token(sent: Sent, sender: str) -> None:
    """Who forges has a letter of their own, and with it a token; staff read the mail."""
    _take_in_failed(sent, "Please unsubscribe me", sender=sender)
    assert sent.suppressed == []
    assert sent.one("SELECT count(*) FROM followup_replies") == (1,)


def test_who_has_their_own_token_is_believed_though_their_domain_fails(sent: Sent) -> None:
    """Lists and forwarding break signatures; nobody else has that token."""
    _take_in_failed(sent, "Please unsubscribe me")
    assert sent.suppressed == [("Jean@example.org", "unsubscribed")]


def test_who_answers_with_anothers_token_and_is_not_forged_is_silenced(sent: Sent) -> None:
    """The supporter whose token it is is not."""
    sent.take_in(sent.mail("Please unsubscribe me", sender="friend@example.net"))
    assert sent.suppressed == [("friend@example.net", "unsubscribed")]
