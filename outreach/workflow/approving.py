"""Have somebody stand for a campaign by name, when it has been looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from outreach.compose import Composer, FrozenMessage, lint
from outreach.compose.lint import Finding, Severity
from outreach.dispatch import approvals, campaigns, lateness, schedule
from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.orders import on_trial
from outreach.dispatch.status import status
from outreach.errors import IllegalMove, InputError, OutreachError
from outreach.model import Safety
from outreach.names import same_person
from outreach.settings import LOGIN, Settings
from outreach.store import Database, atomic
from outreach.workflow.dispatching import refuse_examples
from outreach.workflow.preview import MADE_UP

#: the finding of `templates check` that somebody must answer for by name
DOUBTFUL: Final = "fact-doubtful"
#: in the history: one of two who must stand for it has done so
_FIRST: Final = "approved by the first of two"


@dataclass(frozen=True, slots=True)
class Approved:
    """That a campaign is approved, and what stands against it all the same."""

    campaign: str
    by: str
    #: planned, in people
    people: int
    #: whether the same person had approved this plan before
    already: bool
    warnings: tuple[Finding, ...]
    #: whether it was held because it had been missed, and goes on now
    released: bool
    #: whether somebody other than its author was needed, and nobody knows who that is
    author_unknown: bool
    #: whether it is not approved yet, because of that: somebody else must do the same
    second_needed: bool
    scheduled: bool


def approve_campaign(
    db: Database,
    settings: Settings,
    name: str,
    *,
    by: str,
    despite_doubts: str = "",
    seen: str = "",
    now: datetime,
) -> Approved:
    """Write down that `by` stands for the campaign as it is planned. Safe to call again.

    Its frozen message is checked and must be without errors; of doubtful facts `despite_doubts`
    says why it may state them. A test of the same content must have been sent. For more people than
    `[approval] second_person_over` it takes somebody other than whoever made or planned it; where
    nobody knows who that was, it takes two. A campaign that is held because it was missed goes on.
    `seen` is the plan that they looked at, as `campaigns.plan_mark` names it, where that is known;
    '' is what is planned.

    Raises:
        NotFound: there is no such campaign.
        InputError: `by` is blank.
        IllegalMove: it is not planned, nothing of it is left to send, or one of the above is
            missing.
        SettingsError: it was planned with the example's sender, and its letters would leave us.
    """
    by = stated_name(by)
    campaign = campaigns.get(db, name)
    frozen = FrozenMessage.thaw(campaigns.frozen_content(db, campaign))
    campaigns.refuse_other_plan(db, campaign, seen)
    checked = campaigns.plan_mark(db, campaign)
    people = _people(db, campaign)
    refuse_examples(db, settings, campaign)
    author_unknown = _second_person(db, settings, campaign, by, people)
    warnings = _checked(campaign, frozen, despite_doubts, now)
    _tested(db, campaign, frozen, now)
    with atomic(db):
        latest = campaigns.get(db, name)
        if campaigns.plan_mark(db, latest) != checked:
            raise IllegalMove("it was planned anew a moment ago", next_step="approve it again")
        standing = approvals.standing(db, latest)
        already = any(same_person(a.by, by) for a in standing)
        alone = author_unknown and not standing and not _others(db, latest, by)
        if alone:
            campaigns.note(db, latest, by=by, what=_FIRST, detail=f"{people} people", now=now)
        elif not already:
            approvals.approve(db, latest, by=by, now=now)
            detail = f"{people} people"
            if despite_doubts.strip():
                detail += f", despite doubts: {despite_doubts.strip()}"
            campaigns.note(db, latest, by=by, what="approved", detail=detail, now=now)
        released = (
            not alone
            and lateness.held_as_missed(latest)
            and campaigns.release(db, latest, by=by, now=now)
        )
        scheduled = schedule.find(db, latest) is not None
    return Approved(name, by, people, already, warnings, released, author_unknown, alone, scheduled)


def stated_name(by: str) -> str:
    """Give the name of whoever stands for something, without outer spaces.

    Raises:
        InputError: nobody is named.
    """
    name = " ".join(by.split())
    if not name:
        raise InputError(
            "somebody must stand for this by name",
            next_step="name yourself with --by, or in the environment as OUTREACH_STAFF",
        )
    return name


def _people(db: Database, campaign: Campaign) -> int:
    """Count whom the plan is to reach."""
    ledger = status(db, campaign).ledger
    if not ledger.planned:
        raise IllegalMove(
            f"nothing of {campaign.name} is left to send",
            next_step=f"see `outreach campaigns show {campaign.name}`",
            at_desk="look at its history",
        )
    return ledger.total - sum(ledger.excluded.values())


def _second_person(
    db: Database, settings: Settings, campaign: Campaign, by: str, people: int
) -> bool:
    """See that its author isn't alone; give whether nobody knows who that is."""
    most = settings.approval.second_person_over
    if people <= most:
        return False
    planner = next((e.by for e in _since(db, campaign) if e.what == "planned"), "")
    for author, did in ((campaign.created_by, "made"), (planner, "planned")):
        if author and same_person(by, author.removeprefix(LOGIN)):
            raise IllegalMove(
                f"{by} {did} {campaign.name}, and for more than {most:,} people somebody else must"
                f" approve it; it goes to {people:,}",
                next_step="have a second person look at it:"
                f" `outreach campaigns approve {campaign.name} --by WHO`",
            )
    # a login may be that of many people
    return not any(name and not name.startswith(LOGIN) for name in (campaign.created_by, planner))


