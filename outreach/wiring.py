"""The composition root: settings become an open workspace and a chosen transport.

Besides the faces it is the only place that reads the clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from outreach.dispatch import learnt
from outreach.dispatch.orders import Limits
from outreach.dispatch.transports import Transport
from outreach.errors import DatabaseBusy, SettingsError
from outreach.settings import (
    SECRET_VARIABLES,
    Settings,
    find_workspace,
    load,
    workspace_from_environment,
)
from outreach.store import Database, atomic, open_database


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open workspace."""

    settings: Settings
    db: Database


def utc_now() -> datetime:
    """Give this moment, in UTC."""
    return datetime.now(UTC)


@contextmanager
def opened(folder: Path | None) -> Iterator[Workspace]:
    """Open the workspace in `folder` or, without one, the nearest from here upwards.

    Raises:
        WorkspaceError: there is none.
        SettingsError: its outreach.toml is wrong.
        StoreError: its database can't be used.
    """
    named = folder or (Path(workspace_from_environment()) if workspace_from_environment() else None)
    root = named.absolute() if named is not None else find_workspace(Path.cwd())
    settings = load(root)
    db = open_database(settings.database)
    try:
        yield Workspace(settings, db)
    finally:
        db.close()


def open_transport(settings: Settings, db: Database) -> Transport:
    """Make the transport that the settings name. Nothing is connected or written before it sends.

    What it learns of the provider is remembered in `db`.

    Raises:
        SettingsError: it lacks a secret, or its secret can't be one.
    """
    match settings.delivery.transport:
        # only the one that is used is imported: each brings a library with it
        case "smtp":
            from outreach.dispatch.transports.smtp import Smtp

            smtp = settings.smtp
            return Smtp(
                smtp.host,
                smtp.port,
                security=smtp.security,
                user=smtp.user,
                password=_secret(settings, "smtp_password", "[smtp] user") if smtp.user else "",
                timeout=smtp.timeout,
                envelope_sender=settings.sender.envelope,
                connections=smtp.connections,
                messages_per_connection=smtp.messages_per_connection,
            )
        case "sendgrid":
            return _sendgrid(settings, db)
        case _:
            from outreach.dispatch.transports.outbox import Outbox

            return Outbox(settings.outbox_dir, fsync=settings.outbox.fsync)


def _sendgrid(settings: Settings, db: Database) -> Transport:
    from outreach.dispatch.transports.sendgrid import SendGrid
    from outreach.dispatch.transports.sendgrid_answers import LEAST_BYTES

    def learn(limit: int) -> None:
        # while somebody else writes, it is learnt again another time
        with suppress(DatabaseBusy), atomic(db):
            learnt.remember(db, learnt.SUBSTITUTION_BYTES, limit, utc_now())

    wanted = settings.sendgrid.substitution_bytes
    said = learnt.number(db, learnt.SUBSTITUTION_BYTES, utc_now(), least=LEAST_BYTES)
    return SendGrid(
        _secret(settings, "sendgrid_api_key", "the transport sendgrid"),
        host=settings.sendgrid.host,
        timeout=settings.sendgrid.timeout,
        requests_at_once=settings.sendgrid.requests_at_once,
        substitution_bytes=min(wanted, said or wanted),
        substituted_reply_to=settings.sendgrid.reply_to == "substituted",
        learnt=learn,
    )


def limits(settings: Settings) -> Limits:
    """Give how fast and how often letters may go. The outbox sends nothing, so it has no pace."""
    match settings.delivery.transport:
        case "outbox":
            return Limits(cap=settings.cap)
        case "sendgrid":
            from outreach.dispatch.transports.sendgrid import MOST_PEOPLE, MOST_WAITING

            # requests under way, and letters that wait for others of their shape
            window = MOST_PEOPLE * settings.sendgrid.requests_at_once + MOST_WAITING
            return Limits(settings.pacing, settings.cap, window)
        case _:
            return Limits(settings.pacing, settings.cap)


def _secret(settings: Settings, name: str, who: str) -> str:
    """Give a secret without the line end that a file or a shell may have left on it.

    Raises:
        SettingsError: it is missing, or holds what no header or login can. It is never shown.
    """
    variable = SECRET_VARIABLES[name]
    secret: str = getattr(settings.secrets, name).strip()
    if not secret:
        raise SettingsError(
            f"{who} needs {variable}", next_step="set it in the environment and try again"
        )
    if not (secret.isascii() and secret.isprintable()):
        raise SettingsError(
            f"{variable} holds a character that can't be sent",
            next_step="set it again in the environment: perhaps it was copied with something else",
        )
    return secret
