"""Preview: the same message that would be sent, with links that do nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from outreach import compose, tokens
from outreach.cli import main
from outreach.errors import InputError, NotFound
from outreach.model import Reader
from outreach.settings import Settings
from outreach.store import signing_keys
from outreach.supporters import roll
from outreach.tokens import Purpose
from outreach.workflow.preview import explained_preview, preview

NAME = "one-in-two-million"


@pytest.fixture
def ada(db: Database) -> str:
    """A supporter in Togo who never said her language."""
    db.conn.execute(
        "INSERT INTO supporters (email, given_name, country)"
        " VALUES ('ada@example.org', 'Ada', 'TG')"
    )
    return "ada@example.org"


def test_is_what_dispatch_composes(
    db: Database, settings: Settings, ada: str, now: datetime
) -> None:
    """The same call over the same values: the same bytes, but for the tokens."""
    shown = preview(db, settings, NAME, email=ada, now=now)
    frozen = compose.freeze(settings.templates_dir, NAME, settings.letterhead)
    supporter = roll.find(db, ada)
    assert supporter is not None
    key, _ = signing_keys(db, now)
    token = tokens.sign(key, Purpose.NOTHING, supporter.supporter_id)
    composer = compose.Composer(frozen, now.date())
    assert composer.compose(Reader(supporter, token, token, token), now) == shown


def test_its_links_do_nothing(db: Database, settings: Settings, ada: str, now: datetime) -> None:
    """A staff member who tries the links unsubscribes nobody."""
    shown = preview(db, settings, NAME, email=ada, now=now)
    _, keys = signing_keys(db, now)
    token = shown.reply_to.partition("+")[2].partition("@")[0]
    assert tokens.read(keys, Purpose.NOTHING, token) is not None
    assert tokens.read(keys, Purpose.REPLY, token) is None
    assert tokens.read(keys, Purpose.UNSUBSCRIBE, token) is None


def test_says_why_the_language(db: Database, settings: Settings, ada: str, now: datetime) -> None:
    """What decided is told in words."""
    shown = explained_preview(db, settings, NAME, email=ada, now=now)
    assert (shown.message.language, "country, TG" in shown.language_reason) == ("fr", True)
    asked = explained_preview(db, settings, NAME, email=ada, language="ar", now=now)
    assert (asked.message.language, "asks for ar" in asked.language_reason) == ("ar", True)


def test_states_what_was_true_on_the_day(db: Database, settings: Settings, now: datetime) -> None:
    """`day` is another than today."""
    early = preview(db, settings, NAME, day=date(2014, 1, 1), now=now)
    assert "1.4 million" in early.text


def test_of_a_stranger_is_refused(db: Database, settings: Settings, now: datetime) -> None:
    """Nobody is made up in the place of a person who was named."""
    with pytest.raises(NotFound, match="nobody on the list"):
        preview(db, settings, NAME, email="who@example.org", now=now)
    with pytest.raises(InputError, match="no email address"):
        preview(db, settings, NAME, email="who", now=now)
    with pytest.raises(NotFound, match="there are en, ar, es, fr"):
        preview(db, settings, NAME, language="sw", now=now)


@pytest.fixture
def run(settings: Settings) -> Callable[..., tuple[int, bytes, str]]:
    """Run a command in the workspace: exit code, standard output, standard error."""

    def command(*words: str) -> tuple[int, bytes, str]:
        done = CliRunner().invoke(main, [*words, "--workspace", str(settings.root)])
        return done.exit_code, done.stdout_bytes, done.stderr

    return command


class TestCommands:
    """`outreach preview` and `outreach templates` as people use them."""

    def test_preview_shows_headers_and_text(
        self, run: Callable[..., tuple[int, bytes, str]]
    ) -> None:
        """On standard output the message, on standard error the reason for its language."""
        code, out, err = run("preview", NAME, "--language", "fr", "--day", "2014-02-26")
        assert code == 0
        assert "Subject: Vous êtes 1 sur 2" in out.decode()
        assert err == (
            "In fr, because --language asks for fr.\n"
            "The reader is made up: --as shows what somebody on the list gets.\n"
        )

    def test_preview_writes_the_whole_mail_to_a_file(
        self, run: Callable[..., tuple[int, bytes, str]], tmp_path: Path
    ) -> None:
        """Byte for byte, also on systems that translate line ends."""
        target = tmp_path / "x.eml"
        code, out, _ = run("preview", NAME, "--format", "eml", "--out", str(target))
        assert (code, out) == (0, b"")
        assert target.read_bytes().startswith(b"From: Sam Example <")
        assert b"\r\n\r\n" in target.read_bytes()

    def test_preview_into_nowhere_is_a_sentence(
        self, run: Callable[..., tuple[int, bytes, str]], tmp_path: Path
    ) -> None:
        """Not a traceback."""
        code, _, err = run("preview", NAME, "--out", str(tmp_path / "no" / "x"))
        assert code == 65
        assert "can't be written" in err

    def test_a_broken_template_is_a_sentence_with_its_line(
        self, run: Callable[..., tuple[int, bytes, str]], settings: Settings
    ) -> None:
        """Exit code 65, the place, and the name that was meant."""
        path = settings.templates_dir / NAME / "fr.html"
        path.write_text(path.read_text("utf-8") + "{{ suporter.given_name }}\n", "utf-8")
        code, _, err = run("preview", NAME, "--language", "fr")
        assert code == 65
        assert f"templates/{NAME}/fr.html, line " in err
        assert "did you mean 'supporter'" in err
        assert run("preview", NAME)[0] == 0, "English has nothing to do with it"

    def test_templates_list_is_json_for_programs(
        self, run: Callable[..., tuple[int, bytes, str]]
    ) -> None:
        """The same that the table says."""
        code, out, _ = run("templates", "list", "--json")
        assert code == 0
        listed = {row["name"]: row["discreet"] for row in json.loads(out)}
        assert (listed[NAME], listed["organiser-welcome"]) == (False, True)
        assert NAME in run("templates", "list")[1].decode()
