"""The public side of a workspace as tests meet it, with the tokens of its letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from serving import Served
from sqlite_utils import Database

from outreach import tokens
from outreach.settings import Settings
from outreach.store import signing_keys
from outreach.tokens import Purpose

#: a browser as people have it
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Public:
    """The public side of a workspace whose campaign `spring` went to p1 to p23."""

    db: Database
    settings: Settings
    at: Served

    def token(self, purpose: Purpose, delivery_id: int = 1) -> str:
        """Sign the token of a delivery."""
        return tokens.sign(signing_keys(self.db, datetime.now(UTC))[0], purpose, delivery_id)

    def leave(self, delivery_id: int = 1) -> str:
        """The path of the unsubscribe page of a delivery."""
        return f"/u/{self.token(Purpose.UNSUBSCRIBE, delivery_id)}"

    def one(self, sql: str, *values: object) -> tuple[object, ...] | None:
        """Give the first row of a query."""
        row: tuple[object, ...] | None = self.db.conn.execute(sql, values).fetchone()
        return row

    def all(self, sql: str) -> list[tuple[object, ...]]:
        """Give the rows of a query."""
        return list(self.db.conn.execute(sql))

    @property
    def suppressed(self) -> list[tuple[object, ...]]:
        """Addresses that are not written to, and why."""
        return self.all("SELECT email, reason FROM suppressions ORDER BY email")
