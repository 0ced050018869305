"""Leases: one process at a time does a thing. Writes: leases.

A lease keeps two dispatchers from getting in each other's way. That nobody is written to twice does
not hang on it: the claims in the ledger see to that.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import datetime, timedelta
from typing import Final

from outreach.errors import LeaseHeld
from outreach.store import Database, utc_text

#: A holder on another machine that has not renewed for this long is taken for dead. On this machine
#: it can be known.
LASTS: Final = timedelta(minutes=15)
#: how often a holder renews, where it can
RENEW_EVERY: Final = LASTS / 3
#: a number that lives on this machine for so long without renewing is another process's by now
NUMBER_REUSED: Final = timedelta(days=1)


def new_holder() -> str:
    """Make a name for one run of this process: its machine, its number and something random."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def take(db: Database, name: str, holder: str, now: datetime) -> None:
    """Take the lease `name`, or take it over from a holder that is gone. Safe to call again.

    Raises:
        LeaseHeld: somebody else holds it and is alive, as far as can be known.
    """
    row = db.conn.execute("SELECT holder, expires_at FROM leases WHERE name = ?", [name]).fetchone()
    if row is not None and row[0] != holder and not _over(row[0], row[1], now):
        machine, process, _ = row[0].rsplit(":", 2)
        raise LeaseHeld(f"process {process} on {machine} is doing {name} now")
    db.conn.execute(
        "INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder,"
        " expires_at = excluded.expires_at",
        [name, holder, utc_text(now + LASTS)],
    )


def renew(db: Database, name: str, holder: str, now: datetime) -> None:
    """Keep a lease for longer.

    Raises:
        LeaseHeld: it was taken over, so the holder must stop.
    """
    kept = db.conn.execute(
        "UPDATE leases SET expires_at = ? WHERE name = ? AND holder = ?",
        [utc_text(now + LASTS), name, holder],
    )
    if not kept.rowcount:
        raise LeaseHeld(f"another process has taken over {name}, so this one stopped")


def drop(db: Database, name: str, holder: str) -> None:
    """Give the lease back; one that was taken over is left alone."""
    db.conn.execute("DELETE FROM leases WHERE name = ? AND holder = ?", [name, holder])


def _over(holder: str, expires_at: str, now: datetime) -> bool:
    """Whether a lease counts no more: its holder is dead, or must be taken for dead."""
    machine, process, _ = holder.rsplit(":", 2)
    if machine != socket.gethostname() or os.name != "posix" or int(process) == os.getpid():
        return expires_at <= utc_text(now)
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return expires_at <= utc_text(now - NUMBER_REUSED)
