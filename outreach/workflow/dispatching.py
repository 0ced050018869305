"""Send a planned campaign, or rehearse it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from outreach.compose import Composer, FrozenMessage
from outreach.dispatch import approvals, campaigns, mark, plan
from outreach.dispatch.approvals import Approval
from outreach.dispatch.campaigns import OURSELVES, Campaign
from outreach.dispatch.orders import NO_LIMITS, Limits, Orders
from outreach.dispatch.rehearsal import Rehearsed, rehearse
from outreach.dispatch.results import Dispatched, Stop
from outreach.dispatch.sender import Sender
from outreach.dispatch.status import status
from outreach.dispatch.transports import Transport, plain_words
from outreach.errors import (
    AccountRefused,
    DatabaseOlder,
    IllegalMove,
    MessageRefused,
    SettingsError,
)
from outreach.model import Letterhead, Progress, no_progress
from outreach.settings import FILE_NAME, Organisation, Settings
from outreach.settings import Sender as SenderSettings
from outreach.store import Database, atomic, signing_keys
from outreach.tokens import SigningKey
from outreach.workflow import running
from outreach.workflow.holding import refuse_held


def dispatch_campaign(
    db: Database,
    name: str,
    transport: Transport,
    *,
    batch_size: int,
    limits: Limits = NO_LIMITS,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
    limit: int | None = None,
    only_approved: bool = False,
    by: str = OURSELVES,
    should_stop: Callable[[], bool] = lambda: False,
    progress: Progress = no_progress,
) -> Dispatched:
    """Send what is due of a campaign through `transport`, at most `limit` letters.

    `clock` gives the present moment, aware; `sleep` waits for seconds, where `limits` or the
    provider let nothing go yet. `should_stop` is asked before each letter and each second of a
    wait. What is handed to the transport was committed before; after a crash the next call goes
    on, and what the transport had at the crash stays in doubt. Of a scheduled campaign nothing
    leaves before its time, while its sending window is shut, or when its time is over. With
    `only_approved` somebody must stand for the plan as it is when its lease is taken. The history
    says when it began, `by` whose word, and what it came to.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet, is held, or isn't approved and had to be.
        DatabaseOlder: a backup was put back, and nobody stands for what left since.
        LeaseHeld: another dispatcher is at work on it.
        TransportError: the transport can't be used any more; what it did before is written down.
        AccountRefused, MessageRefused: likewise, and the campaign is held.
    """
    key, _ = signing_keys(db, clock())
    orders = _orders(db, name, key, batch_size, limits)
    if only_approved:
        standing(db, orders.campaign)
    run = running.begin_run(db, name, by=by, through=transport.name, now=clock())

    def is_over() -> bool:
        return run.ends_at is not None and clock() >= run.ends_at

    sent, why, told = None, "", 0
    try:
        refuse_held(db, campaigns.get(db, name))
        if only_approved:
            # with the lease nobody plans it anew
            standing(db, campaigns.get(db, name))
        orders = replace(orders, holder=run.holder)
        sent = Sender(db, orders, transport, clock, sleep).run(
            limit=limit, should_stop=lambda: should_stop() or is_over(), progress=progress
        )
        if sent.stopped is Stop.ASKED and is_over() and not should_stop():
            sent = replace(sent, stopped=Stop.OUT_OF_TIME)
    except BaseException as error:
        why = running.broken_off_by(error)
        _explain(db, orders.campaign, transport, error, clock())
        raise
    finally:
        told = running.end_run(db, run, sent, why, clock())
    return replace(sent, all_in_doubt=sent.all_in_doubt - told, told=told)


def _explain(
    db: Database, campaign: Campaign, transport: Transport, error: BaseException, now: datetime
) -> None:
    """Hold a campaign whose message is refused; say how to go on, in the error itself."""
    if isinstance(error, MessageRefused):
        why = f"{transport.name} refuses its message: {plain_words(error.problem)}"
        with atomic(db):
            campaigns.hold(db, campaign, by=OURSELVES, why=why, now=now)
    if isinstance(error, (AccountRefused, MessageRefused)):
        error.advice += f", then `outreach campaigns resume {campaign.name} --by WHO`"


def refuse_unapproved(db: Database, settings: Settings, name: str) -> None:
    """See that nobody sends a large campaign by hand that nobody else stands for.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it goes to more than `[approval] over` people, isn't approved, and would leave
            us.
    """
    campaign = campaigns.get(db, name)
    if not may_need_approval(settings):
        return
    ledger = status(db, campaign).ledger
    people = ledger.total - sum(ledger.excluded.values())
    if not needs_approval(settings, people):
        return
    if not approvals.standing(db, campaign):
        raise IllegalMove(
            f"{name} goes to {people:,} people, and nobody has approved it; more than"
            f" {settings.approval.over:,} need that",
            next_step=f"have it approved: `outreach campaigns approve {name} --by WHO`",
            at_desk="have somebody approve it",
        )


def standing(db: Database, campaign: Campaign) -> list[Approval]:
    """Give the approvals of a campaign as it is planned; there is one at least.

    Raises:
        IllegalMove: there is none.
    """
    found = approvals.standing(db, campaign)
    if not found:
        raise IllegalMove(
            f"nobody has approved {campaign.name} as it is planned",
            next_step=f"have it approved: `outreach campaigns approve {campaign.name} --by WHO`",
            at_desk="have somebody approve it",
        )
    return found


def needs_approval(settings: Settings, people: int) -> bool:
    """Whether a campaign to so many people leaves us by hand only when somebody stands for it."""
    return may_need_approval(settings) and people > settings.approval.over


def may_need_approval(settings: Settings) -> bool:
    """Whether anything leaves us at all: the outbox is a folder of ours."""
    return settings.delivery.transport != "outbox"


def why_not_now(db: Database, settings: Settings, name: str) -> str:
    """Say why a planned campaign would not be dispatched by hand as it stands; '' where it would.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet.
    """
    campaign = campaigns.get(db, name)
    try:
        refuse_examples(db, settings, campaign)
        refuse_unapproved(db, settings, name)
        mark.refuse_if_older(db)
        refuse_held(db, campaign)
    except (IllegalMove, SettingsError, DatabaseOlder) as error:
        return str(error)
    return ""


def letterhead_notice(db: Database, settings: Settings, name: str) -> str:
    """Say what of outreach.toml a planned campaign doesn't use; '' where they agree.

    Organisation, sender and links are frozen at planning, with the message.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet.
        SettingsError: it was planned with the example's sender, and its letters would leave us.
    """
    campaign = campaigns.get(db, name)
    frozen = FrozenMessage.thaw(campaigns.frozen_content(db, campaign)).letterhead
    left = plan.has_left(db, campaign)
    refuse_examples(db, settings, campaign)
    if frozen == settings.letterhead:
        return ""
    return (
        f"[organisation], [sender] or [public] in {FILE_NAME} changed after {name} was planned: "
        + ("this campaign goes on with what was planned." if left else "plan again to use it.")
    )


def refuse_examples(db: Database, settings: Settings, campaign: Campaign) -> None:
    """See that nothing leaves us in the example's name.

    Raises:
        IllegalMove: it is not planned yet.
        SettingsError: it was planned with the example's sender, and its letters would leave us.
    """
    if settings.delivery.transport == "outbox":
        return
    frozen = FrozenMessage.thaw(campaigns.frozen_content(db, campaign)).letterhead
    if still := _of_the_example(frozen):
        left = plan.has_left(db, campaign)
        raise SettingsError(
            f"the campaign {campaign.name} was planned with the example's {', '.join(still)}",
            file=settings.root / FILE_NAME,
            next_step=f"write your own there and {'make a new campaign' if left else 'plan again'}",
        )


def examples_notice(db: Database, settings: Settings, name: str) -> str:
    """Say why a campaign that was just planned won't be sent as it is; '' where nothing bars it.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet.
    """
    try:
        refuse_examples(db, settings, campaigns.get(db, name))
    except SettingsError as error:
        return str(error)
    return ""


def _of_the_example(letterhead: Letterhead) -> list[str]:
    """Name the settings that say who writes and that nobody has filled in."""
    organisation, sender = Organisation(), SenderSettings()
    examples = {
        "[organisation] name": (letterhead.organisation, organisation.name),
        "[organisation] postal_address": (letterhead.postal_address, organisation.postal_address),
        "[sender] name": (letterhead.sender.name, sender.name),
        "[sender] email": (letterhead.sender.email, sender.email),
        "[sender] reply_to": (letterhead.reply_to, sender.reply_to),
    }
    return [name for name, (ours, example) in examples.items() if ours == example]


def rehearse_campaign(
    db: Database,
    name: str,
    *,
    batch_size: int,
    limits: Limits = NO_LIMITS,
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
    orders = _orders(db, name, SigningKey(0, b""), batch_size, limits)
    return rehearse(db, orders, moment=now, limit=limit, progress=progress)


def _orders(db: Database, name: str, key: SigningKey, batch_size: int, limits: Limits) -> Orders:
    campaign = campaigns.get(db, name)
    frozen = FrozenMessage.thaw(campaigns.frozen_content(db, campaign))
    composer = Composer(frozen, date.fromisoformat(campaign.day))
    return Orders(
        campaign, composer.compose, composer.discreet, key, batch_size, limits, composer.kind
    )
