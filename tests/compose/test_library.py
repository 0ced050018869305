"""The library of messages, and what a frozen one is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from making import DAY, LETTERHEAD, MOMENT, TEMPLATES, page, reader

from outreach.compose import Composer, FrozenMessage, freeze, list_messages, read_draft
from outreach.compose.library import Draft
from outreach.errors import NotFound, TemplateError


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library with one message."""
    _write(tmp_path, "m/message.toml", 'title = "A message"\ndefault_language = "fr"\n')
    for name in ("fr.html", "en.html", "pt-BR.html"):
        _write(tmp_path, f"m/{name}", page("<p>x</p>"))
    _write(tmp_path, "layouts/plain.html", "{% block content %}{% endblock %}")
    _write(tmp_path, "styles/plain.css", "p { color: red }")
    return tmp_path


def _write(root: Path, name: str, content: str | bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


class TestList:
    """What the library holds."""

    def test_names_the_shipped_message_in_four_languages(self) -> None:
        """The default language stands first."""
        found = {info.name: info.languages for info in list_messages(TEMPLATES)}
        assert found["one-in-two-million"] == ("en", "ar", "es", "fr")

    def test_tells_which_have_a_discreet_version(self, library: Path) -> None:
        """People who are discreet can be planned for."""
        assert not list_messages(library)[0].discreet
        _write(library, "m/fr.discreet.html", page("<p>y</p>"))
        assert list_messages(library)[0].discreet

    def test_names_one_that_cant_be_used_with_the_reason(self, library: Path) -> None:
        """It hides none of the others."""
        _write(library, "broken/message.toml", "title =")
        _write(library, ".hidden/message.toml", "title =")
        _write(library, "notes/readme.txt", "no message")
        broken, sound = list_messages(library)
        assert (broken.name, sound.name, sound.broken) == ("broken", "m", "")
        assert broken.broken.startswith("templates/broken/message.toml: not TOML")

    def test_of_no_folder_is_empty(self, tmp_path: Path) -> None:
        """A workspace without messages is no error."""
        assert list_messages(tmp_path / "templates") == []


class TestFreeze:
    """All that a message can need, as values."""

    def test_outlives_the_folder(self, library: Path) -> None:
        """A planned campaign sends what was planned, whatever is edited afterwards."""
        frozen = freeze(library, "m", LETTERHEAD)
        before = frozen.content
        _write(library, "m/fr.html", "changed")
        assert frozen.content == before
        assert freeze(library, "m", LETTERHEAD).content_hash != frozen.content_hash

    def test_thaws_to_the_same(self, library: Path) -> None:
        """What the database keeps gives back the message."""
        frozen = freeze(library, "m", LETTERHEAD)
        thawed = FrozenMessage.thaw(frozen.content)
        assert (thawed.content_hash, thawed.letterhead) == (frozen.content_hash, LETTERHEAD)

    @pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": "m"}', "\0"])
    def test_of_nonsense_is_refused(self, content: str) -> None:
        """A damaged row is an error of ours, not of Python's."""
        with pytest.raises(TemplateError, match="frozen"):
            FrozenMessage.thaw(content)

    def test_has_one_hash_on_every_system(self, library: Path) -> None:
        """Line ends, a BOM and files that are no text of the message make no difference."""
        before = freeze(library, "m", LETTERHEAD).content_hash
        text = (library / "m/en.html").read_bytes()
        _write(library, "m/en.html", b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
        _write(library, "m/photo.png", b"\x89PNG\xff")
        _write(library, "m/.en.html.swp", b"\xff")
        assert freeze(library, "m", LETTERHEAD).content_hash == before

    def test_of_an_unknown_name_gives_the_nearest(self, library: Path) -> None:
        """A slip is told."""
        with pytest.raises(NotFound, match="did you mean 'one-in-two-million'"):
            freeze(TEMPLATES, "one-in-to-million", LETTERHEAD)

    @pytest.mark.parametrize("name", ["../m", "layouts", "", "m/../m", "/etc"])
    def test_takes_names_and_no_paths(self, library: Path, name: str) -> None:
        """Only what the library lists can be frozen."""
        with pytest.raises(NotFound):
            freeze(library, name, LETTERHEAD)

    @pytest.mark.parametrize(
        ("name", "content", "line", "problem"),
        [
            ("m/message.toml", 'title = "x"\ndefault_langage = "fr"\n', 2, "did you mean"),
            ("m/message.toml", 'title = "x"\n\ndefault_language = "sw"\n', 3, "no file sw.html"),
            ("m/message.toml", 'title = 3\ndefault_language = "fr"\n', 1, "needs title"),
            ("m/message.toml", 'title = "x"\nx =\n', 2, "not TOML"),
            ("m/xx.html", "", None, "no language has this code"),
            ("m/sw.txt", "", None, "without its page"),
            ("m/en.discreet.html", "", 2, "no file fr.discreet.html"),
            ("m/EN.html", "", None, "second file for one language"),
            ("m/de.html/x.png", b"\x89PNG", None, "it is a folder"),
            ("m/en.html", b"one\ntwo \xe9\n", 2, "not UTF-8"),
            ("m/en.html", "x".encode("utf-16-le"), None, "not text"),
            ("m/en.html", b"x" * 1_000_001, None, "larger than 1 MB"),
            ("m/en.html", "one\r\ntwo\x0c", 2, "can't stand in a mail"),
            ("m/en.html", "one\n\ntwo\ufdd4", 3, r"can't stand in a mail .*U\+FDD4"),
            ("m/en.html", "\ufffe", 1, "can't stand in a mail"),
        ],
    )
    def test_refuses_a_broken_message(
        self, library: Path, name: str, content: str | bytes, line: int | None, problem: str
    ) -> None:
        """With the file and the line to mend."""
        _write(library, name, content)
        with pytest.raises(TemplateError, match=problem) as caught:
            freeze(library, "m", LETTERHEAD)
        file = "message.toml" if problem.startswith("no file") else name.split("/")[1]
        assert caught.value.file is not None
        assert caught.value.file.casefold() == f"templates/m/{file}".casefold()
        assert caught.value.line == line


class TestDraft:
    """A message as it lies there."""

    @pytest.mark.parametrize("name", ["m/en.html", "layouts/plain.html", "m/message.toml"])
    def test_keeps_what_can_be_read_and_why_the_rest_cant(self, library: Path, name: str) -> None:
        """A file that can't be read is still one of the message's."""
        _write(library, name, b"\xff")
        draft = read_draft(library, "m", LETTERHEAD)
        assert [(path, error.problem) for path, error in draft.unread.items()] == [
            (name, "this file is not UTF-8 text")
        ]
        assert draft.frozen.files[name] == ""
        assert "m/fr.html" in draft.frozen.files

    def test_of_a_sound_message_is_what_is_frozen(self, library: Path) -> None:
        """Nothing is lost or added."""
        draft = read_draft(library, "m", LETTERHEAD)
        assert draft == Draft(freeze(library, "m", LETTERHEAD), {})

    def test_is_composed_where_it_can_be(self, library: Path) -> None:
        """The reason is told to whoever would get what can't be read."""
        _write(
            library, "layouts/plain.html", "<html><body>{% block content %}{% endblock %}</body>"
        )
        _write(library, "m/en.html", b"\xff")
        _write(library, "m/pt-BR.html", page("{{ nobody }}"))
        draft = read_draft(library, "m", LETTERHEAD)
        composer = Composer(draft.frozen, DAY, unread=draft.unread)
        assert composer.compose(reader(language="fr"), MOMENT).language == "fr"
        with pytest.raises(TemplateError, match="not UTF-8 text"):
            composer.compose(reader(language="en"), MOMENT)
        with pytest.raises(TemplateError, match="'nobody' is no name"):
            composer.compose(reader(language="pt"), MOMENT)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read all")
@pytest.mark.parametrize("folder", ["m", "layouts", "styles"])
def test_a_folder_that_may_not_be_read_is_not_taken_for_empty(library: Path, folder: str) -> None:
    """It is named, and other messages are listed."""
    (library / folder).chmod(0)
    try:
        with pytest.raises(TemplateError, match="this folder can't be read") as caught:
            freeze(library, "m", LETTERHEAD)
        assert caught.value.file == f"templates/{folder}"
        assert [info.name for info in list_messages(library)] == ["m"]
    finally:
        (library / folder).chmod(0o755)
