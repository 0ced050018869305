"""Make a workspace: the settings file, the shipped messages and segments, an empty database."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import outreach
from outreach.errors import AlreadyExists, WorkspaceError
from outreach.settings import FILE_NAME, default_file
from outreach.store import create_database

#: what a workspace starts with; the first place that exists is copied: the wheel's, the checkout's
_PACKAGE: Final = Path(outreach.__file__).parent
STARTERS: Final = (_PACKAGE / "starter", _PACKAGE.parent)


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """A workspace that was just made."""

    folder: Path
    #: names of the messages and segments that were copied
    templates: tuple[str, ...]
    segments: tuple[str, ...]


def create_workspace(folder: Path) -> NewWorkspace:
    """Make a workspace in `folder`, which may exist but holds none of the files to be written.

    Files are written first and outreach.toml last, so that a workspace half made is not taken
    for one.

    Raises:
        AlreadyExists: the folder holds a workspace, or files where ours would go. Nothing changed.
        WorkspaceError: the folder can't be made or written.
    """
    starter = next(place for place in STARTERS if (place / "templates").is_dir())
    for name in (FILE_NAME, "templates", "segments", "outreach.db"):
        if (folder / name).exists():
            raise AlreadyExists(f"{folder} already holds {name}", next_step="choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in ("templates", "segments"):
            shutil.copytree(starter / part, folder / part, copy_function=shutil.copyfile)
        create_database(folder / "outreach.db")
        (folder / FILE_NAME).write_text(default_file(), encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(
            f"no workspace can be made in {folder}: {error.strerror or error}",
            next_step="choose a folder that you may write",
        ) from error
    return NewWorkspace(
        folder=folder,
        templates=_names(folder / "templates", "*/message.toml"),
        segments=_names(folder / "segments", "*.sql"),
    )


def _names(folder: Path, pattern: str) -> tuple[str, ...]:
    found = folder.glob(pattern)
    return tuple(sorted(p.parent.name if p.name == "message.toml" else p.stem for p in found))
