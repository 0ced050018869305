"""The sections of outreach.toml about the people who wrote back, and the events they put on."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.settings.checks import (
    a_time,
    an_address,
    between,
    country_codes,
    language_codes,
    one_line,
    one_of,
    or_empty,
    weekends,
    working_hours,
)
from outreach.settings.fields import setting


@dataclass(frozen=True, slots=True)
class Gatherings:
    """The events that volunteers put on, and what protects those who do."""

    dangerous: str = setting(
        "AE AF AZ BH BI BY CF CM CN CU DJ EG ER ET GQ HK IQ IR KH KP KZ LA LY MM NI OM PK PS QA RU"
        " RW SA SD SO SS SY SZ TD TJ TM TR UG UZ VE VN YE ZW",
        "countries where hosting is dangerous: no public gathering, no name or place in an export,"
        " and a safety talk first. A cautious start that no authority stands behind: your"
        " organisation decides, before each campaign",
        country_codes,
    )
    campaign: str = setting(
        "",
        "the campaign for which their letters count where nothing else is said, such as"
        " write-for-rights-2014",
        or_empty(one_line),
    )
    remind_days: int = setting(
        7, "days before, on which organisers are reminded; 0: never", between(0, 365)
    )
    ask_days: int = setting(
        2, "days after, on which they are asked how it went; 0: never", between(0, 365)
    )
    reminder: str = setting("organiser-reminder", "the message that reminds", one_line)
    request: str = setting("organiser-results", "the message that asks", one_line)
    least_shown: int = setting(
        5,
        "of a dangerous country, a report shows no number that stands for fewer people",
        between(1, 1_000),
    )

    @property
    def dangers(self) -> frozenset[str]:
        """The codes of the dangerous countries."""
        return frozenset(self.dangerous.split())


@dataclass(frozen=True, slots=True)
class Followups:
    """How the people who wrote back are looked after."""

    answer_within: int = setting(
        16, "hours of the volunteer's own working week until an answer is due", between(1, 1_000)
    )
    working_hours: str = setting(
        "09:00-17:00", "hours of a working day, on the volunteer's own clock", working_hours
    )
    weekends: str = setting(
        "",
        'where the weekend is another than Unicode CLDR says, such as "NP=sat IR=thu,fri"',
        weekends,
    )
    assignment: str = setting(
        "by_hand",
        "who gets a new one: nobody, the next of the team of its country or language, or the next"
        " of all (by_hand | team | in_turn)",
        one_of("by_hand", "team", "in_turn"),
    )
    claim: int = setting(
        30, "minutes for which others are told that somebody has one open", between(1, 1_440)
    )
    digest: str = setting(
        "07:00",
        "time of day, in [schedule] zone, from which `outreach cron` sends each of [[staff]] what"
        " waits for them; empty: no digest",
        or_empty(a_time),
    )


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who looks after those who wrote back. The countries and languages make the teams: a
    follow-up is its country's first, then its language's, and else anybody's.
    """

    name: str = setting("Amina", "as the history shall call them", one_line)
    email: str = setting("amina@outreach.example.org", "for the digest", an_address)
    countries: str = setting("", 'such as "CD TG"', country_codes)
    languages: str = setting("", 'such as "fr"', language_codes)
