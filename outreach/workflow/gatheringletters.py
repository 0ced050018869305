"""Write to organisers of our own accord: before the day, and after it. Part of `outreach cron`.

Each gathering has one reminder and one request for its results, as single letters in the
organiser's language; they leave with the other letters. One request asks for all that an organiser
put on and that are due together. Where hosting is dangerous only the
discreet version of a message goes, and no calendar file. Whose follow-up is closed, and whoever was
ever closed for safety, is written to by staff alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from outreach.dispatch.purposes import LetterPurpose
from outreach.errors import OutreachError, StoreError
from outreach.followups import gatherings, gatheringview
from outreach.followups.gatheringnames import kind_name
from outreach.followups.gatheringstates import GatheringState
from outreach.followups.gatheringview import Filter, Gathering
from outreach.followups.resultsections import heading
from outreach.model import Attachment
from outreach.places import country_name
from outreach.settings import Settings
from outreach.store import Database, atomic
from outreach.workflow.gatheringeffects import one
from outreach.workflow.happenings import Event, Level
from outreach.workflow.letters import Desk, Wish

REMINDER: Final = "reminder"
REQUEST: Final = "results"
#: days after which nobody is asked any more: lists of old gatherings are read in, too
_TOO_LATE: Final = 60
#: gatherings of one letter: a link with lines for more is too long for some mail programs
_MOST_IN_ONE: Final = 8
_CALENDAR: Final = "text/calendar; charset=utf-8; method=PUBLISH"

#: gatherings that may be due; the hour is looked at with the clocks of each
_DUE: Final = """
    SELECT g.gathering_id, g.held_on, g.zone,
        coalesce(nullif(g.email, ''), nullif(f.email, ''), s.email, ''),
        coalesce(nullif(g.language, ''), nullif(f.language, ''), s.language, ''),
        f.campaign_id, f.delivery_id
      FROM gatherings AS g
      LEFT JOIN followups AS f ON f.followup_id = g.followup_id
      LEFT JOIN supporters AS s ON s.supporter_id = g.supporter_id
     WHERE g.state = ANY_OF_STATES AND g.held_on BETWEEN :first AND :last
       AND NOT EXISTS (SELECT 1 FROM gathering_letters AS l
            WHERE l.gathering_id = g.gathering_id AND l.what = :what)
       AND (:what <> 'results' OR NOT EXISTS (SELECT 1 FROM gathering_results AS r
            WHERE r.gathering_id = g.gathering_id AND r.state <> 'dismissed'))
       AND coalesce(f.stage, '') <> 'closed'
       AND NOT EXISTS (SELECT 1 FROM followups AS o JOIN followup_history AS h USING (followup_id)
            WHERE (o.followup_id = g.followup_id OR o.merged_into = g.followup_id
                    OR o.supporter_id = g.supporter_id)
              AND h.field = 'close_reason' AND h.new = 'safety')
     ORDER BY g.held_on, g.gathering_id
"""


@dataclass(frozen=True, slots=True)
class _Due:
    gathering_id: int
    held_on: str
    zone: str
    email: str
    language: str
    campaign_id: int | None
    delivery_id: int | None

    def today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.zone) if self.zone else UTC).date()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A gathering of which a letter is due."""

    due: _Due
    gathering: Gathering


def write_due(db: Database, settings: Settings, now: datetime) -> tuple[Event, ...]:
    """Write the reminders and requests that are due; give what went wrong. Each once for ever.

    One transaction for each letter. What is wrong with one stops no other, is told once, and is
    tried again. Safe to call at any time and twice at once.

    Raises:
        StoreError: the database can't be used.
    """
    told = []
    wanted = settings.gatherings
    desk = Desk(db, settings, now)
    for what, days in ((REMINDER, wanted.remind_days), (REQUEST, wanted.ask_days)):
        for letter in _letters(desk, what, _due(db, what, days, now)) if days else ():
            event = _write(desk, letter, what)
            if event is not None:
                told.append(event)
    return tuple(told)


def _letters(desk: Desk, what: str, due: Iterable[_Due]) -> list[list[_Wanted]]:
    """Put together what goes in one letter: all requests to one organiser, a few at most."""
    found: dict[tuple[object, ...], list[_Wanted]] = defaultdict(list)
    for each in due:
        gathering = one(desk.db, desk.settings, each.gathering_id)
        known = gathering.known
        key: tuple[object, ...] = (each.gathering_id,)
        if what == REQUEST:
            whose = (known.followup_id, known.supporter_id)
            key = (each.email.casefold(), each.language, *whose, gathering.guarded)
        found[key].append(_Wanted(each, gathering))
    return [
        wanted[start : start + _MOST_IN_ONE]
        for wanted in found.values()
        for start in range(0, len(wanted), _MOST_IN_ONE)
    ]


def calendar_files(
    db: Database, settings: Settings, followup_id: int, now: datetime
) -> tuple[Attachment, ...]:
    """Give the calendar file that goes with a confirmation: the planned gatherings of a follow-up
    of which the organiser has none, or has one that is no longer true.

    None where no day is fixed, and where hosting is dangerous: what a phone keeps, others read.
    """
    found = _unsent(db, settings, followup_id)
    return _calendar(found, found[0].known.language if found else "", now)


