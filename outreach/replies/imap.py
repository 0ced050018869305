"""Read a folder of a mailbox by IMAP (RFC 3501). Writes nothing here; there only what is asked.

Mails are asked for by UID and with PEEK, so that nothing in the mailbox changes. Several small ones
come with one command. What the server says is believed only as far as it must be: no answer may
take more memory than one mail has room, and a UID that was not asked for is passed over.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Self

from outreach.errors import MailboxError, harmless
from outreach.replies.mailfiles import MAX_MAIL
from outreach.settings import ImapMailbox

#: mails that are asked for with one command, and bytes of them
BATCH: Final = 100
BATCH_BYTES: Final = 8 * 1024 * 1024
#: seconds without a word from the server
TIMEOUT: Final = 60.0
#: of a literal beyond what was asked for
_SLACK: Final = 64 * 1024

_UID: Final = re.compile(rb"\bUID (\d{1,10})\b", re.IGNORECASE)
_SIZE: Final = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b", re.IGNORECASE)
_NUMBER: Final = re.compile(rb"\d{1,10}")
_EMPTY: Final = re.compile(rb'BODY\[\](?:<\d+>)? ""', re.IGNORECASE)


class ConnectionLost(MailboxError):
    """The conversation ended before it was over; it may be begun again."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail that a folder holds."""

    uid: int
    #: bytes, by the server's word
    size: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail as its server gave it, byte for byte."""

    uid: int
    raw: bytes
    #: of a mail of which `raw` is only the beginning: its bytes, by the server's word
    whole_size: int = 0


class Folder:
    """An open folder. Every method may raise ConnectionLost, after which it is of no more use."""

    def __init__(
        self,
        mailbox: ImapMailbox,
        password: str,
        *,
        limit: int = MAX_MAIL,
        timeout: float = TIMEOUT,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Connect, log in and open the folder; for reading only, unless the settings want more.

        Of a mail of more than `limit` bytes only the first `limit` are fetched. `context`: another
        than that of the system's certificates.

        Raises:
            MailboxError: the server can't be reached or trusted, or refuses us or the folder.
        """
        self._mailbox = mailbox
        self._limit = limit
        self._lost = False
        with _told(mailbox, "it can't be reached"):
            self._imap = _connected(mailbox, timeout, context)
            # imaplib says some things in two pieces, and the second would wait for an answer
            self._imap.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with _told(mailbox):
                _log_in(self._imap, mailbox, password)
                self.uidvalidity = self._open()
                #: all that is in the folder now has a lower UID; 0 where the server doesn't say
                self.uidnext = self._number("UIDNEXT")
                # servers tell some of what they can only to whom they know
                _, said = self._imap.capability()
                self._can = set(_words(said).upper().split())
        except BaseException:
            # whoever talks nonsense may also never answer a goodbye
            self._lost = True
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye, where somebody still listens. Safe to call again."""
        if not self._lost:
            with suppress(imaplib.IMAP4.error, OSError):
                self._imap.logout()
        self._lost = True
        with suppress(OSError):
            self._imap.shutdown()

    def listed(self, after: int, up_to: int | None = None) -> list[Listed]:
        """List the mails whose UID is above `after`, and at most `up_to`, in order of UID."""
        answers = self._ask("FETCH", f"{after + 1}:{up_to or '*'}", "(UID RFC822.SIZE)")
        found = {}
        for answer in answers:
            words = answer if isinstance(answer, bytes) else b""
            uid, size = _UID.search(words), _SIZE.search(words)
            # where there is none above, n:* means the last mail all the same
            if uid and size and after < int(uid[1]) <= (up_to or 2**32):
                found[int(uid[1])] = Listed(int(uid[1]), int(size[1]))
        return [found[uid] for uid in sorted(found)]

    def fetch(self, mails: Sequence[Listed]) -> Iterator[Fetched]:
        """Give the mails one by one; those that the server doesn't give are left out.

        Where the connection is lost, those that had come whole are given before it raises.

        Raises:
            MailboxError: the server refuses to give them.
        """
        asked = {mail.uid: mail for mail in mails}
        part, room = f"BODY.PEEK[]<0.{self._limit}>", self._limit
        if len(mails) > 1:
            # servers are not exact about sizes
            part, room = "BODY.PEEK[]", 2 * sum(mail.size for mail in mails)
        try:
            answers = self._ask("FETCH", _set_of(asked), f"(UID {part})", room=room)
        except MailboxError:
            yield from self._of(asked, self._imap.untagged_responses.get("FETCH", []))
            raise
        yield from self._of(asked, answers)

    def mark_seen(self, uids: Iterable[int]) -> None:
        """Mark mails as read.

        Raises:
            MailboxError: the server refuses.
        """
        for some in _pieces(uids):
            self._ask("STORE", _set_of(some), "+FLAGS.SILENT", r"(\Seen)")

    def move(self, uids: Iterable[int], folder: str) -> None:
        """Move mails into another folder, which must be there.

        A server that can't move them (RFC 6851) copies them, and removes just these where it can
        (RFC 4315); elsewhere they stay, marked as deleted.

        Raises:
            MailboxError: the server refuses; the folder may not exist.
        """
        target = _quoted(folder)
        for some in _pieces(uids):
            if "MOVE" in self._can:
                self._ask("MOVE", _set_of(some), target)
                continue
            self._ask("COPY", _set_of(some), target)
            self._ask("STORE", _set_of(some), "+FLAGS.SILENT", r"(\Deleted)")
            if "UIDPLUS" in self._can:
                self._ask("EXPUNGE", _set_of(some))

    def _open(self) -> int:
        readonly = self._mailbox.after == "leave"
        status, said = self._imap.select(_quoted(self._mailbox.folder), readonly=readonly)
        if status != "OK":
            raise MailboxError(
                f"{self._mailbox.label} has no folder that can be opened: {_words(said)}",
                value=self._mailbox.folder,
                next_step="check [[mailbox]] folder",
            )
        return self._number("UIDVALIDITY")

    def _number(self, code: str) -> int:
        """Give what the server said of a folder when it was opened; 0 where it said nothing."""
        _, numbers = self._imap.response(code)
        number = numbers[0] if numbers else None
        return int(number) if isinstance(number, bytes) and _NUMBER.fullmatch(number) else 0

    def _ask(self, command: str, *words: str, room: int = 0) -> list[Any]:
        """Give the untagged answers of a UID command, with mails of at most `room` bytes."""
        # what came unasked before is no answer to it
        self._imap.untagged_responses.pop("FETCH", None)
        self._imap.room = room + _SLACK
        try:
            with _told(self._mailbox):
                status, said = self._imap.uid(command, *words)
        except ConnectionLost:
            self._lost = True
            raise
        if status != "OK":
            raise MailboxError(f"{self._mailbox.label} refuses {command}: {_words(said)}")
        return said

    def _of(self, asked: dict[int, Listed], answers: Sequence[Any]) -> Iterator[Fetched]:
        for place, answer in enumerate(answers):
            if isinstance(answer, tuple):
                after = answers[place + 1] if place + 1 < len(answers) else b""
                words, raw = answer[0] + (after if isinstance(after, bytes) else b""), answer[1]
            elif isinstance(answer, bytes) and _EMPTY.search(answer):
                words, raw = answer, b""
            else:
                continue
            uid = _UID.search(words)
            mail = asked.pop(int(uid[1]), None) if uid else None
            if mail is not None:
                cut = mail.size > self._limit <= len(raw)
                yield Fetched(mail.uid, raw[: self._limit], mail.size if cut else 0)


def batches(mails: Iterable[Listed]) -> Iterator[list[Listed]]:
    """Put mails together for one command each: at most BATCH, and of BATCH_BYTES or one alone."""
    batch: list[Listed] = []
    size = 0
    for mail in mails:
        if batch and (len(batch) == BATCH or size + mail.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(mail)
        size += mail.size
    if batch:
        yield batch


@contextmanager
def _told(mailbox: ImapMailbox, lost: str = "the connection was lost") -> Iterator[None]:
    """Turn what imaplib and the socket raise into our errors."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        why = f"its certificate can't be trusted ({error.verify_message})"
        raise MailboxError(f"{mailbox.label}: {why}") from error
    except imaplib.IMAP4.readonly as error:
        raise MailboxError(
            f"{mailbox.label}: this folder may only be read",
            next_step='set [[mailbox]] after = "leave"',
        ) from error
    except (imaplib.IMAP4.abort, OSError, EOFError) as error:
        raise ConnectionLost(f"{mailbox.label}: {lost} ({_said(error)})") from error
    # imaplib reads numbers and base64 without looking whether they are any
    except (imaplib.IMAP4.error, ValueError) as error:
        raise MailboxError(f"{mailbox.label}: {_said(error)}") from error


