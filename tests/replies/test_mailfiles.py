"""Mails are read from files as they are, and the files are left as they were."""

from __future__ import annotations

import mailbox
import os
from pathlib import Path

import pytest

from outreach.errors import NotFound
from outreach.replies.mailfiles import RawMail, Refused, check_exists, read_mails

MAIL = b"From: a@example.org\nSubject: one\n\nHello\n"
START = b"From a@example.org Wed Feb 26 10:00:00 2014\n"


def raws(path: Path) -> list[bytes]:
    """Read the mails of a path."""
    mails = list(read_mails(path))
    assert not [mail for mail in mails if isinstance(mail, Refused)]
    return [mail.raw for mail in mails if isinstance(mail, RawMail)]


def refused(path: Path) -> list[tuple[str, str]]:
    """Give name and reason of what is refused at a path."""
    found = read_mails(path)
    return [(Path(mail.source).name, mail.reason) for mail in found if isinstance(mail, Refused)]


def test_an_eml_file_is_one_mail(tmp_path: Path) -> None:
    """Its bytes come as they are, whatever they are."""
    path = tmp_path / "a.eml"
    path.write_bytes(b"From: \0\xff not much of a mail")
    assert raws(path) == [b"From: \0\xff not much of a mail"]


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


def test_files_put_together_by_hand_lose_no_mail(tmp_path: Path) -> None:
    """`cat` leaves no empty line between them."""
    path = tmp_path / "inbox"
    path.write_bytes(START + MAIL + START + MAIL)
    assert raws(path) == [MAIL, MAIL]


@pytest.mark.parametrize(
    "line",
    [
        "From Goma Nov 20 10:30 bus",
        "From Lubumbashi Mon 12 10:30",
        "From Goma abc 20 10:30:00 2014",
        "From a@b.org Wed Feb 26 10:00:00 2014",
    ],
)
def test_a_body_that_tells_of_a_journey_stays_whole(tmp_path: Path, line: str) -> None:
    """After an empty line too: no mail's head follows."""
    path = tmp_path / "inbox"
    body = MAIL + b"\n" + line.encode() + b"\nwe come to you\n"
    path.write_bytes(START + body + b"\n" + START + MAIL)
    assert raws(path) == [body, MAIL]


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
    assert isinstance(first, RawMail)
    (tmp_path / "new" / "1.host").rename(tmp_path / "cur" / "1.host:2,S")
    rest = [mail.raw for mail in reading if isinstance(mail, RawMail)]
    assert {first.raw, *rest} == {MAIL + b"0", MAIL + b"1"}


def test_a_line_without_end_does_not_fill_memory(tmp_path: Path) -> None:
    """Of a mail that is longer than any, the beginning is kept, and the next mail is found."""
    path = tmp_path / "inbox"
    path.write_bytes(START + MAIL + b"x" * 3_000_000 + b"\n\n" + START + MAIL)
    mails = read_mails(path, limit=1000)
    first, second = (mail.raw for mail in mails if isinstance(mail, RawMail))
    assert len(first) == 1000
    assert first.startswith(MAIL)
    assert second == MAIL


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x7fELF\0\0\0",
        bytes(range(256)) * 300,
        b"name,email\nA,a@example.org\n",
        b"Buy: milk\nAnd: bread\n\nFrom: here on\n",
        "From: a@example.org\n\nHello".encode("utf-16"),
    ],
)
@pytest.mark.parametrize("name", ["list.csv", "x.eml"])
def test_what_is_no_mail_is_refused(tmp_path: Path, content: bytes, name: str) -> None:
    """A file without a header field of a mail is named, with the reason, whatever it is called."""
    path = tmp_path / name
    path.write_bytes(content)
    ((source, reason),) = refused(path)
    assert source == name
    assert reason


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b"X-Odd: 1\nX-Odder: 2\n"])
def test_one_field_of_a_mail_makes_a_mail(tmp_path: Path, before: bytes) -> None:
    """Broken programs write a byte order mark or empty lines first, and headers of their own."""
    path = tmp_path / "a.eml"
    path.write_bytes(before + b"subject: Hello\r\n\r\nHello\r\n")
    assert len(raws(path)) == 1


def test_a_mail_among_others_that_is_none_is_refused_alone(tmp_path: Path) -> None:
    """In an mbox and a Maildir the others are given."""
    path = tmp_path / "inbox"
    path.write_bytes(START + b"no header at all\n\n" + START + MAIL)
    assert [type(mail) for mail in read_mails(path)] == [Refused, RawMail]
    assert refused(path)[0][0] == "inbox, mail 1"
    (tmp_path / "dir" / "new").mkdir(parents=True)
    (tmp_path / "dir" / "new" / "1").write_bytes(b"\0")
    (tmp_path / "dir" / "new" / "2").write_bytes(MAIL)
    assert [type(mail) for mail in read_mails(tmp_path / "dir")] == [Refused, RawMail]


def test_a_folder_gives_its_eml_files_and_no_others(tmp_path: Path) -> None:
    """Not those in folders below it, nor hidden ones."""
    (tmp_path / "below.eml").mkdir()
    for name in ("b.eml", "a.EML", "note.txt", ".hidden.eml", "below.eml/c.eml"):
        (tmp_path / name).write_bytes(MAIL + name.encode())
    assert raws(tmp_path) == [MAIL + b"a.EML", MAIL + b"b.eml"]


def test_a_folder_without_mails_is_refused(tmp_path: Path) -> None:
    """It is no Maildir and holds no .eml files: somebody named the wrong one."""
    (tmp_path / "note.txt").write_bytes(MAIL)
    assert "no Maildir" in refused(tmp_path)[0][1]


def test_a_path_that_does_not_exist_is_not_found(tmp_path: Path) -> None:
    """So is one below a file; what exists passes, whatever it is."""
    (tmp_path / "file").touch()
    for missing in ("nothing", "file/below.eml"):
        with pytest.raises(NotFound, match="no such file"):
            check_exists(tmp_path / missing)
    check_exists(tmp_path)
    check_exists(tmp_path / "file")


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """A pipe that nobody writes to would never end."""
    os.mkfifo(tmp_path / "pipe.eml")
    assert refused(tmp_path / "pipe.eml") == [("pipe.eml", "this is neither a file nor a folder")]


@pytest.mark.parametrize("way", ["file", "mbox", "maildir"])
def test_a_mail_that_is_cut_says_how_large_it_was(tmp_path: Path, way: str) -> None:
    """By whatever way it comes; a short one beside it says nothing."""
    large = MAIL + b"x" * 1000
    if way == "mbox":
        path = tmp_path / "inbox"
        path.write_bytes(START + large + b"\n\n" + START + MAIL)
    else:
        path = tmp_path / ("new" if way == "maildir" else "mails")
        path.mkdir()
        (path / "1.eml").write_bytes(large)
        (path / "2.eml").write_bytes(MAIL)
    found = list(read_mails(tmp_path if way == "maildir" else path, limit=500))
    sizes = [(len(mail.raw), mail.whole_size) for mail in found if isinstance(mail, RawMail)]
    whole = len(large) + 2 if way == "mbox" else len(large)
    assert sizes == [(500, whole), (len(MAIL), 0)]
