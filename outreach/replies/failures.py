"""What a server's refusal says of the address: by its words first, then by its code.

Words come first because servers give one code to many things: 5.1.1 is what Sendmail makes of any
bare 550, and 5.7.1 is said of people who do not exist. Only a dead address ever suppresses anybody,
so what can't be told is never one. Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from outreach import addresses
from outreach.model import BounceClass
from outreach.replies.words import MAX_WORDS, phrases, plain

_DEAD, _LATER, _POLICY = BounceClass.DEAD_ADDRESS, BounceClass.TEMPORARY, BounceClass.POLICY

#: RFC 3464 §2.3.3
_ACTIONS: Final[Mapping[str, BounceClass]] = {
    "delivered": BounceClass.DELIVERED,
    "relayed": BounceClass.DELIVERED,
    "expanded": BounceClass.DELIVERED,
    "delayed": BounceClass.TEMPORARY,
}
#: sections of failures.toml, in the order in which they are asked
_WORDS: Final = (
    ("sender", _POLICY),
    ("full", _LATER),
    ("nobody", _DEAD),
    ("blocked", _POLICY),
    ("later", _LATER),
    ("policy", _POLICY),
    ("gone", _DEAD),
)
_BEFORE_LATER: Final = _WORDS[:3]
#: RFC 3463 and the registry of RFC 5248; by the whole code, then by its first two numbers
_CODES: Final[Mapping[str, BounceClass]] = {
    "5.1.1": _DEAD,
    "5.1.2": _DEAD,
    "5.1.3": _DEAD,
    "5.1.4": _DEAD,
    "5.1.6": _DEAD,
    "5.1.7": _POLICY,
    "5.1.8": _POLICY,
    "5.1.9": _POLICY,
    "5.1.10": _DEAD,
    "5.2.1": _DEAD,
    "5.2": _LATER,
    "5.3": _LATER,
    "5.4.4": _DEAD,
    "5.4.310": _DEAD,
    "5.4": _LATER,
    "5.6": _POLICY,
    "5.7.13": _DEAD,
    "5.7.17": _DEAD,
    "5.7.18": _DEAD,
    "5.7": _POLICY,
}
_NUMBERS: Final = r"([245]\.[0-7]\.\d{1,3})(?![\d.])"
#: a code beside a reply code, a #, or a word that announces it: never "Exim 4.99.5"
_CODE = re.compile(
    rf"(?:\b[245]\d\d[ -]+[#(]?|#|\b(?:status|dsn|code|error)\b[\s:=]{{0,4}}|^\s*[(\[]?|[:;(\[]\s?)"
    rf"{_NUMBERS}",
    re.IGNORECASE | re.MULTILINE,
)
_REPLY = re.compile(r"(?<![\w.@/:+-])#?([245])\d\d(?![\w@:/]|\.\d)(?= ?[-#<\"'(]| [^\d\s]|:? |$)")
#: what qmail says below a refusal, and also where it waited in vain
_GAVE_UP = re.compile(r"(\b5\d\d\b.{0,300}?)\bgiving up on [\d.]+")
_WILL_RETRY = re.compile(
    r"\bwarning\b|still trying|will (continue|keep|retry|be retried|try)|not (yet )?been delivered"
    r"|\bdelayed\b|do(es)? not need to (re)?send|no action is required",
    re.IGNORECASE,
)


def enhanced_code(words: str) -> str:
    """Give the first code like 5.1.1 that a server says, or ''."""
    found = _CODE.search(words)
    return found[1] if found else ""


def failure_class(action: str, status: str, answer: str, told: str = "") -> BounceClass:
    """Judge a failure by a report's Action and Status and the server's `answer`; each may be ''.

    `told` is what the mail itself says: it is asked where the answer decides nothing.
    """
    if action in _ACTIONS:
        return _ACTIONS[action]
    code = enhanced_code(answer) or status
    if code.startswith("2.") and action != "failed":
        return BounceClass.DELIVERED
    if code.endswith((".0.0", ".5.0")):
        code = status if status and not status.endswith(".0.0") else code
    if _is_passing(code, answer):
        return _after_retries(action, answer, told)
    return (
        _by_words(answer)
        or _by_code(code)
        or (_by_words(told) if not _is_final(answer) else None)
        or (_POLICY if _says(answer, "denied") or _REPLY.search(answer) else _LATER)
    )


def _is_passing(code: str, answer: str) -> bool:
    reply = _REPLY.search(answer)
    return code.startswith("4.") or (not code and reply is not None and reply[1] == "4")


def _after_retries(action: str, answer: str, told: str) -> BounceClass:
    """A server that gave up after days may have been told all along that there is nobody."""
    gave_up = action == "failed" or not _WILL_RETRY.search(told)
    return _DEAD if gave_up and _first(answer, _BEFORE_LATER) is _DEAD else _LATER


def _is_final(answer: str) -> bool:
    return len(answer.split()) > 12


def _by_words(text: str) -> BounceClass | None:
    return _first(text, _WORDS)


def _first(text: str, sections: tuple[tuple[str, BounceClass], ...]) -> BounceClass | None:
    # the dots in an address end no sentence, and its words are nobody's reason
    words = _GAVE_UP.sub(r"\1", plain(addresses.ANYWHERE.sub("@", text[:MAX_WORDS])))
    return next((c for s, c in sections if phrases("failures.toml", s).stands_in(words)), None)


def _says(text: str, section: str) -> bool:
    return phrases("failures.toml", section).stands_in(plain(text))


def _by_code(code: str) -> BounceClass | None:
    return _CODES.get(code) or _CODES.get(code.rpartition(".")[0])


def answer_lines(told: str) -> Iterator[str]:
    """Give the lines of a text in which a server's answer stands, each with what follows on."""
    lines = told.split("\n")
    for number, line in enumerate(lines):
        if _REPLY.search(line) or _CODE.search(line):
            more = []
            for following in lines[number + 1 : number + 5]:
                if not following.strip():
                    break
                more.append(following)
            yield " ".join(" ".join((line, *more)).split())
