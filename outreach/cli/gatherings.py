"""`outreach gatherings`: the events that volunteers put on, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import click

from outreach.cli.face import NUMBER, as_option, json_option, workspace_command
from outreach.cli.gatheringfiles import export, import_
from outreach.cli.gatheringresults import check, dismiss, result
from outreach.cli.output import counted, print_json, print_table, print_text, words
from outreach.followups.gatheringrows import KIND_COLUMNS
from outreach.followups.gatheringstates import GatheringKind, GatheringState
from outreach.followups.gatheringview import Filter, Gathering, Whole
from outreach.followups.results import Result
from outreach.places import country_code, country_name
from outreach.wiring import Workspace, utc_now
from outreach.workflow import gatherings as workflow
from outreach.workflow.gatheringeffects import Changed


@click.group("gatherings")
def gatherings() -> None:
    """Keep the events that volunteers put on and report."""


#: each option and what it means; a form's field has the same name
_OPTIONS: Final[Mapping[str, str]] = {
    "organiser": "The organiser's name.",
    "email": "Their address.",
    "language": "Their language: a code or a name.",
    "campaign": "The campaign for which its letters count; else the one of the settings.",
    "country": "Where: a code or a name in any language.",
    "place": "Where in the country, in words.",
    "date": "The day, as 2014-12-10.",
    "begins": "The hour, as 18:30, by the clocks of the place.",
    "minutes": "How long it takes.",
    "zone": "The time zone, where the country has several: America/Toronto.",
    "kind": f"{', '.join(map(words, GatheringKind))}.",
    "cases": "The keys of the cases it is about, with commas between.",
    "expected": "How many people are expected.",
    "quote": "What somebody said of it.",
    "quote-by": "Whose name may stand under the quote.",
}


def _form(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the fields of a gathering, as the argument `said`: those that were given."""
    for name, meaning in reversed(list(_OPTIONS.items())):
        command = click.option(f"--{name}", metavar="TEXT", help=meaning)(command)
    for name, meaning in (
        ("public", "Whether it may be spoken of in public; never where that is dangerous."),
        ("quote-permission", "Whether the quote may be used."),
    ):
        command = click.option(f"--{name}/--no-{name}", default=None, help=meaning)(command)
    for name, meaning in (
        ("photo", "A link to a picture that may be used; may be given several times."),
        ("photo-without-permission", "And to one that may not be."),
    ):
        command = click.option(f"--{name}", multiple=True, metavar="URL", help=meaning)(command)
    return command


def _said(options: Mapping[str, Any]) -> dict[str, str]:
    """Give what was said on the command line, as a form says it."""
    said = {}
    for name in [*_OPTIONS, "public", "quote-permission"]:
        value = options[name.replace("-", "_")]
        if value is not None:
            said[name.replace("-", "_")] = ("no", "yes")[value] if value in (0, 1) else str(value)
    for name, field in (
        ("photo", "photos"),
        ("photo_without_permission", "photos_without_permission"),
    ):
        if options[name]:
            said[field] = " ".join(options[name])
    return said


