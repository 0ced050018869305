"""Leases: one process at a time does a thing. Writes: leases.

A lease keeps two dispatchers from getting in each other's way. That nobody is written to twice does
not hang on it: the claims in the ledger see to that.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import datetime, timedelta
from hashlib import blake2s
from pathlib import Path
from typing import Final

from outreach.errors import LeaseHeld
from outreach.store import Database, utc_text

#: A holder that has not renewed for this long is taken for dead, where it can't be known: on
#: another machine, in another container, or where there is no /proc.
LASTS: Final = timedelta(minutes=15)
#: how often a holder renews, where it can
RENEW_EVERY: Final = LASTS / 3
#: where Linux says which boot this is, which space of process numbers we are in, and of a process
#: its state and when it began
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_SPACE: Final = Path("/proc/self/ns/pid")
_PROCESS: Final = "/proc/{}/stat"


def new_holder() -> str:
    """Make a name for one run of this process: its machine, its number and something random.

    Where it can be known, also by what this process differs from another of the same number.
    """
    own = [secrets.token_hex(4), *_boot_and_space(), _began(os.getpid())]
    return f"{socket.gethostname()}:{os.getpid()}:{'.'.join(own if all(own) else own[:1])}"


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


def is_held(db: Database, name: str, now: datetime) -> bool:
    """Whether somebody holds the lease `name` and is alive, as far as can be known. Only reads."""
    row = db.conn.execute("SELECT holder, expires_at FROM leases WHERE name = ?", [name]).fetchone()
    return row is not None and not _over(row[0], row[1], now)


def refuse_if_held(db: Database, name: str, now: datetime) -> None:
    """See that nobody holds the lease `name`; one whose holder is gone is taken away.

    Raises:
        LeaseHeld: somebody holds it and is alive, as far as can be known.
    """
    holder = new_holder()
    take(db, name, holder, now)
    drop(db, name, holder)


def _over(holder: str, expires_at: str, now: datetime) -> bool:
    """Whether a lease counts no more: its holder is dead, or must be taken for dead."""
    machine, process, own = holder.rsplit(":", 2)
    expired = expires_at <= utc_text(now)
    if machine != socket.gethostname() or os.name != "posix":
        return expired
    _, *identity = own.split(".")
    here = _boot_and_space()
    known = len(identity) == 3 and all(here)
    if known and identity[0] != here[0]:
        # no process outlives its machine's boot
        return True
    if known and identity[1] != here[1]:
        # in another container its number says nothing here
        return expired
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        # another user's process, of which we may not be told more
        known = known and bool(_began(int(process)))
    if known and identity[2] != _began(int(process)):
        return True
    return expired and (not known or int(process) == os.getpid())


def _boot_and_space() -> tuple[str, str]:
    """Give what names this boot and this space of process numbers; '' where nothing does."""
    try:
        boot, space = _BOOT.read_bytes(), _SPACE.stat().st_ino
    except OSError:
        return "", ""
    # short, as a holder's name stands in each row that it claims
    return blake2s(boot, digest_size=3).hexdigest(), f"{space % 0x10000:x}"


def _began(process: int) -> str:
    """Say when a living process began, in ticks since the boot; '' where it is dead or not known.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    try:
        stat = Path(_PROCESS.format(process)).read_bytes()
    except OSError:
        return ""
    # its name stands in brackets, and may hold brackets and spaces
    state, *fields = stat.rpartition(b")")[2].decode("ascii").split()
    return "" if state in {"Z", "X", "x"} else f"{int(fields[18]):x}"
