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


class Process:
    """A process that holds a lease until it is told to end."""

    def __init__(self) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.popen.stdout
        self.holder = self.popen.stdout.readline().strip()

    def end(self) -> None:
        """End; what is left of it is a zombie until `bury`."""
        assert self.popen.stdin
        self.popen.stdin.close()
        assert self.popen.stdout
        self.popen.stdout.read()

    def bury(self) -> None:
        """Ask for its exit code."""
        assert self.popen.stdout
        self.popen.stdout.close()
        self.popen.wait()


HOLD = "from outreach.dispatch import lease; print(lease.new_holder(), flush=True); input()"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it can't be known")


@linux
def test_who_is_alive_on_this_machine_keeps_its_lease(db: Database) -> None:
    """However long a server lets it wait; and loses it when it is dead, buried or not."""
    other = Process()
    lease.take(db, "x", other.holder, made.START)
    with pytest.raises(LeaseHeld):
        lease.take(db, "x", ALIVE, made.START + timedelta(days=3))
    other.end()
    os.waitid(os.P_PID, other.popen.pid, os.WEXITED | os.WNOWAIT)
    lease.take(db, "x", ALIVE, made.START)
    other.bury()


@linux
@pytest.mark.parametrize("process", [os.getpid(), os.getppid()], ids=["ours", "our parent's"])
def test_the_number_of_a_dead_process_may_live_again(db: Database, process: int) -> None:
    """As after a boot, or in a container whose first process always has number one."""
    _, _, own = lease.new_holder().rsplit(":", 2)
    random, boot, space, _ = own.split(".")
    for before in (f"{random}.{boot}.{space}.1", f"{random}.another-boot.{space}.7"):
        lease.take(db, "x", f"{HOST}:{process}:{before}", made.START)
        lease.take(db, "x", ALIVE, made.START)
        lease.drop(db, "x", ALIVE)


@linux
def test_a_process_of_another_container_is_taken_for_alive(db: Database) -> None:
    """Until its lease is over: it would have renewed it."""
    _, _, own = lease.new_holder().rsplit(":", 2)
    random, boot, _, began = own.split(".")
    lease.take(db, "x", f"{HOST}:999999999:{random}.{boot}.5.{began}", made.START)
    with pytest.raises(LeaseHeld):
        lease.take(db, "x", ALIVE, made.START)
    lease.take(db, "x", ALIVE, made.START + lease.LASTS)


def test_a_number_alone_counts_as_long_as_its_lease(db: Database) -> None:
    """Where nothing else is known of a process, the number may be another's by now."""
    lease.take(db, "x", f"{HOST}:{os.getppid()}:bbbb", made.START)
    with pytest.raises(LeaseHeld):
        lease.take(db, "x", ALIVE, made.START)
    lease.take(db, "x", ALIVE, made.START + lease.LASTS)


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
