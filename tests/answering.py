"""What the tests of replies and follow-ups share: a sent campaign, and mails that answer it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from outreach import tokens
from outreach.settings import Settings
from outreach.store import atomic, signing_keys, utc_text
from outreach.workflow.replies import ImportedReplies, import_replies

JEAN, AMINA = 1, 2
VOLUNTEERS = "Name: Jean Mbuyi\nEmail: jean.mbuyi@example.org\nCountry: Togo\n"


@dataclass
class Sent:
    """A campaign that went to Jean (delivery 11) and Amina (delivery 12)."""

    db: Database
    settings: Settings
    folder: Path
    now: datetime
    mails: int = 0

    def token(self, delivery_id: int) -> str:
        """Give the reply token of a delivery."""
        key, _ = signing_keys(self.db, self.now)
        return tokens.sign(key, tokens.Purpose.REPLY, delivery_id)

    def mail(
        self,
        text: str,
        *,
        sender: str = "jean@example.org",
        to: str = "",
        token: str = "",
        headers: str = "",
        subject: str = "Re: You're 1 in 2 million",
    ) -> Path:
        """Write a mail that answers with `token`, and give its file."""
        self.mails += 1
        to = to or f"events+{token or self.token(11)}@outreach.example.org"
        path = self.folder / f"mail-{self.mails}.eml"
        path.write_text(
            f"From: {sender}\nTo: {to}\nSubject: {subject}\n{headers}"
            f"Message-ID: <{self.mails}@mail.example.org>\n"
            f"Content-Type: text/plain; charset=utf-8\n\n{text}",
            encoding="utf-8",
        )
        return path

    def take_in(self, *paths: Path) -> ImportedReplies:
        """Import mails."""
        return import_replies(self.db, self.settings, paths, now=self.now)

    def one(self, sql: str) -> tuple[object, ...]:
        """Give the one row of a query."""
        (row,) = self.all(sql)
        return row

    def all(self, sql: str) -> list[tuple[object, ...]]:
        """Give the rows of a query."""
        return list(self.db.conn.execute(sql))

    @property
    def suppressed(self) -> list[tuple[object, ...]]:
        """The suppressed addresses, with the reason."""
        return self.all("SELECT email, reason FROM suppressions ORDER BY email")


def send_campaign(db: Database, settings: Settings, folder: Path, now: datetime) -> Sent:
    """Write down that the campaign `events` went to two people."""
    with atomic(db):
        db.conn.execute(
            "INSERT INTO supporters (supporter_id, email, given_name, country, language, consent)"
            " VALUES (1, 'Jean@example.org', 'Jean', 'CD', 'fr', 'granted'),"
            " (2, 'amina@example.org', 'Amina', 'TG', 'fr', 'granted'),"
            " (3, 'postmaster@example.net', 'Post', 'TG', 'fr', 'granted')"
        )
        db.conn.execute(
            "INSERT INTO campaigns (campaign_id, name, template, segment, created_at)"
            " VALUES (5, 'events', 'one-in-two-million', 'everybody', ?)",
            [utc_text(now)],
        )
        for delivery_id, supporter_id in ((11, JEAN), (12, AMINA)):
            db.conn.execute(
                "INSERT INTO deliveries (delivery_id, campaign_id, supporter_id, state, changed_at)"
                " VALUES (?, 5, ?, 'accepted', ?)",
                [delivery_id, supporter_id, utc_text(now)],
            )
    folder.mkdir(exist_ok=True)
    return Sent(db, settings, folder, now)
