"""The embedded outbox, beyond the contract."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import letters as made
import pytest

from outreach.dispatch.transports.outbox import Outbox
from outreach.errors import TransportError
from outreach.model import Letter, Verdict


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "new").iterdir())


def test_a_file_is_the_message_byte_for_byte(tmp_path: Path) -> None:
    """What preview shows is what is written; drafts are not left behind."""
    letter = Letter(7, "7-2", made.message(text=".\n.a\n"))
    (outcome,) = Outbox(tmp_path).send([letter])
    (file,) = _files(tmp_path)
    assert file.read_bytes() == letter.message.mime
    assert file.name == outcome.provider_id
    assert file.suffix == ".eml"
    assert not list((tmp_path / "tmp").iterdir())


def test_names_are_opaque_and_differ_between_processes(tmp_path: Path) -> None:
    """The same attempt written twice is two files, and no name tells who is written to."""
    letter = Letter(1, "1-1", made.message("ana@example.org"))
    list(Outbox(tmp_path).send([letter, letter]))
    names = [file.name for file in _files(tmp_path)]
    assert len(set(names)) == 2
    assert not any("@" in name or "ana" in name for name in names)


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    """They are private mail."""
    list(Outbox(tmp_path / "outbox").send([Letter(1, "1-1", made.message())]))
    (file,) = _files(tmp_path / "outbox")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "outbox" / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize("fsync", [False, True])
def test_a_disk_that_is_full_half_way_keeps_what_was_written(tmp_path: Path, fsync: bool) -> None:
    """Earlier letters stay accepted, the rest is tried later."""
    # an attempt's name that no file can have stands for a disk that takes no more
    batch = [*made.letters("b@example.org"), Letter(2, "x" * 300, made.message())]
    batch += [Letter(3, "3-1", made.message("c@example.org"))]
    handed = made.handed(Outbox(tmp_path, fsync=fsync), batch)
    assert handed.verdicts == [Verdict.ACCEPTED]
    assert isinstance(handed.error, TransportError)
    assert len(_files(tmp_path)) == 1


def test_names_that_may_not_be_on_the_disk_are_doubts(tmp_path: Path) -> None:
    """The files are there now; nobody knows for how long."""

    def letters() -> Iterator[Letter]:
        yield from made.letters("a@example.org", "b@example.org")
        # the folder can't be put on the disk, as it is somewhere else by now
        (tmp_path / "new").rename(tmp_path / "lost")

    outcomes = list(Outbox(tmp_path, fsync=True).send(letters()))
    assert [outcome.verdict for outcome in outcomes] == [Verdict.IN_DOUBT] * 2
    assert "perhaps not on the disk" in outcomes[0].detail
    assert len(list((tmp_path / "lost").iterdir())) == 2
