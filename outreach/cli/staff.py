"""`outreach staff`: who works at the desk."""

from __future__ import annotations

import click

from outreach import wiring
from outreach.cli.face import json_option, workspace_command
from outreach.cli.output import print_json, print_table
from outreach.followups.staff import find
from outreach.settings import Settings
from outreach.staff import MAY, Role
from outreach.staff.links import LIVES
from outreach.workflow import staff as workflow


@click.group()
def staff() -> None:
    """Say who works at the desk, and let them in."""


@staff.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What they may do.",
)
@click.option(
    "--email", default="", metavar="ADDRESS", help="As single sign-on knows them, if it does."
)
@workspace_command
def add(desk: wiring.Workspace, name: str, role: str, email: str) -> None:
    """Add somebody, and print a link that lets them in once, within 15 minutes.

    Use the name that stands in [[staff]] and in the histories of campaigns: who made one can't
    approve it alone. The address is that of [[staff]] where you give none.

    \b
    Example:
      outreach staff add Noor --role approver
    """
    now = wiring.utc_now()
    listed = find(desk.settings.staff, name)
    person = workflow.add_staff(
        desk.db,
        listed.name if listed else name,
        role=role,
        email=email or (listed.email if listed else ""),
        now=now,
    )
    click.echo(f"Added {person.name} as {person.role}: may {', '.join(sorted(MAY[person.role]))}.")
    _print_link(desk, person.name)


@staff.command("list")
@json_option
@workspace_command
def list_(desk: wiring.Workspace, as_json: bool) -> None:
    """List the staff.

    \b
    Example:
      outreach staff list
    """
    found = workflow.list_staff(desk.db)
    if as_json:
        print_json(found)
        return
    print_table(
        ["name", "role", "email", "since"], ((p.name, p.role, p.email, p.added_at) for p in found)
    )


@staff.command()
@click.argument("name")
@workspace_command
def link(desk: wiring.Workspace, name: str) -> None:
    """Print a new link that lets somebody in once; their earlier ones are worth nothing then.

    \b
    Example:
      outreach staff link Noor
    """
    _print_link(desk, name)


@staff.command()
@click.argument("name")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@workspace_command
def role(desk: wiring.Workspace, name: str, role: str) -> None:
    """Give somebody another role, which counts at once. The last admin stays one.

    \b
    Example:
      outreach staff role Noor admin
    """
    person = workflow.change_role(desk.db, name, role, now=wiring.utc_now())
    click.echo(f"{person.name} is {person.role}: may {', '.join(sorted(MAY[person.role]))}.")


@staff.command()
@click.argument("name")
@workspace_command
def remove(desk: wiring.Workspace, name: str) -> None:
    """Take somebody off the staff: they are signed out everywhere at once. The last admin stays.

    \b
    Example:
      outreach staff remove Noor
    """
    ended = workflow.remove_staff(desk.db, name, now=wiring.utc_now())
    click.echo(f"Removed {' '.join(name.split())}; sessions that ended: {ended}.")


@staff.command()
@click.option(
    "--before", type=click.IntRange(0, 2**63 - 1), default=0, help="Older than this number."
)
@json_option
@workspace_command
def acts(desk: wiring.Workspace, before: int, as_json: bool) -> None:
    """List what staff did at the desk and tried to, a hundred at a time, the newest first.

    \b
    Example:
      outreach staff acts
    """
    found = workflow.list_acts(desk.db, before=before)
    if as_json:
        print_json(found)
        return
    print_table(
        ["", "at", "who", "what", "on", "outcome", ""],
        ((a.act_id, a.at, a.who, a.what, a.subject, a.outcome, a.detail) for a in found),
    )


def login_url(settings: Settings, secret: str, served: str = "") -> str:
    """Write a login link: at the address in the settings, else where the desk is served."""
    where = settings.desk
    host = f"[{where.host}]" if ":" in where.host else where.host
    at = where.url.rstrip("/") or served or f"http://{host}:{where.port}"
    return f"{at}/sign-in/{secret}"


def _print_link(desk: wiring.Workspace, name: str) -> None:
    secret = workflow.login_secret(desk.db, name, now=wiring.utc_now())
    minutes = int(LIVES.total_seconds() // 60)
    click.echo(f"{login_url(desk.settings, secret)}\nIt works once, for {minutes} minutes.")
