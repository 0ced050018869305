"""Files that go with letters: those in the workspace's folder `files/`. Writes nothing."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from outreach.errors import InputError, NotFound
from outreach.model import Attachment
from outreach.settings import Settings

#: of all files of a letter together: many servers take mails of 10 MB, and base64 makes more of it
MOST_BYTES: Final = 7_000_000
_UNKNOWN: Final = "application/octet-stream"


def files_dir(settings: Settings) -> Path:
    """Give the folder of the files that may go with letters."""
    return settings.root / "files"


def enclosures(settings: Settings, names: Sequence[str]) -> tuple[Attachment, ...]:
    """Read files of the folder by their names, each once.

    Raises:
        NotFound: there is no such file there.
        InputError: a name leads out of the folder, a file is empty or can't be read, or together
            they are too large for a mail.
    """
    found = tuple(_read(files_dir(settings), name) for name in dict.fromkeys(names))
    if sum(len(file.content) for file in found) > MOST_BYTES:
        raise InputError(
            f"these files are larger than {MOST_BYTES // 1_000_000} MB together, which many"
            " mailboxes refuse",
            next_step="send fewer, or a link",
        )
    return found


def _read(folder: Path, name: str) -> Attachment:
    path = folder / name
    if Path(name).name != name or name.startswith(".") or not name.isprintable():
        raise InputError("name a file in the workspace's folder files/, without a path", value=name)
    if not path.is_file():
        there = ", ".join(sorted(p.name for p in folder.glob("*") if p.is_file())[:10])
        raise NotFound(
            f"there is no such file in {folder}",
            value=name,
            next_step=f"there are {there}" if there else "put it there first",
        )
    if path.stat().st_size > MOST_BYTES:
        raise InputError("this file is too large for a mail", file=path, next_step="send a link")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"it can't be read: {error.strerror}", file=path) from error
    if not content:
        raise InputError("this file is empty", file=path)
    return Attachment(name, mimetypes.guess_type(name)[0] or _UNKNOWN, content)
