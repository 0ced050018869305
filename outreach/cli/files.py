"""Write the files that somebody names with `--out`.

They may hold people's addresses, so they are their owner's alone: `cli` sets the umask.
"""

from __future__ import annotations

from pathlib import Path

from outreach.errors import InputError


def write(file: Path, data: bytes, *, new: bool = False) -> Path:
    """Write a file, and give it; in place of what is there, but a `new` one only where nothing is.

    Raises:
        InputError: it is there and should not be, or can't be written.
    """
    try:
        with file.open("xb" if new else "wb") as opened:
            opened.write(data)
    except FileExistsError as error:
        raise InputError(
            "this file exists already", file=file, next_step="choose another name"
        ) from error
    except OSError as error:
        raise unwritable(file, error) from error
    return file


def unwritable(file: Path, error: OSError) -> InputError:
    """Make the error that says why a file or folder can't be written."""
    return InputError(
        f"the file can't be written: {error.strerror}",
        file=file,
        next_step="choose another place",
    )
