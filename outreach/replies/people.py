"""Tell what a person wants. Only their own words count, never what they quoted.

The footer of our own message speaks of unsubscribing, and our own text of organising. A wish to
get no more comes before all else: nothing in the same mail undoes it. Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from outreach.model import ReplyKind
from outreach.replies.lonelines import has_lone_wish
from outreach.replies.verdict import IS_ANSWER, Verdict
from outreach.replies.words import phrases, plain

_PHRASES: Final = "phrases.toml"
_WISHES: Final = "wishes.toml"
_MACHINES: Final = "machines.toml"

#: between a word that denies and what it denies: I don't think I can help
_DOUBT = re.compile(r"\s*(?:(?:really|sure|think|believe|know|if|that|whether|que|creo)\s+)*")
_STOPS = re.compile(r"[.!?。！？؟।]")
_URL = re.compile(r"https?://\S+|www\.\S+")
_SENTENCE_ENDS = re.compile(r"[.!,;\n،。！，]")
_QUESTION_MARKS: Final = "?؟？\u037e"
#: the Greek one, as every keyboard writes it
_GREEK_QUESTION = re.compile(r"[\u0370-\u03ff]\s?;(?:\s|$)")
#: words and letters that may stand before thanks: a greeting. After more, something was said first
_GREETING: Final = (3, 25)
#: words of a mail that holds little beside a wish
_SHORT: Final = 12
#: and of one that holds a line with the wish, a greeting and a name
_FEW: Final = 6
#: letters of a mail that only thanks
_LONGEST_THANKS: Final = 300


def judge(subject: str, own: str, filled: int) -> Verdict:
    """Say what a person wants; `own` and `filled` as in `classify`."""
    words = plain(own)
    subject = "" if IS_ANSWER.match(subject) else plain(subject)
    offers, declines = _offers(words), _says(words, _PHRASES, "decline")
    # the last line below a filled-in form may be that of our own footer, quoted without a mark
    alone = has_lone_wish(own, at_end=filled < 2)
    verdict = _wish(words, subject, offers=offers or filled >= 2, alone=alone)
    verdict = verdict or _offer(words, filled, offers=offers, declines=declines)
    if verdict is None and _offers(subject):
        # our own button writes such a subject: pressed and sent, but perhaps with nothing filled in
        return Verdict(ReplyKind.VOLUNTEER, 0.5, ("offers to help in its subject only",))
    return verdict or _other(words)


def speaks_like_a_machine(own: str) -> bool:
    """Whether the words are those of automatic answers; `own` as in `classify`."""
    return _says(plain(own), _MACHINES, "auto_body")


def wants_more_than_a_button(own: str) -> bool:
    """Whether somebody offers help or asks something; `own` as in `classify`."""
    words = plain(own)
    return _offers(words) or _asks(words)


def _wish(words: str, subject: str, *, offers: bool, alone: bool) -> Verdict | None:
    """The wish to get no more, granted from 0.5 up, and read by a person below 0.7."""
    wants_answer = any(_not_denied(words, "answer"))
    says_it = wants_answer or _wants_out(words, subject)
    if not (says_it or alone):
        return None
    if _says(words, _PHRASES, "other_address"):
        return Verdict(ReplyKind.UNSUBSCRIBE, 0.4, ("may mean another address: please read",))
    if _says(words, _WISHES, "of_another"):
        return Verdict(ReplyKind.UNSUBSCRIBE, 0.4, ("may be somebody else's wish: please read",))
    if offers:
        return Verdict(ReplyKind.UNSUBSCRIBE, 0.6, ("asks to get no more, and offers to help too",))
    if wants_answer or _asks(words):
        return Verdict(ReplyKind.UNSUBSCRIBE, 0.6, ("asks to get no more, and for an answer",))
    if _goes_on(words):
        return Verdict(ReplyKind.UNSUBSCRIBE, 0.6, ("asks to get no more, or less: please read",))
    if not says_it and len(words.split()) > _FEW:
        return Verdict(ReplyKind.UNSUBSCRIBE, 0.6, ("a line of it asks to get no more",))
    return Verdict(ReplyKind.UNSUBSCRIBE, 0.9, ("asks to get no more, in their own words",))


def _goes_on(words: str) -> bool:
    """Whether the sentence of the wish goes on otherwise: remove me from Saturday's, but ..."""
    for found in phrases(_WISHES, "sentence").finditer(words):
        rest = _STOPS.split(words[found.end() :], maxsplit=1)[0]
        if _says(rest, _WISHES, "goes_on"):
            return True
    return False


