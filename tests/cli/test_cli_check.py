"""`templates check`, `templates new` and `test-send` as a person or a script meets them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from outreach.settings import Settings

Run = Callable[..., Result]
MESSAGE = "one-in-two-million"


@pytest.fixture
def run(settings: Settings) -> Run:
    """Run a command in the workspace."""

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--workspace", str(settings.root)])

    return command


def _spoil(settings: Settings, name: str, old: str, new: str) -> None:
    path = settings.templates_dir / MESSAGE / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


class TestCheck:
    """A message looked over."""

    def test_a_message_in_order_exits_with_0(self, run: Run) -> None:
        """And says for how many it was composed."""
        result = run("templates", "check", MESSAGE, "--day", "2014-02-26")
        assert result.exit_code == 0, result.output
        assert "made-up readers in en, ar, es, fr" in result.stdout

    def test_a_misspelt_column_is_told_with_the_nearest_of_the_list(
        self, run: Run, settings: Settings, tmp_path: Path
    ) -> None:
        """Which only the workspace knows."""
        _spoil(settings, "en.html", "<p>", '<p>{{ supporter.attributes.get("Regoin", "") }}')
        assert "[column]" not in run("templates", "check", MESSAGE, "--day", "2014-02-26").stdout
        people = tmp_path / "people.csv"
        people.write_text("email,given_name,Region\nada@example.org,Ada,Katanga\n", "utf-8")
        imported = run("supporters", "import", str(people))
        assert imported.exit_code == 0, imported.output
        result = run("templates", "check", MESSAGE, "--day", "2014-02-26")
        assert "'Regoin', did you mean 'Region'" in " ".join(result.stdout.split())
        assert result.exit_code == 1

    def test_a_warning_exits_with_1_and_says_where_why_and_what_to_do(
        self, run: Run, settings: Settings
    ) -> None:
        """All that is needed to mend it."""
        _spoil(settings, "fr.html", "<p>", '<p><a href="http://example.org">x</a>')
        result = run("templates", "check", MESSAGE, "--day", "2014-02-26")
        assert result.exit_code == 1
        assert f"templates/{MESSAGE}/fr.html, line " in result.stdout
        assert "warning [link-insecure]\n" in result.stdout
        assert ": a link without https: 'http://example.org'\n" in result.stdout
        assert "Why it matters: " in result.stdout
        assert "How to mend it: " in result.stdout
        assert "1 warning" in result.stdout.splitlines()[-1]

    def test_errors_stand_first_and_what_is_the_same_is_said_once(
        self, run: Run, settings: Settings
    ) -> None:
        """Of two links alike, where each is; of both, why and how."""
        two = '<p><a href="http://a.org">x</a> <a href="http://b.org">y</a><a href="/x">z</a>'
        _spoil(settings, "ar.html", "<p>", two)
        said = run("templates", "check", MESSAGE, "--day", "2014-02-26").stdout
        assert said.count("Why it matters: ") == 2
        assert said.index("error [link-target]") < said.index("warning [link-insecure]")
        assert said.index("'http://a.org'") < said.index("'http://b.org'")

    def test_a_broken_file_is_a_finding_and_no_failure(self, run: Run, settings: Settings) -> None:
        """File and line, and the other languages all the same."""
        _spoil(settings, "es.html", '.html" %}\n', '.html" %}\n{{ oh dear }}\n')
        result = run("templates", "check", MESSAGE, "--day", "2014-02-26")
        assert result.exit_code == 1
        assert "es.html, line 2" in result.stdout
        assert "in en, ar, fr" in result.stdout

    def test_json_has_every_finding_whole(self, run: Run, settings: Settings) -> None:
        """For other programs."""
        _spoil(settings, "en.html", "{{ organisation }}", "{{ organization }}")
        result = run("templates", "check", MESSAGE, "--json")
        assert result.exit_code == 1
        read: dict[str, Any] = json.loads(result.stdout)
        (one,) = [found for found in read["findings"] if found["kind"] == "name"]
        assert set(one) == {"kind", "severity", "file", "line", "what", "why", "mend"}
        assert one["file"] == f"templates/{MESSAGE}/en.html"
        assert "did you mean 'organisation'" in one["what"]

    def test_a_day_on_which_a_fact_was_not_true_yet_is_an_error(self, run: Run) -> None:
        """A message is checked as of its own day."""
        result = run("templates", "check", MESSAGE, "--day", "2013-12-20")
        assert result.exit_code == 1
        assert "was not true yet" in result.stdout

    @pytest.mark.parametrize(
        ("name", "code"), [("no-such-message", 66), ("../outreach", 66), ("layouts", 66)]
    )
    def test_what_is_no_message_is_an_error(self, run: Run, name: str, code: int) -> None:
        """Not a finding."""
        assert run("templates", "check", name).exit_code == code

    @pytest.mark.parametrize(
        ("name", "content", "kind"),
        [
            ("message.toml", b"titel = 3", "manifest"),
            ("message.toml", b"\xff", "unreadable"),
            ("fr.html", b"caf\xe9", "unreadable"),
            ("fr.html", b"a\0b", "unreadable"),
            ("en.html", b"\xff", "unreadable"),
            ("../layouts/page.html", b"\xff", "unreadable"),
            ("../facts/cases.toml", b"\xff", "unreadable"),
        ],
    )
    def test_what_cant_be_read_is_found_and_the_rest_is_checked(
        self, run: Run, settings: Settings, name: str, content: bytes, kind: str
    ) -> None:
        """As JSON too, and told once."""
        _spoil(settings, "es.html", "<p>", '<p><span style="position: absolute">x</span>')
        (settings.templates_dir / MESSAGE / name).write_bytes(content)
        result = run("templates", "check", MESSAGE, "--day", "2014-02-26", "--json")
        assert result.exit_code == 1
        found = json.loads(result.stdout)["findings"]
        errors = [one for one in found if one["severity"] == "error"]
        assert [(one["kind"], one["file"].split("/")[-1]) for one in errors] == [
            (kind, name.split("/")[-1])
        ]
        assert "css-dropped" in {one["kind"] for one in found}

    def test_a_folder_that_is_called_like_a_page_is_found(
        self, run: Run, settings: Settings
    ) -> None:
        """It isn't read, and isn't passed over."""
        (settings.templates_dir / MESSAGE / "de.html").mkdir()
        result = run("templates", "check", MESSAGE, "--day", "2014-02-26")
        assert result.exit_code == 1
        assert "de.html" in result.stdout
        assert "it is a folder" in " ".join(result.stdout.split())

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read all")
    @pytest.mark.parametrize("folder", ["layouts", "facts", "styles", MESSAGE])
    def test_a_folder_that_may_not_be_read_is_named(
        self, run: Run, settings: Settings, folder: str
    ) -> None:
        """And not taken for empty."""
        closed = settings.templates_dir / folder
        closed.chmod(0)
        try:
            result = run("templates", "check", MESSAGE, "--day", "2014-02-26", "--json")
            (error,) = [
                one for one in json.loads(result.stdout)["findings"] if one["severity"] == "error"
            ]
            assert error["file"] == f"templates/{folder}"
        finally:
            closed.chmod(0o755)

    def test_a_tally_of_nothing_is_found_and_the_rest_is_checked(
        self, run: Run, settings: Settings
    ) -> None:
        """As where no actions were imported yet."""
        top = "{% block content %}"
        _spoil(settings, "fr.html", top, f'{top}<p>{{{{ tally("spring")|number }}}}</p>')
        _spoil(settings, "en.html", top, f'{top}<a href="/x">x</a>')
        result = run("templates", "check", MESSAGE, "--day", "2014-02-26", "--json")
        kinds = {one["kind"] for one in json.loads(result.stdout)["findings"]}
        assert {"fact", "link-target"} <= kinds

    def test_hostile_files_move_no_cursor(self, run: Run, settings: Settings) -> None:
        """What a template holds is shown as text."""
        _spoil(settings, "en.html", "<p>", '<p><a href="http://x.org/\x1b[2J">x</a>')
        assert "\x1b" not in run("templates", "check", MESSAGE).stdout


class TestNew:
    """A message begun."""

    def test_lacks_only_words_of_its_own_in_all_languages_asked_for(
        self, run: Run, settings: Settings
    ) -> None:
        """What is still to be written is all that the check finds."""
        result = run(
            *("templates", "new", "spring-letter", "--title", 'Ada\'s "spring" \\ letter'),
            *("--language", "fr", "--language", "AR", "--language", "pt_br", "--language", "sw"),
        )
        assert result.exit_code == 0, result.output
        assert "Still in English: pt-BR.html, sw.html." in result.stdout
        checked = run("templates", "check", "spring-letter", "--json")
        assert checked.exit_code == 1, checked.output
        found = json.loads(checked.stdout)["findings"]
        assert {one["kind"] for one in found} == {"placeholder", "language-untranslated"}
        untranslated = [one["file"] for one in found if one["kind"] == "language-untranslated"]
        assert [file.split("/")[-1] for file in untranslated] == ["pt-BR.html", "sw.html"]
        listed = json.loads(run("templates", "list", "--json").stdout)
        (made,) = [one for one in listed if one["name"] == "spring-letter"]
        assert made["title"] == 'Ada\'s "spring" \\ letter'
        assert set(made["languages"]) == {"en", "fr", "ar", "pt-BR", "sw"}

    def test_passes_the_check_once_it_has_words_of_its_own(
        self, run: Run, settings: Settings
    ) -> None:
        """In each language: nothing else is left to mend."""
        run("templates", "new", "spring", "--language", "fr", "--language", "es")
        own = {"en": "We won, and so did you.", "fr": "Nous avons gagné.", "es": "Hemos ganado."}
        for language, words in own.items():
            path = settings.templates_dir / "spring" / f"{language}.html"
            text = re.sub(r"<p>[^<{]+</p>", f"<p>{words}</p>", path.read_text("utf-8"))
            path.write_text(text, encoding="utf-8")
        assert run("templates", "translated", "spring").exit_code == 0
        checked = run("templates", "check", "spring", "--json")
        assert json.loads(checked.stdout)["findings"] == []

    @pytest.mark.parametrize("language", ["fr", "es", "ar"])
    def test_words_of_our_own_are_in_their_language(
        self, run: Run, settings: Settings, language: str
    ) -> None:
        """And can be previewed at once."""
        run("templates", "new", "x", "--language", language)
        english = run("preview", "x").stdout
        other = run("preview", "x", "--language", language)
        assert other.exit_code == 0
        assert "Say in a sentence" in english
        assert "Say in a sentence" not in other.stdout

    def test_a_language_may_be_called_by_its_name(self, run: Run, settings: Settings) -> None:
        """As where people and segments are concerned."""
        made = run("templates", "new", "x", "--language", "German", "--language", "français")
        assert made.exit_code == 0
        names = {file.name for file in (settings.templates_dir / "x").iterdir()}
        assert names == {"en.html", "de.html", "fr.html", "message.toml"}

    def test_overwrites_nothing(self, run: Run, settings: Settings) -> None:
        """Not even a folder that is no message."""
        before = (settings.templates_dir / MESSAGE / "en.html").read_bytes()
        assert run("templates", "new", MESSAGE).exit_code == 73
        assert (settings.templates_dir / MESSAGE / "en.html").read_bytes() == before
        (settings.templates_dir / "notes").mkdir()
        assert run("templates", "new", "notes").exit_code == 73
        assert list((settings.templates_dir / "notes").iterdir()) == []

    @pytest.mark.parametrize(
        "arguments",
        [
            ("../x",),
            ("layouts",),
            ("a b",),
            (".hidden",),
            ("",),
            ("x", "--language", "klingon"),
            ("x", "--language", "../fr"),
            ("x", "--title", "two\nlines"),
        ],
    )
    def test_bad_input_makes_nothing(
        self, run: Run, settings: Settings, arguments: tuple[str, ...]
    ) -> None:
        """No half a message is left."""
        before = sorted(settings.templates_dir.rglob("*"))
        assert run("templates", "new", *arguments).exit_code == 65
        assert sorted(settings.templates_dir.rglob("*")) == before

    def test_without_the_layout_says_what_is_missing(self, run: Run, settings: Settings) -> None:
        """A message that can't be made is not begun."""
        (settings.templates_dir / "layouts" / "newsletter.html").unlink()
        result = run("templates", "new", "x")
        assert result.exit_code == 66
        assert "newsletter.html" in result.stderr
        assert not (settings.templates_dir / "x").exists()


