"""What every transport promises. A new one subclasses `TransportContract` and passes all of it.

What differs between far sides is declared by the further classes that a test class names.
"""

from __future__ import annotations

from itertools import islice
from typing import Protocol

import letters as made
import pytest

from outreach.dispatch.transports import Transport
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Refusal, Verdict


class Rig(Protocol):
    """A transport and the far side that it hands letters to."""

    transport: Transport

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
        """One outcome a letter, in their order, and nothing taken twice."""
        addresses = [f"p{n}@example.org" for n in range(5)]
        outcomes = list(rig.transport.send(made.letters(*addresses)))
        assert rig.taken() == addresses
        assert [o.delivery_id for o in outcomes] == [1, 2, 3, 4, 5]
        assert {o.verdict for o in outcomes} == {Verdict.ACCEPTED}
        assert [o.provider_id for o in outcomes] == rig.ids()
        assert len(set(rig.ids())) == 5

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
        assert rig.taken() == ["a@example.org", "b@example.org"]

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
        rig.refuse("dead@example.org")
        outcomes = list(
            rig.transport.send(made.letters("a@example.org", "dead@example.org", "b@example.org"))
        )
        assert rig.taken() == ["a@example.org", "b@example.org"]
        assert [o.verdict for o in outcomes] == [
            Verdict.ACCEPTED,
            Verdict.REFUSED,
            Verdict.ACCEPTED,
        ]
        assert outcomes[1].refusal is Refusal.DEAD_ADDRESS
        assert outcomes[1].detail

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
        assert handed.verdicts[0] is Verdict.ACCEPTED
        assert handed.verdicts[1:] == ([] if handed.error else [Verdict.TRY_LATER])


class LosesAnswers:
    """For a far side whose answer can get lost."""

    def test_a_lost_answer_is_a_doubt_and_the_others_go(self, rig: Rig) -> None:
        """What may have been taken is never called try later."""
        rig.lose("lost@example.org")
        handed = made.handed(
            rig.transport, made.letters("a@example.org", "lost@example.org", "b@example.org")
        )
        assert handed.verdicts == [Verdict.ACCEPTED, Verdict.IN_DOUBT, Verdict.ACCEPTED]

    def test_a_far_side_that_answers_nothing_is_let_alone(self, rig: Rig) -> None:
        """Two answers in a row may get lost; the rest was not handed over."""
        for name in "abcd":
            rig.lose(f"{name}@example.org")
        handed = made.handed(rig.transport, made.letters(*(f"{n}@example.org" for n in "abcd")))
        assert handed.verdicts == [Verdict.IN_DOUBT] * 2
        assert isinstance(handed.error, TransportError)
        assert not {"c@example.org", "d@example.org"} & set(rig.taken())


class KnowsAccounts:
    """For a far side that knows us by a login or a key."""

    def test_a_refused_account_raises(self, rig: Rig) -> None:
        """Nobody on the list is to blame for it."""
        rig.refuse_account()
        handed = made.handed(rig.transport, made.letters("a@example.org"))
        assert isinstance(handed.error, AccountRefused)
        assert "@" not in str(handed.error)
        assert rig.taken() == []
