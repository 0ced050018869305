"""`outreach followups assign`, `move`, `close` and their kin: what is done with one of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

import click

from outreach.cli.face import NUMBER, as_option, json_option, workspace_command
from outreach.cli.moments import length
from outreach.cli.output import print_json, print_table, print_text, words
from outreach.dispatch import wallclock
from outreach.errors import harmless
from outreach.model import CloseReason, Stage
from outreach.settings import Settings
from outreach.store import utc_text
from outreach.wiring import Workspace, utc_now
from outreach.workflow import followups as workflow
from outreach.workflow import followups_mending as mending
from outreach.workflow import followups_opening as opening

_id_argument = click.argument("followup_id", metavar="ID", type=NUMBER)
_version_option = click.option(
    "--version",
    type=NUMBER,
    metavar="N",
    help="Only if it is still this version; else you are told what was changed by whom.",
)


def tell_claim(desk: Workspace, followup_id: int, by: str, now: datetime) -> None:
    """Say on stderr who else has it open, as whoever comes second should know."""
    claim = opening.claim_of_another(desk.db, desk.settings, followup_id, me=by, now=now)
    if claim is not None:
        notice = f"{claim.who} has follow-up {followup_id} open since {claim.since}."
        click.echo(harmless(notice), err=True)


@click.command("assign")
@_id_argument
@click.argument("who")
@_version_option
@as_option
@workspace_command
def assign(desk: Workspace, followup_id: int, who: str, version: int | None, by: str) -> None:
    """Give a follow-up to somebody; '' takes it from whoever has it.

    Where outreach.toml names [[staff]], it must be one of them.

    \b
    Example:
      outreach followups assign 3 amina
    """
    now = utc_now()
    tell_claim(desk, followup_id, by, now)
    changed = workflow.assign_followup(
        desk.db, desk.settings, followup_id, who, by=by, now=now, version=version
    )
    has_it = f"{who.strip()} has" if who.strip() else "nobody has"
    already = "" if changed else " already"
    print_text(f"{has_it} follow-up {followup_id}{already}.")


@click.command("share")
@click.option("--in-turn", is_flag=True, help="To all of the staff, whatever their team.")
@as_option
@json_option
@workspace_command
def share(desk: Workspace, in_turn: bool, by: str, as_json: bool) -> None:
    """Give what is nobody's to the teams of its country or language, in turn in each.

    The teams are the countries and languages of [[staff]] in outreach.toml. What no team is for
    stays nobody's.

    \b
    Example:
      outreach followups share
    """
    given = workflow.share_followups(desk.db, desk.settings, in_turn=in_turn, by=by, now=utc_now())
    if as_json:
        print_json(given)
    elif given:
        print_table(["id", "who"], [[one.followup_id, one.who] for one in given])
    else:
        click.echo("There is nothing to share out.")


@click.command("move")
@_id_argument
@click.argument("stage", type=click.Choice([s.value for s in Stage if s is not Stage.CLOSED]))
@_version_option
@as_option
@workspace_command
def move(desk: Workspace, followup_id: int, stage: str, version: int | None, by: str) -> None:
    """Move a follow-up to another stage, once you have done what the stage says.

    \b
    Example:
      outreach followups move 3 contacted --as amina
    """
    now = utc_now()
    tell_claim(desk, followup_id, by, now)
    workflow.move_followup(
        desk.db, desk.settings, followup_id, Stage(stage), by=by, now=now, version=version
    )
    click.echo(f"Follow-up {followup_id} is {stage}.")


@click.command("close")
@_id_argument
@click.option(
    "--reason",
    required=True,
    type=click.Choice([reason.value for reason in CloseReason]),
    help="Why.",
)
@_version_option
@as_option
@workspace_command
def close(desk: Workspace, followup_id: int, reason: str, version: int | None, by: str) -> None:
    """Close a follow-up. It opens again when the person writes, unless closed as spam.

    \b
    Example:
      outreach followups close 3 --reason not_now
    """
    now = utc_now()
    tell_claim(desk, followup_id, by, now)
    planned = workflow.close_followup(
        desk.db, desk.settings, followup_id, CloseReason(reason), by=by, now=now, version=version
    )
    click.echo(f"Follow-up {followup_id} is closed ({reason}).")
    tell_planned(planned)


def tell_planned(planned: tuple[int, ...]) -> None:
    """Say what somebody who closes a follow-up may have forgotten."""
    for gathering_id in planned:
        click.echo(
            f"Gathering {gathering_id} is still planned, and nobody is reminded of it. If it won't"
            f" take place: `outreach gatherings change {gathering_id} --state cancelled`."
        )


@click.command("answered")
@_id_argument
@click.argument("how", metavar="HOW")
@_version_option
@as_option
@workspace_command
def answered(desk: Workspace, followup_id: int, how: str, version: int | None, by: str) -> None:
    """Write down that you answered by another way than from here, such as the telephone.

    \b
    Example:
      outreach followups answered 3 "by telephone: she asks her school"
    """
    now = utc_now()
    waited = workflow.answered_followup(
        desk.db, desk.settings, followup_id, how, by=by, now=now, version=version
    )
    rest = "we wait for them now" if waited else "they waited for nothing"
    click.echo(f"Follow-up {followup_id} has its answer: {rest}.")


@click.command("snooze")
@_id_argument
@click.argument("until", metavar="DAY|LENGTH|now")
@_version_option
@as_option
@workspace_command
def snooze(desk: Workspace, followup_id: int, until: str, version: int | None, by: str) -> None:
    """Let a follow-up sleep until a day, or for a length of time such as 3d; now wakes it.

    The person's next mail wakes it too.

    \b
    Example:
      outreach followups snooze 3 2014-03-05
    """
    now = utc_now()
    day = None if until == "now" else read_day(until, now)
    workflow.snooze_followup(
        desk.db, desk.settings, followup_id, day, by=by, now=now, version=version
    )
    state = f"sleeps until {day}" if day else "is awake"
    click.echo(f"Follow-up {followup_id} {state}.")


def read_day(text: str, now: datetime) -> date:
    """Read a day as YYYY-MM-DD, or how far it is, as 3d.

    Raises:
        BadParameter: it is neither.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        span = length(text)
        return (now + max(span, timedelta(days=1))).date()


