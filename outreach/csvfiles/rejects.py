"""Keep refused rows beside their file, each with the reason, to be mended and read again.

`FILE.rejected.csv` has FILE's own delimiter and encoding, and its values byte for byte; before its
columns stand `line` and `reason`, in front so that a row with too many cells stays readable.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

from outreach.csvfiles.table import Table
from outreach.errors import InputError

#: what stands before the file's own columns
MARKS: Final = ("line", "reason")


def rejects_path(path: Path) -> Path:
    """Name the file that holds what was refused of `path`."""
    return path.with_name(path.name + ".rejected.csv")


class Rejects:
    """Takes refused rows as they come. The file appears whole, by `keep`, or not at all."""

    def __init__(self, table: Table) -> None:
        self.path = rejects_path(table.path)
        self._table = table
        self._unfinished = self.path.with_name(self.path.name + ".unfinished")
        self._file: TextIO | None = None
        self._writer: Any = None

    def add(self, line: int, reason: str, cells: Sequence[str]) -> None:
        """Write one refused row.

        Raises:
            InputError: the folder can't be written to.
        """
        with self._explained():
            if self._file is None:
                self._open()
            self._writer.writerow([line, reason, *cells])

    def keep(self) -> Path | None:
        """Put the finished file in its place; where nothing was refused, take an old one away.

        Raises:
            InputError: the folder can't be written to.
        """
        with self._explained():
            if self._file is None:
                self.path.unlink(missing_ok=True)
                return None
            self._file.close()
            self._unfinished.replace(self.path)
            self._file = None
            return self.path

    def discard(self) -> None:
        """Leave nothing unfinished behind. Does nothing after `keep`."""
        if self._file is not None:
            self._file.close()
            self._unfinished.unlink(missing_ok=True)
            self._file = None

    def _open(self) -> None:
        encoding = self._table.encoding
        self._unfinished.write_bytes(encoding.bom)
        self._file = self._unfinished.open(
            "a", encoding=encoding.name, errors=encoding.errors, newline=""
        )
        self._writer = csv.writer(self._file, delimiter=self._table.delimiter)
        header = self._table.header
        self._writer.writerow([*MARKS, *header])

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(
                f"the rows that can't be used can't be written down: {error.strerror}",
                file=self.path,
                next_step="copy the file to a folder that you may write to, and read it from there",
            ) from error
