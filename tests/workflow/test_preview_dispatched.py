"""What preview shows is what leaves: the same bytes, but for tokens and Date."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.utils import format_datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from outreach.dispatch.transports.outbox import Outbox
from outreach.settings import Settings
from outreach.workflow.campaigns import create_campaign, plan_campaign
from outreach.workflow.dispatching import dispatch_campaign
from outreach.workflow.preview import preview
from outreach.workflow.previews import segment_previews

PEOPLE = [
    ("ada", "Ada", "Lovelace", "GB", "en", "standard"),
    ("nameless", "", "", "", "", "standard"),
    ("marks", "<b>O'Brien</b> & {{ Söhne }}", "%(x)s\\", "TG", "fr", "standard"),
    ("right", "فاطمة الزهراء", "بن يوسف", "EG", "ar", "standard"),
    ("long", "María del Carmen Josefina " * 6, "de la Cruz", "MX", "es", "standard"),
    ("lines", "An\na\r\nBcc: x@example.org", "\x00\ud7ff", "", "en", "standard"),
    ("eve", "Eve", "Example", "", "fr", "discreet"),
    ("adam", "李", "明", "CN", "zh", "discreet"),
]
_TOKEN = rb"[a-z2-7]{24}"


@pytest.mark.parametrize("message", ["one-in-two-million", "good-news"])
def test_everybody_gets_what_was_previewed(
    message: str, db: Database, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    """One by one, and as the telling people of the segment."""
    db.conn.executemany(
        "INSERT INTO supporters (email, given_name, family_name, country, language, safety,"
        " consent) VALUES (? || '@example.org', ?, ?, ?, ?, ?, 'granted')",
        PEOPLE,
    )
    create_campaign(db, settings, "c", template=message, segment="everyone", now=now)
    planned = plan_campaign(db, settings, "c", day=now.date(), now=now)
    later = now + timedelta(hours=3)
    sent = dispatch_campaign(
        db, "c", Outbox(tmp_path / "outbox"), batch_size=3, clock=lambda: later
    )
    assert sent.accepted == planned.planned >= 6
    left = {_recipient(mime): mime for mime in _files(tmp_path / "outbox")}
    assert len(left) == planned.planned
    shown = segment_previews(db, settings, message, segment="everyone", now=now)
    telling = {t.preview.message.recipient.email: t.preview for t in shown.telling if t.preview}
    assert set(telling) <= set(left)
    for email, mime in left.items():
        seen = preview(db, settings, message, email=email, now=now)
        assert _alike(seen.mime, now) == _alike(mime, later)
        if email in telling:
            assert telling[email].message == seen


def _files(outbox: Path) -> list[bytes]:
    return [file.read_bytes() for file in (outbox / "new").iterdir()]


def _recipient(mime: bytes) -> str:
    return str(message_from_bytes(mime, policy=policy.default)["To"].addresses[0].addr_spec)


def _alike(mime: bytes, moment: datetime) -> bytes:
    """Put X in the place of each token, and of the Date; a soft line break may stand in one."""
    date = f"Date: {format_datetime(moment)}".encode()
    assert mime.count(date) == 1
    letters = mime.replace(date, b"Date: X").replace(b"=\r\n", b"\n")
    tokens = set(re.findall(rb"\+(" + _TOKEN + rb")@|/u/(" + _TOKEN + rb")>", letters))
    own = {token for pair in tokens for token in pair if token}
    assert 1 <= len(own) <= 2
    for token in own:
        spread = rb"\n?".join(bytes([letter]) for letter in token)
        letters = re.sub(spread, lambda found: b"X" * 24 + b"\n" * found[0].count(b"\n"), letters)
    # the one of the page in the browser stands in no header
    viewed = rb"(?<=/v/)\n?(?:[a-z2-7]\n?){24}"
    return re.sub(viewed, lambda found: b"X" * 24 + b"\n" * found[0].count(b"\n"), letters)
