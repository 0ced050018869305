"""Offers and refusals of few words: people answer from a telephone."""

from __future__ import annotations

import pytest

from outreach.model import ReplyKind
from outreach.replies import people


@pytest.mark.parametrize(
    "own",
    [
        "Happy to host an event in Glasgow",
        "Hi, Tom here, happy to host",
        "I'd organise an event",
        "I will do it in Kenya.",
        "We'll do it!",
        "Count on me",
        "Put me down for an event",
        "Ninapenda kujitolea",
        "Я в деле",
        "Glad to take part",
    ],
)
def test_who_offers_in_a_few_words_is_a_volunteer(own: str) -> None:
    """Without a subject, or with it in the future."""
    assert people.judge("Re: Letters", own, 0).kind is ReplyKind.VOLUNTEER


@pytest.mark.parametrize(
    "own",
    [
        "Sorry, I can't this year",
        "Don't count on me",
        "I won't do it",
        "I would organise one but can't",
        "We will not host an event",
    ],
)
def test_who_declines_in_a_few_words_is_not_asked_again(own: str) -> None:
    """The word that denies may stand anywhere in the sentence."""
    assert people.judge("Re: Letters", own, 0).kind is ReplyKind.DECLINE


@pytest.mark.parametrize("own", ["Please do it", "He will do it", "I can't wait to read it"])
def test_what_is_no_offer_stays_none(own: str) -> None:
    """Somebody else's doing, or a courtesy."""
    assert people.judge("Re: Letters", own, 0).kind is ReplyKind.UNKNOWN


@pytest.mark.parametrize("own", ["I want to stop. Unsubscribe", "No, sorry. STOP", "STOP. Thanks"])
def test_a_wish_of_one_word_may_stand_before_or_behind_another_sentence(own: str) -> None:
    """In a mail of a few words it is what the mail is for."""
    found = people.judge("Re: Letters", own, 0)
    assert (found.kind, found.certainty >= 0.5) == (ReplyKind.UNSUBSCRIBE, True)
