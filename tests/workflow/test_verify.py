"""`outreach templates verify`: both ways, for a segment's people or made-up ones."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from outreach.cli import main
from outreach.errors import InputError, NotFound
from outreach.settings import Settings
from outreach.workflow.verify import verify_message

NAME = "one-in-two-million"


@pytest.fixture
def people(db: Database) -> int:
    """Forty supporters in several languages; their number."""
    for number in range(40):
        language = ("en", "fr", "ar", "")[number % 4]
        name = ("Amina", "O'Neill <b>", "محمد", "")[number // 4 % 4]
        db.conn.execute(
            "INSERT INTO supporters (email, given_name, language, consent, tags, attributes)"
            " VALUES (?, ?, ?, 'granted', '[]', '{}')",
            [f"p{number}@example.org", name, language],
        )
    db.conn.commit()
    return 40


def test_the_shipped_message_is_the_same_both_ways(
    db: Database, settings: Settings, now: datetime
) -> None:
    """For made-up readers in all its languages, with names that try to be something else."""
    found = verify_message(db, settings, NAME, now=now)
    assert found.equal
    assert found.people > 60
    assert (found.not_composable, found.first_difference, found.shapes.slow) == (0, None, 0)
    assert found.shapes.people_fast > found.people / 2
    assert found.shapes.constructs == ()


def test_a_sample_is_spread_over_the_segment(
    db: Database, settings: Settings, now: datetime, people: int
) -> None:
    """And no larger than asked for."""
    found = verify_message(db, settings, NAME, segment="everyone", sample=10, now=now)
    assert (found.people, found.equal) == (10, True)
    whole = verify_message(db, settings, NAME, segment="everyone", sample=1000, now=now)
    assert whole.people == people
    assert 4 <= whole.shapes.made <= 8


def test_what_cant_be_verified(db: Database, settings: Settings, now: datetime) -> None:
    """No such message, no such segment, nobody in it."""
    with pytest.raises(NotFound):
        verify_message(db, settings, "nothing", now=now)
    with pytest.raises(NotFound):
        verify_message(db, settings, NAME, segment="nobody", now=now)
    with pytest.raises(InputError, match="nobody is in this segment"):
        verify_message(db, settings, NAME, segment="everyone", now=now)


def _run(settings: Settings, *arguments: str) -> Result:
    asked = ["templates", "verify", *arguments, "--day", "2014-02-26"]
    return CliRunner().invoke(main, ["--workspace", str(settings.root), *asked])


def test_says_how_many_shapes_and_what_is_slow(settings: Settings) -> None:
    """With the file and line of what makes it so."""
    path = settings.templates_dir / NAME / "en.html"
    text = path.read_text("utf-8")
    slow = text.replace("<h1>", '<h1 class="{{ supporter.country }}">', 1)
    path.write_text(slow, "utf-8")
    line = slow[: slow.index("<h1 class")].count("\n") + 1
    shown = _run(settings, NAME)
    assert shown.exit_code == 0, shown.output
    assert "the same both ways for" in shown.stdout
    assert f"en.html, line {line}: a value in a class attribute: a shape of its own" in shown.stdout
    data = json.loads(_run(settings, NAME, "--json").stdout)
    (construct,) = data["shapes"]["constructs"]
    assert (construct["line"], data["differing"], data["first_difference"]) == (line, 0, None)


def test_says_how_many_went_the_fast_way(settings: Settings) -> None:
    """Those who went the slow way on both sides prove nothing."""
    said = r"for (\d+) people, all made up; (\d+) of them the fast way\."
    found = re.search(said, _run(settings, NAME).stdout)
    assert found is not None
    assert 0 < int(found[2]) < int(found[1])


def test_exits_with_1_where_it_can_be_made_for_nobody(settings: Settings) -> None:
    """The same both ways for nobody is no success."""
    for path in (settings.templates_dir / NAME).glob("*.html"):
        text = path.read_text("utf-8")
        before, begin, rest = text.partition("{% block subject %}")
        after = rest[rest.index("{% endblock %}") :]
        path.write_text(f"{before}{begin}{{{{ supporter.email[:0] }}}}{after}", "utf-8")
    shown = _run(settings, NAME)
    assert shown.exit_code == 1, shown.output
    assert "nothing to compare, it can be made for nobody." in shown.stdout
    assert "further" not in shown.stdout
    assert "the subject is empty" in shown.stdout


def test_exits_with_1_at_a_difference(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """And shows the first place, both ways."""

    def wrong(index: int) -> Any:
        # wrong for one name only, which comes when its shape is trusted already
        return lambda values: values[index].replace("Example", "Wrong")

    monkeypatch.setattr("outreach.compose.plan.in_text", wrong)
    monkeypatch.setattr("outreach.compose.probe._holds", lambda *_: True)
    path = settings.templates_dir / NAME / "en.html"
    text = path.read_text("utf-8")
    path.write_text(text.replace("<h1>", "<h1>{{ supporter.family_name }} x", 1), "utf-8")
    shown = _run(settings, NAME)
    assert shown.exit_code == 1, shown.output
    assert "the two ways differ" in shown.stdout
    assert "The first difference is in the html:" in shown.stdout
    assert "fast: " in shown.stdout
    data = json.loads(_run(settings, NAME, "--json").stdout)
    assert data["first_difference"]["part"] == "html"
