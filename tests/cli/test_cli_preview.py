"""`outreach preview` and `outreach templates variants`, as a person uses them."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from services import need

from outreach.cli import main
from outreach.settings import Settings
from outreach.store import open_database

NAME = "one-in-two-million"


@pytest.fixture
def people(settings: Settings) -> Settings:
    """A workspace with four supporters."""
    db = open_database(settings.database)
    db.conn.execute(
        "INSERT INTO supporters (email, given_name, country, language, consent, consent_ground,"
        " safety) VALUES"
        " ('ada@example.org', 'Ada', 'TG', '', 'granted', 'web form', 'standard'),"
        " ('fatima@example.org', 'فاطمة', 'EG', 'ar', 'granted', '', 'standard'),"
        " ('nameless@example.org', '', '', 'en', 'granted', '', 'standard'),"
        " ('no@example.org', 'No', '', 'en', 'denied', '', 'standard')"
    )
    db.close()
    return settings


def run(settings: Settings, *arguments: str) -> Result:
    """Run a command in the workspace."""
    return CliRunner().invoke(main, ["--workspace", str(settings.root), *arguments])


def preview(settings: Settings, *arguments: str) -> Result:
    """Preview the shipped message."""
    return run(settings, "preview", NAME, "--day", "2014-02-26", *arguments)


def visible(folder: Path) -> list[str]:
    """Name what people see in a folder."""
    return sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))


def test_says_why_a_person_gets_it_beside_the_message(people: Settings) -> None:
    """On standard error, so that the message can be piped on."""
    shown = preview(people, "--as", "ada@example.org", "--segment", "everyone")
    assert shown.exit_code == 0
    assert "Bonjour Ada" in shown.stdout
    assert shown.stderr == (
        "In fr, because it is a language of their country, TG.\n"
        "May be written to (web form).\n"
        "In the segment everyone.\n"
    )


@pytest.mark.parametrize(
    ("address", "segment", "words"),
    [
        ("no@example.org", "everyone", "Would be left out: they have said no."),
        ("ada@example.org", "volunteers", "Not in the segment volunteers."),
    ],
)
def test_says_why_a_person_does_not_get_it(
    people: Settings, address: str, segment: str, words: str
) -> None:
    """And shows the message all the same."""
    shown = preview(people, "--as", address, "--segment", segment)
    assert shown.exit_code == 0
    assert words in shown.stderr
    assert re.search("2[.,]3 million", shown.stdout)


def test_a_segment_shows_the_telling_people_one_after_another(people: Settings) -> None:
    """First who they are and why, with masked addresses; then their messages."""
    shown = preview(people, "--segment", "everyone")
    assert shown.exit_code == 0
    listed, *messages = re.split(r"\n--- \d\. .+ ---\n", shown.stdout)
    assert "3 of 4 people would get it. Left out: 1 opted out." in listed
    assert "no name at all" in listed
    assert "a name written from right to left" in listed
    assert "@example.org" in listed
    assert not re.search(r"\w\w@example.org", listed)
    assert len(messages) == 3
    assert "Dear friend," in "".join(messages)


def test_a_segment_goes_to_one_file_a_person(people: Settings, tmp_path: Path) -> None:
    """Whose it is stands in the list and in no file's name; a page shows all of them."""
    folder = tmp_path / "new" / "folder"
    shown = preview(people, "--segment", "everyone", "--format", "html", "--out", str(folder))
    assert shown.exit_code == 0
    names = visible(folder)
    assert [name[:3] for name in names] == ["01-", "02-", "03-", "ind"]
    assert all(name in shown.stdout for name in names[:3])
    index = (folder / "index.html").read_text("utf-8")
    assert all(f'src="{name}"' in index for name in names[:3])
    preview(people, "--segment", "everyone", "--format", "eml", "--out", str(folder))
    assert all(file.read_bytes().startswith(b"From: ") for file in folder.glob("*.eml"))


def test_a_folder_without_a_segment_gets_made_up_readers(people: Settings, tmp_path: Path) -> None:
    """In every language of the message; nobody on the list is touched."""
    shown = preview(people, "--out", str(tmp_path))
    assert shown.exit_code == 0
    assert {file.name[3:5] for file in tmp_path.glob("*.txt")} == {"en", "fr", "es", "ar"}
    assert "ada" not in shown.stdout