def note_calendar(
    db: Database, settings: Settings, followup_id: int, letter_id: int, now: datetime
) -> None:
    """Write down that what `calendar_files` gave went with a letter; in the same transaction."""
    for gathering in _unsent(db, settings, followup_id):
        gatherings.note_letter(db, gathering.gathering_id, _sent_as(gathering), letter_id, now)


def _unsent(db: Database, settings: Settings, followup_id: int) -> list[Gathering]:
    asked = Filter(followup_id=followup_id, state=GatheringState.PLANNED)
    sent = set(
        db.conn.execute(
            "SELECT l.gathering_id, l.what FROM gathering_letters AS l"
            " JOIN gatherings AS g USING (gathering_id) WHERE g.followup_id = ?",
            [followup_id],
        )
    )
    return [
        each
        for each in gatheringview.list_gatherings(db, settings.gatherings.dangers, asked)
        if each.known.held_on
        and not each.guarded
        and (each.gathering_id, _sent_as(each)) not in sent
    ]


def _sent_as(gathering: Gathering) -> str:
    return f"calendar {gathering.version}"


def _calendar(found: list[Gathering], language: str, now: datetime) -> tuple[Attachment, ...]:
    if not found:
        return ()
    # its library is not for every minute's cron
    from outreach.followups import calendars

    return (Attachment("event.ics", _CALENDAR, calendars.calendar(found, now, language or "en")),)


def _due(db: Database, what: str, days: int, now: datetime) -> Iterator[_Due]:
    """Give those that are due by the clocks of their places."""
    day = timedelta(days=1)
    today = now.date()
    if what == REMINDER:
        states, first, last = "'planned'", today - day, today + (days + 1) * day
    else:
        states, first, last = "'planned' OR g.state = 'held'", today - _TOO_LATE * day, today
    sql = _DUE.replace("g.state = ANY_OF_STATES", f"(g.state = {states})")
    asked = {"what": what, "first": first.isoformat(), "last": last.isoformat()}
    for row in db.conn.execute(sql, asked).fetchall():
        due = _Due(*row)
        ahead = (date.fromisoformat(due.held_on) - due.today(now)).days
        if due.email and (0 < ahead <= days if what == REMINDER else -ahead >= days):
            yield due


def _write(desk: Desk, wanted: Sequence[_Wanted], what: str) -> Event | None:
    """Write one letter; give what went wrong, if that was not told before."""
    db, now = desk.db, desk.now
    numbers = [each.due.gathering_id for each in wanted]
    try:
        with atomic(db):
            letter_id = desk.write(_wish(desk.settings, wanted, what, now))
            for number in numbers:
                gatherings.note_letter(db, number, what, letter_id, now)
    except StoreError:
        raise
    except OutreachError as error:
        with atomic(db):
            new = [gatherings.note_letter(db, n, f"{what} failed", None, now) for n in numbers]
        detail = f"the {what} letter of {_named(numbers)} can't be written: {error}"
        return Event(now, Level.ERROR, "failed", "", detail) if any(new) else None
    return None


def _named(numbers: Sequence[int]) -> str:
    return f"gathering{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"


def _wish(settings: Settings, wanted: Sequence[_Wanted], what: str, now: datetime) -> Wish:
    gathering, due = wanted[0].gathering, wanted[0].due
    known = gathering.known
    reminds = what == REMINDER
    names = settings.gatherings
    return Wish(
        purpose=LetterPurpose.REMINDER if reminds else LetterPurpose.RESULTS_REQUEST,
        template=names.reminder if reminds else names.request,
        email=due.email,
        name=known.organiser,
        language=due.language,
        country=known.country,
        discreet=gathering.guarded,
        followup_id=known.followup_id,
        delivery_id=due.delivery_id,
        campaign_id=due.campaign_id,
        supporter_id=known.supporter_id,
        attributes={} if gathering.guarded else _several(wanted, due.language),
        attachments=_calendar([gathering], due.language, now)
        if reminds and not gathering.guarded
        else (),
        once=f"{what} of {_named([each.due.gathering_id for each in wanted])}",
        # a reminder that comes on the day after helps nobody
        not_after=_begins(gathering) if reminds else None,
    )


def _several(wanted: Sequence[_Wanted], language: str) -> dict[str, str]:
    """Name the gatherings that a letter asks about, each on a line; nothing for a single one.

    `gathering_lines` are those below which an answer tells of each.
    """
    if len(wanted) < 2:
        return {}
    all_known = [each.gathering.known for each in wanted]
    places = [
        " ".join(known.place.split()) or country_name(known.country, language or "en")
        for known in all_known
    ]
    return {
        "gatherings": "\n".join(
            f"{kind_name(known.kind, language)}, {place} ({known.held_on})"
            for known, place in zip(all_known, places, strict=True)
        ),
        "gathering_lines": "\n".join(heading(known.held_on, known.place) for known in all_known),
    }


def _begins(gathering: Gathering) -> datetime:
    """Give the moment from which a reminder is late: the end of its day, if there is no hour."""
    known = gathering.known
    zone = ZoneInfo(known.zone) if known.zone else UTC
    hour = time.fromisoformat(known.begins) if known.begins else time(23, 59)
    return datetime.combine(date.fromisoformat(known.held_on), hour, zone)