class TestList:
    """Which messages there are."""

    def test_a_broken_one_is_a_row_and_the_others_are_listed(
        self, run: Run, settings: Settings
    ) -> None:
        """Why it can't be used stands below."""
        (settings.templates_dir / MESSAGE / "fr.html").write_bytes(b"\xff")
        result = run("templates", "list")
        assert result.exit_code == 0
        assert re.search(rf"{MESSAGE} +broken", result.stdout)
        assert "fr.html, line 1: this file is not UTF-8 text" in result.stdout
        assert re.search(r"good-news +en fr +yes", result.stdout)


class TestTestSend:
    """One person's message to somebody in the house."""

    @pytest.fixture(autouse=True)
    def ada(self, run: Run) -> None:
        """Somebody on the list."""
        run("supporters", "add", "ada@example.org", "--given-name", "Ada", "--language", "fr")

    def test_says_where_it_went_and_claims_no_delivery(self, run: Run, settings: Settings) -> None:
        """The outbox sends nothing, and that is said."""
        result = run("test-send", MESSAGE, "--as", "ada@example.org", "--to", "me@house.example")
        assert result.exit_code == 0, result.output
        assert "written to the outbox and not sent" in result.stdout
        (mail,) = (settings.outbox_dir / "new").iterdir()
        assert str(mail) in result.stdout
        assert "because they asked for fr" in result.stdout
        assert "deliver" not in result.stdout

    def test_takes_several_addresses(self, run: Run, settings: Settings) -> None:
        """Written one after another, or each after its own --to."""
        several = ("--to", "a@house.example", "b@house.example", "--to", "c@house.example")
        result = run("test-send", MESSAGE, "--as", "ada@example.org", *several, "--json")
        assert [test["address"] for test in json.loads(result.stdout)["tests"]] == [
            "a@house.example",
            "c@house.example",
            "b@house.example",
        ]
        assert len(list((settings.outbox_dir / "new").iterdir())) == 3

    def test_wants_both_addresses(self, run: Run) -> None:
        """Nobody is written to by default."""
        assert run("test-send", MESSAGE, "--as", "ada@example.org").exit_code == 2
        assert run("test-send", MESSAGE, "--to", "me@house.example").exit_code == 2

    def test_a_server_that_cant_be_reached_is_an_error(self, run: Run, settings: Settings) -> None:
        """And nothing is claimed."""
        toml = settings.root / "outreach.toml"
        text = toml.read_text(encoding="utf-8").replace('"outbox"', '"smtp"', 1)
        text = text.replace('host = "localhost"', 'host = "127.0.0.1"').replace("587", "1", 1)
        toml.write_text(text, encoding="utf-8")
        result = run("test-send", MESSAGE, "--as", "ada@example.org", "--to", "me@house.example")
        assert result.exit_code == 69
        assert result.stdout == ""


def test_the_skeletons_travel_with_the_program() -> None:
    """A wheel holds the words that a new message begins with."""
    import outreach

    folder = Path(outreach.__file__).parent / "compose" / "skeleton"
    assert {path.name for path in folder.iterdir()} == {"en.html", "fr.html", "es.html", "ar.html"}
