"""Whoever was erased has letters still, and follows their links."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from readers import Public

from outreach.tokens import Purpose
from outreach.workflow import erasing


@pytest.mark.parametrize(
    ("page", "purpose", "status"),
    [
        ("u", Purpose.UNSUBSCRIBE, 200),
        ("p", Purpose.UNSUBSCRIBE, 404),
        ("v", Purpose.VIEW, 404),
        ("t", Purpose.REPLY, 200),
    ],
)
def test_every_page_is_calm(public: Public, page: str, purpose: Purpose, status: int) -> None:
    """It speaks to nobody in particular, and names no address."""
    erasing.erase(public.db, public.settings, "p1@example.org", now=datetime.now(UTC))
    answer = public.at.client.get(f"/{page}/{public.token(purpose)}")
    assert answer.status_code in (status, 410)
    assert "example.org" not in answer.text.replace("outreach.example.org", "")
    assert "<h1" in answer.text


def test_leaving_by_one_click_still_answers(public: Public) -> None:
    """As mail programs expect it, and nothing of the address is written down again."""
    erasing.erase(public.db, public.settings, "p1@example.org", now=datetime.now(UTC))
    form = {"List-Unsubscribe": "One-Click"}
    assert public.at.client.post(public.leave(), data=form).status_code == 200
    assert public.suppressed == []
