"""A small message in which nothing is wrong, to be spoilt in one place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from making import DAY, MOMENT, message, page

from outreach.compose.lint import Checked, Finding, check_message

PREHEADER = "A preheader that says in one sentence what this is about."
LAYOUT = """\
<!DOCTYPE html>
<html lang="{{ lang }}" dir="{{ dir }}"><head><title>{{ subject }}</title>
<style>{% include "styles/plain.css" %}</style></head>
<body>
{% block content %}{% endblock %}
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>
<p>{{ postal_address }}</p>
</body></html>
"""
STYLES = "p { color: #222222; font-size: 16px }\na { color: #0b6b64 }\n"
TEXT = "Hello\n\nUnsubscribe: {{ unsubscribe_url }}\n\n{{ postal_address }}\n"
#: that people on the list have
COLUMNS = ("Shirt size", "Région", "T-shirt", "Years")
SHEET = """\
[[letters.sent]]
value = 2_300_000
true_on = 2014-02-26
source = "a report"
approved_by = "Ada"
"""


def good(
    content: str = "<p>Hello</p>",
    *,
    subject: str = "Subject",
    preheader: str = PREHEADER,
    top: str = "",
) -> str:
    """A language file in which nothing is wrong; its content begins on line 4."""
    return page(content, subject=subject, preheader=preheader, top=top)


def checked(
    content: str = "<p>Hello</p>",
    *,
    files: Mapping[str, str] | None = None,
    day: date = DAY,
    subject: str = "Subject",
    top: str = "",
    columns: Collection[str] | None = COLUMNS,
) -> Checked:
    """Check the small message with this content, and these files added or instead of its own."""
    own = {
        "m/en.html": good(content, subject=subject, top=top),
        "layouts/plain.html": LAYOUT,
        "styles/plain.css": STYLES,
        "facts/sheet.toml": SHEET,
    }
    whole = message({**own, **(files or {})})
    return check_message(whole, day=day, moment=MOMENT, columns=columns)


def found(kind: str, *args: str, **kwargs: object) -> list[Finding]:
    """Check likewise, and give the findings of one kind."""
    return [one for one in checked(*args, **kwargs).findings if one.kind == kind]  # type: ignore[arg-type]
