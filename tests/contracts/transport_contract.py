"""What every transport promises. A new one subclasses `TransportContract` and passes all of it.

What differs between far sides is declared by the further classes that a test class names.
"""

from __future__ import annotations

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
        outcomes = rig.transport.send(made.letters(*addresses))
        assert rig.taken() == addresses
        assert [o.delivery_id for o in outcomes] == [1, 2, 3, 4, 5]
        assert {o.verdict for o in outcomes} == {Verdict.ACCEPTED}
        assert [o.provider_id for o in outcomes] == rig.ids()
        assert len(set(rig.ids())) == 5

    def test_takes_batch_after_batch(self, rig: Rig) -> None:
        """The second batch fares like the first."""
        rig.transport.send(made.letters("a@example.org"))
        rig.transport.send(made.letters("b@example.org"))
        assert rig.taken() == ["a@example.org", "b@example.org"]

    def test_an_empty_batch_is_no_work(self, rig: Rig) -> None:
        """It gives no outcomes and needs no far side."""
        rig.vanish()
        assert rig.transport.send([]) == []

    def test_every_script_arrives_whole(self, rig: Rig) -> None:
        """No byte of a name or a text is lost on the way."""
        text = "Zoë, 李雷, محمد, Ωμέγα 🕯\nÀ bientôt\n"
        letter = Letter(1, "1-1", made.message(name="Zoë 李", subject="Żółć 🕯", text=text))
        assert rig.transport.send([letter])[0].verdict is Verdict.ACCEPTED
        assert rig.texts() == [text]

    def test_dots_and_long_lines_arrive_whole(self, rig: Rig) -> None:
        """Lines that begin with a dot, or are longer than a line may be, are nothing special."""
        text = ".\n..\n.hidden\n" + "word " * 1000 + "end\n.\n"
        letter = Letter(1, "1-1", made.message(text=text))
        assert rig.transport.send([letter])[0].verdict is Verdict.ACCEPTED
        assert rig.texts() == [text]

    def test_a_far_side_that_is_gone_raises(self, rig: Rig) -> None:
        """Raising means that nothing left us."""
        rig.vanish()
        with pytest.raises(TransportError):
            rig.transport.send(made.letters("a@example.org", "b@example.org"))

    def test_closing_is_safe_twice_and_no_end(self, rig: Rig) -> None:
        """A closed transport opens again when it is needed."""
        rig.transport.send(made.letters("a@example.org"))
        rig.transport.close()
        rig.transport.close()
        rig.transport.send(made.letters("b@example.org"))
        assert rig.taken() == ["a@example.org", "b@example.org"]


class JudgesAddresses:
    """For a far side that looks at addresses, and may say later."""

    def test_a_dead_address_is_refused_and_the_others_go(self, rig: Rig) -> None:
        """One bad recipient costs the good ones nothing."""
        rig.refuse("dead@example.org")
        outcomes = rig.transport.send(
            made.letters("a@example.org", "dead@example.org", "b@example.org")
        )
        assert rig.taken() == ["a@example.org", "b@example.org"]
        assert [o.verdict for o in outcomes] == [
            Verdict.ACCEPTED,
            Verdict.REFUSED,
            Verdict.ACCEPTED,
        ]
        assert outcomes[1].refusal is Refusal.DEAD_ADDRESS
        assert outcomes[1].detail

    def test_a_letter_put_off_was_not_taken(self, rig: Rig) -> None:
        """It may be tried again."""
        rig.put_off("busy@example.org")
        outcomes = rig.transport.send(made.letters("a@example.org", "busy@example.org"))
        assert rig.taken() == ["a@example.org"]
        assert [o.verdict for o in outcomes] == [Verdict.ACCEPTED, Verdict.TRY_LATER]

    def test_details_hold_no_address(self, rig: Rig) -> None:
        """What the far side says is kept for people to read, but not whom it speaks of."""
        rig.refuse("dead@example.org")
        rig.put_off("busy@example.org")
        outcomes = rig.transport.send(made.letters("dead@example.org", "busy@example.org"))
        assert all("@" not in o.detail and o.detail.isprintable() for o in outcomes)


class LosesAnswers:
    """For a far side whose answer can get lost."""

    def test_a_lost_answer_is_a_doubt_and_what_follows_is_whole(self, rig: Rig) -> None:
        """What may have been taken is never called try later; the rest is, or goes."""
        rig.lose("lost@example.org")
        outcomes = rig.transport.send(
            made.letters("a@example.org", "lost@example.org", "b@example.org")
        )
        assert [o.verdict for o in outcomes[:2]] == [Verdict.ACCEPTED, Verdict.IN_DOUBT]
        assert outcomes[2].verdict in {Verdict.ACCEPTED, Verdict.TRY_LATER}
        assert ("b@example.org" in rig.taken()) == (outcomes[2].verdict is Verdict.ACCEPTED)


class KnowsAccounts:
    """For a far side that knows us by a login or a key."""

    def test_a_refused_account_raises(self, rig: Rig) -> None:
        """Nobody on the list is to blame for it."""
        rig.refuse_account()
        with pytest.raises(AccountRefused) as caught:
            rig.transport.send(made.letters("a@example.org"))
        assert "@" not in str(caught.value)
        assert rig.taken() == []