def test_a_person_may_be_named_by_id_or_as_in_a_mail(people: Settings) -> None:
    """The list of telling people shows the ids."""
    by_address = preview(people, "--as", "ada@example.org").stdout
    for name in ("1", "Ada Lovelace <Ada@example.org>"):
        named = preview(people, "--as", name)
        assert (named.exit_code, without_tokens(named.stdout)) == (0, without_tokens(by_address))


def without_tokens(text: str) -> str:
    """Take out what differs each time."""
    return re.sub(r"[\w-]{22,}", "", text)


def test_one_person_goes_into_a_folder_that_there_is(people: Settings, tmp_path: Path) -> None:
    """Under the name that a list of several would give it."""
    folder = tmp_path / "look"
    folder.mkdir()
    arguments = ("--as", "ada@example.org", "--format", "html", "--out", str(folder))
    shown = preview(people, *arguments)
    assert shown.exit_code == 0
    assert visible(folder) == ["01-fr.html"]
    assert str(folder / "01-fr.html") in shown.stderr


def test_the_next_preview_takes_away_what_the_last_one_wrote(
    people: Settings, tmp_path: Path
) -> None:
    """And nothing else, whatever it is called."""
    folder, other = tmp_path / "look", tmp_path / "outside.html"
    preview(people, "--segment", "everyone", "--format", "html", "--out", str(folder))
    for own in (folder / "01-own.html", other):
        own.write_text("mine")
    record = folder / ".outreach-preview"
    record.write_text(record.read_text() + "../outside.html\n")
    preview(people, "--as", "ada@example.org", "--out", str(folder))
    assert visible(folder) == ["01-fr.txt", "01-own.html"]
    assert other.exists()


def test_json_has_one_message(people: Settings, tmp_path: Path) -> None:
    """With why it is as it is, and the file that it was written to."""
    file = tmp_path / "page.html"
    arguments = ("--as", "no@example.org", "--json", "--format", "html", "--out", str(file))
    shown = preview(people, *arguments)
    assert (shown.exit_code, shown.stderr) == (0, "")
    one = json.loads(shown.stdout)
    assert (one["made_up"], one["standing"]["exclusion"]) == (False, "opted_out")
    assert one["language_reason"] == "they asked for en"
    assert one["html"].strip() == file.read_text("utf-8").strip()
    assert one["files"] == [str(file)]
    made_up = json.loads(preview(people, "--language", "French", "--json").stdout)
    assert (made_up["made_up"], made_up["standing"]) == (True, None)
    assert (made_up["language"], made_up["language_reason"]) == ("fr", "--language asks for fr")


def test_json_has_the_telling_people(people: Settings, tmp_path: Path) -> None:
    """With the reasons, without their addresses or messages."""
    folder = tmp_path / "look"
    shown = preview(people, "--segment", "everyone", "--json", "--out", str(folder))
    found = json.loads(shown.stdout)
    assert (found["people"], found["excluded"]) == (3, {"opted_out": 1})
    assert [person["supporter_id"] for person in found["telling"]] == [1, 2, 3]
    assert all(person["reasons"] and person["subject"] for person in found["telling"])
    assert {Path(name).name for person in found["telling"] for name in person["files"]} == {
        *visible(folder)
    }
    assert not re.search(r"\w\w@example.org", shown.stdout)


def test_a_message_that_can_be_made_for_nobody_exits_with_1(people: Settings) -> None:
    """Also where only the making shows it, as with an empty subject."""
    for path in (people.templates_dir / NAME).glob("*.html"):
        text = path.read_text("utf-8")
        before, begin, rest = text.partition("{% block subject %}")
        after = rest[rest.index("{% endblock %}") :]
        path.write_text(f"{before}{begin}{{{{ supporter.email[:0] }}}}{after}", "utf-8")
    shown = preview(people, "--segment", "everyone")
    assert shown.exit_code == 1
    assert "the subject is empty" in shown.stdout


