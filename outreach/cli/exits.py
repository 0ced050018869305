"""Exit codes: the one table. From 65 up they are those of sysexits.h, as mail servers know them."""

from __future__ import annotations

from typing import Final

from outreach import errors

OK: Final = 0
#: the command worked and found something to mend or to look at
FOUND: Final = 1
USAGE: Final = 2
BUG: Final = 70
#: a mail server that hands a mail over keeps it and tries again
TRY_AGAIN: Final = 75
INTERRUPTED: Final = 130

#: error class -> (exit code, what it means); the nearest class above counts for one not listed
EXITS: Final[dict[type[errors.OutreachError], tuple[int, str]]] = {
    errors.OutreachError: (BUG, "a fault of this program"),
    errors.SettingsError: (78, "outreach.toml or the environment is wrong"),
    errors.WorkspaceError: (72, "there is no workspace, or it can't be read or written"),
    errors.StoreError: (74, "the database can't be used"),
    errors.DatabaseBusy: (75, "another command is writing; try again"),
    errors.InputError: (65, "a file or value can't be used; nothing was changed"),
    errors.NotFound: (66, "the thing named does not exist"),
    errors.NotSigned: (65, "nobody we know signed it, or it was changed since"),
    errors.AlreadyExists: (73, "the thing to be made exists already"),
    errors.SegmentError: (65, "a segment can't be used"),
    errors.TemplateError: (65, "a message can't be used"),
    errors.IllegalMove: (65, "not possible in its present state"),
    errors.LeaseHeld: (75, "another process is doing this; try again"),
    errors.MailboxError: (69, "a mailbox can't be read; what was taken in stays"),
    errors.TransportError: (69, "the mail service can't be used; the rest is still planned"),
    errors.AccountRefused: (77, "the mail service refuses our account"),
    errors.MessageRefused: (65, "the mail service refuses the message"),
}


def exit_code(error: errors.OutreachError) -> int:
    """Give the exit code for `error`: its class's, or that of the nearest class above."""
    for cls in type(error).__mro__:
        if cls in EXITS:
            return EXITS[cls][0]
    return BUG
