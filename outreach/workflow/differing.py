"""Say what has changed since a campaign was planned, in its files and in its people. Reads only."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final

from outreach.compose import Composer, FrozenMessage, freeze
from outreach.compose.manifest import shown_path
from outreach.dispatch import audience, campaigns
from outreach.dispatch.audience import Drift
from outreach.dispatch.campaigns import Campaign
from outreach.errors import OutreachError
from outreach.model import Letterhead
from outreach.settings import FILE_NAME, Settings
from outreach.store import Database
from outreach.supporters import consent
from outreach.workflow.freezing import Circumstances, circumstances, freeze_message
from outreach.workflow.survey import fill

_LETTERHEAD: Final = {"sender.name", "sender.email", "sender.reply_to"}


@dataclass(frozen=True, slots=True)
class Change:
    """One text that isn't what it was."""

    #: message, facts, counted actions, letterhead, settings, segment
    kind: str
    #: the file, as people find it
    name: str
    #: lines of a unified diff, without line ends
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a campaign would be if it were planned now, beside what it is."""

    campaign: str
    #: UTC
    planned_at: str
    changes: tuple[Change, ...]
    #: None where the audience can't be worked out any more
    audience: Drift | None
    #: why something could not be compared, a sentence each
    problems: tuple[str, ...]

    @property
    def any(self) -> bool:
        """Whether planning again would make a difference."""
        drifted = self.audience and (self.audience.added or self.audience.dropped)
        return bool(self.changes or drifted or self.problems)


def diff_campaign(db: Database, settings: Settings, name: str, *, now: datetime) -> Changes:
    """Compare a campaign as it is planned with what planning it now, as of its day, would give.

    What can't be read any more is among the problems. Fills the temporary table `audience`.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet.
    """
    campaign = campaigns.get(db, name)
    then = FrozenMessage.thaw(campaigns.frozen_content(db, campaign))
    day = date.fromisoformat(campaign.day)
    changes: list[Change] = []
    problems: list[str] = []
    drift: Drift | None = None
    message, before = then, Circumstances.thaw(campaigns.frozen_settings(db, campaign))
    try:
        message = freeze(settings.templates_dir, campaign.template, settings.letterhead)
        changes += _of_files(then.files, message.files)
        changes += _of_letterhead(then.letterhead, message.letterhead)
        message = freeze_message(db, settings, campaign.template, day=day)
        changes += _of_tallies(then, message)
    except OutreachError as error:
        problems.append(str(error))
    try:
        changes += _of_circumstances(before, circumstances(settings, campaign.segment))
        drift = _drift(db, settings, campaign, _made(message, then, day), now)
    except OutreachError as error:
        problems.append(str(error))
    return Changes(name, campaign.planned_at, tuple(changes), drift, tuple(problems))


def files_notice(db: Database, settings: Settings, name: str) -> str:
    """Say which files of a planned message are others by now; '' where none is.

    Nor is anything said where the message can't be read any more: what was planned goes out anyway.

    Raises:
        NotFound: there is no such campaign.
        IllegalMove: it is not planned yet.
    """
    campaign = campaigns.get(db, name)
    then = FrozenMessage.thaw(campaigns.frozen_content(db, campaign))
    try:
        now = freeze(settings.templates_dir, campaign.template, settings.letterhead)
    except OutreachError:
        return ""
    paths = sorted({*then.files, *now.files})
    # the message's own files first
    changed = [path for path in paths if then.files.get(path) != now.files.get(path)]
    if not changed:
        return ""
    first = next((path for path in changed if path.startswith(f"{campaign.template}/")), changed[0])
    which = f"{shown_path(first)} has"
    if len(changed) > 1:
        which = f"{shown_path(first)} and {len(changed) - 1} more have"
    return (
        f"{which} changed since planning; what was planned goes out. See"
        f" `outreach campaigns diff {name}`."
    )


def _made(message: FrozenMessage, then: FrozenMessage, day: date) -> Composer:
    """Make the message as it is now, or as it was where it can't be made now."""
    try:
        return Composer(message, day)
    except OutreachError:
        return Composer(then, day)


def _drift(
    db: Database, settings: Settings, campaign: Campaign, made: Composer, now: datetime
) -> Drift:
    fill(db, settings, campaign.segment)
    cap = consent.cap_of(settings.cap, campaign.campaign_id, now)
    return audience.drift(db, campaign, discreet_version=made.discreet, kind=made.kind, cap=cap)


def _of_files(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Change]:
    for path in sorted({*then, *now}):
        kind = "facts" if path.startswith("facts/") else "message"
        old, new = _split(then.get(path)), _split(now.get(path))
        yield from _compared(kind, shown_path(path), old, new)


def _of_letterhead(then: Letterhead, now: Letterhead) -> Iterator[Change]:
    yield from _compared("letterhead", FILE_NAME, _letterhead(then), _letterhead(now))


def _letterhead(letterhead: Letterhead) -> list[str]:
    values = {
        **asdict(letterhead),
        "sender": f"{letterhead.sender.name} <{letterhead.sender.email}>",
    }
    return _lines(values)


def _of_tallies(then: FrozenMessage, now: FrozenMessage) -> Iterator[Change]:
    yield from _compared("counted actions", "tallies", _counts(then), _counts(now))


def _counts(frozen: FrozenMessage) -> list[str]:
    return [
        " ".join([tally.campaign, *values, f"= {quantity}"])
        for tally in frozen.tallies
        for values, quantity in sorted(tally.counts.items())
    ]


def _of_circumstances(then: Circumstances, now: Circumstances) -> Iterator[Change]:
    if then.settings:
        # the rest of who sends stands in the letterhead
        old, new = (
            _lines({key: value for key, value in c.settings.items() if key not in _LETTERHEAD})
            for c in (then, now)
        )
        yield from _compared("settings", FILE_NAME, old, new)
    if then.segments:
        for name in sorted({*then.segments, *now.segments}):
            yield from _compared(
                "segment",
                f"segments/{name}.sql",
                _split(then.segments.get(name)),
                _split(now.segments.get(name)),
            )


def _split(text: str | None) -> list[str] | None:
    return None if text is None else text.splitlines()


def _lines(values: Mapping[str, object]) -> list[str]:
    return [f"{key} = {value}" for key, value in sorted(values.items())]


def _compared(
    kind: str, name: str, then: Iterable[str] | None, now: Iterable[str] | None
) -> Iterator[Change]:
    """Give the difference of two texts, if there is one; None is a file that isn't there."""
    diff = difflib.unified_diff(
        list(then or ()),
        list(now or ()),
        "nothing" if then is None else f"{name} as planned",
        "nothing" if now is None else f"{name} now",
        lineterm="",
    )
    if lines := tuple(diff):
        yield Change(kind, name, lines)
