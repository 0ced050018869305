"""A message's `message.toml`, and which files of its folder are which version of it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from outreach import tomlfiles
from outreach.compose import languages
from outreach.errors import TemplateError, shown
from outreach.model import MessageKind
from outreach.tomlfiles import TomlText

FILE_NAME: Final = "message.toml"
_KEYS: Final = ("title", "default_language", "kind", "answers")
_NEEDED: Final = ("title", "default_language")
#: fr.html, pt-BR.discreet.html, ar.txt; other names in the folder are parts to include
_VERSION: Final = re.compile(r"([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)(\.discreet)?\.(html|txt)")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a message is called and the languages it is written in."""

    title: str
    default_language: str
    #: tags in order, the default first
    languages: tuple[str, ...]
    #: those that have a discreet version too; empty, or with the default first
    discreet_languages: tuple[str, ...]
    #: who said no to this kind doesn't get it; None goes to everybody
    kind: MessageKind | None = None
    #: staff answer people with it; others are for many readers, or go by themselves
    answers: bool = False


def read(name: str, files: Mapping[str, str]) -> Manifest:
    """Read the manifest of the message `name` from its files (path -> text).

    Raises:
        TemplateError: it is not TOML, says something unknown or lacks something, or a language
            file is missing.
    """
    path = f"{name}/{FILE_NAME}"
    file = shown_path(path)
    if path not in files:
        raise TemplateError("a message needs this file", file=file)
    toml = tomlfiles.read(file, files[path], TemplateError)
    for key in toml.data:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            meant = f", did you mean {shown(near[0])}" if near else ""
            raise TemplateError(
                f"a message has no such key{meant}; it has {', '.join(_KEYS)}",
                file=file,
                line=toml.line("", name=key) or toml.line(key),
                value=key,
            )
    title, default = (_text(toml, key) for key in _NEEDED)
    kind = _kind(toml)
    html, discreet = _versions(name, files)
    for found, suffix in ((html, ".html"), (discreet, ".discreet.html")):
        if default not in found and (found or suffix == ".html"):
            raise TemplateError(
                f"the default language has no file {default}{suffix}",
                file=file,
                line=toml.line("", name="default_language"),
                value=default,
                next_step="write that file, or name another language",
            )
    return Manifest(
        title,
        default,
        _ordered(html, default),
        _ordered(discreet, default),
        kind,
        _answers(toml),
    )


def _kind(toml: TomlText) -> MessageKind | None:
    if "kind" not in toml.data:
        return None
    word = _text(toml, "kind")
    if word not in list(MessageKind):
        raise TemplateError(
            f"there is no such kind of message; there are {', '.join(MessageKind)}",
            file=toml.file,
            line=toml.line("", name="kind"),
            value=word,
        )
    return MessageKind(word)


def _answers(toml: TomlText) -> bool:
    value = toml.data.get("answers", False)
    if not isinstance(value, bool):
        raise TemplateError(
            "whether people are answered with a message is true or false, without quotes",
            file=toml.file,
            line=toml.line("", name="answers"),
            value=value,
        )
    return value


def shown_path(path: str) -> str:
    """Name a file of the library as people find it."""
    return f"templates/{path}"


def version_files(name: str, files: Iterable[str]) -> Iterator[tuple[str, re.Match[str]]]:
    """Give the paths of a message's language files, and their language, discreetness and kind."""
    for path in files:
        folder, _, file_name = path.rpartition("/")
        version = _VERSION.fullmatch(file_name)
        if folder == name and version is not None:
            yield path, version


def _versions(name: str, files: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Give the languages that have a page, and those that have a discreet one."""
    pages: tuple[set[str], set[str]] = (set(), set())
    told: dict[str, str] = {}
    for path, version in version_files(name, files):
        language, discreet, kind = version.groups()
        other = told.setdefault(path.casefold(), path)
        if other != path:
            raise TemplateError(
                f"a second file for one language, beside {other.rpartition('/')[2]}",
                file=shown_path(path),
                next_step="keep one of them",
            )
        if not languages.is_language(language):
            raise TemplateError(
                "no language has this code",
                file=shown_path(path),
                value=language,
                next_step="name the file by its language: fr.html, pt-BR.html; a part that others"
                " include needs a longer name: middle.html",
            )
        if kind == "html":
            pages[bool(discreet)].add(language)
        elif path.removesuffix("txt") + "html" not in files:
            raise TemplateError(
                "a text without its page",
                file=shown_path(path),
                next_step="write the .html file beside it too",
            )
    return pages


def _ordered(tags: Iterable[str], default: str) -> tuple[str, ...]:
    return tuple(sorted(tags, key=lambda tag: (tag != default, tag)))


def _text(toml: TomlText, key: str) -> str:
    value = toml.data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise TemplateError(
            f"a message needs {key}: a text in quotes",
            file=toml.file,
            line=toml.line("", name=key),
            value=value,
        )
    return value.strip()
