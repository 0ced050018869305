"""`outreach report`: what came of campaigns, from the audience to the letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import click

from outreach.cli import files
from outreach.cli.face import json_option, workspace_command
from outreach.cli.names import CAMPAIGN
from outreach.cli.output import one_line_json, print_json, print_table
from outreach.reports.figures import Report
from outreach.reports.funnel import Dimension, Funnel, Row
from outreach.reports.spreadsheet import as_csv
from outreach.reports.wording import STEPS, TITLES, WAITS, cell, named
from outreach.wiring import Workspace, utc_now
from outreach.workflow.reports import campaign_report, funnel_report

#: rows of a table shown to people; the other formats have them all
_SHOWN: Final = 15
#: what people see of a row in a table, beside the steps that are not all nought
_ALWAYS: Final = ("audience", "accepted", "replied", "volunteered")
_DEFAULT: Final = (Dimension.COUNTRY, Dimension.LANGUAGE)


@click.command()
@click.argument("campaigns", metavar="[CAMPAIGN]...", nargs=-1, shell_complete=CAMPAIGN)
@click.option(
    "--by",
    "by",
    multiple=True,
    type=click.Choice([dimension.value for dimension in Dimension]),
    help="Count by this; may be given several times. Else by country and language in a table, by"
    " all in the other formats.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "html"]),
    default="table",
    show_default=True,
    help="html: one file with charts, for screens, paper and screen readers.",
)
@click.option("--out", type=click.Path(path_type=Path), help="A file; else it is printed.")
@json_option
@workspace_command
def report(
    desk: Workspace,
    campaigns: tuple[str, ...],
    by: tuple[str, ...],
    form: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Tell what came of campaigns, from sent to held.

    Who got them, who volunteered and was answered, what was held and collected; also how long
    volunteers waited, and who didn't get it and why. Of all campaigns, where you name none. Of
    countries where hosting is dangerous no small number is shown with the country's name.

    \b
    Examples:
      outreach report spring
      outreach report spring autumn --by week --format csv
      outreach report --format html --out report.html
    """
    form = "json" if as_json else form
    default = _DEFAULT if form == "table" else tuple(Dimension)
    dimensions = tuple(dict.fromkeys(map(Dimension, by))) or default
    found = funnel_report(desk.db, desk.settings, campaigns, now=utc_now(), by=dimensions)
    one = campaign_report(desk.db, desk.settings, campaigns[0]) if len(campaigns) == 1 else None
    if form == "json":
        _write_json(out, _as_object(found, one))
    elif form == "csv":
        _write(out, as_csv(found))
    elif form == "html":
        # Jinja and pygal are for those who want a page
        from outreach.reports.page import page

        _write(out, page(found, desk.settings.organisation.name))
    else:
        _tell(found, one)


def _write(out: Path | None, text: str) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    files.write(out, text.encode())
    click.echo(f"Wrote {out}.")


def _write_json(out: Path | None, value: Mapping[str, Any]) -> None:
    if out is None:
        print_json(value)
    else:
        _write(out, one_line_json(value) + "\n")


def _as_object(found: Funnel, one: Report | None) -> dict[str, Any]:
    """Give the funnel, and of one campaign its ledger and its mails too."""
    records: list[Funnel | Report] = [found] if one is None else [one, found]
    return {f.name: getattr(record, f.name) for record in records for f in fields(record)}


_NUMBERS: Final = tuple(STEPS)


def _tell(found: Funnel, one: Report | None) -> None:
    if one is not None:
        _tell_ledger(one)
        _tell_replies(one)
        click.echo()
    else:
        click.echo(", ".join(found.campaigns) or "All campaigns")
        click.echo()
    rows = [(heading, cell(found.total, field) or "-", meaning) for field, (heading, meaning) in
            STEPS.items()]  # fmt: skip
    print_table(["", "how many", ""], rows)
    if any(found.silence.waiting):
        waits = zip(found.silence.waiting, WAITS, strict=True)
        listed = ", ".join(f"{number:,} {wait}" for number, wait in waits if number)
        click.echo(f"\nVolunteers who wait for an answer: {listed}.")
    for dimension, parts in found.parts.items():
        _tell_parts(dimension, parts)


def _tell_parts(dimension: Dimension, rows: Sequence[Row]) -> None:
    if not rows:
        return
    shown = rows[-_SHOWN:] if dimension is Dimension.WEEK else rows[:_SHOWN]
    used = [f for f in _NUMBERS if f in _ALWAYS or any(getattr(row, f) for row in rows)]
    click.echo()
    print_table(
        [TITLES[dimension], *(STEPS[field][0] for field in used)],
        [[named(dimension, row.key), *(cell(row, field) for field in used)] for row in shown],
    )
    if len(rows) > len(shown):
        click.echo(f"and {len(rows) - len(shown)} more (the other formats have them all)")


def _tell_ledger(figures: Report) -> None:
    ledger = figures.ledger
    planned = f", planned {figures.planned_at}" if figures.planned_at else ""
    click.echo(f"{figures.campaign}: {figures.state}{planned}\n")
    rows = [
        ("audience", figures.audience, ""),
        ("left out", sum(ledger.excluded.values()), _reasons(ledger.excluded)),
        ("accepted", ledger.accepted, ""),
        ("refused", ledger.refused, _reasons(figures.refused_reasons)),
        ("in doubt", ledger.in_doubt, ""),
        ("planned", ledger.planned + ledger.claimed, ""),
        ("withdrawn", ledger.withdrawn, _reasons(figures.withdrawn_reasons)),
        ("cancelled", ledger.cancelled, ""),
    ]
    print_table(["", "people", ""], rows)


def _tell_replies(figures: Report) -> None:
    mails = sum(figures.replies.values())
    click.echo(f"\nMails in answer: {mails}" + _listed(figures.replies))
    rate = figures.reply_rate
    per_thousand = figures.volunteers_per_thousand
    click.echo(f"People who wrote back: {figures.replied}" + _of(rate, "{:.2%} of accepted"))
    click.echo(
        f"Volunteers: {figures.volunteers}" + _of(per_thousand, "{:g} for each thousand accepted")
    )


def _of(number: float | None, form: str) -> str:
    return "" if number is None else f" ({form.format(number)})"


def _listed(counts: Mapping[str, int]) -> str:
    return f" ({_reasons(counts)})" if counts else ""


def _reasons(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{(word or 'unknown').replace('_', ' ')} {number}" for word, number in counts.items()
    )
