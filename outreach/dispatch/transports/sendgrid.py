"""Twilio SendGrid's mail/send: up to 1,000 people a request, several requests at once.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send. The API has no idempotency
key, so whatever may have been processed is in doubt and never sent again by itself. A request that
it refuses was not processed for anybody, so it is made again without those who are the cause.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from queue import SimpleQueue
from typing import Final

from outreach.dispatch.transports.sendgrid_client import Client
from outreach.dispatch.transports.sendgrid_errands import Errand, Report, Standing
from outreach.dispatch.transports.sendgrid_requests import Addressed, Group, Groups
from outreach.dispatch.transports.sendgrid_suspects import Suspects
from outreach.errors import TransportError
from outreach.model import Letter, Outcome, Verdict

#: people in one request, by the API's own limit
MOST_PEOPLE: Final = 1000
#: letters that wait for others of their shape, or for a request to end
#: all of them are in doubt if the process is killed
MOST_WAITING: Final = 3000
#: piles that wait for a request to end; a letter with a body of its own is one, and a large one
_MOST_READY: Final = 4


class SendGrid:
    """Hands letters to the API at `host` (https://...). A request takes at most 2 x `timeout` s.

    `substitution_bytes` is how many bytes of values the API takes for each person. Where it says
    that it takes fewer, that is kept to, and `learnt` is told the number.
    """

    name = "sendgrid"

    def __init__(
        self,
        api_key: str,
        *,
        host: str = "https://api.sendgrid.com",
        timeout: float = 30,
        requests_at_once: int = 2,
        substitution_bytes: int = 10_000,
        substituted_reply_to: bool = False,
        learnt: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._client = Client(api_key, host, timeout)
        self._host = host
        self._at_once = requests_at_once
        self._substituted_reply_to = substituted_reply_to
        self._learnt = learnt
        # outlive a call of `send`: a doubt at the end of one batch counts in the next
        self._standing = Standing(substitution_bytes)
        self._suspects = Suspects()

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Gather letters of a shape and send them in one request, others in one of their own.

        At most 3,000 letters wait for others like them, while requests are under way too; what
        waits when `letters` ends is sent then. Where a person breaks off what waits is put off, and
        the requests under way are not waited for. Outcomes come in any order. The first request of
        all has few people, and so has each after a doubt, until the API answers clearly.

        Raises:
            TransportError: the API can't be reached, asks us to wait or gives no clear answers, or
                something else answers in its place. No request is begun any more; outcomes of
                those under way are given first.
            AccountRefused: it refuses our key or our sender.
        """
        run = _Run(self._client, self._host, self._standing, self._suspects, self._at_once)
        groups = Groups(substituted_reply_to=self._substituted_reply_to)
        try:
            yield from self._handed(run, groups, letters)
        except KeyboardInterrupt:
            run.stop()
            yield from run.put_off()
            raise
        finally:
            run.stop()
        if run.error:
            raise run.error

    def _handed(self, run: _Run, groups: Groups, letters: Iterable[Letter]) -> Iterator[Outcome]:
        try:
            for letter in letters:
                run.take(groups.addressed(letter))
                if run.wants_attention:
                    yield from run.go_on()
                    if run.error:
                        break
        except Exception:
            # the letters ran out by a fault that is not ours; none of those that wait has left
            yield from self._finished(run)
            yield from run.put_off()
            raise
        yield from run.rest()
        yield from self._finished(run)

    def close(self) -> None:
        """Nothing is kept open: the package connects for each request."""

    def _finished(self, run: _Run) -> Iterator[Outcome]:
        yield from run.end()
        if self._standing.learnt:
            self._standing.learnt = False
            self._learnt(self._standing.limit)


class _Piles:
    """Letters that wait for others of their group, or for a request to end."""

    def __init__(self) -> None:
        self._growing: dict[Group, list[Addressed]] = {}
        #: those that can go
        self.ready: deque[Sequence[Addressed]] = deque()
        self.waiting = 0

    def add(self, one: Addressed, most_bytes: int) -> None:
        """Take a letter."""
        self.waiting += 1
        if one.group is None or one.size > most_bytes:
            self.ready.append([one])
            return
        pile = self._growing.get(one.group)
        if pile is None:
            pile = self._growing[one.group] = []
        pile.append(one)
        if len(pile) == MOST_PEOPLE:
            self.ready.append(self._growing.pop(one.group))

    def end_longest(self) -> None:
        """Have the longest that still grows be ready; there is one."""
        longest = max(self._growing, key=lambda group: len(self._growing[group]))
        self.ready.append(self._growing.pop(longest))

    def end_all(self) -> None:
        """Have all be ready, the longest first."""
        self.ready.extend(sorted(self._growing.values(), key=len, reverse=True))
        self._growing.clear()

    def taken(self, most: int) -> Sequence[Addressed]:
        """Take the pile that is ready first, or as much of it as may go."""
        pile = self.ready.popleft()
        if pile[most:]:
            self.ready.appendleft(pile[most:])
        self.waiting -= len(pile[:most])
        return pile[:most]

    def all(self) -> Iterator[Addressed]:
        """Give all that wait."""
        return chain(*self.ready, *self._growing.values())


class _Run:
    """The requests of one call of `send`, each in a thread that ends with it."""

    def __init__(
        self, client: Client, host: str, standing: Standing, suspects: Suspects, at_once: int
    ) -> None:
        #: what ends it
        self.error: BaseException | None = None
        self._client = client
        self._host = host
        self._standing = standing
        self._suspects = suspects
        self._at_once = at_once
        self._under_way = 0
        self._piles = _Piles()
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._ending = threading.Event()

    def take(self, one: Addressed) -> None:
        """Put a letter to others that wait."""
        self._piles.add(one, self._standing.most_bytes)

    @property
    def wants_attention(self) -> bool:
        """Whether it is time to `go_on`."""
        piles = self._piles
        return bool(piles.ready) or piles.waiting >= MOST_WAITING or not self._reports.empty()

    def go_on(self) -> Iterator[Outcome]:
        """Send what is ready, give what is known, and wait only if too much would wait for it."""
        while True:
            while not self._reports.empty():
                yield from self._report(self._reports.get())
            if self._piles.waiting >= MOST_WAITING and not self._piles.ready:
                self._piles.end_longest()
            self._start_ready()
            piles = self._piles
            if (piles.waiting < MOST_WAITING and len(piles.ready) < _MOST_READY) or self.error:
                return
            yield from self._report(self._reports.get())

    def rest(self) -> Iterator[Outcome]:
        """Send all that waits; give what is known by then."""
        self._piles.end_all()
        self._start_ready()
        while self._piles.ready and self.error is None:
            yield from self._report(self._reports.get())
            self._start_ready()

    def put_off(self) -> Iterator[Outcome]:
        """Give what waits as put off: it was in no request."""
        for each in self._piles.all():
            number = each.letter.delivery_id
            yield Outcome(number, Verdict.TRY_LATER, detail="the run broke off")

    def stop(self) -> None:
        """Have no further request begun, also by those under way."""
        self._ending.set()
        self._suspects.forget()

    def end(self) -> Iterator[Outcome]:
        """Wait for all that is under way, and give what is believed of the refusals."""
        while self._under_way:
            yield from self._report(self._reports.get())
        if self.error is None:
            try:
                yield from self._suspects.rest()
            except TransportError as error:
                self.error = error

    def _start_ready(self) -> None:
        """Begin as many requests as there is room for."""
        while self._piles.ready and self.error is None:
            # at the beginning and after a doubt, few are put at stake until an answer is clear
            stake = self._standing.stake
            if self._under_way >= (self._at_once if stake is None else 1):
                return
            self._start(self._piles.taken(stake or MOST_PEOPLE))

    def _start(self, together: Sequence[Addressed]) -> None:
        errand = Errand(self._client, self._host, self._standing, self._ending, self._reports.put)
        self._under_way += 1
        # a daemon: a person who breaks off does not wait for an answer
        threading.Thread(target=errand.run, args=(together,), daemon=True).start()

    def _report(self, report: Report) -> Iterator[Outcome]:
        self._under_way -= report.over
        self.error = self.error or report.error
        if any(outcome.verdict is Verdict.ACCEPTED for outcome in report.outcomes):
            yield from self._suspects.accepted()
        yield from report.outcomes
        try:
            self._suspects.add(report.suspects)
        except TransportError as error:
            self.error = self.error or error
            self._ending.set()
