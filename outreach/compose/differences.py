"""What one way through a message says otherwise than another, in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final

from outreach.compose.ways import Wording

#: stands between paragraphs
_PARAGRAPH: Final = "¶"
_SENTENCE_END: Final = re.compile(r"[.!?؟。！？][)\]»”\"'’]*$")
#: words of what stands before a difference that are shown with it
_BEFORE: Final = 2
#: fewer words than that between two differences don't part them
_NEAR: Final = 3
_MOST_WORDS: Final = 14
#: characters without a space, in scripts that have none
_MOST_LETTERS: Final = 120


def differences(usual: Wording, other: Wording) -> tuple[str, ...]:
    """Say where `other` differs from `usual`, a phrase for each place, in the order of the page.

    Empty where they read the same: then they differ in what is not read, such as a link or a
    colour.
    """
    found = [
        *_named("subject", usual.subject, other.subject),
        *_named("preview text", usual.preheader, other.preheader),
    ]
    matcher = SequenceMatcher(None, usual.paragraphs, other.paragraphs, autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag != "equal":
            old = f" {_PARAGRAPH} ".join(usual.paragraphs[start:end]).split()
            new = f" {_PARAGRAPH} ".join(other.paragraphs[other_start:other_end]).split()
            found += _phrases(old, new)
    return tuple(dict.fromkeys(found))


def _named(what: str, usual: str, other: str) -> Iterator[str]:
    if usual != other:
        yield f"{what} {_quoted(other.split())} in place of {_quoted(usual.split())}"


def _phrases(usual: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    for start, end, other_start, other_end in _places(usual, other):
        context = min(_BEFORE, start)
        before = usual[start - context : start]
        if start == end and _is_whole(other, other_start, other_end):
            for sentences in _parted(other[other_start:other_end]):
                yield f"further {_quoted(sentences)}"
        elif other_start == other_end and _is_whole(usual, start, end):
            for sentences in _parted(usual[start:end]):
                yield f"without {_quoted(sentences)}"
        else:
            new = _quoted([*before, *other[other_start:other_end]])
            yield f"{new} in place of {_quoted([*before, *usual[start:end]])}"


def _is_whole(words: Sequence[str], start: int, end: int) -> bool:
    """Whether a stretch of words is one of whole sentences, so that it can be told by itself."""
    begins = start == 0 or _PARAGRAPH in words[start - 1 : start + 1] or _ends(words[start - 1])
    ends = end == len(words) or _PARAGRAPH in words[end - 1 : end + 1] or _ends(words[end - 1])
    return begins and ends


def _ends(word: str) -> bool:
    return _SENTENCE_END.search(word) is not None


def _parted(words: Sequence[str]) -> Iterator[list[str]]:
    """Give each paragraph's words."""
    for is_mark, part in groupby(words, key=lambda word: word == _PARAGRAPH):
        if not is_mark:
            yield list(part)


def _places(usual: Sequence[str], other: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Give the stretches of words that differ; those that nearly meet are one."""
    places: list[tuple[int, int, int, int]] = []
    matcher = SequenceMatcher(None, usual, other, autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        if places and start - places[-1][1] < _NEAR:
            first = places.pop()
            start, other_start = first[0], first[2]
        places.append((start, end, other_start, other_end))
    return places


def _quoted(words: Sequence[str]) -> str:
    """Quote words, the middle left out where there are many."""
    if len(words) > _MOST_WORDS:
        half = _MOST_WORDS // 2
        words = [*words[:half], "[…]", *words[-half:]]
    text = re.sub(f" ?{_PARAGRAPH} ?", " / ", " ".join(words)).strip(" /")
    if len(text) > _MOST_LETTERS:
        text = f"{text[: _MOST_LETTERS // 2]} […] {text[-_MOST_LETTERS // 2 :]}"
    return f"“{text}”" if text else "nothing"
