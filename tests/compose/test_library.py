"""The library of messages, and what a frozen one is."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import LETTERHEAD, TEMPLATES, page

from outreach.compose import FrozenMessage, freeze, list_messages
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
        file = "message.toml" if problem.startswith("no file") else name.rpartition("/")[2]
        assert (caught.value.file, caught.value.line) == (f"templates/m/{file}", line)