@click.command("due")
@_id_argument
@click.argument("when", metavar="WHEN")
@_version_option
@as_option
@workspace_command
def due(desk: Workspace, followup_id: int, when: str, version: int | None, by: str) -> None:
    """Say when an answer is due: a time on the clock of [schedule] zone, or a length such as 4h.

    \b
    Example:
      outreach followups due 3 "2014-03-05 12:00"
    """
    now = utc_now()
    moment = _moment(when, now, desk.settings)
    workflow.make_due(desk.db, desk.settings, followup_id, moment, by=by, now=now, version=version)
    click.echo(f"The answer to follow-up {followup_id} is due {utc_text(moment)}.")


def _moment(text: str, now: datetime, settings: Settings) -> datetime:
    try:
        return now + length(text)
    except click.BadParameter:
        return wallclock.moment_of(wallclock.wall_time(text), settings.schedule.zone).at


@click.command("tag")
@_id_argument
@click.argument("tags", metavar="WORD...", nargs=-1, required=True)
@click.option("--remove", is_flag=True, help="Take them off.")
@as_option
@workspace_command
def tag(desk: Workspace, followup_id: int, tags: tuple[str, ...], remove: bool, by: str) -> None:
    """Put words on a follow-up, or take them off.

    \b
    Example:
      outreach followups tag 3 concert school
    """
    found = workflow.tag_followup(
        desk.db,
        desk.settings,
        followup_id,
        add=() if remove else tags,
        remove=tags if remove else (),
        by=by,
        now=utc_now(),
    )
    print_text(f"Follow-up {followup_id} has {' '.join(found) or 'no tags'}.")


@click.command("note")
@_id_argument
@click.argument("text")
@as_option
@workspace_command
def note(desk: Workspace, followup_id: int, text: str, by: str) -> None:
    """Write a remark into the history; only staff see it.

    \b
    Example:
      outreach followups note 3 "speaks Lingala; better after six"
    """
    workflow.note_followup(desk.db, desk.settings, followup_id, text, by=by, now=utc_now())
    click.echo(f"Follow-up {followup_id}: noted.")


@click.command("correct")
@_id_argument
@click.argument("field", type=click.Choice(mending.MENDABLE))
@click.argument("value")
@_version_option
@as_option
@workspace_command
def correct(
    desk: Workspace, followup_id: int, field: str, value: str, version: int | None, by: str
) -> None:
    """Put right what was understood of a person; '' says that it isn't known.

    A country may be given by its name. The mail that it was taken from is put right too, so that no
    later understanding undoes it.

    \b
    Example:
      outreach followups correct 3 country Togo
    """
    text = mending.mend_followup(
        desk.db, desk.settings, followup_id, field, value, by=by, now=utc_now(), version=version
    )
    print_text(f"Follow-up {followup_id}: {field} is {text or 'not known'}.")


@click.command("link")
@_id_argument
@click.option("--supporter", default="", metavar="ID|ADDRESS", help="Whose it is.")
@click.option("--campaign", default="", metavar="NAME", help="What it answers.")
@_version_option
@as_option
@workspace_command
def link(
    desk: Workspace, followup_id: int, supporter: str, campaign: str, version: int | None, by: str
) -> None:
    """Say whose a follow-up is, or which campaign it answers, where no mail says so.

    Our letters then go as carefully as to that supporter, and bear what they got of the campaign.

    \b
    Example:
      outreach followups link 3 --supporter jean@example.org --campaign spring
    """
    linked = mending.link_followup(
        desk.db,
        desk.settings,
        followup_id,
        supporter=supporter,
        campaign=campaign,
        by=by,
        now=utc_now(),
        version=version,
    )
    done = f"has its {' and '.join(linked)}" if linked else "was linked so already"
    click.echo(f"Follow-up {followup_id} {done}.")


@click.command("opt-out")
@_id_argument
@_version_option
@as_option
@workspace_command
def opt_out(desk: Workspace, followup_id: int, version: int | None, by: str) -> None:
    """Confirm that a person wants no more mail: nothing is sent to them, and it is closed.

    \b
    Example:
      outreach followups opt-out 3
    """
    shut = mending.confirm_opt_out(
        desk.db, desk.settings, followup_id, by=by, now=utc_now(), version=version
    )
    print_text(
        f"Follow-up {followup_id} is closed ({words(CloseReason.DECLINED)})."
        f" {len(shut)} {'address' if len(shut) == 1 else 'addresses'} will not be written to again."
    )


ACTS: Final = (
    assign, share, move, close, answered, snooze, due, tag, note, correct, link,
    opt_out,
)  # fmt: skip
