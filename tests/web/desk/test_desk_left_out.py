"""Who was left out of a campaign, page by page."""

from __future__ import annotations

import re

from desking import Browser, Staffed

AT = "/campaigns/autumn/left-out"


def _leave_out(desk: Staffed, number: int) -> None:
    desk.db.conn.executemany(
        "INSERT INTO supporters (supporter_id, email, consent) VALUES (?, ?, 'denied')",
        [(1000 + n, f"no{n}@example.org") for n in range(number)],
    )
    desk.db.conn.execute(
        "INSERT INTO deliveries (campaign_id, supporter_id, state, reason, changed_at)"
        " SELECT campaign_id, supporter_id, 'excluded', 'opted_out', '2014-02-26T09:00:00Z'"
        " FROM campaigns, supporters WHERE name = 'autumn' AND supporter_id >= 1000"
    )


def _shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'href="/supporters/(\d+)"', page)]


def _walk(browser: Browser, rel: str, page: str) -> list[list[int]]:
    found = [_shown(page)]
    while link := re.search(rf'rel="{rel}" href="([^"]+)"', page):
        page = browser.page(link[1].replace("&amp;", "&"))
        found.append(_shown(page))
    return found


def test_pages_lead_through_all_and_back(desk: Staffed) -> None:
    """Everybody once, in order; from the last page back to the first."""
    _leave_out(desk, 250)
    browser = desk.enter("Maria", "author")
    there = _walk(browser, "next", browser.page(AT))
    assert [len(page) for page in there] == [100, 100, 52]
    everybody = [number for page in there for number in page]
    assert everybody == sorted(set(everybody))
    last = browser.page(f"{AT}?after={there[1][-1]}")
    back = _walk(browser, "prev", last)
    assert [number for page in reversed(back) for number in page] == everybody


def test_an_odd_address_gives_the_first_page(desk: Staffed) -> None:
    """A number that is none, or longer than any of ours."""
    browser = desk.enter("Maria", "author")
    first = _shown(browser.page(AT))
    for asked in ("after=x", "after=" + "9" * 40, "before=", "after=-1"):
        assert _shown(browser.page(f"{AT}?{asked}")) == first
    assert _shown(browser.page(f"{AT}?after=999999999999999")) == []


def test_pages_read_no_more_than_they_show(desk: Staffed) -> None:
    """By an index that holds none but those left out."""
    plan = desk.db.conn.execute(
        "EXPLAIN QUERY PLAN SELECT supporter_id FROM deliveries INDEXED BY deliveries_left_out"
        " WHERE campaign_id = 1 AND state IN ('excluded', 'withdrawn', 'cancelled')"
        " AND supporter_id > 5 ORDER BY supporter_id LIMIT 101"
    ).fetchall()
    assert len(plan) == 1
    assert "SEARCH" in plan[0][-1]
    assert "deliveries_left_out (campaign_id=? AND supporter_id>?)" in plan[0][-1]
