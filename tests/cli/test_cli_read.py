"""`outreach replies read` says what mails hold, anywhere, and touches nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from outreach.cli import main

KEYS = (
    "file kind certainty why from_name from_address subject reply quoted signature name email"
    " country country_text language phone return_date bounce token campaign"
)
MAIL = (
    "From: Amina <amina@example.org>\n\n"
    "I would like to help.\nName: Amina Diop\nCountry: Senegal\nPhone: +221 33 800 00 00\n"
)
BOUNCE = Path(__file__).parent.parent / "corpus" / "replies" / "gmail-bounce-full.eml"


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a workspace, as the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(*args: object, stdin: str = "") -> tuple[int, list[dict[str, object]], str]:
    """Run the command: its exit code, its objects, and what it says of files that it refuses."""
    done = CliRunner().invoke(main, ["replies", "read", *map(str, args)], input=stdin)
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_mail_is_one_object_with_the_promised_keys(apart: Path) -> None:
    """In this order, and nothing is left behind."""
    (apart / "a.eml").write_text(MAIL)
    code, (seen,), _ = read("a.eml", "--json")
    assert code == 0
    assert " ".join(seen) == KEYS
    assert [seen[key] for key in ("file", "kind", "name", "country")] == [
        "a.eml",
        "volunteer",
        "Amina Diop",
        "SN",
    ]
    assert (seen["email"], seen["phone"]) == ("amina@example.org", "+221 33 800 00 00")
    assert 0 <= float(str(seen["certainty"])) <= 1
    assert seen["bounce"] is None
    assert [path.name for path in apart.iterdir()] == ["a.eml"]


def test_a_bounce_is_an_object_in_the_object() -> None:
    """With the four keys that tell what to do with the address."""
    _, (seen,), _ = read(BOUNCE, "--json")
    bounce = seen["bounce"]
    assert isinstance(bounce, dict)
    assert list(bounce) == ["class", "recipients", "status", "diagnostic"]
    assert (bounce["class"], bounce["recipients"]) == ("temporary", ["reader@example.tg"])


def test_standard_input_folders_and_mboxes_are_read(apart: Path) -> None:
    """Each mail is named by where it was found."""
    (apart / "folder").mkdir()
    (apart / "folder" / "b.eml").write_text(MAIL)
    start = "From a@b.example Mon Feb 10 08:00:00 2014\n"
    (apart / "box").write_text(f"{start}{MAIL}\n{start}{MAIL}")
    code, seen, _ = read("-", "folder", "box", stdin=MAIL)
    assert code == 0
    assert [one["file"] for one in seen] == ["-", "folder/b.eml", "box, mail 1", "box, mail 2"]
    assert {one["country"] for one in seen} == {"SN"}


def test_what_cannot_be_read_is_named_and_the_others_follow(apart: Path) -> None:
    """The exit code says that something was left out."""
    (apart / "a.eml").write_text(MAIL)
    (apart / "empty.eml").write_text("")
    code, seen, said = read("gone.eml", "empty.eml", "a.eml", "--json")
    assert (code, len(seen)) == (1, 1)
    assert "gone.eml: there is no such file" in said
    assert "empty.eml: it is empty" in said


def test_a_named_file_is_read_whatever_it_holds(apart: Path) -> None:
    """Hostile bytes and text without any header give an object too."""
    (apart / "x").write_bytes(b"\x00\xff\n\n\xf0" * 10)
    (apart / "y").write_text("just words")
    code, seen, _ = read("x", "y", "--json")
    assert (code, len(seen)) == (0, 2)


def test_a_file_that_is_no_text_asks_nothing(apart: Path) -> None:
    """Question marks in a picture are nobody's."""
    (apart / "bin.dat").write_bytes(b"\x89PNG\r\n\0\0?" * 100)
    _, (seen,), _ = read("bin.dat", "--json")
    assert (seen["kind"], seen["certainty"]) == ("unknown", 0.0)
