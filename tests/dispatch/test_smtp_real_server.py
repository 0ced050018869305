"""SMTP with a server that we did not write: Postfix's smtp-sink."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import letters as made
import pytest
from servers import free_port
from services import need

from outreach.dispatch.transports.smtp import Smtp
from outreach.model import Verdict

ADDRESSES = [f"p{n}@example.org" for n in range(20)]


class Sink:
    """A running smtp-sink."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self._folder = folder

    def mails(self) -> list[bytes]:
        """Give what it took, in no order, with its own headers above ours."""
        return [file.read_bytes() for file in self._folder.iterdir()]


@contextmanager
def _listening(folder: Path, *options: str) -> Iterator[Sink]:
    program = need("smtp-sink", "postfix")
    folder.mkdir()
    port = free_port()
    # run by root, it asks whose rights it is to take on
    user = ["-u", getpass.getuser()] if os.geteuid() == 0 else []
    command = [program, *user, *options, "-d", f"{folder}/mail.", f"127.0.0.1:{port}", "10"]
    process = subprocess.Popen(command)
    try:
        while True:
            assert process.poll() is None
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield Sink(port, folder)
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Callable[..., Sink]]:
    """Start a server, given its options."""
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(_listening(tmp_path / "sink", *options))


@pytest.mark.parametrize("options", [(), ("-p",)], ids=["pipelining", "lock-step"])
@pytest.mark.parametrize("connections", [1, 4])
def test_every_letter_arrives_once_and_whole(
    sink: Callable[..., Sink], options: tuple[str, ...], connections: int
) -> None:
    """Each to its own person, as it was composed."""
    server = sink(*options)
    dots = made.message("dots@example.org", text=".\n..\n.a\n" + "é" * 5000)
    letters = [*made.letters(*ADDRESSES), made.Letter(21, "21-1", dots)]
    with closing(
        Smtp("127.0.0.1", server.port, security="none", connections=connections)
    ) as transport:
        done = made.handed(transport, letters)
    assert done.verdicts == [Verdict.ACCEPTED] * len(letters)
    mails = server.mails()
    assert len(mails) == len(letters)
    for letter in letters:
        (mail,) = [m for m in mails if b"X-Rcpt-Args: <%b>" % _to(letter) in m]
        assert b"X-Mail-Args: <news@outreach.example.org>" in mail
        # it ends each mail that it writes down with an empty line
        assert mail.endswith(letter.message.mime.replace(b"\r\n", b"\n") + b"\n")


def _to(letter: made.Letter) -> bytes:
    return letter.message.recipient.email.encode()


@pytest.mark.parametrize("more", [(), ("-p",)], ids=["pipelining", "lock-step"])
@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (("-r", "RCPT"), Verdict.TRY_LATER),
        (("-r", "DATA"), Verdict.TRY_LATER),
        (("-r", "."), Verdict.TRY_LATER),
        (("-f", "RCPT"), Verdict.REFUSED),
        (("-f", "DATA"), Verdict.REFUSED),
        (("-f", "."), Verdict.REFUSED),
        (("-q", "RCPT"), Verdict.TRY_LATER),
        (("-q", "DATA"), Verdict.TRY_LATER),
        (("-q", "."), Verdict.IN_DOUBT),
    ],
)
def test_what_does_not_go_through_is_not_taken_for_sent(
    sink: Callable[..., Sink],
    options: tuple[str, ...],
    verdict: Verdict,
    more: tuple[str, ...],
) -> None:
    """Refused for now or for good, or a connection that is cut, before the message and after."""
    server = sink(*options, *more)
    with closing(Smtp("127.0.0.1", server.port, security="none", connections=1)) as transport:
        handed = made.handed(transport, made.letters(*ADDRESSES[:3]))
    assert set(handed.verdicts) == {verdict}