def _since(db: Database, campaign: Campaign) -> list[campaigns.Event]:
    """Give what was done with a campaign since it was planned last, with that, the latest first."""
    found = []
    for event in reversed(campaigns.history(db, campaign)):
        found.append(event)
        if event.what == "planned":
            break
    return found


def _others(db: Database, campaign: Campaign, by: str) -> bool:
    """Whether somebody else has stood for this plan, who alone was not enough."""
    for event in _since(db, campaign):
        if event.what == "held":
            # what was said before that doesn't count for what comes after
            return False
        if event.what == _FIRST and not same_person(event.by, by):
            return True
    return False


def _checked(
    campaign: Campaign, frozen: FrozenMessage, despite_doubts: str, now: datetime
) -> tuple[Finding, ...]:
    """See that the message has no errors and nobody doubts its facts; give the warnings."""
    day = date.fromisoformat(campaign.day)
    found = lint.check_message(frozen, day=day, moment=now).findings
    errors = [one for one in found if one.severity is Severity.ERROR]
    if errors:
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise IllegalMove(
            f"the message of {campaign.name} has an error: {first.what}{more}",
            file=first.file,
            line=first.line,
            next_step=f"see `outreach templates check {campaign.template} --day {campaign.day}`,"
            f" mend it, and then `outreach campaigns plan {campaign.name}`",
            at_desk="look at its message, mend it, and plan again",
        )
    doubts = [one for one in found if one.kind == DOUBTFUL]
    if doubts and not despite_doubts.strip():
        first = doubts[0]
        more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
        raise IllegalMove(
            f"{campaign.name} states a fact that is doubtful: {first.what}{more}",
            file=first.file,
            line=first.line,
            next_step="have it looked at and plan again, or approve it with"
            ' --despite-doubts "why it may be stated all the same"',
        )
    return tuple(one for one in found if one.severity is Severity.WARNING)


def _tested(db: Database, campaign: Campaign, frozen: FrozenMessage, now: datetime) -> None:
    """See that somebody has been sent a test of this very content."""
    days = approvals.tested_days(db, campaign.content_hash)
    day = date.fromisoformat(campaign.day)
    if day in days or any(_reads_alike(frozen, day, other, now) for other in days):
        return
    raise IllegalMove(
        f"nobody has been sent a test of {campaign.name} as it is planned now",
        next_step=f"send yourself one with `outreach campaigns test {campaign.name} --as EMAIL"
        " --to ADDRESS`, look at it, and approve then",
        at_desk="send yourself one, look at it, and approve then",
    )


def _reads_alike(frozen: FrozenMessage, one: date, other: date, moment: datetime) -> bool:
    """Whether a message states the same on two days, to made-up readers in each language."""
    first, second = Composer(frozen, one), Composer(frozen, other)
    safeties = (Safety.STANDARD, Safety.DISCREET) if first.discreet else (Safety.STANDARD,)
    try:
        return all(
            on_trial(first.compose, reader, moment) == on_trial(second.compose, reader, moment)
            for language in first.languages
            for safety in safeties
            for reader in [replace(MADE_UP, language=language, safety=safety)]
        )
    except OutreachError:
        return False
