"""What an answer of mail/send means, in our words.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors. A 400 fails a whole request,
also where it names only one of its people; nothing of it was sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from outreach.dispatch.transports import plain_words
from outreach.dispatch.transports.sendgrid_client import Answer
from outreach.model import Refusal


class Meaning(StrEnum):
    """What a status of mail/send means."""

    ACCEPTED = "accepted"
    #: the request was not processed
    LATER = "later"
    ACCOUNT = "account"
    #: what all its letters have in common can't be used
    WRONG_MESSAGE = "wrong_message"
    #: this is not mail/send
    WRONG_PLACE = "wrong_place"
    #: processed or not, nobody says
    DOUBT = "doubt"
    #: nothing was sent; some of its people, or something about them, is the cause
    REFUSED = "refused"


#: HTTP status -> what it means; of a 400 the fields say it. Further 3xx are the wrong place,
#: further 4xx refusals without a known reason, everything else is a doubt.
STATUSES: Final[Mapping[int, Meaning]] = {
    202: Meaning.ACCEPTED,
    401: Meaning.ACCOUNT,
    402: Meaning.ACCOUNT,
    403: Meaning.ACCOUNT,
    404: Meaning.WRONG_PLACE,
    405: Meaning.WRONG_PLACE,
    408: Meaning.LATER,
    415: Meaning.WRONG_PLACE,
    429: Meaning.LATER,
}

#: field of an error of a 400 -> whom it speaks of, if not of one reader
FIELDS: Final[Mapping[re.Pattern[str], Meaning]] = {
    re.compile(r"(from|reply_to)\b.*"): Meaning.ACCOUNT,
    re.compile(r"(subject|content|tracking_settings)\b.*"): Meaning.WRONG_MESSAGE,
}

_PERSON: Final = re.compile(r"personalizations\.(\d{1,4})\b\.?(.*)", re.DOTALL)
#: within a personalization: what says that the address is none
_ADDRESS: Final = re.compile(r"to(\.\d+\.email)?")
#: bytes of values; who says that they take fewer for each person is not believed
LEAST_BYTES: Final = 500
_CAP: Final = re.compile(r"substitutions are limited to (\d{1,9}) bytes", re.IGNORECASE)
#: X-RateLimit-Reset is in seconds since 1970; what is smaller or larger is something else
_RESET: Final = re.compile(r"[1-9]\d{9}")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an answer means for the people of its request."""

    meaning: Meaning
    #: the API's words, without addresses
    detail: str = ""
    provider_id: str = ""
    #: only with REFUSED: of those at these places of the request, and why
    people: Mapping[int, tuple[Refusal, str]] = field(default_factory=dict)
    #: only with REFUSED: those whose values are too many bytes, and the most that the API takes
    too_long: tuple[int, ...] = ()
    most_bytes: int | None = None
    #: only with REFUSED, of a letter that is alone in its request
    refusal: Refusal = Refusal.UNKNOWN
    #: only with LATER: when the API will take requests again
    retry_at: datetime | None = None


def judged(answer: Answer, people: int) -> Judgement:
    """Say what an answer to a request for so many people means."""
    meaning = STATUSES.get(answer.status) or _by_hundreds(answer.status)
    if meaning is Meaning.ACCEPTED:
        return Judgement(meaning, provider_id=answer.headers.get("X-Message-Id") or "")
    errors = _errors(answer.body)
    said = errors[0] if errors else ("", answer.body[:200].decode("utf-8", "replace"))
    detail = plain_words(f"{answer.status} {said[1]} {said[0]}")
    if meaning is Meaning.LATER:
        return Judgement(meaning, detail, retry_at=_reset(answer.headers))
    if answer.status == 400:
        return _of_fields(errors, people, detail)
    # 413 comes from what stands before the API
    refusal = Refusal.MESSAGE if answer.status == 413 else Refusal.UNKNOWN
    return Judgement(meaning, detail, refusal=refusal)


def _by_hundreds(status: int) -> Meaning:
    return {3: Meaning.WRONG_PLACE, 4: Meaning.REFUSED}.get(status // 100, Meaning.DOUBT)


def _of_fields(errors: list[tuple[str, str]], people: int, detail: str) -> Judgement:
    refused: dict[int, tuple[Refusal, str]] = {}
    too_long: list[int] = []
    most_bytes: int | None = None
    for name, words in errors:
        shared = [meaning for pattern, meaning in FIELDS.items() if pattern.fullmatch(name)]
        if shared:
            return Judgement(shared[0], plain_words(f"400 {words} {name}"))
        person = _PERSON.fullmatch(name)
        at = int(person[1]) if person else people
        cap = _CAP.search(words)
        if cap and int(cap[1]) >= LEAST_BYTES:
            most_bytes = int(cap[1])
            too_long += [at] if at < people else []
        elif person and at < people:
            dead = _ADDRESS.fullmatch(person[2])
            reason = Refusal.DEAD_ADDRESS if dead else Refusal.MESSAGE
            refused.setdefault(at, (reason, plain_words(f"400 {words} {person[2]}")))
    return Judgement(
        Meaning.REFUSED,
        detail,
        people=refused,
        too_long=tuple(too_long),
        most_bytes=most_bytes,
        refusal=Refusal.MESSAGE,
    )


def _errors(body: bytes) -> list[tuple[str, str]]:
    """Give the field and the words of each error; none where the body is not the API's."""
    try:
        found = json.loads(body)["errors"]
        return [(str(each.get("field") or ""), str(each["message"])) for each in found]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []


def _reset(headers: Mapping[str, str]) -> datetime | None:
    written = (headers.get("X-RateLimit-Reset") or "").strip()
    return datetime.fromtimestamp(int(written), UTC) if _RESET.fullmatch(written) else None
