"""Letters as the composer makes them, for the tests of transports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from outreach.compose import Composer, FrozenMessage
from outreach.model import Letter, Letterhead, Mailbox, Reader, Supporter
from outreach.tokens import Purpose, SigningKey, sign

MOMENT = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)
LETTERHEAD = Letterhead(
    organisation="Example Rights Network",
    postal_address="1 Example Street, Example Town",
    sender=Mailbox("Sam Example", "news@outreach.example.org"),
    reply_to="events+{token}@outreach.example.org",
    public_url="https://outreach.example.org",
)
KEY = SigningKey(1, b"k" * 32)
LAYOUT = """\
<html lang="{{ lang }}"><head><title>{{ subject }}</title><style>p { color: red }</style></head>
<body>{% block content %}{% endblock %}</body></html>
"""
PAGE = """\
{% extends "layouts/plain.html" %}
{% block subject %}For {{ supporter.given_name or "you" }}{% endblock %}
{% block preheader %}Preheader{% endblock %}
{% block content %}
<p>Dear {{ supporter.given_name }},</p>
{% if supporter.country %}<p>In {{ supporter.country|country }} there is much to do.</p>{% endif %}
<p title="{{ supporter.family_name }}">{{ supporter.full_name }}, {{ supporter.tags|join(", ") }}
</p>
<p><a href="{{ reply_link(subject=supporter.given_name) }}">Write to us</a>
<a href="{{ unsubscribe_url }}">Unsubscribe</a></p>
{% endblock %}
"""


def composer(**files: str) -> Composer:
    """A small message; `en_txt` and the like are files besides or instead."""
    own = {
        "m/message.toml": 'title = "A message"\ndefault_language = "en"\n',
        "m/en.html": PAGE,
        "layouts/plain.html": LAYOUT,
        **{f"m/{name.replace('_', '.')}": text for name, text in files.items()},
    }
    return Composer(FrozenMessage("m", own, LETTERHEAD), date(2014, 2, 26))


def reader(number: int, **supporter: Any) -> Reader:
    """One reader: `pN@example.org`, unless told otherwise."""
    known = {"email": f"p{number}@example.org", "given_name": f"P{number}", **supporter}
    tokens = [sign(KEY, purpose, number) for purpose in (Purpose.REPLY, Purpose.UNSUBSCRIBE)]
    return Reader(Supporter(number, **known), *tokens)


def letter(made_by: Composer, number: int, **supporter: Any) -> Letter:
    """Their letter."""
    return Letter(number, f"{number}-1", made_by.compose(reader(number, **supporter), MOMENT))


def letters(made_by: Composer, numbers: Iterable[int], **supporter: Any) -> list[Letter]:
    """One letter for each number."""
    return [letter(made_by, number, **supporter) for number in numbers]
