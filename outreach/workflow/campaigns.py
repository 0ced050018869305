"""Make campaigns, plan them, say where they stand, settle what is in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Final

from outreach import segments
from outreach.addresses import masked
from outreach.compose import Composer, freeze
from outreach.dispatch import (
    approvals,
    campaigns,
    deliveries,
    ledger,
    plan,
    schedule,
    waves,
)
from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.plan import Planned
from outreach.dispatch.schedule import Schedule
from outreach.dispatch.status import (
    CampaignState,
    Doubt,
    Ledger,
    Status,
    doubtful,
    doubts_mark,
    status,
)
from outreach.errors import IllegalMove, NotFound
from outreach.model import DeliveryState
from outreach.reports.happenings import happenings, in_words
from outreach.settings import Settings
from outreach.store import Database, atomic
from outreach.supporters import consent, roll
from outreach.tracking.subjects import split_attempt
from outreach.workflow import proof, running
from outreach.workflow.approving import stated_name
from outreach.workflow.facts import doubts
from outreach.workflow.freezing import circumstances, freeze_message


def create_campaign(
    db: Database,
    settings: Settings,
    name: str,
    *,
    template: str,
    segment: str,
    by: str = "",
    now: datetime,
) -> Campaign:
    """Make a campaign that is to send the message `template` to the people of `segment`.

    `by` is its author, who can't be the only one to approve a large one.

    Raises:
        NotFound: there is no such message or segment.
        TemplateError: the message can't be used.
        SegmentError: the segment's file can't be read.
        InputError: the name is not of the form a campaign's name must have.
        AlreadyExists: there is a campaign of that name.
    """
    freeze(settings.templates_dir, template, settings.letterhead)
    segments.get_segment(settings.segments_dir, segment)
    with atomic(db):
        return campaigns.create(db, name, template=template, segment=segment, by=by, now=now)


def plan_campaign(
    db: Database, settings: Settings, name: str, *, day: date, by: str = "", now: datetime
) -> Planned:
    """Freeze the campaign's message and write a ledger row for everybody in its segment.

    `day` decides which facts the message states; what is doubtful about them is told and stops
    nothing. Until something has left, planning again replaces the plan: people, consent, message
    and letterhead are read anew, an approval counts no more, and a schedule stands. One
    transaction. The messages of some of the people are made to see whether they can be.

    Raises:
        NotFound: there is no such campaign, or its message or segment is gone.
        TemplateError: the message can't be used on that day, or has no link to unsubscribe or no
            postal address.
        SegmentError: the segment can't be used or took too long.
        IllegalMove: messages of this campaign have left already.
        LeaseHeld: a dispatcher is at work on it.
    """
    campaign = campaigns.get(db, name)
    frozen = freeze_message(db, settings, campaign.template, day=day)
    composer = Composer(frozen, day)
    proof.prove_languages(frozen, composer, now)
    planned_with = circumstances(settings, campaign.segment)
    with atomic(db):
        # read again, as nothing can change it any more
        campaign = campaigns.get(db, name)
        plan.clear(db, campaign, now)
        audience = segments.fill_audience(
            db,
            settings.segments_dir,
            campaign.segment,
            time_limit=settings.segments.time_limit,
        )
        cap = consent.cap_of(settings.cap, campaign.campaign_id, now)
        planned = plan.fill(
            db,
            campaign,
            discreet_version=composer.discreet,
            kind=composer.kind,
            cap=cap,
            now=now,
        )
        campaigns.freeze(
            db,
            campaign,
            content_hash=frozen.content_hash,
            content=frozen.content,
            day=day,
            audience=audience,
            settings=planned_with.content,
            now=now,
        )
        sample = proof.prove_sample(db, campaign, frozen, composer, now)
        why = _why_voided(campaign, campaigns.get(db, name), planned)
        voided = approvals.void(db, campaign, why=why, now=now)
        if (found := schedule.find(db, campaign)) is not None:
            waves.begin(db, campaign, found)
        detail = f"{planned.planned} of {audience} people, message {frozen.content_hash[:12]}"
        campaigns.note(db, campaign, by=by, what="planned", detail=detail, now=now)
    return replace(
        planned,
        approval_voided=why if voided else "",
        day=day,
        older=proof.older_languages(frozen),
        doubts=doubts(frozen, day),
        sampled=sample.tried,
        not_composable=sample.failed,
        first_problem=sample.first_problem,
    )


def _why_voided(before: Campaign, after: Campaign, planned: Planned) -> str:
    """Say why an approval of the plan before doesn't stand for the one that replaced it."""
    if before.content_hash != after.content_hash or before.day != after.day:
        return "planned again with other content"
    if planned.changed and (planned.changed.added or planned.changed.dropped):
        return "planned again with another audience"
    return "planned again"


def campaign_status(db: Database, name: str) -> Status:
    """Say where a campaign stands.

    Raises:
        NotFound: there is none of that name.
    """
    return status(db, campaigns.get(db, name))


@dataclass(frozen=True, slots=True)
class Listed:
    """A campaign in the list of all."""

    campaign: str
    state: CampaignState
    audience: int
    ledger: Ledger
    balanced: bool
    #: UTC, since when nothing of it may leave, by whose word and why; '' where it may
    held_at: str
    held_by: str
    held_why: str
    #: when it is to go; None where nobody said
    schedule: Schedule | None
    #: whether somebody stands for it as it is planned
    approved: bool


