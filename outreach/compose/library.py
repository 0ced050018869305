"""The folder `templates/`: which messages there are, and everything one needs, frozen as text.

The only module of the room that reads the files of a workspace. A frozen message is what a campaign
keeps: whatever happens to the folder afterwards, its people all get the message that was planned.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from outreach.compose import manifest
from outreach.compose.manifest import FILE_NAME, shown_path
from outreach.compose.translations import Standing, translations
from outreach.errors import InputError, NotFound, TemplateError, shown
from outreach.facts.sheet import Sheet, parse
from outreach.facts.tally import Tally, as_data, from_data
from outreach.model import Letterhead, Mailbox

#: folders that every message may use
SHARED: Final = ("layouts", "styles", "facts")
#: other files (pictures, editors' leavings) are no part of a message
_SUFFIXES: Final = {".html", ".txt", ".css", ".toml"}
#: control characters, and code points that are none: no HTML or XML may hold them
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufdd0-\ufdef\ufffe\uffff]")
#: more than that is no text of a message
_MAX_FILE_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class MessageInfo:
    """One message of the library."""

    name: str
    title: str
    languages: tuple[str, ...]
    #: whether it has a version for people who are discreet
    discreet: bool
    #: language files that were made from an earlier text of the default language's
    older: tuple[str, ...]
    #: why it can't be used, in a sentence; then nothing else is known of it but its name
    broken: str = ""
    #: whether staff answer people with it
    answers: bool = False


@dataclass(frozen=True, slots=True)
class FrozenMessage:
    """A message with all its files and its letterhead, as values."""

    name: str
    #: path inside templates/, with slashes -> text, with LF line ends
    files: Mapping[str, str]
    letterhead: Letterhead
    #: what its tallies came to when it was planned
    tallies: tuple[Tally, ...] = ()

    @property
    def content(self) -> str:
        """The whole as canonical JSON: equal messages give equal texts."""
        whole: dict[str, Any] = {
            "name": self.name,
            "files": dict(self.files),
            "letterhead": asdict(self.letterhead),
        }
        # left out where there are none: messages frozen before there were tallies keep their hash
        if self.tallies:
            whole["tallies"] = as_data(self.tallies)
        return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def content_hash(self) -> str:
        """SHA-256 of the content, in hex."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def facts(self) -> dict[str, str]:
        """The facts sheets, as people find them -> text."""
        return {shown_path(p): text for p, text in self.files.items() if p.startswith("facts/")}

    def sheet(self) -> Sheet:
        """Read the facts sheets.

        Raises:
            TemplateError: one can't be used.
        """
        return parse(self.facts)

    @classmethod
    def thaw(cls, content: str) -> FrozenMessage:
        """Make the message again from its `content`.

        Raises:
            TemplateError: the text is not one that `content` gave.
        """
        try:
            whole = json.loads(content)
            letterhead = dict(whole["letterhead"])
            sender = Mailbox(**letterhead.pop("sender"))
            return cls(
                str(whole["name"]),
                MappingProxyType({str(path): str(text) for path, text in whole["files"].items()}),
                Letterhead(sender=sender, **letterhead),
                from_data(whole.get("tallies", ())),
            )
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise TemplateError(
                "the campaign's frozen message can't be read", next_step="plan a new campaign"
            ) from error


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it lies there, perhaps with files that can't be used yet."""

    frozen: FrozenMessage
    #: path -> why it can't be read; as text such a file is empty
    unread: Mapping[str, TemplateError] = field(default_factory=dict)


def list_messages(templates_dir: Path) -> list[MessageInfo]:
    """List the messages by name, those that can't be used with the reason."""
    return [_info(templates_dir, name) for name in _names(templates_dir)]


def _info(templates_dir: Path, name: str) -> MessageInfo:
    try:
        files = _texts(templates_dir, name)
        read = manifest.read(name, files)
        older = tuple(
            PurePosixPath(translation.file).name
            for translation in translations(name, files)
            if translation.standing is Standing.OLDER
        )
    except TemplateError as error:
        return MessageInfo(name, "", (), discreet=False, older=(), broken=str(error))
    return MessageInfo(
        name,
        read.title,
        read.languages,
        bool(read.discreet_languages),
        older,
        answers=read.answers,
    )


def freeze(templates_dir: Path, name: str, letterhead: Letterhead) -> FrozenMessage:
    """Read everything that the message `name` can need.

    That is its own folder, layouts/, styles/ and facts/. Whether it all fits together is seen by
    making a `Composer` of it.

    Raises:
        NotFound: there is no message of that name.
        TemplateError: a file is not UTF-8 text or can't be read, or message.toml is wrong.
    """
    draft = read_draft(templates_dir, name, letterhead)
    for error in draft.unread.values():
        raise error
    manifest.read(name, draft.frozen.files)
    return draft.frozen


