"""The claims of one run: taken and settled in whole transactions, under the campaign's lease.

What became of one batch and the claims of the next are one commit, so that each letter costs the
disk half as much. Writing down what is known releases nothing, as other letters may be under way;
what is left over is planned again only when the transport has ended. Writes through `ledger`,
`lease`, `pacing`, `mark`, `campaigns` and, for addresses that a transport found dead,
`supporters.consent`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from outreach.dispatch import brakes, campaigns, lease, ledger, mark, pacing
from outreach.dispatch.drafts import Draft
from outreach.dispatch.orders import Orders
from outreach.dispatch.plan import lease_name
from outreach.dispatch.stillness import Stillness
from outreach.errors import DatabaseBusy, IllegalMove, LeaseHeld
from outreach.model import DeliveryState, Exclusion, Suppression
from outreach.store import Database, atomic
from outreach.supporters import consent

#: Times ten seconds to wait for another writer, such as a long import, before what became of a
#: batch is given up for lost, which puts all of it in doubt.
SETTLE_TRIES: Final = 60

T = TypeVar("T")

_STANDING: Final = """
    SELECT content_hash, planned_at, day, held_at, held_why FROM campaigns WHERE campaign_id = ?
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What became of letters and is to be written down."""

    entries: list[ledger.Entry] = field(default_factory=list)
    #: addresses that the transport found dead
    dead: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a batch of drafts came to at the last door."""

    #: committed as claimed, so they may leave
    letters: Sequence[Draft] = ()
    #: refused, as there is no message for them
    refused: Sequence[ledger.Entry] = ()
    withdrawn: Sequence[Exclusion] = ()
    #: whose people changed since their letter was made
    changed: Sequence[ledger.Row] = ()
    #: that may not go yet
    later: Sequence[Draft] = ()
    allowed: pacing.Allowed = field(default_factory=lambda: pacing.Allowed(()))
    at: datetime | None = None
    #: why nothing of the campaign may leave; '' where it may
    held_why: str = ""


def doubt_abandoned(db: Database, campaign: campaigns.Campaign, now: datetime) -> int:
    """Put in doubt what a dispatcher that is gone had claimed; give how many letters.

    Nothing where a dispatcher is at work on the campaign. Safe to call again.
    """
    try:
        lease.refuse_if_held(db, lease_name(campaign), now)
    except LeaseHeld:
        return 0
    # whoever is alive and lost a lease that had run out learns of it before it claims again
    return ledger.doubt_abandoned(db, campaign.campaign_id, lease.new_holder(), now)


