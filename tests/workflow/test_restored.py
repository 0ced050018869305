"""A database that was put back from a backup is known, and nothing else is taken for one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from campaigning import Desk

from outreach.dispatch import mark
from outreach.dispatch.status import CampaignState
from outreach.dispatch.transports.memory import Memory
from outreach.errors import DatabaseOlder, IllegalMove, InputError
from outreach.model import Letter, Outcome
from outreach.settings import load
from outreach.store import atomic, open_database
from outreach.workflow.dispatching import dispatch_campaign, why_not_now
from outreach.workflow.holding import cancel_campaign, held_in_words
from outreach.workflow.restored import believe_restored, older_database


def _send(desk: Desk, name: str = "spring", *, limit: int | None = None) -> None:
    dispatch_campaign(
        desk.db,
        name,
        desk.transport,
        batch_size=5,
        clock=desk.clock,
        sleep=desk.sleep,
        by="Maria",
        limit=limit,
    )


def _back_up(desk: Desk, name: str = "backup") -> Path:
    backup = desk.settings.root.parent / name
    desk.db.conn.execute("VACUUM INTO ?", [str(backup)])
    return backup


@contextmanager
def _put_back(desk: Desk, backup: Path) -> Iterator[Desk]:
    """Put a backup back in place of the database, as the guide says."""
    desk.db.close()
    for suffix in ("-wal", "-shm"):
        Path(f"{desk.settings.database}{suffix}").unlink(missing_ok=True)
    shutil.copy(backup, desk.settings.database)
    with closing(open_database(desk.settings.database)) as db:
        again = Desk(db, desk.settings)
        again.clock = desk.clock
        yield again


def _mark(desk: Desk) -> Path:
    return Path(f"{desk.settings.database}.mark")


class TestOlder:
    """What left since is known to nobody but the mark."""

    def test_nothing_of_any_campaign_leaves_until_somebody_stands_for_it(self, desk: Desk) -> None:
        """And it is said what to look for, and where."""
        desk.create("autumn")
        desk.plan("autumn")
        backup = _back_up(desk)
        _send(desk, limit=10)
        with _put_back(desk, backup) as again:
            for name in ("spring", "autumn", "spring"):
                with pytest.raises(DatabaseOlder, match=r"nothing sent at all.*restored --by"):
                    _send(again, name)
            assert not again.accepted
            assert "older database" in held_in_words(again.db, "autumn")
            assert "older database" in why_not_now(again.db, again.settings, "autumn")
            assert "older database" in older_database(again.db)
            cancel_campaign(again.db, "spring", by="Maria", now=again.clock())
            done = believe_restored(again.db, by=" Maria ", now=again.clock())
            assert done.open == ("autumn",)
            assert older_database(again.db) == ""
            _send(again, "autumn")
            assert len(again.accepted) == 23

    def test_neither_does_one_that_is_planned_later(self, desk: Desk) -> None:
        """It may be planned, and have gone, a second time: the database can't know."""
        desk.create("autumn")
        _send(desk, limit=5)
        backup = _back_up(desk)
        desk.plan("autumn")
        _send(desk, "autumn")
        with _put_back(desk, backup) as again:
            with pytest.raises(DatabaseOlder):
                _send(again)
            again.plan("autumn")
            again.create("winter")
            again.plan("winter")
            for name in ("autumn", "winter"):
                with pytest.raises(DatabaseOlder):
                    _send(again, name)
            assert not again.accepted
            believed = believe_restored(again.db, by="Maria", now=again.clock())
            assert believed.open == ("spring", "autumn", "winter")
            assert "may leave again" in again.history("autumn")

    def test_a_backup_from_the_midst_of_a_run_that_was_killed_is_older(self, desk: Desk) -> None:
        """The mark is written before the letters of a batch leave, not as a run ends."""
        backups: list[Path] = []

        def answer(letter: Letter) -> Outcome:
            if len(desk.accepted) == 7:
                backups.append(_back_up(desk))
            if len(desk.accepted) == 12:
                # all that a killed process leaves
                shutil.copy(_mark(desk), desk.settings.root.parent / "mark")
            return desk.takes_a_while(letter)

        desk.transport = Memory(answer)
        _send(desk)
        shutil.copy(desk.settings.root.parent / "mark", _mark(desk))
        with _put_back(desk, backups[0]) as again:
            with pytest.raises(DatabaseOlder):
                _send(again)
            assert not again.accepted

    def test_it_is_so_again_when_the_same_backup_is_put_back_again(self, desk: Desk) -> None:
        """Somebody stood for that database, not for the file."""
        backup = _back_up(desk)
        _send(desk, limit=10)
        with _put_back(desk, backup) as again:
            believe_restored(again.db, by="Maria", now=again.clock())
            with _put_back(again, backup) as once_more, pytest.raises(DatabaseOlder):
                _send(once_more)

    def test_the_crontab_says_so_as_long_as_something_is_due(self, desk: Desk) -> None:
        """Nothing is held or voided by that; what is not due yet is no matter."""
        desk.schedule()
        desk.test()
        desk.approve()
        backup = _back_up(desk)
        desk.at("2014-02-26 12:00:30")
        desk.cron()
        with _put_back(desk, backup) as again:
            again.at("2014-02-26 11:00:00")
            assert not again.cron().events
            again.at("2014-02-26 12:10:00")
            for _ in range(2):
                with pytest.raises(DatabaseOlder):
                    again.cron()
            assert not again.accepted
            assert again.state() is CampaignState.SCHEDULED
            believe_restored(again.db, by="Maria", now=again.clock())
            assert [event.what for event in again.cron().events] == ["sent"]
            assert len(again.accepted) == 23

    def test_a_login_does_not_stand_for_it(self, desk: Desk) -> None:
        """A name does."""
        backup = _back_up(desk)
        _send(desk, limit=10)
        with _put_back(desk, backup) as again:
            with pytest.raises(InputError):
                believe_restored(again.db, by=" ", now=again.clock())
            assert older_database(again.db)