def read_draft(templates_dir: Path, name: str, letterhead: Letterhead) -> Draft:
    """Read a message as `freeze` does, and go on where a file of it can't be used.

    Raises:
        NotFound: there is no message of that name.
    """
    names = _names(templates_dir)
    if name not in names:
        near = difflib.get_close_matches(name, names, 1, 0.4)
        meant = f", did you mean {shown(near[0])}" if near else ""
        raise NotFound(
            f"there is no message of that name{meant}",
            file=templates_dir,
            value=name,
            next_step="see `outreach templates list`",
        )
    files: dict[str, str] = {}
    unread: dict[str, TemplateError] = {}
    for folder in (name, *SHARED):
        for path, text in _read(templates_dir, folder):
            if isinstance(text, TemplateError):
                unread[path] = text
            files[path] = "" if isinstance(text, TemplateError) else text
    frozen = FrozenMessage(name, MappingProxyType(dict(sorted(files.items()))), letterhead)
    return Draft(frozen, MappingProxyType(unread))


def read_facts(templates_dir: Path) -> dict[str, str]:
    """Read the facts sheets, file name -> text.

    Raises:
        TemplateError: one is not UTF-8 text or can't be read.
    """
    return {shown_path(path): text for path, text in _texts(templates_dir, "facts").items()}


def _names(templates_dir: Path) -> list[str]:
    try:
        return sorted(
            folder.name
            for folder in templates_dir.iterdir()
            if folder.name not in SHARED
            and not folder.name.startswith(".")
            and folder.is_dir()
            and _is_message(folder)
        )
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(
            f"the folder can't be read: {error.strerror}",
            file=templates_dir,
            next_step="check its rights",
        ) from error


def _is_message(folder: Path) -> bool:
    try:
        return (folder / FILE_NAME).is_file()
    except OSError:
        # nobody may look into it: what is wrong is said where it is read
        return True


def _texts(templates_dir: Path, folder: str) -> dict[str, str]:
    """Read the text files under one folder of the library."""
    texts = {}
    for path, text in _read(templates_dir, folder):
        if isinstance(text, TemplateError):
            raise text
        texts[path] = text
    return texts


def _read(templates_dir: Path, folder: str) -> Iterator[tuple[str, str | TemplateError]]:
    """Read what lies under one folder of the library, hidden files left out, in order.

    Gives path and text, or why there is none.
    """
    found: dict[str, str | TemplateError] = {}

    def closed(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            inside = _inside(templates_dir, Path(error.filename or folder))
            found[inside] = TemplateError(
                f"this folder can't be read: {error.strerror}",
                file=shown_path(inside),
                next_step="check its rights",
            )

    for at, folders, names in os.walk(templates_dir / folder, onerror=closed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (*folders, *names):
            path = Path(at, name)
            if path.suffix in _SUFFIXES and not name.startswith("."):
                inside = _inside(templates_dir, path)
                try:
                    found[inside] = _text(path, shown_path(inside))
                except TemplateError as error:
                    found[inside] = error
    yield from sorted(found.items(), key=lambda pair: pair[0])


def _inside(templates_dir: Path, path: Path) -> str:
    return path.relative_to(templates_dir).as_posix()


def _text(path: Path, file: str) -> str:
    try:
        there = path.stat()
        if not stat.S_ISREG(there.st_mode):
            what = "a folder" if path.is_dir() else "no file that can be read"
            raise TemplateError(
                f"by its name this should be a file, and it is {what}",
                file=file,
                next_step="give it another name",
            )
        if there.st_size > _MAX_FILE_BYTES:
            raise TemplateError("this file is larger than 1 MB, too much for a message", file=file)
        raw = path.read_bytes()
    except OSError as error:
        raise TemplateError(
            f"this file can't be read: {error.strerror}", file=file, next_step="check its rights"
        ) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TemplateError(
            "this file is not UTF-8 text",
            file=file,
            line=raw.count(b"\n", 0, error.start) + 1,
            next_step="save it as UTF-8",
        ) from error
    if "\0" in text:
        raise TemplateError("this file is not text", file=file, next_step="save it as UTF-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    unfit = _UNFIT.search(text)
    if unfit:
        raise TemplateError(
            "this file holds a character that can't stand in a mail",
            file=file,
            line=text.count("\n", 0, unfit.start()) + 1,
            value=f"U+{ord(unfit[0]):04X}",
            next_step="take it out: editors show it as a box, or not at all",
        )
    return text