def list_campaigns(db: Database) -> list[Listed]:
    """Say where all campaigns stand, the newest first."""
    return [_listed(db, campaign) for campaign in campaigns.list_all(db)]


def _listed(db: Database, campaign: Campaign) -> Listed:
    found = status(db, campaign)
    told = {each.name: getattr(found, each.name) for each in fields(found)}
    return Listed(
        **told,
        held_at=campaign.held_at,
        held_by=campaign.held_by,
        held_why=campaign.held_why,
        schedule=schedule.find(db, campaign),
        approved=bool(approvals.standing(db, campaign)),
    )


#: people whose rows are counted in a moment, all campaigns of a list together
_COUNTED_AT_ONCE: Final = 100_000


def newest_campaigns(
    db: Database, *, skip: int = 0, most: int
) -> list[tuple[Campaign, Status | None]]:
    """Give at most so many campaigns, the newest first, and where they stand.

    None for those of which only a longer count can tell: ask `campaign_status`, one by one.
    """
    found: list[tuple[Campaign, Status | None]] = []
    left = _COUNTED_AT_ONCE
    for campaign in campaigns.list_all(db)[skip : skip + most]:
        is_quick = campaign.audience <= left
        left -= campaign.audience * is_quick
        found.append((campaign, status(db, campaign) if is_quick else None))
    return found


def campaign_names(db: Database) -> list[str]:
    """Give the names of all campaigns, the newest first."""
    return [campaign.name for campaign in campaigns.list_all(db)]


def doubtful_letters(
    db: Database, name: str, *, addresses: bool = False, now: datetime
) -> list[Doubt]:
    """List a campaign's letters of which nobody knows whether they left, the oldest first.

    With all that was told since of each: an answer to a letter, or an event of an earlier attempt,
    settles nothing by itself and may tell a person enough. Addresses are masked unless `addresses`.
    What a dispatcher had that is gone by now is put in doubt before.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = campaigns.get(db, name)
    with atomic(db):
        running.doubt_abandoned(db, campaign, now)
    return [
        replace(
            doubt,
            address=doubt.address if addresses else masked(doubt.address),
            told=_told(db, doubt.attempt),
        )
        for doubt in doubtful(db, campaign)
    ]


def _told(db: Database, attempt: str) -> tuple[str, ...]:
    delivery_id, _, _ = attempt.partition("-")
    return tuple(map(in_words, happenings(db, int(delivery_id))))


#: what a person may say of a letter in doubt
SETTLEMENTS: Final[Mapping[str, DeliveryState]] = {
    "accepted": DeliveryState.ACCEPTED,
    "refused": DeliveryState.REFUSED,
    "resend": DeliveryState.PLANNED,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """How many letters were settled, and how many are still in doubt."""

    campaign: str
    settled: int
    still_in_doubt: int


def settle_doubts(
    db: Database,
    name: str,
    settlement: str,
    *,
    by: str,
    only: Sequence[str] = (),
    seen: str = "",
    now: datetime,
) -> Settled:
    """Settle what is in doubt of a campaign by the word of a person, whose name `by` is kept.

    That includes what a dispatcher had that is gone by now.

    `settlement` is one of SETTLEMENTS. `only` has addresses or ids of people, or ids of attempts;
    without any, all are settled: those that somebody has `seen`, as `doubts_mark` names them,
    where that is known. One transaction: where one of them isn't in doubt, none is settled.

    Raises:
        NotFound: there is no such campaign or person, or nothing to that person is in doubt.
        InputError: `by` is empty.
        IllegalMove: others are in doubt than were seen.
    """
    campaign = campaigns.get(db, name)
    by = stated_name(by)
    with atomic(db):
        running.doubt_abandoned(db, campaign, now)
        if seen and seen != doubts_mark(found := doubtful(db, campaign)):
            raise IllegalMove(
                "other letters were in doubt when you looked than now, when there are"
                f" {len(found):,}",
                next_step="look again",
            )
        people = dict.fromkeys(_in_doubt(db, campaign, who) for who in only)
        settled = 0
        for supporter_id in people or {None}:
            settled += ledger.resolve(
                db,
                campaign.campaign_id,
                SETTLEMENTS[settlement],
                by=by,
                supporter_id=supporter_id,
                now=now,
            )
        if settled:
            whose = f", only {', '.join(map(str, people))}" if people else ""
            detail = f"{settled} as {settlement}{whose}"
            campaigns.note(db, campaign, by=by, what="settled", detail=detail, now=now)
            # what is to be sent again isn't late because of how long that took
            schedule.seen(db, campaign, now)
            running.note_complete(db, campaign, now)
        left = ledger.count_in_doubt(db, campaign.campaign_id)
    return Settled(campaign.name, settled, left)


def _in_doubt(db: Database, campaign: Campaign, who: str) -> int:
    """Give the person to whom a letter is in doubt, named by address, id or its attempt."""
    attempt = split_attempt(who)
    if attempt is None:
        found = deliveries.of_person(db, roll.named(db, who).supporter_id, campaign=campaign.name)
    else:
        one = deliveries.by_id(db, attempt[0])
        found = [one] if one and (one.campaign, one.attempts) == (campaign.name, attempt[1]) else []
    for delivery in found:
        if delivery.state == DeliveryState.IN_DOUBT:
            return delivery.supporter_id
    raise NotFound(
        "no such attempt is in doubt" if attempt else "nothing to this person is in doubt",
        value=who,
        next_step=f"see `outreach campaigns doubtful {campaign.name} --addresses`",
    )
