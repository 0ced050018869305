"""One dispatcher at a time."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import timedelta

import letters as made
import pytest
from sqlite_utils import Database

from outreach.dispatch import lease
from outreach.errors import LeaseHeld

HOST = socket.gethostname()
ALIVE = f"{HOST}:{os.getpid()}:aaaa"


def test_holders_differ() -> None:
    """Two runs of one process are two holders."""
    assert lease.new_holder() != lease.new_holder()


def test_a_lease_is_held_by_one(db: Database) -> None:
    """Another is told who holds it; the holder may take it again."""
    lease.take(db, "x", ALIVE, made.START)
    lease.take(db, "x", ALIVE, made.START)
    with pytest.raises(LeaseHeld, match=str(os.getpid())):
        lease.take(db, "x", "elsewhere:1:b", made.START)
    lease.take(db, "y", "elsewhere:1:b", made.START)


def test_a_lease_given_back_is_free(db: Database) -> None:
    """Giving it back twice is safe, and never gives back another's."""
    lease.take(db, "x", ALIVE, made.START)
    lease.drop(db, "x", "elsewhere:1:b")
    with pytest.raises(LeaseHeld):
        lease.take(db, "x", "elsewhere:1:b", made.START)
    lease.drop(db, "x", ALIVE)
    lease.drop(db, "x", ALIVE)
    lease.take(db, "x", "elsewhere:1:b", made.START)


def test_an_expired_lease_is_taken_over(db: Database) -> None:
    """And its former holder learns of it when it comes to renew."""
    holder = "elsewhere:1:b"
    lease.take(db, "x", holder, made.START)
    late = made.START + lease.LASTS
    lease.renew(db, "x", holder, late)
    with pytest.raises(LeaseHeld):
        lease.take(db, "x", ALIVE, late)
    later = late + lease.LASTS + timedelta(seconds=1)
    lease.take(db, "x", ALIVE, later)
    with pytest.raises(LeaseHeld):
        lease.renew(db, "x", holder, later)


def test_who_is_alive_on_this_machine_keeps_its_lease(db: Database) -> None:
    """However long a server lets it wait; after a day the number is another process's."""
    lease.take(db, "x", f"{HOST}:{os.getppid()}:bbbb", made.START)
    with pytest.raises(LeaseHeld):
        lease.take(db, "x", ALIVE, made.START + 4 * lease.LASTS)
    lease.take(db, "x", ALIVE, made.START + lease.LASTS + lease.NUMBER_REUSED)


def test_the_lease_of_a_dead_process_is_taken_over_at_once(db: Database) -> None:
    """After a crash on this machine nobody waits a quarter of an hour."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lease.take(db, "x", f"{HOST}:{ended.pid}:aaaa", made.START)
    lease.take(db, "x", ALIVE, made.START)


def test_a_process_elsewhere_is_taken_for_alive(db: Database) -> None:
    """Its number says nothing here."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lease.take(db, "x", f"elsewhere:{ended.pid}:aaaa", made.START)
    with pytest.raises(LeaseHeld):
        lease.take(db, "x", ALIVE, made.START)
