"""What every transport promises. A new one subclasses `TransportContract` and passes all of it.

What differs between far sides is declared by the further classes that a test class names.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Protocol

import letters as made
import pytest

from outreach.dispatch.transports import Transport
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Refusal, Verdict

#: more than are under way at once
MANY = [f"p{n}@example.org" for n in range(20)]


class Rig(Protocol):
    """A transport and the far side that it hands letters to."""

    transport: Transport
    #: how many letters the transport has taken without their outcome, at most
    at_once: int
    #: how many it leaves in doubt, at most, where every answer gets lost
    most_doubts: int

    def taken(self) -> list[str]:
        """The addresses of the letters that the far side truly took, in its order."""

    def texts(self) -> list[str]:
        """Their plain text, as a reader would see it, with LF line ends."""

    def ids(self) -> list[str]:
        """The ids under which the far side knows them."""

    def refuse(self, address: str) -> None:
        """Have the far side say that there is no such mailbox."""

    def put_off(self, address: str) -> None:
        """Have it say: later."""

    def lose(self, address: str) -> None:
        """Have it take the letter and never say so."""

    def refuse_account(self) -> None:
        """Have it refuse whoever we are."""

    def vanish(self) -> None:
        """Take the far side away."""


class TransportContract:
    """The promises of all."""

    @pytest.fixture
    def rig(self) -> Rig:
        """The transport under test."""
        raise NotImplementedError

    def test_accepts_each_letter_once_under_the_far_sides_id(self, rig: Rig) -> None:
        """One outcome a letter, in whatever order, and nothing taken twice."""
        outcomes = list(rig.transport.send(made.letters(*MANY)))
        assert sorted(o.delivery_id for o in outcomes) == list(range(1, len(MANY) + 1))
        assert {o.verdict for o in outcomes} == {Verdict.ACCEPTED}
        assert sorted(rig.taken()) == sorted(MANY)
        ids = dict(zip(rig.taken(), rig.ids(), strict=True))
        assert len(set(ids.values())) == len(MANY)
        assert {MANY[o.delivery_id - 1]: o.provider_id for o in outcomes} == ids

    def test_takes_no_more_letters_than_it_has_under_way(self, rig: Rig) -> None:
        """What was taken is in doubt until its outcome is given, so that is never many."""
        taken: list[Letter] = []

        def offered() -> Iterator[Letter]:
            for letter in made.letters(*MANY):
                taken.append(letter)
                yield letter

        for known, _ in enumerate(rig.transport.send(offered())):
            assert len(taken) - known <= rig.at_once
        assert len(taken) == len(MANY)

    def test_takes_batch_after_batch(self, rig: Rig) -> None:
        """The second batch fares like the first."""
        made.handed(rig.transport, made.letters("a@example.org"))
        made.handed(rig.transport, made.letters("b@example.org"))
        assert rig.taken() == ["a@example.org", "b@example.org"]

    def test_an_empty_batch_is_no_work(self, rig: Rig) -> None:
        """It gives no outcomes and needs no far side."""
        rig.vanish()
        assert list(rig.transport.send([])) == []

    def test_every_script_arrives_whole(self, rig: Rig) -> None:
        """No byte of a name or a text is lost on the way."""
        text = "Zoë, 李雷, محمد, Ωμέγα 🕯\nÀ bientôt\n"
        letter = Letter(1, "1-1", made.message(name="Zoë 李", subject="Żółć 🕯", text=text))
        assert made.handed(rig.transport, [letter]).verdicts == [Verdict.ACCEPTED]
        assert rig.texts() == [text]

    def test_dots_and_long_lines_arrive_whole(self, rig: Rig) -> None:
        """Lines that begin with a dot, or are longer than a line may be, are nothing special."""
        text = ".\n..\n.hidden\n" + "word " * 1000 + "end\n.\n"
        letter = Letter(1, "1-1", made.message(text=text))
        assert made.handed(rig.transport, [letter]).verdicts == [Verdict.ACCEPTED]
        assert rig.texts() == [text]

    def test_a_far_side_that_is_gone_raises(self, rig: Rig) -> None:
        """Raising means that nothing left us."""
        rig.vanish()
        handed = made.handed(rig.transport, made.letters("a@example.org", "b@example.org"))
        assert isinstance(handed.error, TransportError)
        assert handed.outcomes == []

    def test_nothing_leaves_us_that_was_not_taken(self, rig: Rig) -> None:
        """The sender ends a batch by offering no more."""
        rest = iter(made.letters("a@example.org", "b@example.org", "c@example.org"))
        handed = made.handed(rig.transport, islice(rest, 2))
        assert handed.verdicts == [Verdict.ACCEPTED] * 2
        assert sorted(rig.taken()) == ["a@example.org", "b@example.org"]

    def test_closing_is_safe_twice_and_no_end(self, rig: Rig) -> None:
        """A closed transport opens again when it is needed."""
        made.handed(rig.transport, made.letters("a@example.org"))
        rig.transport.close()
        rig.transport.close()
        made.handed(rig.transport, made.letters("b@example.org"))
        assert rig.taken() == ["a@example.org", "b@example.org"]


class JudgesAddresses:
    """For a far side that looks at addresses."""

    def test_a_dead_address_is_refused_and_the_others_go(self, rig: Rig) -> None:
        """One bad recipient costs the good ones nothing."""
        rig.refuse(MANY[1])
        outcomes = {o.delivery_id: o for o in rig.transport.send(made.letters(*MANY))}
        assert sorted(rig.taken()) == sorted({*MANY} - {MANY[1]})
        dead = outcomes.pop(2)
        assert (dead.verdict, dead.refusal) == (Verdict.REFUSED, Refusal.DEAD_ADDRESS)
        assert dead.detail
        assert [o.verdict for o in outcomes.values()] == [Verdict.ACCEPTED] * (len(MANY) - 1)

    def test_details_hold_no_address(self, rig: Rig) -> None:
        """What the far side says is kept for people to read, but not whom it speaks of."""
        rig.refuse("dead@example.org")
        (outcome,) = rig.transport.send(made.letters("dead@example.org"))
        assert "@" not in outcome.detail
        assert outcome.detail.isprintable()


class AsksToWait:
    """For a far side that may say: later."""

    def test_a_letter_put_off_was_not_taken(self, rig: Rig) -> None:
        """It may be tried again: said of this letter, or of all that have no outcome."""
        rig.put_off("busy@example.org")
        handed = made.handed(rig.transport, made.letters("a@example.org", "busy@example.org"))
        assert rig.taken() == ["a@example.org"]
        verdicts = {o.delivery_id: o.verdict for o in handed.outcomes}
        assert verdicts.pop(1) is Verdict.ACCEPTED
        assert verdicts == ({} if handed.error else {2: Verdict.TRY_LATER})


class LosesAnswers:
    """For a far side whose answer can get lost."""

    def test_a_lost_answer_is_a_doubt_and_the_others_go(self, rig: Rig) -> None:
        """What may have been taken is never called try later."""
        rig.lose(MANY[1])
        handed = made.handed(rig.transport, made.letters(*MANY))
        verdicts = {o.delivery_id: o.verdict for o in handed.outcomes}
        assert verdicts.pop(2) is Verdict.IN_DOUBT
        assert list(verdicts.values()) == [Verdict.ACCEPTED] * (len(MANY) - 1)
        assert sorted(rig.taken()) == sorted(MANY)

    def test_a_far_side_that_answers_nothing_is_let_alone(self, rig: Rig) -> None:
        """A few answers may get lost; the rest was not handed over."""
        for address in MANY:
            rig.lose(address)
        handed = made.handed(rig.transport, made.letters(*MANY))
        assert isinstance(handed.error, TransportError)
        doubts = [o for o in handed.outcomes if o.verdict is Verdict.IN_DOUBT]
        assert 0 < len(doubts) <= rig.most_doubts
        assert set(rig.taken()) <= {MANY[doubt.delivery_id - 1] for doubt in doubts}
        assert set(handed.verdicts) <= {Verdict.IN_DOUBT, Verdict.TRY_LATER}


class KnowsAccounts:
    """For a far side that knows us by a login or a key."""

    def test_a_refused_account_raises(self, rig: Rig) -> None:
        """Nobody on the list is to blame for it."""
        rig.refuse_account()
        handed = made.handed(rig.transport, made.letters("a@example.org"))
        assert isinstance(handed.error, AccountRefused)
        assert "@" not in str(handed.error)
        assert rig.taken() == []
