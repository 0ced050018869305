"""Hear what organisers answer on how it went: a result that waits to be checked, or a question.

Runs inside the transaction of the mail's other consequences. Nothing that a mail says counts before
somebody checked it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from outreach.errors import harmless
from outreach.followups import results
from outreach.followups.resultreading import Heard, read_results
from outreach.followups.results import Report
from outreach.followups.resultsections import ASKED, Place, Sections, mentions, sections
from outreach.replies import BY_PEOPLE, Understanding
from outreach.replies.match import Match
from outreach.store import Database

#: nobody tells later how it went
_LATEST: Final = timedelta(days=200)
_LONGEST_SAID: Final = 5_000
_LONGEST_NAME: Final = 100

#: the gatherings that a mail may be about, those whose results we asked for by the letter that it
#: answers first
_ABOUT: Final = """
    SELECT g.gathering_id, g.held_on, g.place,
        g.gathering_id IN (SELECT l.gathering_id FROM gathering_letters AS l
            WHERE l.letter_id = :letter_id) AS answered,
        EXISTS (SELECT 1 FROM gathering_letters AS l
            WHERE l.gathering_id = g.gathering_id AND l.what = 'results') AS asked,
        EXISTS (SELECT 1 FROM gathering_results AS r
            WHERE r.gathering_id = g.gathering_id AND r.state <> 'dismissed') AS told
      FROM gatherings AS g
     WHERE g.state <> 'cancelled' AND g.held_on BETWEEN :first AND :last
       AND (g.followup_id = :followup_id OR g.supporter_id = :supporter_id
            OR (:address <> '' AND g.email = :address) OR answered)
     ORDER BY answered DESC, told, asked DESC, g.held_on DESC, g.gathering_id DESC
"""


@dataclass(frozen=True, slots=True)
class _About:
    gathering_id: int
    held_on: str
    place: str
    answered: bool
    asked: bool
    told: bool


def hear(
    db: Database,
    inbound_id: int,
    mail: Understanding,
    found: Match,
    received_at: datetime,
    followup_id: int | None,
    now: datetime,
) -> tuple[int, ...]:
    """Take in what a mail says of its sender's gatherings; give the ids of the results.

    Only of gatherings whose day is over or there. Where several may be meant, or something is not
    plain, staff are asked. Safe to call again: a mail is heard once.
    """
    if found.own or mail.kind not in BY_PEOPLE or results.is_heard(db, inbound_id):
        return ()
    about = _gatherings(db, mail, found, received_at, followup_id)
    cut = _parts(mail.reply, about) if len(about) > 1 else Sections()
    # what they tell of one by one is plain, though we don't know of which they tell otherwise
    parts = cut.parts
    told = [
        (each, [each], parts[each.gathering_id]) for each in about if each.gathering_id in parts
    ]
    made = []
    for one, meant, said in told or [(each, about, mail.reply) for each in about[:1]]:
        heard = read_results(said, mail.language, int(one.held_on[:4]))
        asked = one.answered or one.asked
        if heard.says_something or (asked and heard.has_numbers):
            report = Report(
                reported_by=_name(mail),
                counts=heard.counts,
                events=heard.events,
                attended=heard.attended,
                about=heard.about,
                said=said[:_LONGEST_SAID],
                inbound_id=inbound_id,
                why=_questions(heard, meant, cut.question),
            )
            made.append(results.report(db, one.gathering_id, report, now))
    return tuple(made)


def _parts(text: str, about: list[_About]) -> Sections:
    """Cut an answer into what it says of each; with a question where one may be left out."""
    places = [Place(each.gathering_id, each.held_on, each.place) for each in about]
    cut = sections(text, places)
    if cut.parts:
        # what they answer, where that is known, else all that we asked about
        awaited = [each for each in about if each.answered] or [e for e in about if e.asked]
        left_out = [
            each.gathering_id
            for each in awaited
            if not each.told and each.gathering_id not in cut.parts
        ]
        if left_out:
            numbers = ", ".join(map(str, left_out))
            return Sections(question=f"nothing is told of {numbers} in a line of its own")
    elif not cut.question:
        first, *others = places
        if any(mentions(text, each) for each in others if each.place != first.place):
            return Sections(question=ASKED)
    return cut


def _gatherings(
    db: Database,
    mail: Understanding,
    found: Match,
    received_at: datetime,
    followup_id: int | None,
) -> list[_About]:
    # it is tomorrow already where some of them live
    last = received_at.date() + timedelta(days=1)
    rows = db.conn.execute(
        _ABOUT,
        {
            "letter_id": found.letter_id,
            "followup_id": found.followup_id if followup_id is None else followup_id,
            "supporter_id": found.supporter_id,
            "address": mail.from_address,
            "first": (received_at - _LATEST).date().isoformat(),
            "last": last.isoformat(),
        },
    )
    return [_About(*row[:3], *map(bool, row[3:])) for row in rows]


def _questions(heard: Heard, about: list[_About], asked: str) -> str:
    """Say what staff have to find out; '' where all is plain."""
    questions = list(heard.questions)
    if not (heard.says_something or questions):
        questions.append("it holds numbers, and none that is plain")
    first, *others = about
    # of those that the letter asked about, which they answer, any may be meant
    rivals = [
        other for other in others if (other.answered, other.told) == (first.answered, first.told)
    ]
    if asked:
        questions.append(asked)
        rivals = others
    if rivals:
        several = ", ".join(str(each.gathering_id) for each in (first, *rivals))
        questions.append(f"of which of the gatherings {several} is it?")
    return "; ".join(questions)


def _name(mail: Understanding) -> str:
    """Say who told us, as a name that can be written down."""
    for name in (mail.name, mail.from_name, mail.from_address):
        plain = " ".join(name.split())[:_LONGEST_NAME].strip()
        if plain and harmless(plain) == plain:
            return plain
    return "a mail"


__all__ = ["hear"]
