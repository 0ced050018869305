"""What was decided of a mail. Writes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from outreach.model import ReplyKind
from outreach.replies.bounces import Bounce

#: how a subject starts that answers another mail
IS_ANSWER: Final = re.compile(
    r"^(re|aw|sv|vs|ref|rif|r|tr|wg|fwd?|rv|enc|res|odp|antw|回复|答复|رد)\s*:", re.IGNORECASE
)

#: the kinds of mail that a person wrote, as far as can be told
BY_PEOPLE: Final = frozenset(
    {
        ReplyKind.VOLUNTEER,
        ReplyKind.QUESTION,
        ReplyKind.THANKS,
        ReplyKind.UNSUBSCRIBE,
        ReplyKind.DECLINE,
        ReplyKind.UNKNOWN,
    }
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mail is, how certain that is (0 to 1), and why, in words for staff."""

    kind: ReplyKind
    certainty: float
    why: tuple[str, ...]
    bounce: Bounce | None = None
