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

from outreach.errors import TransportError
from outreach.model import Letter, Outcome, Verdict


class Outbox:
    """Writes each letter, byte for byte, into the Maildir `folder`, which is made where missing.

    With `fsync`, a letter counts as accepted only when its file and its name are on the disk.
    """

    name = "outbox"

    def __init__(self, folder: Path, *, fsync: bool = False) -> None:
        self._folder = folder
        self._fsync = fsync

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Write the letters; the provider's id is the file's name.

        With `fsync` their names are put on the disk together, after the last of them.

        Raises:
            TransportError: a file can't be written; those before it were.
        """
        written: list[Outcome] = []
        try:
            for letter in letters:
                self._make_folders()
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
        name = f"{letter.attempt_id}.{secrets.token_hex(8)}.eml"
        draft = self._folder / "tmp" / name
        try:
            with open(draft, "xb", opener=_private) as file:
                file.write(letter.message.mime)
                if self._fsync:
                    file.flush()
                    os.fsync(file.fileno())
            draft.rename(self._folder / "new" / name)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
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


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
