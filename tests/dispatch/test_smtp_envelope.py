"""What is said of a message to a mail server, whatever pieces it comes in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from outreach.dispatch.transports.smtp_envelope import DOT, content

_PIECES = some.lists(
    some.sampled_from([b"\r\n", b"\n", b"\r", b".", b"a", b"\xc3\xa9"]), max_size=9
)
_CUT = some.lists(_PIECES.map(b"".join), max_size=6)


@given(_CUT)
def test_no_line_of_a_message_ends_it_and_none_is_changed(pieces: list[bytes]) -> None:
    """However it is cut, the server takes away what we put before dots, and has its lines."""
    made = content(pieces)
    said = b"".join(made.pieces)
    assert made.size == len(said)
    assert made.ascii == said.isascii()
    *lines, end = said.split(b"\r\n")
    assert end == b""
    assert not any(b"\r" in line or b"\n" in line or line == DOT.strip() for line in lines)
    taken = [line.removeprefix(b".") for line in lines]
    assert taken == b"".join(pieces).splitlines() or (taken == [b""] and not b"".join(pieces))


@given(_CUT)
def test_a_second_look_is_like_the_first(pieces: list[bytes]) -> None:
    """What is remembered of a piece holds wherever it stands."""
    first = b"".join(content(pieces).pieces)
    assert b"".join(content([*pieces]).pieces) == first
    assert b"".join(content([b"".join(pieces)]).pieces) == first
