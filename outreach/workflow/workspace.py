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
#: what is made, in the order in which it is put into place
_PARTS: Final = ("templates", "segments", "outreach.db", FILE_NAME)
_UNFINISHED: Final = ".outreach-init"


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """A workspace that was just made."""

    folder: Path
    #: names of the messages and segments that were copied
    templates: tuple[str, ...]
    segments: tuple[str, ...]


def create_workspace(folder: Path) -> NewWorkspace:
    """Make a workspace in `folder`, which may exist but holds none of the files to be written.

    Everything is made in a folder inside it and then moved into place, outreach.toml last. After a
    stop at any moment, the same call makes the workspace whole.

    Raises:
        AlreadyExists: the folder holds a workspace, or files where ours would go. Nothing changed.
        WorkspaceError: the folder can't be made or written.
    """
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file", next_step="choose another name for the folder")
    unfinished = folder / _UNFINISHED
    try:
        if not (unfinished / FILE_NAME).exists():
            _refuse_to_overwrite(folder)
            _build(unfinished)
        for part in _PARTS:
            if (unfinished / part).exists():
                (unfinished / part).rename(folder / part)
        unfinished.rmdir()
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


def _refuse_to_overwrite(folder: Path) -> None:
    for part in reversed(_PARTS):
        if (folder / part).exists():
            raise AlreadyExists(
                f"{folder} already holds {part}",
                next_step="choose another folder, or move it out of the way",
            )


def _build(folder: Path) -> None:
    """Make all parts in `folder`, the settings last: where they are, everything is."""
    starter = next(place for place in STARTERS if (place / "templates").is_dir())
    shutil.rmtree(folder, ignore_errors=True)
    try:
        for part in ("templates", "segments"):
            shutil.copytree(starter / part, folder / part, copy_function=shutil.copyfile)
        create_database(folder / "outreach.db")
        (folder / FILE_NAME).write_text(default_file(), encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _names(folder: Path, pattern: str) -> tuple[str, ...]:
    found = folder.glob(pattern)
    return tuple(sorted(p.parent.name if p.name == "message.toml" else p.stem for p in found))
