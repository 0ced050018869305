"""Which language files say what the default one says by now, and which are older than it. Pure.

Dates won't do: git keeps no times of files, and who mends a slip in the English file does not think
of a date elsewhere. So a translation says which text it was made from, by a short hash of it:

    {# translated from en.html 3f2a9c1b #}

Once en.html says something else, the hash no longer fits, and its translations are older than it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from outreach.compose import manifest
from outreach.compose.manifest import shown_path

_MARK: Final = re.compile(r"\{#-?\s*translated from (\S+) ([0-9a-f]{8})\s*-?#\}[ \t]*\n?")


class Standing(StrEnum):
    """How a translation stands to its original."""

    CURRENT = "current"
    #: the original has changed since
    OLDER = "older"
    #: it doesn't say from which text it was made
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Translation:
    """One language file that is not of the default language."""

    #: as people find it: templates/NAME/fr.html
    file: str
    language: str
    #: name of the file in the default language: en.html
    original: str
    standing: Standing
    #: where its mark stands; None without one
    line: int | None
    #: what the mark must be once it says the same as the original
    mark: str


def translations(name: str, files: Mapping[str, str]) -> tuple[Translation, ...]:
    """Say how each translation of the message `name` stands; `files` is path -> text.

    Discreet pages and texts are compared with the discreet page and the text of the default
    language. A file whose original does not exist is no translation.

    Raises:
        TemplateError: message.toml can't be used.
    """
    default = manifest.read(name, files).default_language
    found = []
    for path, version in manifest.version_files(name, files):
        language, discreet, kind = version.groups(default="")
        original = f"{default}{discreet}.{kind}"
        if language != default and f"{name}/{original}" in files:
            text, standard = files[path], files[f"{name}/{original}"]
            found.append(_translation(path, language, text, original, standard))
    return tuple(found)


def marked(text: str, mark: str) -> str:
    """Give the text of a translation with this mark instead of the one it had."""
    if _MARK.search(text):
        return _MARK.sub(lambda _: f"{mark}\n", text, count=1)
    return f"{text.rstrip()}\n{mark}\n"


def _translation(
    path: str, language: str, text: str, original: str, original_text: str
) -> Translation:
    digest = _hash(original_text)
    mark = f"{{# translated from {original} {digest} #}}"
    said = _MARK.search(text)
    if said is None:
        return Translation(shown_path(path), language, original, Standing.UNKNOWN, None, mark)
    standing = Standing.CURRENT if said.groups() == (original, digest) else Standing.OLDER
    line = text.count("\n", 0, said.start()) + 1
    return Translation(shown_path(path), language, original, standing, line, mark)


def _hash(text: str) -> str:
    """Hash what a text says, whatever stands at the ends of its lines."""
    lines = [line.rstrip() for line in _MARK.sub("", text).strip().split("\n")]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]
