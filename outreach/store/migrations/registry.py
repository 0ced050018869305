"""The list of migrations, to which each era adds its own in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations: Final = Migrations("outreach")


def run(db: Database, *statements: str) -> None:
    """Run statements one after the other; the transaction is the caller's."""
    for statement in statements:
        db.conn.execute(statement)
