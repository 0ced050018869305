"""The messages that come with the program, each in every version, on the day it is written for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache

from making import LETTERHEAD, TEMPLATES, reader

from outreach.compose import Composer, freeze, list_messages
from outreach.model import Message, Safety

#: people whom a layout or a sentence may not expect
TELLING = {
    "no name": {},
    "short name": {"given_name": "Li"},
    "one word without end": {"given_name": "Wolfeschlegelsteinhausenbergerdorff" * 3},
    "many names": {"given_name": "María del Carmen Josefina " * 6, "family_name": "de la Cruz"},
    "right to left": {"given_name": "فاطمة الزهراء", "family_name": "بن يوسف"},
    "marks": {"given_name": "<b>O'Brien</b> & {{ Söhne }}"},
}


@dataclass(frozen=True, slots=True)
class Version:
    """One language of one message, standard or discreet."""

    message: str
    language: str
    discreet: bool

    def __str__(self) -> str:
        return f"{self.message}-{self.language}{'-discreet' if self.discreet else ''}"

    @property
    def source(self) -> str:
        """The language file."""
        suffix = ".discreet.html" if self.discreet else ".html"
        path = TEMPLATES / self.message / f"{self.language}{suffix}"
        return path.read_text("utf-8")

    def compose(self, **names: str) -> Message:
        """Compose it for a person, on its day."""
        return _composed(self, tuple(names.items()))


@cache
def _composed(version: Version, names: tuple[tuple[str, str], ...]) -> Message:
    safety = Safety.DISCREET if version.discreet else Safety.STANDARD
    return composer(version.message).compose(
        reader(language=version.language, safety=safety, **dict(names)),
        datetime.combine(written_for(version.message), time(9), UTC),
    )


@cache
def written_for(message: str) -> date:
    """The day that the message's own file names."""
    text = (TEMPLATES / message / "message.toml").read_text("utf-8")
    found = re.match(r"# Written for (\d{4}-\d\d-\d\d): ", text)
    assert found is not None, f"{message} doesn't say for which day it is written"
    return date.fromisoformat(found[1])


@cache
def composer(message: str) -> Composer:
    """The message on its day."""
    return Composer(freeze(TEMPLATES, message, LETTERHEAD), written_for(message))


def versions() -> list[Version]:
    """Every version of every message."""
    return [
        Version(info.name, path.name.split(".")[0], ".discreet." in path.name)
        for info in list_messages(TEMPLATES)
        for path in sorted((TEMPLATES / info.name).glob("*.html"))
    ]
