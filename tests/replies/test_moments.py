"""A mail waits since it came to us, not since we read the file that it lay in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.replies.moments import EARLIEST, moment_of

NOW = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)
TOP = "Received: from mx.example.org by mail.example.org; Mon, 10 Feb 2014 08:00:00 +0100\n"
LOWER = "Received: from a by mx.example.org;\n Mon, 10 Feb 2014 06:59:00 +0000\n"
DATE = "Date: Sun, 9 Feb 2014 23:00:00 -0000\n"


@pytest.mark.parametrize(
    ("head", "moment"),
    [
        (TOP + LOWER + DATE, datetime(2014, 2, 10, 7, 0, tzinfo=UTC)),
        (LOWER + TOP, datetime(2014, 2, 10, 6, 59, tzinfo=UTC)),
        (DATE, datetime(2014, 2, 9, 23, 0, tzinfo=UTC)),
        ("Received: by a, without a date\n" + DATE, datetime(2014, 2, 9, 23, 0, tzinfo=UTC)),
        ("Received: by a; yesterday\nDate: nonsense\n", NOW),
        ("Date: Wed, 1 Jan 2025 00:00:00 +0000\n", NOW),
        ("Date: Thu, 1 Jan 1970 00:00:00 +0000\n", EARLIEST),
        ("Date: Fri, 1 Jan 99999 00:00:00 +9999\n", NOW),
        ("", NOW),
    ],
)
def test_our_own_servers_line_counts_then_the_senders(head: str, moment: datetime) -> None:
    """The top Received line is our server's; Date is what the sender's clock said."""
    assert moment_of(f"{head}Subject: x\n\nDate: in the text\n".encode(), NOW) == moment


@given(st.one_of(st.binary(max_size=60), st.text("0123456789 +-:,;JanFebMonGMT", max_size=40)))
def test_no_date_breaks_it(date: bytes | str) -> None:
    """Whatever stands there, a mail came between the year 2000 and now."""
    raw = date if isinstance(date, bytes) else date.encode()
    moment = moment_of(b"Received: x; " + raw + b"\nDate: " + raw + b"\n\n", NOW)
    assert EARLIEST <= moment <= NOW
    assert moment.utcoffset() == timedelta()
