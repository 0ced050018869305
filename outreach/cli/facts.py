"""`outreach facts`: what messages may state, and what of it is doubtful."""

from __future__ import annotations

from datetime import date

import click

from outreach import wiring
from outreach.cli import exits
from outreach.cli.face import day_option, json_option, workspace_command
from outreach.cli.output import print_json, print_table, print_text
from outreach.facts.problems import Problem
from outreach.facts.statements import Case, Figure, Outcome
from outreach.wiring import Workspace
from outreach.workflow import facts as workflow

_day_option = day_option("As of that day")


@click.group("facts")
def facts() -> None:
    """Look at the figures and cases that messages may state."""


@facts.command("list")
@_day_option
@json_option
@workspace_command
def list_(desk: Workspace, day: date | None, as_json: bool) -> None:
    """List what a message would state under each key.

    \b
    Example:
      outreach facts list --day 2014-02-26
    """
    found = workflow.list_facts(desk.settings, day=_day(day))
    if as_json:
        print_json(found)
        return
    print_table(
        ["fact", "value", "true on", "approved by", "review by", "source"],
        [
            [
                *(row.key, f"{row.value:,}" if isinstance(row.value, int) else row.value),
                *(row.true_on, row.approved_by, row.review_on or "", row.source),
            ]
            for row in found
        ],
    )


@facts.command("show")
@click.argument("key")
@json_option
@workspace_command
def show(desk: Workspace, key: str, as_json: bool) -> None:
    """Show all that was stated under a key, with who published and approved it.

    \b
    Example:
      outreach facts show w4r-2013.actions
    """
    found = workflow.show_fact(desk.settings, key)
    if as_json:
        print_json(found)
    elif isinstance(found, Case):
        print_text(f"{found.name}, a {found.kind} in {found.country}: {_words(found.status)}")
        for outcome in found.outcomes:
            status = _words(outcome.status)
            text = "" if outcome.text == status else outcome.text
            _tell(outcome, f"{status}: {text}" if text else status)
    else:
        print_text(found.key)
        for figure in found.figures:
            _tell(figure, f"{_value(figure)}, {_how(figure)}")


@facts.command("check")
@_day_option
@json_option
@workspace_command
def check(desk: Workspace, day: date | None, as_json: bool) -> None:
    """Report facts without source or approval, past their review, or contradicted by a later one.

    Exits with 1 when there is something to report.

    \b
    Example:
      outreach facts check
    """
    found = workflow.check_facts(desk.settings, day=_day(day))
    if as_json:
        print_json(found)
    elif not found:
        click.echo("Nothing to report.")
    else:
        print_problems(found)
    if found:
        click.get_current_context().exit(exits.FOUND)


def print_problems(found: tuple[Problem, ...], indent: str = "") -> None:
    """Print what is doubtful about facts, a line for each."""
    for problem in found:
        place = problem.file + (f", line {problem.line}" if problem.line else "")
        print_text(f"{place}: {problem.key}: {problem.what}.", indent)


def _day(day: date | None) -> date:
    return day or wiring.utc_now().date()


def _value(figure: Figure) -> str:
    return f"{figure.value:,}" if isinstance(figure.value, int) else figure.value


def _how(figure: Figure) -> str:
    if isinstance(figure.value, str):
        return "a text"
    bound = "" if figure.bound == "exact" else f"{_words(figure.bound)}; "
    rounded = "not rounded" if figure.rounding == "exact" else f"rounded {_words(figure.rounding)}"
    decimals = "" if figure.decimals is None else f", at most {figure.decimals} decimals"
    return f"{bound}{rounded}{decimals}"


def _tell(statement: Figure | Outcome, what: str) -> None:
    print_text(f"From {statement.true_on}: {what}", "  ")
    for label, text in (
        ("source", statement.source or "not known"),
        ("approved by", statement.approved_by or "nobody"),
        ("review by", str(statement.review_on or "")),
        ("note", statement.note),
        ("in", f"{statement.file}, line {statement.line}"),
    ):
        if text:
            print_text(f"{label}: {text}", "    ")


def _words(word: str) -> str:
    return word.replace("_", " ")
