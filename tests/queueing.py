"""What the tests of the desk's queue share: mails that came in, and who looks after them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from desking import Browser, Staffed

from outreach import tokens
from outreach.store import signing_keys
from outreach.workflow.replies import import_replies

VOLUNTEERS = "Yes, I would like to put on a debate.\nName: Jean Mbuyi\nCountry: Togo\n"


@dataclass
class Queue:
    """A desk with follow-ups, and somebody of each role."""

    desk: Staffed
    folder: Path
    mails: int = 0

    def take_in(
        self,
        text: str = VOLUNTEERS,
        *,
        sender: str = "Jean Mbuyi <jean@example.org>",
        html: str = "",
        subject: str = "Re: Hello",
    ) -> int:
        """Take a mail in that answers a letter of `spring`; give its follow-up."""
        self.mails += 1
        db, now = self.desk.db, datetime.now(UTC)
        (delivery,) = db.conn.execute(
            "SELECT delivery_id FROM deliveries JOIN campaigns USING (campaign_id)"
            " WHERE name = 'spring' AND state = 'accepted' LIMIT 1 OFFSET ?",
            [self.mails],
        ).fetchone()
        token = tokens.sign(signing_keys(db, now)[0], tokens.Purpose.REPLY, delivery)
        mail = EmailMessage()
        mail["From"], mail["To"] = sender, f"events+{token}@outreach.example.org"
        mail["Subject"], mail["Message-ID"] = subject, f"<{self.mails}@mail.example.org>"
        mail.set_content(text)
        if html:
            mail.add_alternative(html, subtype="html")
        path = self.folder / f"mail-{self.mails}.eml"
        path.write_bytes(mail.as_bytes())
        import_replies(db, self.desk.settings, [path], now=now)
        (followup_id,) = db.conn.execute("SELECT max(followup_id) FROM followups").fetchone()
        return int(followup_id)

    def worker(self, name: str = "Fatou") -> Browser:
        """Sign a follow-up worker in."""
        return self.desk.enter(name, "follow-up")

    def one(self, sql: str) -> tuple[object, ...]:
        """Give the one row of a query."""
        (row,) = self.desk.db.conn.execute(sql)
        return tuple(row)

    def do(self, browser: Browser, number: int, word: str, **fields: str) -> str:
        """Send a form of a follow-up, and give what came of it."""
        at = f"/followups/{number}"
        return browser.result(browser.send(at, f"{at}/{word}", **fields))
