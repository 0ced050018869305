"""What a mail is. A pure function of the parsed mail and of the person's own words."""

from __future__ import annotations

from typing import Final

from outreach.model import ReplyKind
from outreach.replies import machines, people, spam
from outreach.replies.bounces import before_copy
from outreach.replies.extract import MAX_OWN
from outreach.replies.labels import fields_in
from outreach.replies.mime import Parsed
from outreach.replies.traces import is_to_token
from outreach.replies.verdict import IS_ANSWER, Verdict

#: the subject that our List-Unsubscribe header gives to mail programs
_BUTTON: Final = "unsubscribe"
#: machines' signs that are less certain than that yield to what only a person writes
_CERTAIN: Final = 0.95

#: a person reads it, and no program thanks for it
_UNSURE: Final = 0.6


def classify(parsed: Parsed, own: str, filled: int) -> Verdict:
    """Say what a mail is.

    `own` is what the person wrote, '' where they only quoted; `filled` is how many of the
    asked-for lines they filled in.
    """
    to_token = is_to_token(parsed)
    if to_token and not parsed.report and parsed.subject.strip().casefold() == _BUTTON:
        return _by_button(own, filled)
    machine = machines.judge(parsed)
    if machine is None:
        person = people.judge(parsed.subject, own, filled)
        return (None if to_token else spam.judge(parsed, person)) or person
    if to_token and machine.certainty < _CERTAIN:
        person = people.judge(parsed.subject, before_copy(own), filled)
        if (filled >= 2 and _is_form(own)) or person.kind is ReplyKind.UNSUBSCRIBE:
            return person
        if _offers_in_answer(parsed, person) and not people.speaks_like_a_machine(own):
            why = (*person.why, f"though it {machine.why[0]}")
            return Verdict(ReplyKind.VOLUNTEER, _UNSURE, why)
    return machine


def _offers_in_answer(parsed: Parsed, person: Verdict) -> bool:
    """Whether somebody answers us with an offer; servers and lists put their marks on it too."""
    is_answer = IS_ANSWER.match(parsed.subject) is not None
    return is_answer and person.kind is ReplyKind.VOLUNTEER and person.certainty > _UNSURE


def _is_form(own: str) -> bool:
    """Whether two of the asked-for lines are there: a machine's signature has no such labels."""
    lines = own[:MAX_OWN].split("\n")
    return len({asked for line in lines for asked, _ in fields_in(line)}) >= 2


def _by_button(own: str, filled: int) -> Verdict:
    """Mail programs send this mail for a person who pressed a button, and mark it as automatic.

    Who answers a mail of ours from there may have written something else into it.
    """
    if filled >= 2 or people.wants_more_than_a_button(own):
        why = "has the subject of our unsubscribe address, and says something else too"
        return Verdict(ReplyKind.UNSUBSCRIBE, _UNSURE, (why,))
    return Verdict(ReplyKind.UNSUBSCRIBE, 0.95, ("was sent by a mail program's unsubscribe",))