def test_a_made_up_reader_has_no_column_that_nobody_has(people: Settings) -> None:
    """A misspelt one is an error, as it is in the check and would be for everybody."""
    db = open_database(people.database)
    db.conn.execute('UPDATE supporters SET attributes = \'{"shirt": "M"}\' WHERE supporter_id = 1')
    db.close()
    path = people.templates_dir / NAME / "en.html"
    text = path.read_text("utf-8")
    for name, code in (("shirt", 0), ("shrit", 65)):
        path.write_text(
            text.replace("<p>", f"<p>{{{{ supporter.attributes.{name} }}}} ", 1), "utf-8"
        )
        assert preview(people).exit_code == code


def test_pictures_are_named_after_the_file(people: Settings, tmp_path: Path) -> None:
    """Four of them: two widths, light and dark."""
    need("chromium", "chromium")
    out = tmp_path / "look.png"
    shown = preview(people, "--as", "ada@example.org", "--format", "png", "--out", str(out))
    assert shown.exit_code == 0
    assert sorted(file.name for file in tmp_path.glob("look*")) == [
        "look-360-dark.png",
        "look-360-light.png",
        "look-600-dark.png",
        "look-600-light.png",
    ]
    folder = tmp_path / "all"
    preview(people, "--segment", "everyone", "--format", "png", "--out", str(folder))
    assert len(list(folder.glob("*.png"))) == 12
    assert (folder / "index.html").read_text("utf-8").count("<img ") == 12


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--as", "who@example.org"], 66, "nobody on the list has this address"),
        (["--as", "who"], 65, "no email address"),
        (["--as", "999"], 66, "no supporter has this id"),
        (["--day", "26.02.2014"], 2, "'26.02.2014' is no day; write it as YYYY-MM-DD"),
        (["--day", "2014-02-30"], 2, "write it as YYYY-MM-DD"),
        (["--segment", "everybody"], 66, "did you mean everyone"),
        (["--segment", "volunteers"], 65, "nobody is in this segment"),
        (["--as", "ada@example.org", "--segment", "x"], 66, "no segment of that name"),
        (["--language", "sw", "--segment", "everyone"], 66, "there are en, ar, es, fr"),
        (["--format", "png"], 2, "say with --out where"),
        (["--segment", "everyone", "--format", "eml"], 2, "say with --out where"),
        (["--format", "eml", "--open"], 2, "--open shows the page"),
        (["--segment", "everyone", "--out", "outreach.toml/x"], 65, "can't be written"),
        (["--out", "outreach.toml"], 65, "take the place of this file"),
        (["--out", "templates"], 65, "not written among messages"),
        (["--as", "ada@example.org", "--out", "segments/x.sql"], 65, "not written among messages"),
        (["--json", "--format", "eml"], 2, "--format goes with --out"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    people: Settings,
    arguments: list[str],
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the exit code of its kind, and nothing on standard output."""
    monkeypatch.chdir(people.root)
    shown = preview(people, *arguments)
    assert (shown.exit_code, shown.stdout) == (code, "")
    assert words in shown.stderr


def test_a_message_that_some_have_not_exits_with_1(people: Settings) -> None:
    """The list shows the first of them, with the place in the file."""
    page = people.templates_dir / NAME / "en.html"
    before, _, after = page.read_text("utf-8").partition("Dear friend")
    page.write_text(f"{before}{{{{ 1 // 0 }}}}{after}", "utf-8")
    shown = preview(people, "--segment", "everyone")
    assert shown.exit_code == 1
    line = before.count("\n") + 1
    assert f"templates/{NAME}/en.html, line {line}" in shown.stdout
    found = run(people, "templates", "variants", NAME, "--segment", "everyone")
    assert found.exit_code == 1
    assert "For 1 of them it can't be made; the first: templates/" in found.stdout


# the opener is left running, as click does it
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
class TestOpen:
    """The page in the browser."""

    @pytest.fixture
    def opened(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A file into which a stand-in for the desktop's opener writes what it is to open."""
        program, log = tmp_path / "bin" / "xdg-open", tmp_path / "opened"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {log}.part\n/bin/mv {log}.part {log}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent))
        return log

    @staticmethod
    def seen(log: Path) -> Path:
        """What was opened; the opener runs beside us."""
        for _ in range(100):
            if log.exists():
                return Path(log.read_text("utf-8"))
            time.sleep(0.05)
        raise AssertionError("nothing was opened")

    def test_a_person_s(self, people: Settings, opened: Path, tmp_path: Path) -> None:
        """In the file that was named, or in one made for it that others can't read."""
        out = tmp_path / "ada.html"
        done = preview(people, "--as", "ada@example.org", "--open", "--out", str(out))
        assert done.exit_code == 0
        assert self.seen(opened) == out
        opened.unlink()
        assert preview(people, "--as", "ada@example.org", "--open").exit_code == 0
        made = self.seen(opened)
        assert "Bonjour" in made.read_text("utf-8")
        assert made.parent.stat().st_mode & 0o077 == 0
        made.unlink()
        made.parent.rmdir()

    def test_a_segment_s(self, people: Settings, opened: Path, tmp_path: Path) -> None:
        """The page that shows all of them."""
        preview(people, "--segment", "everyone", "--open", "--out", str(tmp_path / "all"))
        assert self.seen(opened) == tmp_path / "all" / "index.html"

    def test_without_a_desktop_says_where_the_file_is(
        self, people: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It was written all the same."""
        monkeypatch.setenv("PATH", str(tmp_path))
        done = preview(people, "--open", "--out", str(tmp_path / "x.html"))
        assert done.exit_code == 65
        assert f"{tmp_path}/x.html: no browser could be opened" in done.stderr
        assert (tmp_path / "x.html").exists()


class TestVariants:
    """`outreach templates variants`."""

    def test_lists_versions_for_people(self, people: Settings) -> None:
        """How many get each, one of them, what is different."""
        found = run(people, "templates", "variants", NAME, "--segment", "everyone")
        assert found.exit_code == 0
        assert f"{NAME} to everyone on " in found.stdout
        assert "3 versions." in found.stdout
        assert "1 person in ar, such as f…@example.org (2)" in found.stdout
        assert "3 of 4 people would get it. Left out: 1 opted out." in found.stdout

    def test_lists_versions_for_programs(self, people: Settings) -> None:
        """The same as JSON."""
        arguments = ("variants", NAME, "--segment", "everyone", "--day", "2014-02-26", "--json")
        found = json.loads(run(people, "templates", *arguments).stdout)
        assert (found["audience"], found["people"], found["day"]) == (4, 3, "2014-02-26")
        assert [version["people"] for version in found["versions"]] == [1, 1, 1]
        assert found["excluded"] == {"opted_out": 1}

    def test_needs_a_segment(self, people: Settings) -> None:
        """As only people take a way."""
        assert run(people, "templates", "variants", NAME).exit_code == 2


def test_a_campaign_shows_its_message_as_it_was_planned(people: Settings) -> None:
    """Whatever the files say by now, for one reader, for the telling ones, and for made-up ones."""
    assert run(people, "campaigns", "create", "spring", "--template", NAME, "--segment", "everyone")
    planned = run(people, "campaigns", "plan", "spring", "--day", "2014-02-26")
    assert planned.exit_code == 0, planned.stderr
    for file in (people.templates_dir / NAME).glob("*.html"):
        file.write_text("{% if %}", "utf-8")
    assert run(people, "preview", NAME, "--as", "1").exit_code != 0
    one = run(people, "preview", NAME, "--campaign", "spring", "--as", "ada@example.org")
    assert one.exit_code == 0, one.stderr
    assert "Bonjour Ada" in one.stdout
    several = run(people, "preview", NAME, "--campaign", "spring", "--segment", "everyone")
    assert several.exit_code == 0, several.stderr
    other = run(people, "preview", "launch", "--campaign", "spring")
    assert "the campaign spring sends another message" in other.stderr
    day = run(people, "preview", NAME, "--campaign", "spring", "--day", "2014-01-01")
    assert "what is planned has its own day" in day.stderr
    assert "there is no campaign" in run(people, "preview", NAME, "--campaign", "no").stderr
