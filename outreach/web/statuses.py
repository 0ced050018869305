"""HTTP statuses: the one table, as `cli.exits` is for the command line."""

from __future__ import annotations

from typing import Final

from outreach import errors

#: error class -> HTTP status; the nearest class above counts for one not listed
STATUSES: Final[dict[type[errors.OutreachError], int]] = {
    errors.OutreachError: 500,
    errors.SettingsError: 500,
    errors.WorkspaceError: 503,
    errors.StoreError: 503,
    errors.DatabaseBusy: 503,
    # not to be tried again unseen
    errors.OutcomeUnknown: 500,
    errors.InputError: 400,
    errors.NotFound: 404,
    errors.NotSigned: 403,
    errors.AlreadyExists: 409,
    errors.SegmentError: 400,
    errors.TemplateError: 400,
    errors.IllegalMove: 409,
    errors.LeaseHeld: 409,
    errors.MailboxError: 502,
    errors.TransportError: 502,
    errors.AccountRefused: 502,
    errors.MessageRefused: 502,
}


def status_of(error: Exception) -> int:
    """Give the status for `error`: its class's, or that of the nearest class above."""
    for cls in type(error).__mro__:
        if cls in STATUSES:
            return STATUSES[cls]
    return 500
