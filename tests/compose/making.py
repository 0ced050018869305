"""Small messages and readers, made for a test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from outreach.compose import Composer, FrozenMessage
from outreach.model import Letterhead, Mailbox, Message, Reader, Supporter

TEMPLATES = Path(__file__).parents[2] / "templates"
DAY = date(2014, 2, 26)
MOMENT = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)
LETTERHEAD = Letterhead(
    organisation="Example Rights Network",
    postal_address="1 Example Street, Example Town",
    sender=Mailbox("Sam Example", "news@outreach.example.org"),
    reply_to="events+{token}@outreach.example.org",
    public_url="https://outreach.example.org",
)
REPLY, LEAVE = "reply" + "a" * 19, "leave" + "b" * 19
LAYOUT = """\
<html lang="{{ lang }}" dir="{{ dir }}"><head><title>{{ subject }}</title>
<style>{% include "styles/plain.css" %}</style></head>
<body>{% block content %}{% endblock %}</body></html>
"""


def reader(**supporter: Any) -> Reader:
    """One reader; what is not given is as unknown as can be."""
    known = {"supporter_id": 7, "email": "ada@example.org", **supporter}
    return Reader(Supporter(**known), reply_token=REPLY, unsubscribe_token=LEAVE)


def page(
    content: str, *, subject: str = "Subject", preheader: str = "Preheader", top: str = ""
) -> str:
    """A language file with these blocks."""
    return (
        '{% extends "layouts/plain.html" %}\n'
        f"{top}{{% block subject %}}{subject}{{% endblock %}}\n"
        f"{{% block preheader %}}{preheader}{{% endblock %}}\n"
        f"{{% block content %}}{content}{{% endblock %}}\n"
    )


def message(files: Mapping[str, str] | None = None) -> FrozenMessage:
    """A small message `m`, with these files added or instead of its own."""
    own = {
        "m/message.toml": 'title = "A message"\ndefault_language = "en"\n',
        "m/en.html": page("<p>Hello</p>"),
        "layouts/plain.html": LAYOUT,
        "styles/plain.css": "p { color: red }",
    }
    return FrozenMessage("m", {**own, **(files or {})}, LETTERHEAD)


def composed(content: str, *, top: str = "", subject: str = "Subject", **supporter: Any) -> Message:
    """One person's message with this content."""
    frozen = message({"m/en.html": page(content, top=top, subject=subject)})
    return Composer(frozen, DAY).compose(reader(**supporter), MOMENT)
