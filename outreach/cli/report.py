"""`outreach report`: what came of a campaign."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import click

from outreach.cli.face import json_option, workspace_command
from outreach.cli.names import CAMPAIGN
from outreach.cli.output import print_json, print_table
from outreach.places import country_name
from outreach.reports.figures import Part, Report
from outreach.wiring import Workspace
from outreach.workflow.reports import campaign_report

#: countries and languages shown to people; JSON has them all
_SHOWN: Final = 15


@click.command()
@click.argument("campaign", shell_complete=CAMPAIGN)
@json_option
@workspace_command
def report(desk: Workspace, campaign: str, as_json: bool) -> None:
    """Tell what came of a campaign: who got it, who wrote back.

    Also who didn't get it and why, and from where people wrote.

    \b
    Example:
      outreach report spring
    """
    figures = campaign_report(desk.db, campaign)
    if as_json:
        print_json(figures)
        return
    _tell_ledger(figures)
    _tell_replies(figures)
    _tell_parts("country", figures.countries, _country)
    _tell_parts("language of the message", figures.languages, lambda code: code)


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


def _tell_parts(title: str, parts: Sequence[Part], named: Callable[[str], str]) -> None:
    if not parts:
        return
    click.echo()
    print_table(
        [title, "audience", "accepted", "wrote back", "volunteers"],
        [(named(p.code), p.audience, p.accepted, p.replied, p.volunteers) for p in parts[:_SHOWN]],
    )
    if len(parts) > _SHOWN:
        click.echo(f"and {len(parts) - _SHOWN} more (--json has them all)")


def _country(code: str) -> str:
    return f"{code} {country_name(code, 'en')}".strip() or "unknown"


def _of(number: float | None, form: str) -> str:
    return "" if number is None else f" ({form.format(number)})"


def _listed(counts: Mapping[str, int]) -> str:
    return f" ({_reasons(counts)})" if counts else ""


def _reasons(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{(word or 'unknown').replace('_', ' ')} {number}" for word, number in counts.items()
    )
