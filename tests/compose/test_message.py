"""The bytes that leave: read back by a mail parser, they say what was composed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import DAY, LEAVE, LETTERHEAD, MOMENT, REPLY, composed, message, page, reader

from outreach.compose import Composer
from outreach.errors import SettingsError, TemplateError
from outreach.model import Mailbox, Message, Reader

CONTENT = "<p>Dear {{ supporter.given_name }}</p>"
_COMPOSER = Composer(
    message({"m/en.html": page(CONTENT, subject="For {{ supporter.full_name }}")}), DAY
)


def _parsed(made: Message) -> EmailMessage:
    parsed = message_from_bytes(made.mime, policy=policy.SMTP)
    assert isinstance(parsed, EmailMessage)
    return parsed


def _display_name(made: Message) -> str:
    """The name in To, by the old parser: the new one puts spaces between encoded words."""
    name, _ = parseaddr(message_from_bytes(made.mime)["To"].replace("\r\n", ""))
    return str(make_header(decode_header(name)))


def _part(parsed: EmailMessage, kind: str) -> str:
    body = parsed.get_body((kind,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


def test_the_headers_are_those_that_providers_ask_for() -> None:
    """RFC 8058 one-click unsubscribe, our token in every place that comes back."""
    parsed = _parsed(composed(CONTENT, given_name="Ada", family_name="Lovelace"))
    assert parsed["From"] == "Sam Example <news@outreach.example.org>"
    assert parsed["To"] == "Ada Lovelace <ada@example.org>"
    assert parsed["Reply-To"] == f"events+{REPLY}@outreach.example.org"
    assert parsed["Message-ID"] == f"<{REPLY}@outreach.example.org>"
    assert parsed["Date"] == "Wed, 26 Feb 2014 09:00:00 +0000"
    assert parsed["Content-Language"] == "en"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    https, mailto = str(parsed["List-Unsubscribe"]).split(", ")
    assert https == f"<https://outreach.example.org/u/{LEAVE}>"
    assert mailto == f"<mailto:events%2B{REPLY}@outreach.example.org?subject=unsubscribe>"


def test_the_parts_are_text_then_html() -> None:
    """Programs show the last that they can."""
    made = composed(CONTENT, given_name="Zoë")
    parsed = _parsed(made)
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert _part(parsed, "plain").rstrip("\n") == made.text.rstrip("\n")
    assert _part(parsed, "html").rstrip("\n") == made.html.rstrip("\n")
    assert not parsed.defects


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200), st.text(max_size=40))
def test_no_name_breaks_the_message(given_name: str, family_name: str) -> None:
    """Whatever a list holds as a name, the bytes are one valid message, addressed to one person."""
    person = reader(given_name=given_name, family_name=family_name)
    made = _COMPOSER.compose(person, MOMENT)
    head, _, _ = made.mime.partition(b"\r\n\r\n")
    parsed = _parsed(made)
    assert made.mime.isascii()
    assert made.mime.count(b"\n") == made.mime.count(b"\r\n") == made.mime.count(b"\r")
    assert max(map(len, made.mime.split(b"\r\n"))) <= 998
    assert max(map(len, head.split(b"\r\n"))) <= 110
    assert [a.addr_spec for a in parsed["To"].addresses] == ["ada@example.org"]
    assert len(parsed.keys()) == len(set(parsed.keys())) == 11
    assert str(parsed["Subject"]) == made.subject
    assert _display_name(made) == made.recipient.name
    assert _part(parsed, "html").rstrip("\n") == made.html.rstrip("\n")
    assert not parsed.defects


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nBcc: all@example.org",
        "a\nBcc: all@example.org",
        "a\x85Bcc: x\u2028Cc: y",
        "=?utf-8?q?Bcc=3A?=",
        'x" <evil@example.org>, "y',
        "x" * 3000,
        "é" * 3000,
        "日本 " * 300,
        "Dr. Łukasz, the 2nd (yes) [x]; y:z\\",
    ],
)
def test_hostile_names_stay_names(name: str) -> None:
    """No header, address or encoded word comes out of a name."""
    made = _COMPOSER.compose(reader(given_name=name), MOMENT)
    parsed = _parsed(made)
    assert [a.addr_spec for a in parsed["To"].addresses] == ["ada@example.org"]
    assert "Bcc" not in parsed
    assert "Cc" not in parsed
    assert str(parsed["Subject"]) == made.subject
    assert max(map(len, made.mime.split(b"\r\n"))) <= 998


def test_french_spaces_survive_in_a_subject() -> None:
    """A no-break space is no plain space."""
    made = composed(CONTENT, subject="Chez  vous\u202f?\n {{ 2300000|approx(0) }}")
    assert made.subject == "Chez vous\u202f? 2 million"
    assert str(_parsed(made)["Subject"]) == made.subject


def test_headers_are_given_apart_without_line_breaks() -> None:
    """For transports that take fields instead of bytes."""
    made = composed(CONTENT)
    assert [name for name, _ in made.headers] == [
        "Date",
        "Message-ID",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Content-Language",
    ]
    assert not any("\n" in value or "\r" in value for _, value in made.headers)


def test_an_address_that_is_none_is_refused() -> None:
    """Nothing but an address goes into To."""
    with pytest.raises(TemplateError, match="address"):
        composed(CONTENT, email="a@example.org>\r\nBcc: b@example.org")


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": Mailbox("Sam", "news@x\r\nBcc: b@example.org")},
        {"sender": Mailbox("Sam", "")},
        {"sender": Mailbox("Sam", "<news@x.example>")},
        {"sender": Mailbox("Sam", "news@bücher.example")},
        {"reply_to": "{token}@bücher.example"},
        {"reply_to": "{token}"},
        {"reply_to": "events-for-all-volunteers-of-this-very-year+{token}@outreach.example.org"},
        {"public_url": "outreach.example.org"},
        {"public_url": "https://x.example/>\r\nBcc: b"},
    ],
)
def test_a_letterhead_that_cant_be_used_is_found_first(wrong: dict[str, Any]) -> None:
    """Not when half of the people have their message."""
    frozen = replace(message(), letterhead=replace(LETTERHEAD, **wrong))
    with pytest.raises(SettingsError, match=r"outreach\.toml"):
        Composer(frozen, DAY)


def test_a_token_that_is_none_is_a_fault() -> None:
    """Tokens are made by us; anything else in their place is a bug, and must not leave."""
    broken = Reader(reader().supporter, "x y", LEAVE)
    with pytest.raises(ValueError, match="token"):
        _COMPOSER.compose(broken, MOMENT)


def test_the_date_needs_a_time_zone_to_be_right() -> None:
    """Any zone will do; it is written in UTC."""
    moment = datetime.fromisoformat("2014-02-26T10:00:00+01:00")
    made = _COMPOSER.compose(reader(given_name="A"), moment)
    assert made.mime == _COMPOSER.compose(reader(given_name="A"), MOMENT).mime
