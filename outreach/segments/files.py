"""Read `segments/NAME.sql`: its header, its one SELECT, and which other segments it builds on.

What the SQL means is SQLite's business (`run`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from outreach.errors import NotFound, SegmentError
from outreach.segments.tokens import Token, tokens
from outreach.segments.views import READABLE, view_name

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
NAME_RULE: Final = "a segment's name is lower-case letters, digits, - and _, at most 64"
#: far more than anybody writes; keeps a wrong file from filling the memory
_LARGEST_FILE: Final = 1_000_000

_DEEPEST: Final = 100

_HEADER: Final = re.compile(r"--\s*(title|reason)\s*:\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segments/*.sql file."""

    name: str
    #: one line, for lists
    title: str
    #: why these people, in words
    reason: str
    #: the file's text up to its closing semicolon, so that a token's line is the file's line
    sql: str
    file: Path

    @property
    def view(self) -> str:
        """The name under which other segments read this one."""
        return view_name(self.name)


def is_name(name: str) -> bool:
    """Whether a segment may have this name; `NAME_RULE` says in words which may."""
    return _NAME.fullmatch(name) is not None


def segment_names(folder: Path) -> tuple[str, ...]:
    """Give the names of all segments in `folder`, in order, whether they can be used or not.

    Raises:
        SegmentError: the folder can't be read.
    """
    try:
        names = [path.stem for path in folder.iterdir() if path.suffix == ".sql"]
    except OSError as error:
        raise SegmentError(
            f"the folder of segments can't be read: {error.strerror}",
            file=folder,
            next_step="make it, or check its rights",
        ) from error
    # Editors leave files behind whose names begin with a dot.
    return tuple(sorted(name for name in names if not name.startswith(".")))


def get_segment(folder: Path, name: str) -> Segment:
    """Read one segment; a fault in another does not matter.

    Raises:
        NotFound: there is none of that name.
        SegmentError: its file can't be read or is not a header and one SELECT.
    """
    names = segment_names(folder)
    if name not in names:
        near = difflib.get_close_matches(name, names, 1)
        raise NotFound(
            "there is no segment of that name" + (f", did you mean {near[0]}" if near else ""),
            value=name,
            next_step="`outreach segments list` shows them",
        )
    return _read(folder, name)


def with_foundations(folder: Path, name: str) -> tuple[Segment, ...]:
    """Give the segment `name` as the last of all that it builds on, each after its foundations.

    Raises:
        NotFound: there is no segment `name`.
        SegmentError: one of them can't be read, or builds on itself.
    """
    by_view = {view_name(n): n for n in segment_names(folder)}
    done: dict[str, Segment] = {}

    def visit(segment: Segment, path: tuple[str, ...]) -> None:
        for token in foundations(segment):
            other = by_view.get(token.name)
            if other is None:
                # If it is meant as a table, SQLite will say that there is no such table.
                continue
            if other in path:
                circle = " -> ".join((*path[path.index(other) :], other))
                raise SegmentError(
                    f"these segments build on each other in a circle: {circle}",
                    file=segment.file,
                    line=token.line,
                    next_step="take one of them out of the circle",
                )
            if len(path) > _DEEPEST:
                raise SegmentError(
                    f"more than {_DEEPEST} segments build on each other, one upon the other",
                    file=segment.file,
                    line=token.line,
                )
            if other not in done:
                visit(_read(folder, other), (*path, other))
        done[segment.name] = segment

    visit(get_segment(folder, name), (name,))
    return tuple(done.values())


def foundations(segment: Segment) -> Iterator[Token]:
    """Give the places at which a segment names another."""
    for token in tokens(segment.sql):
        if token.kind in {"word", "quoted"} and token.name.startswith("segment_"):
            yield token


def _read(folder: Path, name: str) -> Segment:
    file = folder / f"{name}.sql"
    _refuse_name(folder, name, file)
    text = _text(file)
    sql = _one_select(text, file)
    header = _header(text)
    for key in ("title", "reason"):
        if not header.get(key):
            raise SegmentError(
                f"its header gives no {key}",
                file=file,
                line=1,
                next_step=f"begin the file with a line `-- {key}: ...`",
            )
    return Segment(name, header["title"], header["reason"], sql, file)


def _refuse_name(folder: Path, name: str, file: Path) -> None:
    if not is_name(name):
        raise SegmentError(NAME_RULE, file=file, value=name, next_step="rename the file")
    for other in segment_names(folder):
        if other != name and view_name(other) == view_name(name):
            raise SegmentError(
                f"it and {other} would both be read as {view_name(name)}",
                file=file,
                next_step="rename one of them",
            )


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            raw = stream.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise SegmentError(f"it can't be read: {error.strerror}", file=file) from error
    if len(raw) > _LARGEST_FILE:
        raise SegmentError(f"it is longer than {_LARGEST_FILE} bytes", file=file)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SegmentError("it is not UTF-8 text", file=file, line=line) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SegmentError("it is not text: it holds a zero byte", file=file, line=line)
    return text.replace("\r\n", "\n")


def _header(text: str) -> dict[str, str]:
    """Read the comment lines at the top; a value goes on in the lines below it."""
    header: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        comment = line.strip()
        if not comment.startswith("--"):
            break
        found = _HEADER.match(comment)
        if found:
            key = found[1].lower()
            header[key] = found[2].strip()
        elif not comment.strip("- "):
            key = ""
        elif key:
            header[key] = f"{header[key]} {comment.lstrip('-').strip()}".strip()
    return header


def _one_select(text: str, file: Path) -> str:
    """Give the text up to the closing semicolon; what is clearly not one SELECT is refused here."""
    allowed = f"a segment is one SELECT of supporter_id over {READABLE}"
    sought = list(tokens(text))
    if not sought:
        raise SegmentError("it holds no SELECT", file=file, next_step=allowed)
    if sought[0].text.upper() not in {"SELECT", "WITH", "VALUES"}:
        raise SegmentError(
            "it is not a SELECT, and a segment may only read",
            file=file,
            line=sought[0].line,
            value=sought[0].text,
            next_step=allowed,
        )
    depth = 0
    for place, token in enumerate(sought):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth < 0:
            raise SegmentError("a bracket closes that was not opened", file=file, line=token.line)
        if token.kind == "open":
            raise SegmentError(
                "a quotation mark or comment is opened here and not closed",
                file=file,
                line=token.line,
                value=token.text,
            )
        if token.kind == "mark" and token.text in "?:@$":
            raise SegmentError(
                "a segment takes no values from outside",
                file=file,
                line=token.line,
                value=token.text,
                next_step="write the value itself, text in single quotes",
            )
        if token.text == ";":
            if place + 1 < len(sought):
                raise SegmentError(
                    "it holds more than one statement",
                    file=file,
                    line=sought[place + 1].line,
                    value=sought[place + 1].text,
                    next_step=allowed,
                )
            text = text[: token.start]
    if depth:
        raise SegmentError("a bracket is opened and not closed", file=file)
    return text