class Claims:
    """Takes claims and settles them, for whoever holds the lease, or a holder of its own."""

    def __init__(
        self,
        db: Database,
        orders: Orders,
        provider: str,
        clock: Callable[[], datetime],
        stillness: Stillness,
    ) -> None:
        self._db = db
        self._orders = orders
        self._campaign = orders.campaign
        self._lease = lease_name(orders.campaign)
        self._provider = provider
        self._clock = clock
        self._stillness = stillness
        #: how often others had written when the brakes were asked last
        self._braked: int | None = None
        self._holder = orders.holder or lease.new_holder()
        #: letters that a transport had, and whose rows are not with us though the lease is
        self._astray = 0

    def begin(self) -> tuple[int, str]:
        """Take the lease; give how many claims were abandoned, and why the campaign is held.

        Raises:
            LeaseHeld: another dispatcher is at work on this campaign.
            IllegalMove: the campaign was planned anew after the orders were made.
        """
        with atomic(self._db):
            now = self._clock()
            lease.take(self._db, self._lease, self._holder, now)
            held_why = self._held()
            number = self._campaign.campaign_id
            return ledger.doubt_abandoned(self._db, number, self._holder, now), held_why

    def end(self) -> None:
        """Give the lease back; if that can't be, it runs out by itself."""
        with suppress(DatabaseBusy), atomic(self._db):
            lease.drop(self._db, self._lease, self._holder)

    def exchange(self, known: Known, drafts: Sequence[Draft]) -> Claimed:
        """Write down what is known, ask the last door, and claim what may leave of `drafts`.

        One commit, and then the mark beside the database, before a letter can leave. Where the
        campaign is held by now, or is held because of what is known, nothing is claimed.

        Raises:
            LeaseHeld: another dispatcher has taken over; nothing was written.
            IllegalMove: the campaign was planned anew; nothing was written.
        """
        claimed = self.patiently(lambda: self._exchange(known, drafts))
        if claimed.letters:
            mark.leave(self._db)
        return claimed

    def write_down(self, known: Known) -> str:
        """Keep the lease and write down what is known; give why the campaign is held, '' if not.

        Releases nothing: of other claims a transport may still tell.

        Raises:
            LeaseHeld: another dispatcher has taken over; nothing was written.
            IllegalMove: the campaign was planned anew; nothing was written.
        """
        return self.patiently(lambda: self._keep(known))

    def keep(self, known: Known) -> str | None:
        """Do as `write_down`, but give None at once, with nothing written, if others are writing.

        Raises:
            LeaseHeld: another dispatcher has taken over; nothing was written.
            IllegalMove: the campaign was planned anew; nothing was written.
        """
        with suppress(DatabaseBusy), atomic(self._db):
            return self._keep(known)
        return None

    def settle_and_release(
        self, known: Known, unsent: Sequence[Draft], claimed_at: datetime | None
    ) -> None:
        """Write down what is known, and plan again all else that is claimed.

        Only for when no transport has a letter any more. What the pace counted for the drafts that
        are `unsent` is given back.

        Raises:
            IllegalMove: what left us could not be written down, as its rows went elsewhere though
                the lease is ours. All else was written, and the campaign is held.
        """

        def write() -> None:
            now = self._clock()
            try:
                lease.renew(self._db, self._lease, self._holder, now)
            except LeaseHeld:
                # whoever has it now has put our claims in doubt, and a person may have settled them
                self._settle(known, now)
            else:
                self._write_down(known, now)
            ledger.release(self._db, self._campaign.campaign_id, self._holder, now)
            if unsent and claimed_at is not None:
                addresses = [draft.email for draft in unsent]
                pacing.give_back(self._db, self._orders.limits.pacing, addresses, claimed_at)

        self.patiently(write)
        if self._astray:
            name = self._campaign.name
            raise IllegalMove(
                self._astray_words(),
                next_step=f"{name} is held: look at the log of the mail service for who has got it"
                f" before `outreach campaigns resume {name}`",
            )

    def hold(self, why: str) -> None:
        """Let nothing more of the campaign leave, and say why."""

        def write() -> None:
            now = self._clock()
            campaigns.hold(self._db, self._campaign, by="outreach", why=why, now=now)

        self.patiently(write)

    def patiently(self, write: Callable[[], T]) -> T:
        """Commit what `write` writes, even if somebody else is writing for a long time."""
        for _ in range(SETTLE_TRIES - 1):
            with suppress(DatabaseBusy), atomic(self._db):
                return write()
        with atomic(self._db):
            return write()

    def _keep(self, known: Known) -> str:
        now = self._clock()
        lease.renew(self._db, self._lease, self._holder, now)
        self._write_down(known, now)
        return self._held()

    def _exchange(self, known: Known, drafts: Sequence[Draft]) -> Claimed:
        # looked at under the lock, so that moments follow each other over all dispatchers
        now, looked = self._clock(), self._stillness.look()
        lease.renew(self._db, self._lease, self._holder, now)
        self._write_down(known, now)
        held_why = self._held() or self._brakes(known, looked, now)
        if held_why:
            return Claimed(held_why=held_why)
        withdrawn, changed, fit = self._last_door(drafts, looked, now)
        pace = self._orders.limits.pacing
        allowed = pacing.allowed(self._db, pace, [draft.email for draft in fit], now)
        going = [fit[place] for place in allowed.places]
        claimed = ledger.claim(self._db, [draft.row for draft in going], self._holder, now)
        going = [draft for draft in going if draft.row.delivery_id in claimed]
        refused = [draft.refused for draft in going if draft.refused]
        letters = [draft for draft in going if draft.letter]
        ledger.settle(self._db, refused, holder=self._holder, provider="", now=now)
        pacing.reserve(self._db, pace, [draft.email for draft in letters], now)
        if letters:
            mark.advance(self._db, now)
        places = set(allowed.places)
        later = [draft for place, draft in enumerate(fit) if place not in places]
        # What we wrote changes nothing that a draft was asked about: an address that was found dead
        # is one person's, whose letter of this campaign is settled, and a cap is asked each time.
        self._stillness.except_for_us()
        return Claimed(letters, refused, withdrawn, changed, later, allowed, now)

    def _brakes(self, known: Known, looked: int, now: datetime) -> str:
        """Hold the campaign where the brakes want it; give why, '' where they don't.

        Nothing new can be said against it while letters are accepted and nobody else writes.
        """
        if looked == self._braked and all(e.state is DeliveryState.ACCEPTED for e in known.entries):
            return ""
        self._braked = looked
        why = brakes.why_hold(self._db, self._campaign.campaign_id)
        if why:
            campaigns.hold(self._db, self._campaign, by="outreach", why=why, now=now)
        return why

    def _last_door(
        self, drafts: Sequence[Draft], looked: int, now: datetime
    ) -> tuple[list[Exclusion], list[ledger.Row], list[Draft]]:
        """Withdraw who may not be written to any more; give the reasons, who changed, the rest."""
        cap = consent.cap_of(self._orders.limits.cap, self._campaign.campaign_id, now)
        if not cap.messages and all(draft.asked == looked and draft.record for draft in drafts):
            # nobody wrote since they were asked about; what people chose only opens with time
            return [], [], list(drafts)
        records = consent.records_now(
            self._db,
            [draft.row.supporter_id for draft in drafts],
            discreet_version=self._orders.discreet_version,
            kind=self._orders.kind,
            cap=cap,
        )
        withdrawn: dict[int, Exclusion] = {}
        changed: list[ledger.Row] = []
        fit: list[Draft] = []
        for draft in drafts:
            row = draft.row
            record = records.get(row.supporter_id)
            if record == draft.record and record:
                fit.append(draft)
            elif record is None:
                withdrawn[row.delivery_id] = Exclusion.NO_ADDRESS
            elif record[-1]:
                withdrawn[row.delivery_id] = Exclusion(record[-1])
            else:
                changed.append(row)
        if withdrawn:
            ledger.withdraw(self._db, withdrawn, now)
        return list(withdrawn.values()), changed, fit

    def _held(self) -> str:
        """Say why the campaign is held, '' where it isn't.

        Raises:
            IllegalMove: it was planned anew, so its message is not the one of these orders.
        """
        campaign = self._campaign
        *planned, held_at, held_why = self._db.conn.execute(
            _STANDING, [campaign.campaign_id]
        ).fetchone()
        if planned != [campaign.content_hash, campaign.planned_at, campaign.day]:
            raise IllegalMove(
                "the campaign was planned anew a moment ago", next_step="dispatch again"
            )
        return held_why or "held" if held_at else ""

    def _write_down(self, known: Known, now: datetime) -> None:
        """Settle what is known, under our lease: nobody else may have moved a row of it.

        If one was moved the campaign is held, as the person might get the message again.
        """
        if self._settle(known, now) == len(known.entries):
            return
        self._astray += ledger.count_astray(self._db, known.entries)
        if self._astray:
            why = self._astray_words()
            campaigns.hold(self._db, self._campaign, by="outreach", why=why, now=now)

    def _astray_words(self) -> str:
        return f"{self._astray} letters left us that the ledger doesn't have with us"

    def _settle(self, known: Known, now: datetime) -> int:
        moved = ledger.settle(
            self._db, known.entries, holder=self._holder, provider=self._provider, now=now
        )
        source = f"{self._provider} refused it"
        for email in known.dead:
            consent.suppress(self._db, email, Suppression.DEAD_ADDRESS, source, now)
        return moved
