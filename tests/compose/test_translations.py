"""Which language files are older than the default one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import message, page

from outreach.compose import list_messages
from outreach.compose.translations import Standing, Translation, marked, translations
from outreach.errors import NotFound
from outreach.settings import Settings
from outreach.workflow.translations import mark_translated


def _found(files: dict[str, str]) -> list[Translation]:
    return list(translations("m", message(files).files))


def _brought_up_to_date(files: dict[str, str]) -> dict[str, str]:
    done = dict(files)
    for found in _found(files):
        path = found.file.removeprefix("templates/")
        done[path] = marked(done[path], found.mark)
    return done


FILES = {
    "m/fr.html": page("<p>Bonjour</p>"),
    "m/en.discreet.html": page("<p>quiet</p>"),
    "m/fr.discreet.html": page("<p>tranquille</p>"),
    "m/fr.txt": "Bonjour",
    "m/part.html": "x",
}


def test_a_file_that_says_nothing_is_not_known() -> None:
    """It is not called older, nor current. A text without a default one is no translation."""
    assert [(found.file, found.original, found.standing) for found in _found(FILES)] == [
        ("templates/m/fr.html", "en.html", Standing.UNKNOWN),
        ("templates/m/fr.discreet.html", "en.discreet.html", Standing.UNKNOWN),
    ]


def test_a_marked_file_is_older_once_the_default_one_has_changed() -> None:
    """And current again once somebody has brought it up to date."""
    files = _brought_up_to_date(FILES)
    assert {found.standing for found in _found(files)} == {Standing.CURRENT}
    files["m/en.html"] = page("<p>Hello, all of you</p>")
    older, current = _found(files)
    assert (older.standing, current.standing) == (Standing.OLDER, Standing.CURRENT)
    assert older.line == files["m/fr.html"].count("\n")
    again = _brought_up_to_date(files)
    assert again["m/fr.html"].count("translated from") == 1
    assert {found.standing for found in _found(again)} == {Standing.CURRENT}


def test_what_the_translation_says_makes_no_difference() -> None:
    """Nor do spaces at the ends of lines in the default one."""
    files = _brought_up_to_date(FILES)
    files["m/fr.html"] = files["m/fr.html"].replace("Bonjour", "Salut")
    files["m/en.html"] = page("<p>Hello</p>").replace("\n", "  \n") + "\n\n"
    assert {found.standing for found in _found(files)} == {Standing.CURRENT}


@given(st.text(st.characters(exclude_characters="\r"), max_size=200))
def test_a_mark_takes_nothing_from_a_file(text: str) -> None:
    """But space at its end."""
    once = marked(text, "{# translated from en.html 0123abcd #}")
    assert once.startswith(text.rstrip())
    assert marked(once, "{# translated from en.html 0123abcd #}") == once


class TestInAWorkspace:
    """The command that a translator runs."""

    def test_says_that_a_translation_is_up_to_date(self, settings: Settings) -> None:
        """Once; the second time there is nothing to change."""
        folder = settings.templates_dir / "one-in-two-million"
        page_en = folder / "en.html"
        page_en.write_text(page_en.read_text("utf-8").replace("<h1>", "<h1>! "), encoding="utf-8")
        assert _older(settings) == ("ar.html", "es.html", "fr.html")
        assert [t.language for t in mark_translated(settings, folder.name, "fr")] == ["fr"]
        assert mark_translated(settings, folder.name, "fr") == ()
        assert _older(settings) == ("ar.html", "es.html")
        assert len(mark_translated(settings, folder.name)) == 2
        assert _older(settings) == ()

    def test_keeps_a_files_line_ends(self, settings: Settings) -> None:
        """Whatever program wrote them."""
        file = settings.templates_dir / "one-in-two-million" / "fr.html"
        before = file.read_bytes().replace(b"\n", b"\r\n").replace(b"translated", b"made")
        file.write_bytes(before)
        mark_translated(settings, "one-in-two-million", "fr")
        after = file.read_bytes()
        assert after.startswith(before.rstrip())
        assert b"\n" not in after.replace(b"\r\n", b"")

    @pytest.mark.parametrize("language", ["en", "xx", "../fr"])
    def test_knows_only_the_messages_languages(self, settings: Settings, language: str) -> None:
        """The default one is no translation."""
        with pytest.raises(NotFound, match="ar, es, fr"):
            mark_translated(settings, "one-in-two-million", language)


def _older(settings: Settings) -> tuple[str, ...]:
    (found,) = [
        info for info in list_messages(settings.templates_dir) if info.name == "one-in-two-million"
    ]
    return found.older


def test_the_shipped_translations_are_up_to_date() -> None:
    """Somebody looked at each after the last change of its original."""
    library = Path(__file__).parents[2] / "templates"
    assert [info.name for info in list_messages(library) if info.older] == []
