"""Write into language files which text they were made from. Changes no table."""

from __future__ import annotations

from pathlib import Path

from outreach import compose
from outreach.compose import manifest
from outreach.compose.translations import Standing, Translation, marked, translations
from outreach.errors import InputError, NotFound
from outreach.settings import Settings


def mark_translated(settings: Settings, name: str, language: str = "") -> tuple[Translation, ...]:
    """Say that the language files of a message say what the default one says by now.

    Of one language, or of all where none is named. Gives those files that were changed, as they
    stood before.

    Raises:
        NotFound: there is no such message, or no translation into that language.
        TemplateError: a file of it can't be read.
        InputError: a file can't be written.
    """
    frozen = compose.freeze(settings.templates_dir, name, settings.letterhead)
    read = manifest.read(name, frozen.files)
    if language and (language == read.default_language or language not in read.languages):
        others = ", ".join(read.languages[1:]) or "no other language"
        raise NotFound(
            f"this message is not translated into that language; there is {others}", value=language
        )
    wanted = [
        translation
        for translation in translations(name, frozen.files)
        if translation.standing is not Standing.CURRENT
        and (not language or translation.language == language)
    ]
    for translation in wanted:
        _write(settings.templates_dir.parent / translation.file, translation.mark)
    return tuple(wanted)


def _write(path: Path, mark: str) -> None:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        line_end = "\r\n" if "\r\n" in text else "\n"
        new = marked(text.replace("\r\n", "\n"), mark)
        path.write_bytes(new.replace("\n", line_end).encode())
    except OSError as error:
        raise InputError(
            f"the file can't be written: {error.strerror}", file=path, next_step="check its rights"
        ) from error
