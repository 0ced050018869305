"""`templates check` ends, and says so, whatever is written into a message."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from outreach.cli import main
from outreach.settings import Settings

DOUBLING = "{% set ns = namespace(x='ab') %}{% for i in range(60) %}BODY{% endfor %}"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{{ [1]|slice(99999999)|list|length }}", "is no filter here"),
        (DOUBLING.replace("BODY", "{% set ns.x = ns.x.replace('', ns.x) %}"), "grows beyond"),
        (
            DOUBLING.replace(
                "BODY", "{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = y %}"
            ),
            "grows beyond",
        ),
        ("{{ " + "(" * 500 + "1" + ")" * 500 + " }}", "nested in each other"),
        ("{{ supporter.email.encode }}", "a text has no 'encode' here"),
        ("{{ supporter }}", "a supporter can't be printed"),
    ],
)
def test_a_message_that_may_not_be_is_an_error_with_its_line(
    settings: Settings, content: str, says: str
) -> None:
    """Found before anybody is written to; the command itself is none the worse for it."""
    path = settings.templates_dir / "one-in-two-million" / "en.html"
    text = path.read_text(encoding="utf-8")
    line = text[: text.index("<p>")].count("\n") + 1
    path.write_text(text.replace("<p>", f"<p>{content}", 1), encoding="utf-8")
    command = ["templates", "check", "one-in-two-million", "--day", "2014-02-26", "--json"]
    result = CliRunner().invoke(main, [*command, "--workspace", str(settings.root)])
    assert result.exit_code == 1, result.output
    errors = [one for one in json.loads(result.stdout)["findings"] if one["severity"] == "error"]
    places = {(one["file"], one["line"]) for one in errors if says in one["what"]}
    assert places == {("templates/one-in-two-million/en.html", line)}
