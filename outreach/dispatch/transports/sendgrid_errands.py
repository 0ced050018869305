"""One request to mail/send and all that follows of it: made again without those it was refused for.

A request that is refused was not processed for anybody. Whom the API names is taken out; where it
names nobody the request is halved, until it is clear who is the cause. A cause that all seem to
share is the message's or ours, and nobody is refused for it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from outreach.dispatch.transports.sendgrid_answers import LEAST_BYTES, Judgement, Meaning, judged
from outreach.dispatch.transports.sendgrid_client import Client, NotAllowed, NotSent, Unanswered
from outreach.dispatch.transports.sendgrid_requests import Addressed, request
from outreach.dispatch.transports.sendgrid_suspects import MOST_SUSPECTS, nobody_gets_through
from outreach.errors import AccountRefused, MessageRefused, TransportError
from outreach.model import Outcome, Verdict

#: people in a request while it is not clear whether the API answers, as at the beginning
FEELER: Final = 10
#: and in the next, where it had left us in doubt before
_SECOND_FEELER: Final = 100
#: requests in doubt, one after the other, after which asking on does harm
_MOST_DOUBTS: Final = 2
#: requests put off, one after the other, after which the moment that the API names is not believed
_MOST_PUT_OFF: Final = 5
#: requests refused without a name, none accepted, after which it is no single person's fault
_MOST_IN_VAIN: Final = 32


class Standing:
    """What is known of the API beyond one request. Threads share it."""

    def __init__(self, limit: int) -> None:
        #: bytes of values for each person, as the API counts them
        self.limit = limit
        #: whether the API said so
        self.learnt = False
        #: requests in doubt since the last clear answer
        self.doubts = 0
        #: people that one request may put at stake; None: as many as it holds
        self.stake: int | None = FEELER
        self._ever_in_doubt = False
        self._put_off = 0
        self._lock = threading.Lock()

    @property
    def most_bytes(self) -> int:
        """Bytes that a person's values may have as we count them, with some to spare."""
        return self.limit * 95 // 100

    def answered(self, clearly: bool) -> bool:
        """Note an answer, or that none came; say whether it is time to stop asking."""
        with self._lock:
            if clearly:
                self.doubts = self._put_off = 0
                again = self._ever_in_doubt and self.stake == FEELER
                self.stake = _SECOND_FEELER if again else None
                return False
            self.doubts += 1
            self.stake = FEELER
            self._ever_in_doubt = True
            if self.doubts < _MOST_DOUBTS:
                return False
            # the next who asks feels their way again
            self.doubts = 1
            return True

    def put_off(self) -> bool:
        """Note that the API would have us wait; say whether there is sense in its moment.

        It says nothing of how it would answer a request that it takes.
        """
        with self._lock:
            self._put_off += 1
            return self._put_off < _MOST_PUT_OFF

    def learn(self, said: int, refused: Sequence[int]) -> None:
        """Keep to what the API said, and below those it refused, however it counts them.

        Never below what is believed of an API at all.
        """
        with self._lock:
            told = min([self.limit, said, *(size - 1 for size in refused)])
            # a limit of the settings may be smaller
            self.limit = max(told, min(self.limit, LEAST_BYTES))
            self.learnt = True


@dataclass(frozen=True, slots=True)
class Report:
    """What an errand has to tell."""

    outcomes: Sequence[Outcome] = ()
    #: refusals, with nobody who got through beside them
    suspects: Sequence[Outcome] = ()
    #: what ends the run; or a fault of the program
    error: BaseException | None = None
    over: bool = False


