"""What is left of a message once what is broken is taken out of it, so that the rest is checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from outreach.compose import manifest
from outreach.compose.library import SHARED, FrozenMessage
from outreach.compose.manifest import FILE_NAME, shown_path
from outreach.errors import TemplateError


@dataclass(frozen=True, slots=True)
class Mended:
    """A message without the files that can't be used."""

    #: None where no page is left
    message: FrozenMessage | None
    #: what is wrong with message.toml or the names of files
    errors: tuple[TemplateError, ...]
    #: paths that are missing in it although they are there, and folders
    gone: frozenset[str]


def mended(frozen: FrozenMessage, unread: Mapping[str, TemplateError]) -> Mended:
    """Take out of a message what can't be read, is named wrongly, or stands wrongly in its toml.

    `unread` is path -> why it could not be read.
    """
    errors: list[TemplateError] = []
    gone = set(unread)
    toml = f"{frozen.name}/{FILE_NAME}"
    if frozen.name in gone:
        return Mended(None, tuple(errors), frozenset(gone))
    left: FrozenMessage | None = _only(frozen, {p for p in frozen.files if p not in gone})
    while left is not None:
        try:
            manifest.read(left.name, left.files)
        except TemplateError as error:
            path = (error.file or "").removeprefix(shown_path(""))
            wanted = _default(frozen.files.get(toml, ""))
            pages = {f"{frozen.name}/{wanted}{kind}.html" for kind in ("", ".discreet")}
            # that a page is missing which can't be read is no news
            if path not in gone and not (path == toml and pages & gone):
                errors.append(error)
            gone.add(path)
            if path == toml:
                left = _with_default(left, wanted)
            else:
                left = _only(left, set(left.files) - {path})
        else:
            break
    return Mended(left, tuple(errors), frozenset(gone))


def without(frozen: FrozenMessage, broken: Collection[str]) -> FrozenMessage | None:
    """Give the message without the language files that are broken; None if nothing is left."""
    if not broken:
        return frozen
    # a text is nothing without its page
    texts = {re.sub(r"\.html$", ".txt", path) for path in broken}
    default = _default(frozen.files[f"{frozen.name}/{FILE_NAME}"])
    return _with_default(_only(frozen, set(frozen.files) - set(broken) - texts), default)


def is_gone(path: str, gone: Collection[str]) -> bool:
    """Whether a path is one of those that are missing, or lies in such a folder."""
    return path in gone or (path.partition("/")[0] in gone and path.startswith(tuple(SHARED)))


def _only(frozen: FrozenMessage, paths: Collection[str]) -> FrozenMessage:
    return replace(frozen, files={p: text for p, text in frozen.files.items() if p in paths})


def _with_default(frozen: FrozenMessage, wanted: str) -> FrozenMessage | None:
    """Give the message with a message.toml that fits the pages that are there."""
    files = dict(frozen.files)
    pages: dict[bool, list[str]] = {False: [], True: []}
    for _, version in manifest.version_files(frozen.name, files):
        if version[3] == "html":
            pages[bool(version[2])].append(version[1])
    in_both = [tag for tag in pages[False] if tag in pages[True]]
    if pages[True] and not in_both:
        files = {path: text for path, text in files.items() if ".discreet." not in path}
    choice = in_both or pages[False]
    if not choice:
        return None
    default = next((tag for tag in (wanted, "en") if tag in choice), choice[0])
    files[f"{frozen.name}/{FILE_NAME}"] = f'title = "-"\ndefault_language = "{default}"\n'
    return replace(frozen, files=files)


def _default(toml: str) -> str:
    try:
        return str(tomllib.loads(toml).get("default_language", ""))
    except (ValueError, RecursionError):
        return ""
