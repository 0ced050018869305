"""`outreach campaigns schedule` and `unschedule`: when a campaign goes, wave after wave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import click

from outreach import wiring
from outreach.cli.face import by_option, json_option, workspace_command
from outreach.cli.moments import in_hours, length
from outreach.cli.names import CAMPAIGN
from outreach.cli.output import print_json, print_table, print_text
from outreach.dispatch.waves import Wave
from outreach.store import utc_text
from outreach.workflow import scheduling
from outreach.workflow.scheduling import Scheduled, Wish

#: zones of a wave that are named
_NAMED = 3
_MINUTE = "%Y-%m-%d %H:%M"


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@click.option("--at", metavar='"YYYY-MM-DD HH:MM"', required=True, help="When it begins.")
@click.option(
    "--zone",
    default="",
    metavar="ZONE",
    help="Whose clock that is, as Europe/London; else what [schedule] zone says.",
)
@click.option(
    "--local",
    is_flag=True,
    help="By each reader's own clock, in waves; --zone is for those whose zone isn't known.",
)
@click.option(
    "--window",
    default="",
    metavar="08:00-20:00",
    help="Send at these hours only; else what [schedule] window says. 00:00-24:00: at all hours.",
)
@click.option(
    "--finish-by",
    default="",
    metavar='"YYYY-MM-DD HH:MM"',
    help="Send nothing from then on, by the clock of --zone.",
)
@click.option(
    "--lateness",
    type=length,
    metavar="6h",
    help="Missed by more than that, it waits for a new approval; else [schedule] lateness.",
)
@click.option("--dry-run", is_flag=True, help="Only list the waves.")
@by_option
@json_option
@workspace_command
def schedule(
    desk: wiring.Workspace,
    name: str,
    at: str,
    zone: str,
    local: bool,
    window: str,
    finish_by: str,
    lateness: timedelta | None,
    dry_run: bool,
    by: str,
    as_json: bool,
) -> None:
    """Say when a planned campaign goes. `outreach cron` sends it then, if it is approved.

    Nothing of it leaves before, by hand either. A time that clocks skip is the first moment after
    the gap; one that comes twice is the first.

    \b
    Example:
      outreach campaigns schedule spring --at "2014-02-26 09:00" --zone Europe/London
    """
    found = scheduling.schedule_campaign(
        desk.db,
        desk.settings,
        name,
        Wish(at, zone, local, window, finish_by, lateness),
        by=by,
        dry_run=dry_run,
        now=wiring.utc_now(),
    )
    if as_json:
        print_json(found)
        return
    verb = "Scheduled" if found.written else "Would be scheduled"
    click.echo(f"{verb}: {name}, {scheduling.in_words(found.schedule)}.")
    print_waves(found.waves)
    _tell_oddities(found)
    if found.ends_at is not None:
        click.echo(f"Nothing leaves from {utc_text(found.ends_at)} on.")
    click.echo(
        f"Missed by more than {in_hours(found.schedule.lateness)}, it waits for a new approval."
    )
    if found.held_why:
        print_text(f"It is held: {found.held_why}. Next: `outreach campaigns resume {name}`.")
    if found.written and not found.approved:
        click.echo(f"Nobody has approved it. Next: `outreach campaigns approve {name} --by WHO`.")


@click.command()
@click.argument("name", shell_complete=CAMPAIGN)
@by_option
@workspace_command
def unschedule(desk: wiring.Workspace, name: str, by: str) -> None:
    """Take a campaign's schedule away.

    It goes then when somebody dispatches it.

    \b
    Example:
      outreach campaigns unschedule spring
    """
    if scheduling.unschedule_campaign(desk.db, name, by=by, now=wiring.utc_now()):
        click.echo(f"{name} has no schedule any more. Next: `outreach dispatch {name}`.")
    else:
        click.echo(f"{name} had no schedule.")


def print_waves(waves: Sequence[Wave]) -> None:
    """Show waves, the first one first: by the clocks there, and in UTC."""
    print_table(
        ["wave", "local time", "UTC", "people", "zone"],
        (
            (
                *(number, f"{wave.walls[0]:{_MINUTE}}", utc_text(wave.at)),
                *(wave.people, _places(wave)),
            )
            for number, wave in enumerate(waves, 1)
        ),
    )


def _places(wave: Wave) -> str:
    """Name the zones, with the time there where it is another."""
    other = [
        zone if wall == wave.walls[0] else f"{zone} ({wall:%H:%M})"
        for zone, wall in zip(wave.zones, wave.walls, strict=True)
    ]
    return _zones(other)


def _zones(zones: Sequence[str]) -> str:
    more = len(zones) - _NAMED
    return ", ".join(zones[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _tell_oddities(found: Scheduled) -> None:
    never = [zone for wave in found.waves for zone in wave.never_comes]
    twice = [zone for wave in found.waves for zone in wave.comes_twice]
    if never:
        click.echo(
            f"In {_zones(never)} clocks are put forward over this time: it is the first moment"
            " after that."
        )
    if twice:
        click.echo(f"In {_zones(twice)} this time comes twice, as clocks are put back: the first.")
    begins = found.schedule.begins_at
    shut = [
        zone
        for wave in found.waves
        for zone, wall in zip(wave.zones, wave.walls, strict=True)
        if wall != begins and zone not in never
    ]
    if shut:
        click.echo(
            f"In {_zones(shut)} the window is shut at {begins:%H:%M}: they wait till it opens."
        )
    odd = scheduling.end_oddity(found.schedule)
    if odd:
        click.echo(
            f"In {found.schedule.zone} the time to finish by "
            + ("comes twice: the first counts." if odd == "comes_twice" else "never comes:")
            + (" the first moment after it counts." if odd == "never_comes" else "")
        )
