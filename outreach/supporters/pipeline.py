"""Read a file's people: a big file in a process of its own, beside the one that writes. Pure.

Reading takes longer than putting what was read into the database, and both take their time in
Python; two processes do it in the time of one. What they read is the same to the byte.
"""

from __future__ import annotations

import contextlib
import json
import marshal
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any, Final, cast

from outreach.csvfiles import Encoding, Table, open_table
from outreach.errors import InputError, OutreachError
from outreach.model import Suppression
from outreach.supporters.intake import Intake, Reading, Reject
from outreach.supporters.layout import Layout

#: bytes; below it a process of its own takes longer to start than it saves
WORTH_A_PROCESS: Final = 8_000_000

_LENGTH: Final = struct.Struct("<I")
_CHILD: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from outreach.supporters.pipeline import serve; serve(sys.stdin.buffer, sys.stdout.buffer)"
)


def intakes(
    table: Table, layout: Layout, consent_ground: str, *, worth_a_process: int = WORTH_A_PROCESS
) -> Generator[tuple[Intake, int], None, None]:
    """Give what the file's batches hold, in order, each with the bytes read so far.

    Raises:
        InputError: the file can't be read to its end.
    """
    if table.size >= worth_a_process and sys.executable and (os.cpu_count() or 1) > 1:
        yield from _elsewhere(table.path, table.encoding, layout, consent_ground)
    else:
        reading = Reading(layout, consent_ground)
        for batch in table.batches():
            yield reading.read(batch), table.bytes_read()


def _elsewhere(
    path: Path, encoding: Encoding, layout: Layout, ground: str
) -> Generator[tuple[Intake, int], None, None]:
    # in a session of its own, as a Ctrl-C is for us to handle
    process = subprocess.Popen(  # noqa: S603  # ourselves, with nothing a person wrote
        [sys.executable, "-P", "-c", _CHILD, json.dumps(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    commands, results = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    try:
        with contextlib.suppress(BrokenPipeError), commands:
            pickle.dump((path, encoding, layout, ground), commands)
        while message := _received(results):
            people, size, rejects, suppressions, notes, bytes_read = message
            reasons = [(email, Suppression(reason)) for email, reason in suppressions]
            refused = [Reject(*reject) for reject in rejects]
            yield Intake(people, size, refused, reasons, notes), bytes_read
    finally:
        process.kill()
        results.close()
        process.wait()


def _received(stream: IO[bytes]) -> Any:
    """Give the next batch, or () after the last."""
    header = stream.read(_LENGTH.size)
    body = stream.read(_LENGTH.unpack(header)[0]) if len(header) == _LENGTH.size else b""
    if not body:
        raise OutreachError("the process that reads the file has died")
    what, content = marshal.loads(body)  # noqa: S302  # written by serve()
    if what == "error":
        problem, file, line, value, advice = content
        raise InputError(problem, file=file, line=line, value=value, next_step=advice)
    return content


def serve(commands: IO[bytes], results: IO[bytes]) -> None:
    """Be the process that reads: take one command, and send batches until the file ends."""
    path, encoding, layout, ground = pickle.load(commands)  # noqa: S301  # by _elsewhere()
    try:
        with open_table(path, encoding) as table:
            reading = Reading(layout, ground)
            for batch in table.batches():
                intake = reading.read(batch)
                _send(
                    results,
                    "batch",
                    (
                        intake.people,
                        intake.size,
                        [(reject.line, reject.reason, reject.cells) for reject in intake.rejects],
                        [(email, reason.value) for email, reason in intake.suppressions],
                        dict(intake.notes),
                        table.bytes_read(),
                    ),
                )
        _send(results, "batch", ())
    except InputError as error:
        _send(results, "error", (error.problem, error.file, error.line, error.value, error.advice))
    except BrokenPipeError:
        os._exit(1)  # nobody is listening any more


def _send(results: IO[bytes], what: str, content: tuple[Any, ...]) -> None:
    body = marshal.dumps((what, content))
    results.write(_LENGTH.pack(len(body)) + body)
    results.flush()
