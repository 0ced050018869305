"""Send a planned campaign, or rehearse it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from outreach.compose import Composer, FrozenMessage
from outreach.dispatch import campaigns
from outreach.dispatch.orders import Orders
from outreach.dispatch.rehearsal import Rehearsed, rehearse
from outreach.dispatch.results import Dispatched
from outreach.dispatch.sender import Sender
from outreach.dispatch.transports import Transport
from outreach.model import Progress, no_progress
from outreach.store import Database, signing_keys
from outreach.tokens import SigningKey


def dispatch_campaign(
    db: Database,
    name: str,
    transport: Transport,
    *,
    batch_size: int,
    clock: Callable[[], datetime],
    limit: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    progress: Progress = no_progress,
) -> Dispatched:
    """Send what is due of a campaign through `transport`, at most `limit` letters.

    `clock` gives the present moment, aware. `should_stop` is asked before each batch. Each batch is
    committed by itself, before and after the transport is called; after a crash the next call goes
    on, and what was on its way at the crash stays in doubt.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet.
        LeaseHeld: another dispatcher is at work on it.
        TransportError: the transport can't be used; nothing of the last batch left.
        TemplateError: the message can't be composed for anybody.
    """
    key, _ = signing_keys(db, clock())
    return Sender(db, _orders(db, name, key, batch_size), transport, clock).run(
        limit=limit, should_stop=should_stop, progress=progress
    )


def rehearse_campaign(
    db: Database,
    name: str,
    *,
    batch_size: int,
    now: datetime,
    limit: int | None = None,
    progress: Progress = no_progress,
) -> Rehearsed:
    """Compose what `dispatch_campaign` would send now. Sends nothing and changes nothing.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet.
    """
    # a rehearsal signs nothing that a reader accepts, so it needs no key of ours
    orders = _orders(db, name, SigningKey(0, b""), batch_size)
    return rehearse(db, orders, moment=now, limit=limit, progress=progress)


def _orders(db: Database, name: str, key: SigningKey, batch_size: int) -> Orders:
    campaign = campaigns.get(db, name)
    frozen = FrozenMessage.thaw(campaigns.frozen_content(db, campaign))
    composer = Composer(frozen, date.fromisoformat(campaign.day))
    return Orders(campaign, composer.compose, composer.discreet, key, batch_size)