def _said(error: Exception) -> str:
    """What an error says; imaplib puts the server's bytes into it."""
    said = error.args[-1] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return harmless(text)[:200] or type(error).__name__


class _Bounded:
    """Lets no answer take more memory than there is room for."""

    #: bytes of literals that may still come
    room = 0

    def read(self, size: int) -> bytes:
        """Read a literal, whole or not at all."""
        self.room -= size
        if self.room < 0:
            raise imaplib.IMAP4.abort(f"the server wants to give {size:,} bytes too many")
        data: bytes = super().read(size)  # type: ignore[misc]
        if len(data) != size:
            raise imaplib.IMAP4.abort("it ended inside a mail")
        return data


class _Plain(_Bounded, imaplib.IMAP4):
    pass


class _Tls(_Bounded, imaplib.IMAP4_SSL):
    pass


def _connected(
    mailbox: ImapMailbox, timeout: float, context: ssl.SSLContext | None
) -> _Plain | _Tls:
    host, port = mailbox.host, mailbox.port
    if mailbox.security == "none":
        return _Plain(host, port, timeout)
    context = context or ssl.create_default_context()
    if mailbox.security == "tls":
        return _Tls(host, port, ssl_context=context, timeout=timeout)
    imap = _Plain(host, port, timeout)
    try:
        imap.starttls(context)
    except BaseException:
        with suppress(OSError):
            imap.shutdown()
        raise
    return imap


