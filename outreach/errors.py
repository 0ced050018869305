"""Everything that can go wrong, as one tree.

    OutreachError
    ├── SettingsError         outreach.toml or the environment says something we can't use
    ├── WorkspaceError        there is no workspace here, or we may not read or write it
    ├── StoreError            the database file
    │   ├── DatabaseBusy      somebody else is writing; nothing was changed
    │   ├── DatabaseTooNew    written by a newer version of this program
    │   ├── DatabaseOlder     put back from a backup; it doesn't know who was written to since
    │   ├── DatabaseUnusable  not a database, damaged, read-only, or the disk is full
    │   └── OutcomeUnknown    it failed us in the midst of something: that may be done or not
    ├── InputError            a file or a value that a person gave us
    │   ├── NotFound          the thing named does not exist
    │   ├── NotSigned         nobody we know signed it, or it was changed since
    │   └── AlreadyExists     the thing named exists already
    ├── SegmentError          a segments/*.sql file can't be used
    ├── TemplateError         a message, layout or facts file can't be used
    ├── IllegalMove           a state can't follow the one it is in
    ├── LeaseHeld             another process is doing this very thing now
    ├── MailboxError          a mailbox can't be read; what was taken in stays
    └── TransportError        the transport can't be used; what has no outcome did not leave us
        ├── AccountRefused    the provider refuses our account, key or sender
        └── MessageRefused    the provider refuses what is the same in every letter

Each class carries, as `next_step`, what the reader should do; an instance may say it more exactly.
Where that is a command, `desk_step` or `at_desk` says what to do on a page of the desk.
Which exit code each has stands in `outreach.cli.exits`.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

#: ZERO WIDTH NON-JOINER and ZERO WIDTH JOINER
_JOINERS: Final = "\u200c\u200d"


class OutreachError(Exception):
    """Root of the tree: one sentence on what is wrong, with file, line and value where known.

    `str()` gives `FILE, line N: problem (value 'V'); next step`. Values longer than 80 characters
    are cut, and control characters shown as escapes, so that the sentence is safe to print.
    """

    next_step: ClassVar[str] = "run the command again with --debug and report what it prints"
    #: the same for who reads it on a page, where `next_step` is for a command line
    desk_step: ClassVar[str] = ""

    def __init__(
        self,
        problem: str,
        *,
        file: object = None,
        line: int | None = None,
        value: object = None,
        next_step: str | None = None,
        at_desk: str = "",
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.file = None if file is None else str(file)
        self.line = line
        self.value = value
        self.advice = type(self).next_step if next_step is None else next_step
        self.at_desk = at_desk or (type(self).desk_step if next_step is None else "")

    def __str__(self) -> str:
        place = ""
        if self.file is not None:
            place = self.file + (f", line {self.line}" if self.line else "") + ": "
        value = "" if self.value is None else f" (value {shown(self.value)})"
        advice = f"; {self.advice}" if self.advice else ""
        return f"{place}{self.problem}{value}{advice}."


def shown(value: object, limit: int = 80) -> str:
    """Quote `value` for a message: at most `limit` characters, nothing that moves a cursor."""
    text = str(value)
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return f"'{harmless(cut)}'"


def harmless(text: str) -> str:
    """Show what moves a cursor, hides text or turns its direction round as an escape.

    The two joiners of letters stay: Persian, Hindi and many emoji are not written without them.
    """
    return "".join(c if c.isprintable() or c in _JOINERS else f"\\x{ord(c):02x}" for c in text)


class SettingsError(OutreachError):
    """outreach.toml or an environment variable holds something we can't use."""

    next_step = "mend the setting and run the command again"
    desk_step = "ask whoever looks after the server to mend the setting"


class WorkspaceError(OutreachError):
    """There is no workspace where we looked, or we may not read or write it."""

    next_step = "make one with `outreach init`, or name one with --workspace DIR"


class StoreError(OutreachError):
    """The database file can't be used."""

    next_step = "check the file outreach.db in the workspace"


class DatabaseBusy(StoreError):
    """Another process is writing. Nothing was changed; the same call may succeed."""

    next_step = "nothing was changed: try again when the other command has finished"
    desk_step = "nothing was changed: try again in a moment"


class DatabaseTooNew(StoreError):
    """The database was last written by a newer version of this program."""

    next_step = "install the newer version of outreach that wrote it"


class DatabaseOlder(StoreError):
    """A backup was put back, and nobody stands for what left since. Nothing was sent."""

    next_step = "stand for it with `outreach campaigns restored --by WHO`"


class DatabaseUnusable(StoreError):
    """The file is not a database, is damaged, may not be written, or the disk is full."""

    next_step = (
        "check the rights and the free space of its folder; a backup doesn't know who has been"
        " written to since, so cancel what was under way before you dispatch from one"
    )


class OutcomeUnknown(StoreError):
    """The database failed us in the midst of something; some of that, or all, may be done."""

    next_step = "look where things stand before you do it again"


class InputError(OutreachError):
    """A file or a value that a person gave us can't be used. Nothing was changed."""

    next_step = "correct it and run the command again"
    desk_step = "correct it and send it again"


class NotFound(InputError):
    """The thing that was named does not exist."""

    next_step = "check the name"
    desk_step = "check the name"


class NotSigned(InputError):
    """What a provider should have signed is not signed by a key that we know, or was changed."""

    next_step = (
        "take only what the provider posts, byte for byte, and check its key in the settings"
    )
    desk_step = ""


class AlreadyExists(InputError):
    """The thing that was to be made exists already."""

    next_step = "choose another name"
    desk_step = "choose another name"


class SegmentError(OutreachError):
    """A segment's file can't be read, is not one safe SELECT, or ran out of time."""

    next_step = "mend the segment's file"


class TemplateError(OutreachError):
    """A message, a layout or a facts file can't be used."""

    next_step = "mend the file"


class IllegalMove(OutreachError):
    """The thing is not in a state from which it can go where it was asked to go."""

    next_step = "look at its present state first"


class LeaseHeld(OutreachError):
    """Another process holds the lease for this very work."""

    next_step = "wait for it to finish, or stop it"


class MailboxError(OutreachError):
    """A mailbox can't be read (any more). What was taken in stays; the next run goes on there."""

    next_step = "check the mailbox's settings and that its server can be reached, then fetch again"


class TransportError(OutreachError):
    """The transport can't be used (any more): no letter without an outcome has left us.

    `retry_at`, aware, is when it said that it will take letters again; None where it didn't.
    """

    next_step = "check that the server can be reached, then try again"

    def __init__(
        self,
        problem: str,
        *,
        file: object = None,
        line: int | None = None,
        value: object = None,
        next_step: str | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        if retry_at is not None and next_step is None:
            next_step = f"try again after {retry_at:%Y-%m-%d %H:%M:%S %Z}"
        super().__init__(problem, file=file, line=line, value=value, next_step=next_step)
        self.retry_at = retry_at


class AccountRefused(TransportError):
    """The provider refuses our account, key or sender: no recipient is to blame or was spent."""

    next_step = "check the key or password, the sender and the account"


class MessageRefused(TransportError):
    """The provider refuses what is the same in every letter of a message; others may go."""

    next_step = "mend what it names, which is the same in every letter"
