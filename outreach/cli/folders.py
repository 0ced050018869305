"""A folder of previews: what an earlier run wrote into it goes before the next one writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from outreach.cli.files import unwritable, write
from outreach.errors import InputError
from outreach.settings import Settings

#: names the files that we wrote into its folder, one in a line: no others are ever removed
_RECORD: Final = ".outreach-preview"


@contextmanager
def renewed(folder: Path) -> Iterator[list[Path]]:
    """Make a folder, or take from it what the last preview left; give the list of what is written.

    Raises:
        InputError: it can't be made, or not be written to.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear(folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        yield written
    finally:
        write(folder / _RECORD, "".join(f"{file.name}\n" for file in written).encode())


def _clear(folder: Path) -> None:
    record = folder / _RECORD
    if not record.is_file():
        return
    for name in record.read_text(encoding="utf-8", errors="replace").splitlines():
        # a record that somebody wrote into leads to no other folder
        if name and name == Path(name).name:
            (folder / name).unlink(missing_ok=True)


def refuse_own(settings: Settings, out: Path) -> None:
    """See that a preview takes the place of nothing that the workspace is made of.

    Raises:
        InputError: it would.
    """
    place = out.resolve()
    folders = (settings.templates_dir, settings.segments_dir, settings.outbox_dir)
    files = (settings.root / "outreach.toml", settings.database)
    if any(place.is_relative_to(folder.resolve()) for folder in folders):
        problem = "previews are not written among messages, segments or letters"
    elif place in (file.resolve() for file in files):
        problem = "a preview would take the place of this file of the workspace"
    else:
        return
    raise InputError(problem, file=out, next_step="choose another place")