class Errand:
    """Runs in a thread of its own; everything it learns it hands to `tell`.

    Once `ending` is set it begins no further request.
    """

    def __init__(
        self,
        client: Client,
        host: str,
        standing: Standing,
        ending: threading.Event,
        tell: Callable[[Report], None],
    ) -> None:
        self._client = client
        self._host = host
        self._standing = standing
        self._ending = ending
        self._tell = tell
        self._todo: deque[Sequence[Addressed]] = deque()
        self._anybody_accepted = False
        self._in_vain = 0
        #: refusals that may turn out to be nobody's fault: told once somebody got through
        self._suspects: list[Outcome] = []

    def run(self, together: Sequence[Addressed]) -> None:
        """Send letters of one group. The last report says that it is over."""
        error: BaseException | None = None
        self._todo.append(together)
        try:
            while self._todo and not self._ending.is_set():
                self._next()
            if not self._todo:
                self._tell(Report(suspects=self._suspects))
        except BaseException as raised:
            error = raised
            self._ending.set()
        self._tell(Report(error=error, over=True))

    def _next(self) -> None:
        part = self._todo.popleft()
        stake = self._standing.stake
        if stake is not None and len(part) > stake:
            # few are put at stake until an answer is clear
            self._todo.appendleft(part[stake:])
            part = part[:stake]
        try:
            judgement = judged(self._client.post(request(part)), len(part))
        except NotSent as error:
            raise TransportError(f"{self._host} can't be reached: {error}") from error
        except NotAllowed:
            raise TransportError(
                f"{self._host} can't be asked: a character in host or key is not allowed",
                next_step="check host in [sendgrid], and the key",
            ) from None
        except Unanswered as error:
            judgement = Judgement(Meaning.DOUBT, str(error))
        self._act(part, judgement)

    def _act(self, part: Sequence[Addressed], judgement: Judgement) -> None:
        detail, doubt = judgement.detail, judgement.meaning is Meaning.DOUBT
        if judgement.meaning is Meaning.LATER:
            raise self._asks_to_wait(judgement)
        if doubt:
            self._outcomes(part, Verdict.IN_DOUBT, detail=f"no clear answer: {detail}")
        if self._standing.answered(clearly=not doubt):
            raise TransportError(f"{self._host} gives no clear answers: {detail}")
        match judgement.meaning:
            case Meaning.ACCEPTED:
                self._anybody_accepted = True
                self._outcomes(part, Verdict.ACCEPTED, provider_id=judgement.provider_id)
                self._tell(Report(self._suspects))
                self._suspects = []
            case Meaning.REFUSED:
                self._without_the_cause(part, judgement)
            case Meaning.ACCOUNT:
                raise AccountRefused(f"SendGrid refuses us: {detail}")
            case Meaning.WRONG_MESSAGE:
                raise _wrong_message(detail)
            case Meaning.WRONG_PLACE:
                raise TransportError(
                    f"{self._host} does not answer like SendGrid: {detail}",
                    next_step="check host in [sendgrid]",
                )

    def _asks_to_wait(self, judgement: Judgement) -> TransportError:
        """Name the moment that it named, unless it put us off too often by such moments."""
        at = judgement.retry_at if self._standing.put_off() else None
        return TransportError(
            f"SendGrid asks us to wait: {judgement.detail}",
            next_step=None if at else "try again later",
            retry_at=at,
        )

    def _without_the_cause(self, part: Sequence[Addressed], judgement: Judgement) -> None:
        """See who is the cause of a refusal, and send the rest again."""
        refused = judgement.people
        if not refused and len(part) == 1:
            refused = {0: (judgement.refusal, judgement.detail)}
        alone = self._too_long(part, judgement)
        for at, (refusal, detail) in refused.items():
            outcome = Outcome(part[at].letter.delivery_id, Verdict.REFUSED, refusal, detail=detail)
            self._suspects.append(outcome)
        self._look_at_suspects()
        rest = [each for at, each in enumerate(part) if at not in refused and at not in alone]
        if rest and (refused or alone):
            self._todo.appendleft(rest)
        elif rest:
            # breadth first, so that what all share shows early
            middle = len(rest) // 2
            self._todo += [rest[:middle], rest[middle:]]
            self._in_vain += 1
            if self._in_vain >= _MOST_IN_VAIN and not self._anybody_accepted:
                raise _wrong_message(judgement.detail)
        self._todo += [[part[at]] for at in sorted(alone.difference(refused))]

    def _too_long(self, part: Sequence[Addressed], judgement: Judgement) -> set[int]:
        """Learn how many bytes of values the API takes; give those who have more."""
        if judgement.most_bytes is None or len(part) == 1:
            return set()
        self._standing.learn(judgement.most_bytes, [part[at].size for at in judgement.too_long])
        most = self._standing.most_bytes
        return {at for at, each in enumerate(part) if each.size > most or at in judgement.too_long}

    def _look_at_suspects(self) -> None:
        if self._anybody_accepted:
            self._tell(Report(self._suspects))
            self._suspects = []
        elif len(self._suspects) > MOST_SUSPECTS:
            raise nobody_gets_through(self._suspects[0].detail)

    def _outcomes(
        self,
        part: Sequence[Addressed],
        verdict: Verdict,
        *,
        provider_id: str = "",
        detail: str = "",
    ) -> None:
        self._tell(
            Report(
                [
                    Outcome(
                        each.letter.delivery_id, verdict, provider_id=provider_id, detail=detail
                    )
                    for each in part
                ]
            )
        )


def _wrong_message(detail: str) -> MessageRefused:
    return MessageRefused(f"SendGrid does not take this message: {detail}")