@gatherings.command("add")
@click.option("--followup", "followup_id", type=NUMBER, metavar="ID", help="Whose it is.")
@click.option("--supporter", default="", metavar="EMAIL", help="Or whose, by address or id.")
@_form
@as_option
@json_option
@workspace_command
def add(
    desk: Workspace,
    /,
    followup_id: int | None,
    supporter: str,
    by: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Write down an event that somebody puts on.

    What you leave out is taken from the follow-up or the supporter. The follow-up becomes
    gathering_planned.

    \b
    Examples:
      outreach gatherings add --followup 3 --kind debate --place Lomé --date 2014-12-10
      outreach gatherings add --organiser "Jean Mbuyi" --country CD --kind concert \\
          --date 2014-12-10 --begins 18:30 --zone Africa/Kinshasa --cases yorm-bopha
    """
    done = workflow.add_gathering(
        desk.db,
        desk.settings,
        _said(options),
        by=by,
        now=utc_now(),
        followup_id=followup_id,
        supporter=supporter,
    )
    if as_json:
        print_json(done)
        return
    click.echo(f"Gathering {done.gathering.gathering_id} is planned.")
    tell_effects(done)


@gatherings.command("change")
@click.argument("gathering_id", metavar="ID", type=NUMBER)
@click.option(
    "--state",
    type=click.Choice([state.value for state in GatheringState]),
    help="That it was held, is cancelled, or is planned after all.",
)
@_form
@as_option
@json_option
@workspace_command
def change(
    desk: Workspace, /, gathering_id: int, state: str | None, by: str, as_json: bool, **options: Any
) -> None:
    """Change what is known of an event; an option with '' empties what was there.

    Photos that you name stand in place of all that were named. What a cancelled event collected
    counts no more.

    \b
    Examples:
      outreach gatherings change 7 --date 2014-12-11 --begins 19:00
      outreach gatherings change 7 --state cancelled
    """
    said = _said(options)
    done = None
    if said or state is None:
        done = workflow.change_gathering(
            desk.db, desk.settings, gathering_id, said, by=by, now=utc_now()
        )
    if state is not None:
        done = workflow.move_gathering(
            desk.db, desk.settings, gathering_id, GatheringState(state), by=by, now=utc_now()
        )
    if as_json:
        print_json(done)
    elif done is not None:
        click.echo(f"Gathering {gathering_id} is {done.gathering.state}.")
        tell_effects(done)


def tell_effects(done: Changed) -> None:
    """Tell what became of the follow-up, and what has to be done first."""
    followup_id = done.gathering.known.followup_id
    if done.stage:
        click.echo(f"Follow-up {followup_id} is {done.stage}.")
    if done.talk_needed:
        click.echo(
            "Hosting is dangerous there. Talk the risks over with them, then:"
            f" `outreach gatherings safety-talk {followup_id}`."
        )
    elif done.gathering.guarded:
        click.echo("Hosting is dangerous there: it is never public, nor exported with a name.")


@gatherings.command("list")
@click.option("--country", default="", help="Only there: a code or a name.")
@click.option("--campaign", default="", metavar="KEY", help="Only for this campaign.")
@click.option("--kind", type=click.Choice([k.value for k in GatheringKind]), help="Only these.")
@click.option("--state", type=click.Choice([s.value for s in GatheringState]), help="Only these.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Up to this day.")
@click.option("--followup", "followup_id", type=NUMBER, metavar="ID", help="Only this person's.")
@click.option("--waiting", is_flag=True, help="Only those whose results wait for somebody to look.")
@click.option("--all", "include_cancelled", is_flag=True, help="Cancelled ones, too.")
@json_option
@workspace_command
def list_(desk: Workspace, /, country: str, as_json: bool, **options: Any) -> None:
    """List events by day.

    \b
    Example:
      outreach gatherings list --country CD --waiting
    """
    code = country_code(country)
    if country and not code:
        raise click.BadParameter(f"no country has this code or name: {country!r}.")
    found = workflow.list_gatherings(
        desk.db,
        desk.settings,
        Filter(
            country=code,
            campaign=options["campaign"],
            kind=options["kind"] or "",
            state=options["state"] or "",
            since=_day(options["since"]),
            until=_day(options["until"]),
            followup_id=options["followup_id"],
            waiting=options["waiting"],
            include_cancelled=options["include_cancelled"],
        ),
    )
    if as_json:
        print_json(found)
    elif found:
        _print_list(found)
    else:
        click.echo("There are no such gatherings.")


def _day(given: date | None) -> str:
    return "" if given is None else given.strftime("%Y-%m-%d")


def _print_list(found: Sequence[Gathering]) -> None:
    print_table(
        ["id", "day", "state", "kind", "country", "place", "organiser", "collected", "note"],
        [
            [
                g.gathering_id,
                g.known.held_on,
                g.state,
                words(g.known.kind),
                g.known.country,
                g.known.place,
                g.known.organiser or g.known.email,
                g.result.collected if g.result else "",
                ", ".join(_notes(g)),
            ]
            for g in found
        ],
    )


def _notes(gathering: Gathering) -> list[str]:
    notes = {
        "dangerous": gathering.guarded,
        "public": gathering.public,
        f"{counted(gathering.waiting, 'result')} to look at": gathering.waiting > 0,
    }
    return [note for note, holds in notes.items() if holds]


@gatherings.command("show")
@click.argument("gathering_id", metavar="ID", type=NUMBER)
@json_option
@workspace_command
def show(desk: Workspace, gathering_id: int, as_json: bool) -> None:
    """Show one event: what is known of it, what was reported, and what was done.

    \b
    Example:
      outreach gatherings show 7
    """
    found = workflow.show_gathering(desk.db, desk.settings, gathering_id)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: Whole) -> None:
    gathering, known = found.gathering, found.gathering.known
    hour = " ".join(filter(None, [known.held_on, known.begins, known.begins and known.zone]))
    place = ", ".join(filter(None, [known.place, country_name(known.country, "en")]))
    quote = f"{known.quote} ({known.quote_by or 'nobody named'})" if known.quote else ""
    facts = {
        "Gathering": f"{gathering.gathering_id}, {gathering.state}, {words(known.kind)}",
        "Organiser": " ".join(filter(None, [known.organiser, known.email, known.language])),
        "Follow-up": str(known.followup_id or ""),
        "When": f"{hour}, {counted(known.minutes, 'minute')}" if known.minutes else hour,
        "Where": place,
        "For": ", ".join(filter(None, [known.campaign, *known.cases])),
        "Expected": "" if known.expected is None else counted_people(known.expected),
        "Quote": quote + (" (may be used)" if known.quote_allowed else "") if quote else "",
        "Public": "yes" if gathering.public else "no",
        "Guarded": "hosting is dangerous there" if gathering.guarded else "",
    }
    for label, value in facts.items():
        if value:
            print_text(value, f"{label + ':':<11}")
    for photo in known.photos:
        print_text(photo.url + ("" if photo.allowed else " (may not be used)"), "Photo:     ")
    for each in found.results:
        click.echo()
        print_result(each)
    click.echo()
    print_table(
        ["when", "who", "what", "before", "after"],
        [[c.changed_at, c.changed_by, c.field, c.old, c.new] for c in found.history],
    )


def counted_people(number: int) -> str:
    """Say how many people."""
    return f"{number} people" if number != 1 else "1 person"


def print_result(each: Result) -> None:
    """Print one word on what came of an event."""
    names = {kind: column for column, kind in KIND_COLUMNS.items()}
    said = [
        f"{count.quantity:,} {names[count.kind]}" + f" for {count.case_key}" * bool(count.case_key)
        for count in each.counts
    ]
    if each.attended is not None:
        said.append(counted_people(each.attended))
    if each.events is not None:
        said.append(counted(each.events, "event"))
    numbers = ", ".join(said) or "no numbers"
    print_text(
        f"Result {each.result_id}, {each.state}: {numbers}{' (estimated)' if each.about else ''}"
    )
    mail = f", mail {each.inbound_id}" if each.inbound_id is not None else ""
    print_text(f"reported by {each.reported_by}, {each.reported_at}{mail}", "  ")
    if each.checked_by:
        print_text(f"checked by {each.checked_by}, {each.checked_at}", "  ")
    if each.ended_by:
        print_text(f"{each.state} by {each.ended_by}, {each.ended_at}", "  ")
    for text in filter(None, [each.why, each.said]):
        print_text(text, "  ")


@gatherings.command("safety-talk")
@click.argument("followup_id", metavar="FOLLOWUP", type=NUMBER)
@click.option("--note", required=True, metavar="TEXT", help="What was agreed; no names.")
@as_option
@workspace_command
def safety_talk(desk: Workspace, followup_id: int, note: str, by: str) -> None:
    """Write down that you talked the risks over with a volunteer.

    Where hosting is dangerous, a follow-up is not confirmed before.

    \b
    Example:
      outreach gatherings safety-talk 3 --note "private room, no pictures"
    """
    workflow.record_safety_talk(desk.db, followup_id, note=note, by=by, now=utc_now())
    click.echo(f"The safety talk of follow-up {followup_id} is written down.")


for command in (result, check, dismiss, import_, export):
    gatherings.add_command(command)
