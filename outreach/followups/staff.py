"""Who looks after those who wrote back: names, teams, and whose turn it is. Writes nothing."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final

from outreach.errors import InputError, NotFound, harmless, shown
from outreach.followups import changes
from outreach.names import name_key
from outreach.places import language_of
from outreach.settings import Member, Settings
from outreach.store import Database

_LONGEST_NAME: Final = 100


def checked_name(name: str) -> str:
    """Give a name that may stand in the history and on a screen.

    Raises:
        InputError: it holds control characters or is longer than 100.
    """
    name = name.strip()
    if len(name) > _LONGEST_NAME or harmless(name) != name:
        raise InputError(
            f"a name has at most {_LONGEST_NAME} characters, and none that controls a screen",
            value=name,
        )
    return name


#: whose changes give way to later mails, as nobody decided them
_MACHINES: Final = frozenset({changes.BY_MAIL, changes.BY_RULE, "outreach"})


def find(staff: Sequence[Member], who: str) -> Member | None:
    """Find somebody of the staff by name or address, however they are written; else None."""
    wanted, address = name_key(who), who.strip().casefold()
    for member in staff:
        if name_key(member.name) == wanted or member.email.casefold() == address:
            return member
    return None


def called(settings: Settings, who: str) -> str:
    """Give the name under which `who` acts: as the staff's list has it, else as written.

    Raises:
        InputError: it can't be a name.
    """
    member = find(settings.staff, who)
    name = member.name if member else checked_name(who)
    if name.casefold() in _MACHINES:
        raise InputError("the history calls its own changes so: act under another name", value=who)
    return name


def assignable(settings: Settings, who: str) -> str:
    """Give the name of somebody who may be given work; '' stays ''.

    Where the settings name no [[staff]], every name is one.

    Raises:
        NotFound: there are staff, and nobody of that name.
        InputError: it can't be a name.
    """
    name = called(settings, who)
    if name and settings.staff and find(settings.staff, name) is None:
        names = [member.name for member in settings.staff]
        near = difflib.get_close_matches(name, names, 1)
        meant = f", did you mean {shown(near[0])}" if near else ""
        raise NotFound(
            f"nobody of the staff is called that{meant}; there are {', '.join(names)}",
            value=name,
            next_step="name one of them, or add a [[staff]] to outreach.toml",
        )
    return name


def is_nobodys(settings: Settings, assignee: str) -> bool:
    """Whether nobody looks after what `assignee` has: no one, or somebody who left the staff."""
    return not assignee or bool(settings.staff and find(settings.staff, assignee) is None)


def must_exist(settings: Settings) -> None:
    """See that there are staff.

    Raises:
        NotFound: there are none in the settings.
    """
    if not settings.staff:
        raise NotFound(
            "there are no staff to give anything to",
            next_step="add a [[staff]] for each to outreach.toml, with name and email",
        )


def team_of(settings: Settings, country: str, language: str) -> list[Member]:
    """Give who looks after a country, else who does after a language, else those for anybody."""
    by_country = [m for m in settings.staff if country and country in m.countries.split()]
    spoken = (language or language_of(country)).partition("-")[0].lower()
    by_language = [m for m in settings.staff if spoken and spoken in m.languages.split()]
    anybody = [m for m in settings.staff if not m.countries and not m.languages]
    return by_country or by_language or anybody


#: when each was given something last
_LAST_GIVEN: Final = """
    SELECT coalesce(max(history_id), 0) FROM followup_history WHERE field = 'assignee' AND new = ?
"""


def next_in_turn(db: Database, members: Sequence[Member]) -> str:
    """Give the name of whoever of them was given something longest ago; '' where there is nobody.

    No turn is stored: the history knows, also of what was given by hand.
    """

    def given(member: Member) -> int:
        return int(db.conn.execute(_LAST_GIVEN, [member.name]).fetchone()[0])

    return min(members, key=given).name if members else ""


def by_rule(db: Database, settings: Settings, country: str, language: str) -> str:
    """Give who gets a new follow-up by the settings' rule; '' where that is decided by hand."""
    match settings.followups.assignment:
        case "team":
            return next_in_turn(db, team_of(settings, country, language))
        case "in_turn":
            return next_in_turn(db, settings.staff)
        case _:
            return ""