def _wants_out(words: str, subject: str) -> bool:
    if _is_only(words, _WISHES, "only"):
        return True
    if len(words.split()) <= _SHORT and _is_only(subject, _WISHES, "only"):
        return True
    return any(_not_denied(words, "sentence"))


def _not_denied(words: str, section: str) -> Iterator[bool]:
    """For each phrase of the section whether nothing before it turns it round."""
    for found in phrases(_WISHES, section).finditer(words):
        before = words[max(0, found.start() - 40) : found.start()]
        yield not _says(before, _WISHES, "denied")


def _offer(words: str, filled: int, *, offers: bool, declines: bool) -> Verdict | None:
    if filled >= 2:
        return Verdict(ReplyKind.VOLUNTEER, 0.95, (f"filled in {filled} of the asked-for lines",))
    if offers and declines:
        return Verdict(ReplyKind.VOLUNTEER, 0.5, ("offers to help and declines: please read",))
    if offers or _is_only(words, _PHRASES, "yes_only"):
        return Verdict(ReplyKind.VOLUNTEER, 0.8, ("offers to help or take part",))
    if declines:
        return Verdict(ReplyKind.DECLINE, 0.7, ("says no to the event",))
    return None


def _other(words: str) -> Verdict:
    if _asks(words):
        return Verdict(ReplyKind.QUESTION, 0.7, ("asks something",))
    if _says(words, _MACHINES, "auto_body"):
        return Verdict(ReplyKind.AUTO_REPLY, 0.5, ("speaks like an automatic answer",))
    thanks = phrases(_PHRASES, "thanks").search(words)
    if thanks and len(words) < _LONGEST_THANKS:
        return _thanks(words, words[: thanks.start()])
    if not words:
        return Verdict(ReplyKind.UNKNOWN, 0.0, ("holds no words of the person's own",))
    return Verdict(ReplyKind.UNKNOWN, 0.0, ("none of the known kinds fits",))


def _thanks(words: str, before: str) -> Verdict:
    """Politeness ends most mails that ask for something, also in languages that we can't read."""
    if _says(words, _WISHES, "refusal"):
        return Verdict(ReplyKind.UNKNOWN, 0.0, ("thanks, and refuses something: please read",))
    most_words, most_letters = _GREETING
    if len(before.split()) > most_words or len(before) > most_letters:
        return Verdict(ReplyKind.THANKS, 0.5, ("thanks after saying something else: please read",))
    return Verdict(ReplyKind.THANKS, 0.7, ("thanks, and asks for nothing",))


def _asks(words: str) -> bool:
    words = _URL.sub("", words)
    return (
        any(mark in words for mark in _QUESTION_MARKS) or _GREEK_QUESTION.search(words) is not None
    )


def _says(words: str, table: str, section: str) -> bool:
    return phrases(table, section).stands_in(words)


def _offers(words: str) -> bool:
    """Whether the words offer help; "no puedo organizar" doesn't."""
    return any(
        not _says(found[0], _PHRASES, "no") and not _is_denied(words[: found.start()][-30:])
        for found in phrases(_PHRASES, "volunteer").finditer(words)
    )


def _is_denied(before: str) -> bool:
    """Whether the text ends in a word that denies, with nothing after it but a doubt."""
    return any(
        _DOUBT.fullmatch(before, found.end()) for found in phrases(_PHRASES, "no").finditer(before)
    )


def _is_only(words: str, table: str, section: str) -> bool:
    """Whether the words are one of the section's phrases, perhaps with a greeting or a name."""
    if len(words.split()) > 6:
        return False
    whole = phrases(table, section)
    sentences = _SENTENCE_ENDS.split(words.strip(" .!,،。！"))
    parts = (words, sentences[0], sentences[-1])
    return any(whole.is_all_of(part.strip(" .!?,،。！\"'")) for part in parts)
