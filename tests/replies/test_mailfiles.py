"""Mails are read from files as they are, and the files are left as they were."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

from outreach.errors import InputError
from outreach.replies.mailfiles import read_mails

MAIL = b"From: a@example.org\nSubject: one\n\nHello\n"
START = b"From a@example.org Wed Feb 26 10:00:00 2014\n"


def raws(path: Path) -> list[bytes]:
    """Read the mails of a path."""
    return [mail.raw for mail in read_mails(path)]


def test_an_eml_file_is_one_mail(tmp_path: Path) -> None:
    """Its bytes come as they are, whatever they are."""
    path = tmp_path / "a.eml"
    path.write_bytes(b"\0\xff not much of a mail")
    assert raws(path) == [b"\0\xff not much of a mail"]


def test_an_mbox_is_split_only_where_a_mail_starts(tmp_path: Path) -> None:
    """A line "From Lubumbashi with love" is text, and so is a start line inside a paragraph."""
    path = tmp_path / "inbox"
    tricky = (
        MAIL + b"\nFrom Lubumbashi with love\nFrom a@b.org Wed Feb 26 10:00:00 2014\n>From me\n"
    )
    path.write_bytes(START + tricky + b"\n" + START.replace(b"\n", b"\r\n") + MAIL)
    assert raws(path) == [tricky.replace(b">From me", b"From me"), MAIL]


@pytest.mark.parametrize(
    "start",
    [
        "From MAILER-DAEMON Fri Jul  8 12:08:34 2011",
        "From - Wed Feb 26 10:00:00 2014",
        "From 1461@xxx Wed Feb 26 10:00:00 +0000 2014",
        "From a@b.org  Wed Feb 26 10:00 2014",
        'From "odd one"@b.org Wed, 26 Feb 2014 10:00:00 +0000',
        "From a@b.org Wed Feb 26 10:00:00 CET 2014 remote from host",
    ],
)
def test_start_lines_of_many_programs_are_known(tmp_path: Path, start: str) -> None:
    """Thunderbird, Gmail's export, sendmail and UUCP write them differently."""
    path = tmp_path / "inbox"
    path.write_bytes(start.encode() + b"\n" + MAIL + b"\n" + start.encode() + b"\n" + MAIL)
    assert raws(path) == [MAIL, MAIL]


def test_an_mbox_of_the_standard_library_comes_back_whole(tmp_path: Path) -> None:
    """What `mailbox.mbox` writes and escapes, is read and unescaped."""
    path = tmp_path / "inbox"
    box = mailbox.mbox(str(path))
    for n in range(3):
        box.add(b"Subject: %d\n\nFrom here\nto there\n" % n)
    box.close()
    assert [b"\nFrom here\nto there\n" in raw for raw in raws(path)] == [True] * 3


def test_a_maildir_gives_new_and_read_mails_and_stays_as_it_is(tmp_path: Path) -> None:
    """Nothing is marked, moved or taken from tmp."""
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
        (tmp_path / part / f"1.{part}:2,").write_bytes(MAIL + part.encode())
    (tmp_path / "new" / ".hidden").write_bytes(b"x")
    before = sorted(path for path in tmp_path.rglob("*"))
    assert raws(tmp_path) == [MAIL + b"new", MAIL + b"cur"]
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_a_mail_that_moves_while_we_read_is_not_missed(tmp_path: Path) -> None:
    """Another program may open the Maildir and move new mails to cur."""
    for part in ("new", "cur"):
        (tmp_path / part).mkdir()
    for n in range(2):
        (tmp_path / "new" / f"{n}.host").write_bytes(MAIL + b"%d" % n)
    reading = read_mails(tmp_path)
    first = next(reading)
    (tmp_path / "new" / "1.host").rename(tmp_path / "cur" / "1.host:2,S")
    rest = [mail.raw for mail in reading]
    assert {first.raw, *rest} == {MAIL + b"0", MAIL + b"1"}


def test_a_line_without_end_does_not_fill_memory(tmp_path: Path) -> None:
    """Of a mail that is longer than any, the beginning is kept, and the next mail is found."""
    path = tmp_path / "inbox"
    path.write_bytes(START + MAIL + b"x" * 3_000_000 + b"\n\n" + START + MAIL)
    first, second = (mail.raw for mail in read_mails(path, limit=1000))
    assert len(first) == 1000
    assert first.startswith(MAIL)
    assert second == MAIL


@pytest.mark.parametrize("content", [b"", b"\x7fELF\0\0\0", b"name,email\nA,a@example.org\n"])
def test_what_is_no_mail_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that holds no mail is named in one sentence."""
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"list\.csv"):
        raws(path)


def test_a_folder_that_is_no_maildir_is_refused(tmp_path: Path) -> None:
    """So is a path that does not exist."""
    with pytest.raises(InputError, match="no Maildir"):
        raws(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        raws(tmp_path / "nothing")
