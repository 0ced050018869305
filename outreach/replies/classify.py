"""What a mail is. A pure function of the parsed mail and of the person's own words.

Machines are told first, in an order that matters: most bounces also carry the marks of automatic
answers. Of people, only their own words count, never what they quoted: the footer of our own
message speaks of unsubscribing, and our own text of organising.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from outreach.model import ReplyKind
from outreach.replies.bounces import Bounce, read_bounce
from outreach.replies.mime import Parsed
from outreach.replies.words import pattern

#: letters of own words that are read; the wish stands at the beginning
MAX_WORDS: Final = 5000

_AUTO_HEADERS: Final = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoresponse",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-auto-reply-from",
)
_ANSWERS = re.compile(
    r"^(re|aw|sv|vs|ref|rif|r|tr|wg|fwd?|rv|enc|res|odp|antw|回复|答复|رد)\s*:", re.I
)
_NO = re.compile(
    r"\b(no|not|never|cannot(?! wait)|ne|pas|não|nao|nicht|niet|kein\w*|non|не|sio|لا|لن|ليس)\b"
    r"|n't\b(?! wait)|不",
    re.IGNORECASE,
)
#: with nothing between it and what it denies but a doubt: I don't think I can help
_NO_BEFORE = re.compile(
    rf"(?:{_NO.pattern})\s*(?:(?:really|sure|think|believe|know|if|that|whether|pas|que|creo)\s+)*$",
    re.IGNORECASE,
)
#: a wish to get no more at some other address, while this one is in use
_OTHER_ADDRESS = re.compile(
    r"\b(old|other|previous|former|ancienne|autre|antigu[oa]|otr[oa]|alte|andere)\w* "
    r"(e-?mail|mail|address|adresse|correo|dirección|mailadresse)|\bthis one\b|\binstead\b",
    re.IGNORECASE,
)
_URL = re.compile(r"https?://\S+|www\.\S+")
_QUESTION_MARKS: Final = "?؟？\u037e"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mail is, how certain that is (0 to 1), and why, in words for staff."""

    kind: ReplyKind
    certainty: float
    why: tuple[str, ...]
    bounce: Bounce | None = None


def classify(parsed: Parsed, own: str, filled: int) -> Verdict:
    """Say what a mail is.

    `own` is what the person wrote, '' where they only quoted; `filled` is how many of the
    asked-for lines they filled in.
    """
    return _machine(parsed) or _person(parsed, own, filled)


def _machine(parsed: Parsed) -> Verdict | None:
    headers = parsed.headers
    if parsed.report == "feedback-report" or headers.has("x-hmxmroriginalrecipient"):
        types = [b.get("feedback-type").strip().lower() for b in parsed.blocks]
        if "not-spam" in types:
            return Verdict(ReplyKind.UNKNOWN, 0.5, ("a feedback report that says: not spam",))
        return Verdict(ReplyKind.COMPLAINT, 1.0, ("is a feedback report (RFC 5965)",))
    if parsed.report == "disposition-notification":
        return Verdict(ReplyKind.RECEIPT, 1.0, ("is a read receipt (RFC 8098)",))
    bounced = read_bounce(parsed)
    if bounced is not None:
        bounce, certainty, why = bounced
        reasons = [why, f"status {bounce.status}"] if bounce.status else [why]
        return Verdict(ReplyKind.BOUNCE, certainty, tuple(reasons), bounce)
    if (headers.has("list-unsubscribe") or headers.has("list-id")) and not (
        headers.has("in-reply-to") or _ANSWERS.match(parsed.subject)
    ):
        return Verdict(ReplyKind.NEWSLETTER, 0.8, ("carries a mailing list's headers",))
    return _automatic(parsed)


def _automatic(parsed: Parsed) -> Verdict | None:
    headers = parsed.headers
    submitted = headers.get("auto-submitted").split(";")[0].split("(")[0].strip().lower()
    if submitted not in ("", "no"):
        return _auto(1.0, "says that it was sent automatically (RFC 3834)")
    # X-Auto-Response-Suppress is no sign: it asks others not to answer, and people's mail has it
    for name in _AUTO_HEADERS:
        if headers.get(name).lower() not in ("", "no"):
            return _auto(0.95, f"has the header {name}")
    if headers.get("precedence").strip().lower() in ("auto_reply", "junk", "bulk"):
        return _auto(0.9, "has a Precedence that machines use")
    if "autoresponder" in headers.get("x-post-messageclass").lower():
        return _auto(0.95, "has the header x-post-messageclass")
    if pattern("phrases.toml", "auto_subject").match(parsed.subject):
        return _auto(0.9, "its subject is that of an automatic answer")
    if headers.get("return-path").replace(" ", "") == "<>":
        return _auto(0.7, "has an empty Return-Path")
    return None


