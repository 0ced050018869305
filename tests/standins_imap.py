"""A mailbox on a real socket that fails to order.

    with FaultyImap() as server:
        server.add(b"From: a@example.org\\r\\n\\r\\nHi")
        server.cut_after_mails = 1
        ...  # read 127.0.0.1:server.port

It knows what our reader needs of RFC 3501, and as much as quirky servers know of it. Mails are
numbered from 1; `renumber` gives all of them new numbers and the folder another UIDVALIDITY.
`commands` has what clients asked for, `flags` and `moved` what they did to the mailbox.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from outreach.settings import ImapMailbox

_CLOSED = (OSError, ValueError)


class _Cut(Exception):
    pass


@dataclass
class FaultyImap:
    """The server; listens as soon as it is made."""

    user: str = "events@example.org"
    password: str = "correct horse"
    #: what it says it can, besides IMAP4rev1
    offers: tuple[str, ...] = ("AUTH=PLAIN", "UIDPLUS", "MOVE")
    #: and this only to whom it knows
    offers_later: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    starttls: bool = False
    folders: tuple[str, ...] = ("INBOX", "Done")
    uidvalidity: int = 1
    #: what it says of the next UID; None: the truth, 0: nothing
    uidnext: int | None = None
    #: what it asks before it takes the password
    challenges: list[str] = field(default_factory=list)
    #: numbers that it lists besides those of its mails
    made_up: tuple[int, ...] = ()
    mails: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    moved: dict[int, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    #: end the connection inside the content of the next mail after so many; each time or once
    cut_after_mails: int | None = None
    cut_again: bool = False
    #: end the connection whenever this mail is asked for
    deadly: set[int] = field(default_factory=set)
    #: mails that are listed and answered NO, or not at all, or as NIL
    refused: set[int] = field(default_factory=set)
    silent: set[int] = field(default_factory=set)
    nil: set[int] = field(default_factory=set)
    #: sizes that it tells wrong, and literals that it announces larger than they are
    sizes: dict[int, int] = field(default_factory=dict)
    boasts: dict[int, int] = field(default_factory=dict)
    #: the UID stands after the content
    uid_last: bool = False
    #: says something else between the answers
    chatty: bool = False
    #: seconds before each mail
    delay: float = 0
    mute: bool = False
    #: it hangs up on all after so many
    most_connections: int = 1_000_000
    given: int = 0

    def __post_init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in [self._thread, *self._threads]:
            thread.join(5)
        for connection in self._sockets:
            connection.close()

    def add(self, *raws: bytes) -> None:
        """Put mails into the folder, with the next numbers."""
        for raw in raws:
            self.mails[max(self.mails, default=0) + 1] = raw

    def renumber(self, first: int = 1) -> None:
        """Number all mails anew, from `first`, as a restored or moved mailbox is."""
        self.uidvalidity += 1
        self.mails = dict(enumerate(self.mails.values(), first))

    def mailbox(self, **settings: str) -> ImapMailbox:
        """Give settings that read it."""
        security = "starttls" if self.starttls else "tls" if self.tls else "none"
        return ImapMailbox(
            **{"host": "localhost", "user": self.user, "security": security, **settings},
            port=self.port,
        )

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except _CLOSED:
                return
            self.connections += 1
            self._sockets.append(connection)
            thread = threading.Thread(target=self._serve, args=[connection], daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        talk = None
        try:
            if self.connections > self.most_connections:
                return
            if self.tls and not self.starttls:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self._sockets.append(connection)
            talk = _Talk(self, connection)
            talk.run()
        except (_Cut, OSError, ValueError):
            pass
        finally:
            if talk is not None:
                talk.close()
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


class _Talk:
    def __init__(self, server: FaultyImap, connection: socket.socket) -> None:
        self.server = server
        self.connection = connection
        self.lines = connection.makefile("rb")
        self.known = False
        self.readonly = True

    def close(self) -> None:
        with suppress(OSError):
            self.lines.close()

    def say(self, text: str | bytes) -> None:
        self.connection.sendall(text.encode() + b"\r\n" if isinstance(text, str) else text)

    def capabilities(self) -> str:
        offers = [*self.server.offers, *(self.server.offers_later if self.known else ())]
        if self.server.starttls and not isinstance(self.connection, ssl.SSLSocket):
            offers.append("STARTTLS")
        return " ".join(["IMAP4rev1", *offers])

    def run(self) -> None:
        if self.server.mute:
            self.lines.read()
            return
        self.say("* OK ready")
        while line := self.lines.readline():
            tag, _, rest = line.decode().rstrip("\r\n").partition(" ")
            if not rest.upper().startswith(("LOGIN", "AUTHENTICATE")):
                self.server.commands.append(rest)
            verb, _, words = rest.partition(" ")
            if verb.upper() == "UID":
                verb, _, words = words.partition(" ")
                verb = f"uid_{verb}"
            handler = getattr(self, f"do_{verb.lower()}", None)
            if handler is None:
                self.say(f"{tag} BAD what?")
                continue
            self.say(f"{tag} {handler(words) or 'OK done'}")
            if verb.upper() == "LOGOUT":
                return
            if verb.upper() == "STARTTLS":
                assert self.server.tls is not None
                self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
                self.server._sockets.append(self.connection)
                self.lines = self.connection.makefile("rb")

    def do_capability(self, _: str) -> None:
        self.say(f"* CAPABILITY {self.capabilities()}")

    def do_starttls(self, _: str) -> None:
        pass

    def do_logout(self, _: str) -> None:
        self.say("* BYE")

    def do_login(self, words: str) -> str | None:
        user, password = re.findall(r'"((?:[^"\\]|\\.)*)"', words)
        return self._log_in(user, password.replace('\\"', '"').replace("\\\\", "\\"))

    def do_authenticate(self, _: str) -> str | None:
        for challenge in self.server.challenges:
            self.say(f"+ {challenge}")
            self.lines.readline()
        self.say("+ ")
        _, user, password = base64.b64decode(self.lines.readline()).decode().split("\0")
        return self._log_in(user, password)

    def _log_in(self, user: str, password: str) -> str | None:
        self.known = (user, password) == (self.server.user, self.server.password)
        return None if self.known else "NO [AUTHENTICATIONFAILED] wrong"

    def do_select(self, words: str) -> str | None:
        self.readonly = False
        return self._open(words)

    def do_examine(self, words: str) -> str | None:
        self.readonly = True
        return self._open(words)

    def _open(self, words: str) -> str | None:
        if words.strip('"') not in self.server.folders:
            return "NO no such folder"
        self.say(f"* {len(self.server.mails)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.server.uidvalidity}] valid")
        uidnext = self.server.uidnext
        if uidnext is None:
            # a number is never given again, also where its mail is gone
            uidnext = max([*self.server.mails, *self.server.moved], default=0) + 1
        if uidnext:
            self.say(f"* OK [UIDNEXT {uidnext}] next")
        return f"OK [{'READ-ONLY' if self.readonly else 'READ-WRITE'}] open"

    def _uids(self, words: str) -> list[int]:
        there = sorted(self.server.mails)
        found: set[int] = set()
        for part in words.split(","):
            least, _, most = part.partition(":")
            ends = [
                max(there, default=0) if end == "*" else int(end) for end in (least, most or least)
            ]
            found |= {uid for uid in there if min(ends) <= uid <= max(ends)}
        return sorted(found)

    def do_uid_fetch(self, words: str) -> str | None:
        numbers, _, what = words.partition(" ")
        uids = self._uids(numbers)
        if "BODY" not in what:
            for uid in uids:
                size = self.server.sizes.get(uid, len(self.server.mails[uid]))
                self.say(f"* {self._place(uid)} FETCH (UID {uid} RFC822.SIZE {size})")
            for uid in self.server.made_up:
                self.say(f"* 1 FETCH (UID {uid} RFC822.SIZE 10)")
            return None
        assert "PEEK" in what
        for uid in uids:
            if uid in self.server.refused:
                return "NO some messages could not be fetched"
            if uid not in self.server.silent:
                self._give(uid, what)
        return None

    def _place(self, uid: int) -> int:
        return sorted(self.server.mails).index(uid) + 1

    def _give(self, uid: int, what: str) -> None:
        server = self.server
        time.sleep(server.delay)
        if uid in server.deadly:
            raise _Cut
        if server.chatty:
            self.say(f"* {self._place(uid)} FETCH (UID {uid} FLAGS (\\Recent))")
            self.say("* 7 EXISTS")
        raw, item = server.mails[uid], "BODY[]"
        if part := re.search(r"<(\d+)\.(\d+)>", what):
            raw = raw[int(part[1]) :][: int(part[2])]
            item = f"BODY[]<{part[1]}>"
        if uid in server.nil:
            self.say(f"* {self._place(uid)} FETCH (UID {uid} {item} NIL)")
            return
        announced = server.boasts.get(uid, len(raw))
        first, last = ("", f" UID {uid}") if server.uid_last else (f"UID {uid} ", "")
        self.say(f"* {self._place(uid)} FETCH ({first}{item} {{{announced}}}")
        if server.cut_after_mails is not None and server.given >= server.cut_after_mails:
            server.cut_after_mails = server.given + 1 if server.cut_again else None
            self.say(raw[: len(raw) // 2])
            raise _Cut
        self.say(raw)
        self.say(f"{last})")
        server.given += 1

    def do_uid_store(self, words: str) -> str | None:
        if self.readonly:
            return "NO read-only"
        numbers, _, flags = words.partition(" ")
        for uid in self._uids(numbers):
            self.server.flags.setdefault(uid, set()).update(re.findall(r"\\\w+", flags))
        return None

    def do_uid_copy(self, words: str) -> str | None:
        numbers, _, folder = words.partition(" ")
        if folder.strip('"') not in self.server.folders:
            return "NO [TRYCREATE] no such folder"
        for uid in self._uids(numbers):
            self.server.moved[uid] = folder.strip('"')
        return None

    def do_uid_move(self, words: str) -> str | None:
        if self.readonly:
            return "NO read-only"
        refusal = self.do_uid_copy(words)
        if refusal is None:
            for uid in self._uids(words.partition(" ")[0]):
                del self.server.mails[uid]
        return refusal

    def do_uid_expunge(self, words: str) -> None:
        for uid in self._uids(words):
            if "\\Deleted" in self.server.flags.get(uid, ()):
                del self.server.mails[uid]
