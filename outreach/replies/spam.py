"""Mail that somebody sends to everybody: offers, inheritances, prizes. Writes nothing.

Only what answers nothing of ours and asks for nothing of ours can be spam; a filter's mark alone
never hides a person's words. What is taken for spam stays where staff can see it.
"""

from __future__ import annotations

from typing import Final

from outreach.model import ReplyKind
from outreach.replies.mime import Parsed
from outreach.replies.verdict import IS_ANSWER, Verdict
from outreach.replies.words import phrases, plain

#: different phrases of such mail that have to stand in it
_LEAST: Final = 2
#: and in one that offers help: traders do so too
_LEAST_OFFER: Final = 3
#: who filled in our lines offers more certainly
_SURE_OFFER: Final = 0.9
#: verdicts that a greeting, a question mark or a "thank you" are enough for
_WEAK: Final = frozenset({ReplyKind.UNKNOWN, ReplyKind.QUESTION, ReplyKind.THANKS})


def judge(parsed: Parsed, person: Verdict) -> Verdict | None:
    """Say whether a mail that `person` was made of is spam after all; None where it is not."""
    headers = parsed.headers
    answers = headers.has("in-reply-to") or headers.has("references")
    is_offer = person.kind is ReplyKind.VOLUNTEER and person.certainty < _SURE_OFFER
    if not (person.kind in _WEAK or is_offer) or answers or IS_ANSWER.match(parsed.subject):
        return None
    if not is_offer and headers.get("x-spam-flag").strip().lower() == "yes":
        return Verdict(ReplyKind.SPAM, 0.7, ("a filter on its way took it for spam",))
    text = f"{plain(parsed.subject)} . {plain(parsed.text)}"
    said = {found[0] for found in phrases("machines.toml", "spam").finditer(text)}
    if len(said) >= (_LEAST_OFFER if is_offer else _LEAST):
        return Verdict(ReplyKind.SPAM, 0.6, ("is worded like mail sent to everybody",))
    return None