class TestNotOlder:
    """Nobody is alarmed where nothing left that the database doesn't know of."""

    def _goes_on(self, desk: Desk) -> None:
        _send(desk)
        assert desk.state() is CampaignState.COMPLETE
        assert older_database(desk.db) == ""

    def test_there_is_nothing_to_stand_for(self, desk: Desk) -> None:
        """That is said."""
        _send(desk, limit=3)
        with pytest.raises(IllegalMove, match="nothing is known to have left"):
            believe_restored(desk.db, by="Maria", now=desk.clock())

    def test_a_backup_after_which_nothing_left_is_as_good(self, desk: Desk) -> None:
        """Whatever else was written since."""
        _send(desk, limit=10)
        backup = _back_up(desk)
        desk.create("autumn")
        desk.plan("autumn")
        with _put_back(desk, backup) as again:
            self._goes_on(again)

    def test_a_crash_between_commit_and_mark(self, desk: Desk) -> None:
        """Nothing has left then."""
        _send(desk, limit=3)
        with atomic(desk.db):
            mark.advance(desk.db, desk.clock())
        self._goes_on(desk)

    @pytest.mark.parametrize("held", [b"", b"\0" * 40, b"{", b"\xff", b"[1]", b"9" * 60])
    def test_a_mark_that_is_damaged(self, desk: Desk, held: bytes) -> None:
        """As after a power cut; the next run writes it anew."""
        _send(desk, limit=3)
        _mark(desk).write_bytes(held)
        _send(desk, limit=3)
        backup = _back_up(desk)
        _send(desk, limit=3)
        with _put_back(desk, backup) as again:
            assert older_database(again.db)

    def test_a_mark_that_is_gone_or_older(self, desk: Desk) -> None:
        """A database that was moved alone goes on, and one of which the mark lost some."""
        _send(desk, limit=3)
        older = _mark(desk).read_bytes()
        _send(desk, limit=3)
        _mark(desk).write_bytes(older)
        _send(desk, limit=3)
        _mark(desk).unlink()
        self._goes_on(desk)
        assert _mark(desk).is_file()

    def test_where_no_mark_can_be_written(self, desk: Desk) -> None:
        """Nothing is known then, and letters leave."""
        _mark(desk).mkdir()
        self._goes_on(desk)

    def test_a_copied_workspace(self, desk: Desk, tmp_path: Path) -> None:
        """Both go on, each with its own mark."""
        _send(desk, limit=10)
        desk.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copytree(desk.settings.root, tmp_path / "copy")
        self._goes_on(desk)
        settings = load(tmp_path / "copy", environment={})
        with closing(open_database(settings.database)) as db:
            copy = Desk(db, settings)
            copy.clock = desk.clock
            self._goes_on(copy)

    def test_rows_that_go_a_vacuum_and_a_clock_set_back(self, desk: Desk) -> None:
        """What is counted is neither rows nor time."""
        _send(desk, limit=10)
        desk.db.conn.execute("DELETE FROM deliveries WHERE state = 'accepted'")
        desk.db.conn.execute("UPDATE campaigns SET audience = 15")
        desk.db.conn.execute("VACUUM")
        desk.clock.moment -= timedelta(days=400)
        self._goes_on(desk)

    def test_the_mark_of_whoever_is_late_is_never_lower(self, desk: Desk, tmp_path: Path) -> None:
        """Two dispatchers write it in any order."""
        _send(desk, limit=10)
        written = _mark(desk).read_bytes()
        backup = _back_up(desk)
        _send(desk, limit=5)
        newest = _mark(desk).read_bytes()
        assert newest > written
        shutil.copy(_mark(desk), tmp_path / "backup.mark")
        with closing(open_database(backup)) as late:
            mark.leave(late)
        assert (tmp_path / "backup.mark").read_bytes() == newest
