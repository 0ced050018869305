"""Show a mail of a follow-up as its writer sent it. Changes nothing."""

from __future__ import annotations

from outreach.errors import NotFound
from outreach.followups import view
from outreach.replies import inbox
from outreach.replies.cleaning import cleaned
from outreach.replies.mime import html_of, parse
from outreach.store import Database, snapshot


def mail_page(db: Database, followup_id: int, inbound_id: int) -> tuple[str, str]:
    """Give the harmless part of the page in a mail, and the mail's whole text, quotes and all.

    The page is '' where the mail has none.

    Raises:
        NotFound: the follow-up has no such mail.
    """
    with snapshot(db):
        if inbound_id not in {mail.inbound_id for mail in view.mails_of(db, followup_id)}:
            raise NotFound(
                "this follow-up has no such mail",
                value=inbound_id,
                next_step="look at the follow-up again: it may have been split or merged",
            )
        raw = inbox.raw_mail(db, inbound_id)
    return cleaned(html_of(raw)), parse(raw).text
