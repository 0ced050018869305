"""What changed since planning, in texts and in people."""

from __future__ import annotations

import json
from dataclasses import replace

import letters as made
import pytest
from campaigning import Desk
from operating import edit

from outreach.dispatch import campaigns
from outreach.errors import IllegalMove
from outreach.settings import Cap, Organisation
from outreach.workflow.differing import Changes, diff_campaign, files_notice
from outreach.workflow.showing import campaign_audience, show_campaign


def _diff(desk: Desk) -> Changes:
    return diff_campaign(desk.db, desk.settings, "spring", now=desk.clock())


def test_an_audience_is_that_of_a_plan(desk: Desk) -> None:
    """Before there is one, it says so."""
    desk.create("summer")
    with pytest.raises(IllegalMove, match=r"not planned yet.*campaigns plan summer"):
        campaign_audience(desk.db, "summer")


def test_nothing_changed_is_nothing(desk: Desk) -> None:
    """Nor is it later in the day."""
    found = _diff(desk)
    assert not found.any
    assert found.audience is not None
    assert (found.audience.audience, found.audience.would_be_planned) == (25, 23)


def test_a_change_of_files_is_noticed_in_one_line(desk: Desk) -> None:
    """Its own file first; what can't be read any more is for `diff` to tell."""
    assert files_notice(desk.db, desk.settings, "spring") == ""
    templates = desk.settings.templates_dir
    edit(templates / "hello" / "en.html", {"two million": "three million"})
    assert files_notice(desk.db, desk.settings, "spring") == (
        "templates/hello/en.html has changed since planning; what was planned goes out. See"
        " `outreach campaigns diff spring`."
    )
    (templates / "facts" / "more.toml").write_text("# nothing yet\n", "utf-8")
    said = files_notice(desk.db, desk.settings, "spring")
    assert said.startswith("templates/hello/en.html and 1 more have changed")
    (templates / "hello" / "en.html").write_bytes(b"\xff")
    assert files_notice(desk.db, desk.settings, "spring") == ""


def test_every_kind_of_change_is_told(desk: Desk) -> None:
    """With what was and what is, line by line."""
    templates, segments = desk.settings.templates_dir, desk.settings.segments_dir
    edit(templates / "hello" / "en.html", {"two million": "three million"})
    (templates / "facts" / "more.toml").write_text("# nothing yet\n", "utf-8")
    edit(segments / "everybody.sql", {"FROM supporters": "FROM supporters WHERE 1"})
    desk.settings = replace(
        desk.settings,
        organisation=Organisation(name="Rights for Rivers"),
        cap=Cap(messages=2),
    )
    found = {(change.kind, change.name): change.diff for change in _diff(desk).changes}
    assert set(found) == {
        ("message", "templates/hello/en.html"),
        ("facts", "templates/facts/more.toml"),
        ("letterhead", "outreach.toml"),
        ("settings", "outreach.toml"),
        ("segment", "segments/everybody.sql"),
    }
    page = found["message", "templates/hello/en.html"]
    assert "two million" in next(line for line in page if line.startswith("-{%"))
    assert "three million" in next(line for line in page if line.startswith("+{%"))
    assert "-cap.messages = 0" in found["settings", "outreach.toml"]
    assert "+organisation = Rights for Rivers" in found["letterhead", "outreach.toml"]


def test_the_people_are_compared_as_planning_would(desk: Desk) -> None:
    """New people, lost consent, and somebody whose number is up."""
    made.add_people(desk.db, range(30, 34))
    desk.db.conn.execute("UPDATE supporters SET consent = 'denied' WHERE supporter_id <= 2")
    drift = _diff(desk).audience
    assert drift is not None
    assert (drift.audience, drift.audience_now) == (25, 29)
    assert (drift.added, drift.dropped, drift.would_be_planned) == (4, 2, 25)
    changed = desk.plan().changed
    assert changed is not None
    assert (changed.added, changed.dropped) == (4, 2)


def test_what_is_gone_is_told_and_the_rest_compared(desk: Desk) -> None:
    """A segment that was removed, a message that is broken."""
    (desk.settings.segments_dir / "everybody.sql").unlink()
    edit(desk.settings.templates_dir / "hello" / "en.html", {"two million": "{{ fact('x') }}"})
    found = _diff(desk)
    assert [change.kind for change in found.changes] == ["message"]
    assert found.audience is None
    assert [("everybody" in problem) for problem in found.problems] == [True]
    assert found.any


def test_a_draft_has_nothing_to_compare(desk: Desk) -> None:
    """It says what to do."""
    desk.create("draft")
    with pytest.raises(IllegalMove, match="plan it with"):
        diff_campaign(desk.db, desk.settings, "draft", now=desk.clock())


def test_a_campaign_planned_by_an_older_version_can_be_shown(desk: Desk) -> None:
    """It has no settings, no author and no history."""
    desk.db.conn.execute("UPDATE campaigns SET settings = '{}', created_by = ''")
    desk.db.conn.execute("DELETE FROM campaign_history")
    shown = show_campaign(desk.db, "spring")
    assert (shown.settings, shown.history, shown.schedule) == ({}, (), None)
    assert not _diff(desk).any


def test_no_secret_is_frozen(desk: Desk) -> None:
    """Only what says how it leaves."""
    frozen = json.loads(campaigns.frozen_settings(desk.db, campaigns.get(desk.db, "spring")))
    assert {key.partition(".")[0] for key in frozen["settings"]} == {
        "delivery",
        "pacing",
        "cap",
        "sender",
    }
    assert "everybody" in frozen["segments"]


def test_the_audience_is_listed_with_masks(desk: Desk) -> None:
    """Everybody, with state and reason; or who was left out."""
    everybody = list(campaign_audience(desk.db, "spring"))
    assert len(everybody) == 25
    assert everybody[0].email == "p…@example.org"
    left_out = list(campaign_audience(desk.db, "spring", left_out=True, addresses=True))
    assert [(m.email, m.state, m.reason) for m in left_out] == [
        ("p24@example.org", "excluded", "no_consent"),
        ("p25@example.org", "excluded", "no_consent"),
    ]