def _auto(certainty: float, why: str) -> Verdict:
    return Verdict(ReplyKind.AUTO_REPLY, certainty, (why,))


def _person(parsed: Parsed, own: str, filled: int) -> Verdict:
    words = plain(own)
    offers, declines = _offers(words), _says(words, "decline")
    if _wants_out(words, parsed.subject):
        if _OTHER_ADDRESS.search(words):
            return Verdict(ReplyKind.UNSUBSCRIBE, 0.4, ("may mean another address: please read",))
        if offers or filled >= 2:
            return Verdict(
                ReplyKind.UNSUBSCRIBE, 0.6, ("asks to get no more, and offers to help too",)
            )
        return Verdict(ReplyKind.UNSUBSCRIBE, 0.9, ("asks to get no more, in their own words",))
    verdict = _offer(words, filled, offers=offers, declines=declines)
    if verdict is None and not _ANSWERS.match(parsed.subject) and _offers(plain(parsed.subject)):
        # our own button writes such a subject: pressed and sent, but perhaps with nothing filled in
        return Verdict(ReplyKind.VOLUNTEER, 0.5, ("offers to help in its subject only",))
    return verdict or _other(words)


def _offer(words: str, filled: int, *, offers: bool, declines: bool) -> Verdict | None:
    if filled >= 2:
        return Verdict(ReplyKind.VOLUNTEER, 0.95, (f"filled in {filled} of the asked-for lines",))
    if offers and declines:
        return Verdict(ReplyKind.VOLUNTEER, 0.5, ("offers to help and declines: please read",))
    if offers or _is_only(words, "yes_only"):
        return Verdict(ReplyKind.VOLUNTEER, 0.8, ("offers to help or take part",))
    if declines:
        return Verdict(ReplyKind.DECLINE, 0.7, ("says no to the event",))
    return None


def _other(words: str) -> Verdict:
    if any(mark in _URL.sub("", words) for mark in _QUESTION_MARKS):
        return Verdict(ReplyKind.QUESTION, 0.7, ("asks something",))
    if _says(words, "auto_body"):
        return Verdict(ReplyKind.AUTO_REPLY, 0.5, ("speaks like an automatic answer",))
    if _says(words, "thanks") and len(words) < 300:
        return Verdict(ReplyKind.THANKS, 0.7, ("thanks, and asks for nothing",))
    if not words:
        return Verdict(ReplyKind.UNKNOWN, 0.0, ("holds no words of the person's own",))
    return Verdict(ReplyKind.UNKNOWN, 0.0, ("none of the known kinds fits",))


def plain(text: str) -> str:
    """Give text in one form for looking up phrases: no vowel points, one space, plain quotes."""
    text = unicodedata.normalize("NFC", text[:MAX_WORDS])
    text = re.sub("[\u064b-\u0652\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069*_]", "", text)
    return " ".join(re.sub("[’‘ʼ`´]", "'", text).split())


def _says(words: str, section: str) -> bool:
    return pattern("phrases.toml", section).search(words) is not None


def _offers(words: str) -> bool:
    """Whether the words offer help; "no puedo organizar" does not."""
    return any(
        not _NO.search(found[0]) and not _NO_BEFORE.search(words[: found.start()][-30:])
        for found in pattern("phrases.toml", "volunteer").finditer(words)
    )


def _is_only(words: str, section: str) -> bool:
    """Whether the words are one of the section's phrases, perhaps with a greeting or a name."""
    if len(words.split()) > 6:
        return False
    whole = pattern("phrases.toml", section)
    first = re.split(r"[.!,;\n،。！]", words)[0]
    return any(whole.fullmatch(part.strip(" .!?,،。！\"'")) for part in (words, first))


def _wants_out(words: str, subject: str) -> bool:
    if _is_only(words, "unsubscribe_only"):
        return True
    if not _ANSWERS.match(subject) and len(words.split()) <= 12:
        subject = plain(subject)
        if len(subject.split()) <= 6 and _is_only(subject, "unsubscribe_only"):
            return True
    for found in pattern("phrases.toml", "unsubscribe").finditer(words):
        before = words[max(0, found.start() - 40) : found.start()]
        if not pattern("phrases.toml", "not_unsubscribe").search(before):
            return True
    return False