def _log_in(imap: imaplib.IMAP4, mailbox: ImapMailbox, password: str) -> None:
    """Log in; AUTH=PLAIN takes passwords in every script (RFC 4616)."""
    try:
        if "AUTH=PLAIN" in imap.capabilities:
            answers = iter([f"\0{mailbox.user}\0{password}".encode()])
            imap.authenticate("PLAIN", lambda _: _next_of(answers))
        else:
            imap.login(_escaped(mailbox.user), password)
    except UnicodeEncodeError:
        problem = "the server takes no user or password with letters beyond ASCII"
        raise MailboxError(f"{mailbox.label}: {problem}") from None
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, ValueError) as error:
        # the cause holds what was said, never the password
        raise MailboxError(
            f"{mailbox.label} refuses the login: {_said(error)}",
            next_step="check [[mailbox]] user, and the password in the environment",
        ) from error


def _next_of(answers: Iterator[bytes]) -> bytes:
    """Give the next answer of a login; a server that asks on would never come to an end."""
    for answer in answers:
        return answer
    raise imaplib.IMAP4.abort("the server asks for more than a user and a password")


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _quoted(folder: str) -> str:
    """Write a folder's name as IMAP does: in its own UTF-7 (RFC 3501 5.1.3), in quotes."""
    runs = re.split(r"([^\x20-\x7e]+)", folder)
    return _escaped(
        "".join(
            "&" + run.encode("utf-7").decode()[1:].rstrip("-").replace("/", ",") + "-"
            if number % 2
            else run.replace("&", "&-")
            for number, run in enumerate(runs)
        )
    )


def _set_of(uids: Iterable[int]) -> str:
    """Write UIDs as a sequence set, with ranges where they follow each other."""
    runs: list[list[int]] = []
    for uid in sorted(uids):
        if runs and runs[-1][1] == uid - 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in runs)


def _pieces(uids: Iterable[int]) -> Iterator[list[int]]:
    """A command's line has its limits."""
    ordered = sorted(uids)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]


def _words(said: Sequence[Any]) -> str:
    words = b" ".join(part for part in said if isinstance(part, bytes))
    return harmless(words.decode("utf-8", "replace"))[:200]
