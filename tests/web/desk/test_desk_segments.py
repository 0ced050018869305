"""Segments at the desk."""

from __future__ import annotations

from desking import Staffed, words


def test_each_segment_is_counted_and_shown_with_its_sql_and_plan(desk: Staffed) -> None:
    """The list leads to both."""
    browser = desk.enter("Ann", "author")
    assert 'href="/segments/everybody"' in browser.page("/segments")
    assert "25" in browser.page("/segments/everybody/count")
    page = words(browser.page("/segments/everybody"))
    for told in ("25 people are in it", "A few of them", "SELECT", "How the database answers it"):
        assert told in page
    assert "p1@example.org" not in page


def test_a_broken_segment_says_what_is_wrong_and_hides_no_other(desk: Staffed) -> None:
    """Its page is the problem; the list stays."""
    broken = desk.settings.segments_dir / "broken.sql"
    broken.write_text("-- title: Broken\nSELECT <script> FROM nowhere;\n", "utf-8")
    browser = desk.enter("Ann", "author")
    assert 'href="/segments/broken"' in browser.page("/segments")
    answer = browser.get("/segments/broken")
    assert answer.status_code == 400
    assert "<script> FROM" not in answer.text
    assert browser.get("/segments/nothing").status_code == 404
    assert browser.get("/segments/..%2Foutreach").status_code == 404
