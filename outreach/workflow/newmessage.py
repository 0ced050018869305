"""Start a new message: a folder in templates/ with one page a language. Changes no table."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel import Locale

from outreach.compose import languages, starter
from outreach.compose.library import SHARED
from outreach.compose.manifest import FILE_NAME
from outreach.compose.translations import marked, translations
from outreach.errors import AlreadyExists, InputError, NotFound
from outreach.places import language_tag
from outreach.settings import Settings

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_LAYOUT: Final = "layouts/newsletter.html"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that was just begun."""

    name: str
    folder: Path
    #: the default first
    languages: tuple[str, ...]
    #: those for which there are no words yet, only English ones
    to_translate: tuple[str, ...]


def new_message(
    settings: Settings, name: str, *, title: str = "", wanted: Iterable[str] = ()
) -> NewMessage:
    """Begin the message `name` in English and the languages `wanted`, by tag (BCP 47) or by name.

    Nothing is overwritten: there must be no such folder yet. message.toml is written last, so that
    a message half made is not taken for one.

    Raises:
        InputError: the name can't be a folder's, the title is not one line, or there is no such
            language; or the folder can't be written.
        AlreadyExists: there is such a folder.
        NotFound: the workspace lacks the layout that new messages use.
    """
    if name in SHARED:
        raise InputError(
            "this name is taken: it is that of a folder which all messages share", value=name
        )
    if not _NAME.fullmatch(name):
        raise InputError(
            "a message's name is made of letters, digits, hyphens and underscores, at most 60",
            value=name,
        )
    if not title.isprintable():
        raise InputError("a title is one line of text", value=title)
    tags = _tags(wanted)
    if not (settings.templates_dir / _LAYOUT).is_file():
        raise NotFound(
            "new messages use this layout, and it is not there",
            file=settings.templates_dir / _LAYOUT,
            next_step="copy it from a new workspace (`outreach init DIR`)",
        )
    folder = settings.templates_dir / name
    heading = title.strip() or name.replace("-", " ").replace("_", " ").capitalize()
    texts = {f"{tag}.html": _page(tag) for tag in tags}
    texts[FILE_NAME] = (
        f"title = {json.dumps(heading, ensure_ascii=False)}\n"
        f'default_language = "{starter.LANGUAGE}"\n'
    )
    _write(folder, _with_marks(name, texts))
    return NewMessage(name, folder, tags, tuple(tag for tag in tags if not starter.has_words(tag)))


def _tags(wanted: Iterable[str]) -> tuple[str, ...]:
    tags = [starter.LANGUAGE]
    for written in wanted:
        tag = written.strip()
        if not languages.is_language(tag.replace("_", "-")):
            tag = language_tag(tag) or tag
        parts = tag.replace("_", "-").split("-")
        tidy = "-".join([parts[0].lower(), *map(_tidied, parts[1:])])
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", tidy) or not languages.is_language(
            tidy
        ):
            raise InputError(
                "no language has this code or name",
                value=written,
                next_step="write it as in fr, pt-BR or zh-Hant",
            )
        if tidy not in tags:
            tags.append(tidy)
    return tuple(tags)


def _tidied(subtag: str) -> str:
    """Write a country in capitals and a script with one, as BCP 47 recommends."""
    return subtag.upper() if len(subtag) == 2 else subtag.capitalize()


def _page(tag: str) -> str:
    page = starter.page(tag)
    if starter.has_words(tag):
        return page
    spoken = Locale.parse(tag.replace("-", "_")).english_name
    first, _, rest = page.partition("\n")
    return f"{first}\n{{# These words are English still: write them in {spoken}. #}}\n{rest}"


def _with_marks(name: str, texts: dict[str, str]) -> dict[str, str]:
    """Let each translation say from which English it was made; what is English still is none."""
    marks = {
        found.file.rpartition("/")[2]: found.mark
        for found in translations(name, {f"{name}/{file}": text for file, text in texts.items()})
        if starter.has_words(found.language)
    }
    return {
        file: marked(text, marks[file]) if file in marks else text for file, text in texts.items()
    }


def _write(folder: Path, texts: dict[str, str]) -> None:
    try:
        folder.mkdir()
    except FileExistsError:
        raise AlreadyExists("there is a message or folder of that name", file=folder) from None
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        with suppress(OSError):
            shutil.rmtree(folder)
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError(
        f"the message can't be written: {error.strerror}",
        file=folder,
        next_step="check the folder's rights",
    )
