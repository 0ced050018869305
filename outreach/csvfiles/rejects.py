"""Keep refused rows beside their file, each with the reason, to be mended and read again.

`FILE.rejected.csv` has FILE's own delimiter and encoding; before its columns stand `line` and
`reason`, in front so that a row with too many cells stays readable. Its values are those of FILE,
but that none is a formula to a spreadsheet, in which people mend them; `Table` reads them back
exactly. A row that can't be parsed is one cell: its first line. Somebody may be mending an earlier
such file, so none is ever replaced: the next is `FILE.rejected.2.csv`.
"""

from __future__ import annotations

import csv
import filecmp
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self, TextIO

from outreach.csvfiles.formulas import defused
from outreach.csvfiles.table import MARKS, Table
from outreach.errors import InputError


def rejects_path(path: Path, number: int = 1) -> Path:
    """Name the file that holds what was refused of `path`."""
    return path.with_name(f"{path.name}.rejected.{f'{number}.' if number > 1 else ''}csv")


class Rejects:
    """Takes refused rows as they come, and counts them by reason.

    The file appears whole, by `keep`, or not at all; a dry run writes none. As a context manager it
    leaves nothing unfinished behind.
    """

    def __init__(self, table: Table, *, dry_run: bool = False) -> None:
        #: reason -> rows
        self.reasons: Counter[str] = Counter()
        self._table = table
        self._dry_run = dry_run
        path = rejects_path(table.path)
        self._unfinished = path.with_name(path.name + ".unfinished")
        self._file: TextIO | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def add(self, line: int, reason: str, cells: Sequence[str]) -> None:
        """Write one refused row.

        Raises:
            InputError: the folder can't be written to.
        """
        self.reasons[reason] += 1
        if self._dry_run:
            return
        with self._explained():
            if self._file is None:
                self._open()
            self._writer.writerow([line, reason, *map(defused, cells)])

    def keep(self) -> Path | None:
        """Put the finished file in its place, and tell which; None where nothing was written.

        Raises:
            InputError: the folder can't be written to.
        """
        with self._explained():
            if self._file is None:
                return None
            self._file.close()
            path = self._place()
            self._unfinished.replace(path)
            self._file = None
            return path

    def discard(self) -> None:
        """Leave nothing unfinished behind. Does nothing after `keep`."""
        if self._file is not None:
            self._file.close()
            self._unfinished.unlink(missing_ok=True)
            self._file = None

    def _place(self) -> Path:
        """Find the first place where nothing is, or the very same."""
        paths = (rejects_path(self._table.path, number) for number in count(1))
        return next(
            path
            for path in paths
            if not path.exists() or filecmp.cmp(path, self._unfinished, shallow=False)
        )

    def _open(self) -> None:
        encoding = self._table.encoding
        self._unfinished.write_bytes(encoding.bom)
        self._file = self._unfinished.open(
            "a", encoding=encoding.name, errors=encoding.errors, newline=""
        )
        self._writer = csv.writer(self._file, delimiter=self._table.delimiter)
        self._writer.writerow([*MARKS, *map(defused, self._table.header)])

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(
                f"the rows that can't be used can't be written down: {error.strerror}",
                file=rejects_path(self._table.path),
                next_step="copy the file to a folder that you may write to, and read it from there",
            ) from error
