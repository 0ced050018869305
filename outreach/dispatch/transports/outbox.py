"""The embedded outbox: a Maildir of .eml files, for any mail client to open. Sends nothing.

Layout and delivery follow https://cr.yp.to/proto/maildir.html: a file is written in tmp/ and then
renamed into new/, so that no reader ever sees half of it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from outreach.errors import TransportError
from outreach.model import Letter, Outcome, Verdict

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class Outbox:
    """Writes each letter, byte for byte, into the Maildir `folder`, which is made where missing.

    With `fsync`, a letter counts as accepted only when its file and its name are on the disk.
    """

    name = "outbox"

    def __init__(self, folder: Path, *, fsync: bool = False) -> None:
        self._folder = folder
        self._drafts = os.fspath(folder / "tmp")
        self._finished = os.fspath(folder / "new")
        self._fsync = fsync
        #: what no other process and no other outbox has in its names, and a number
        self._ours = secrets.token_hex(8)
        self._number = 0

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Write the letters; the provider's id is the file's name.

        With `fsync` their names are put on the disk together, after the last of them.

        Raises:
            TransportError: a file can't be written; those before it were.
        """
        written: list[Outcome] = []
        made = False
        try:
            for letter in letters:
                if not made:
                    self._make_folders()
                    made = True
                name = self._write(letter)
                outcome = Outcome(letter.delivery_id, Verdict.ACCEPTED, provider_id=name)
                if self._fsync:
                    written.append(outcome)
                else:
                    yield outcome
        except OSError as error:
            yield from self._names_on_disk(written)
            raise TransportError(
                f"the outbox can't be written: {error.strerror or error}",
                file=self._folder,
                next_step="check the folder's rights and free space, then try again",
            ) from error
        yield from self._names_on_disk(written)

    def close(self) -> None:
        """Nothing is open between batches."""

    def _make_folders(self) -> None:
        for part in ("tmp", "new", "cur"):
            # what lies here is private mail
            (self._folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)

    def _write(self, letter: Letter) -> str:
        self._number += 1
        name = f"{letter.attempt_id}.{self._ours}-{self._number}.eml"
        draft = f"{self._drafts}/{name}"
        # as few calls as it takes: each costs as much as making a line of the letter
        descriptor = os.open(draft, _NEW, 0o600)
        try:
            try:
                _write_all(descriptor, letter.message.mime)
                if self._fsync:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.rename(draft, f"{self._finished}/{name}")  # noqa: PTH104
        except BaseException:
            with suppress(OSError):
                os.unlink(draft)  # noqa: PTH108
            raise
        return name

    def _names_on_disk(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Put the renames on the disk; where that fails, nobody knows which of them will last."""
        if not outcomes:
            return outcomes
        try:
            descriptor = os.open(self._folder / "new", os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            detail = f"written, but perhaps not on the disk: {error.strerror or error}"
            return [Outcome(o.delivery_id, Verdict.IN_DOUBT, detail=detail) for o in outcomes]
        return outcomes


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
