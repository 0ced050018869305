"""Quoted-printable put together from pieces: the same as of the whole, and read back the same."""

from __future__ import annotations

import quopri
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.compose import quoted
from outreach.compose.standins import LEAVE, REPLY, TOKENS, Standins

TEXT = st.lists(
    st.sampled_from([*'ab<>= \n\t."-é李style=:', ' style="', "</p>", "x" * 70]), max_size=30
).map("".join)
STANDINS = Standins("")
TOKEN = st.text(alphabet="abcdefghijklmnopqrstuvwxyz234567", min_size=24, max_size=24)


def _read_back(encoded: bytes) -> str:
    lines = encoded.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert encoded.count(b"\n") == encoded.count(b"\r\n")
    assert not any(line.endswith((b" ", b"\t")) for line in lines)
    return quopri.decodestring(encoded.replace(b"\r\n", b"\n")).decode()


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


@given(TEXT)
@example("</p>aa" + "x" * 70 + ' style="')
@example("x" * 75 + "é<p>")
@example("é" * 12 + "xxx=<p>")
def test_is_read_back(text: str) -> None:
    """With a line break at its end, lines of 76 at most, and no space at a line's end."""
    assert _read_back(quoted.page(text)) == _ended(text)
    assert _read_back(quoted.text(text)) == _ended(text)


@given(st.lists(TEXT.map(lambda text: text.replace("\n", "").rstrip()), min_size=1, max_size=4))
def test_lines_are_encoded_as_the_whole_is(rows: list[str]) -> None:
    """The short way for plain lines gives what the long one gives."""
    text, encoded = quoted.lines(rows)
    assert encoded == quoted.text(text)


@settings(max_examples=300)
@given(st.data())
def test_a_page_in_pieces_is_the_whole(data: Any) -> None:
    """Whatever is filled in, wherever the pieces meet, and with any tokens."""
    parts: list[str | int] = []
    fills: list[str] = []
    for piece in data.draw(st.lists(TEXT | st.just(None) | st.sampled_from(TOKENS))):
        if piece is None:
            parts.append(len(fills))
            fills.append(data.draw(TEXT))
        else:
            parts.append(piece)
    parts.append(data.draw(TEXT) + "</html>")
    fills += [data.draw(TOKEN) for _ in TOKENS]
    whole = "".join(part if isinstance(part, str) else fills[part] for part in parts)
    made = quoted.PlannedPage(parts, STANDINS).filled(fills)
    assert b"".join(made) == quoted.page(whole)


@given(TEXT, st.lists(st.sampled_from(["", "Dear é,", "x" * 80])), TOKEN, TOKEN)
def test_a_text_with_tokens_and_lines_in_it_is_the_whole(
    text: str, rows: list[str], leave: str, reply: str
) -> None:
    """A soft line break may go through a token; nothing need stand between two lines."""
    mixed = STANDINS.whole([text, REPLY, text, LEAVE]) + "\n"
    own = f"{text}{reply}{text}{leave}\n"
    after = [row == "" for row in rows]
    stretches = [mixed, *(mixed if it else "" for it in after)]
    lines = [quoted.lines([row]) for row in rows]
    planned, tokens = quoted.PlannedText(stretches, STANDINS), [leave, reply]
    plain, encoded = planned.text(lines, tokens), planned.encoded(lines, tokens)
    whole = [own, *(f"{row}\n{own if it else ''}" for row, it in zip(rows, after, strict=True))]
    assert plain == "".join(whole)
    assert b"".join(encoded) == quoted.text(plain)
    fills = [*(text for text, _ in lines), *tokens]
    assert "".join(p if isinstance(p, str) else fills[p] for p in planned.parts) == plain
