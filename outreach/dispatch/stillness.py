"""Whether anybody but this run has written to the database, by SQLite's own counts. Reads only.

What was read of people, and asked about them, is as it was as long as nobody else has written.
"""

from __future__ import annotations

from outreach.store import Database


class Stillness:
    """Tells what happened between two looks. One connection, one thread."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._broken = 0
        self._seen = self._counts()

    def look(self) -> int:
        """Give how often others were found to have written; the same number: not since then.

        To be asked before what it is to vouch for is read, or in one transaction with it.
        """
        counts = self._counts()
        if counts != self._seen:
            self._seen = counts
            self._broken += 1
        return self._broken

    def except_for_us(self) -> None:
        """Take what was written since the last look for our own; in the transaction that did."""
        self._seen = self._counts()

    def _counts(self) -> tuple[int, int]:
        """Give SQLite's counts of what other connections committed, and of what this one wrote."""
        connection = self._db.conn
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        return version, connection.total_changes
