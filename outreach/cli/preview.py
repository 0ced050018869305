"""`outreach preview`: people's messages, in the terminal, in files, as pictures, in the browser."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from outreach.cli import exits, seen, sheets
from outreach.cli.face import day_option, json_option, workspace_command
from outreach.cli.folders import refuse_own
from outreach.cli.names import MESSAGE
from outreach.cli.output import print_json, print_text, progress_bar
from outreach.cli.sheets import Form
from outreach.cli.standing import in_words
from outreach.errors import InputError
from outreach.wiring import Workspace, utc_now
from outreach.workflow import preview as workflow
from outreach.workflow import previews
from outreach.workflow.preview import Preview
from outreach.workflow.previews import Previews


@click.command("preview")
@click.argument("message", shell_complete=MESSAGE)
@click.option(
    "--as", "email", metavar="EMAIL|ID", default="", help="Whose; else a made-up reader's."
)
@click.option(
    "--segment",
    metavar="NAME",
    default="",
    help="The people of it who tell most; with --as, whether that person is in it.",
)
@click.option(
    "--campaign", metavar="NAME", default="", help="As this campaign is planned, not as files are."
)
@click.option("--language", metavar="CODE", default="", help="As if they had asked for it.")
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Form]),
    help="eml is the whole mail, as it would leave; png is four pictures, at 600 and 360 pixels,"
    " light and dark.  [default: text]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write it to a file, or into a folder that there is; of several people, to a folder.",
)
@click.option("--open", "open_it", is_flag=True, help="Show the page in the browser.")
@day_option("State what was true on that day")
@json_option
@workspace_command
@click.pass_context
def preview(
    ctx: click.Context,
    desk: Workspace,
    /,
    message: str,
    email: str,
    segment: str,
    campaign: str,
    language: str,
    form: str | None,
    out: Path | None,
    open_it: bool,
    day: date | None,
    as_json: bool,
) -> None:
    """Show a message as one person would get it.

    Its links do nothing. With --segment and without --as it picks one person for each version of
    the message, and those in whose message something is most likely to look wrong. Without either,
    an --out that is a folder already gets the messages of made-up readers in every language. Of a
    folder, the files of the preview before go, and no others.

    \b
    Example:
      outreach preview one-in-two-million --language fr
    """
    wanted = Form(form) if form else Form.HTML if open_it else Form.TEXT
    if campaign and day:
        raise click.UsageError("--day goes without --campaign: what is planned has its own day")
    _refuse_useless(wanted, bool(form and out is None), open_it=open_it, as_json=as_json)
    if out is not None:
        refuse_own(desk.settings, out)
    several = not email and bool(segment or (out and out.is_dir()))
    if out is None and (wanted is Form.PNG or (several and wanted is not Form.TEXT)):
        if not open_it:
            raise click.UsageError(f"say with --out where the {wanted} files are to be written")
        out = Path(tempfile.mkdtemp(prefix="outreach-preview-"))
    if several:
        found = _several(desk, message, segment, campaign, language, day)
        _show_several(found, wanted, out, open_it=open_it, as_json=as_json)
        ctx.exit(exits.OK if found.all_made else exits.FOUND)
    one = workflow.explained_preview(
        desk.db,
        desk.settings,
        message,
        email=email,
        segment=segment,
        language=language,
        campaign=campaign,
        day=day,
        now=utc_now(),
    )
    if out is None and open_it:
        out = Path(tempfile.mkdtemp(prefix="outreach-preview-")) / "preview.html"
    files = sheets.write_one(one, wanted, out) if out else []
    if as_json:
        print_json(seen.message_of(one, files))
    else:
        _show_one(one, segment, wanted, files)
    if open_it:
        _open(files[0])


def _refuse_useless(wanted: Form, unwritten: bool, *, open_it: bool, as_json: bool) -> None:
    """Refuse a form that would show nowhere."""
    if open_it and wanted is not Form.HTML:
        raise click.UsageError("--open shows the page: it goes with --format html only")
    if as_json and unwritten and not open_it:
        raise click.UsageError("--json has text and page: --format goes with --out beside it")


def _several(
    desk: Workspace, message: str, segment: str, campaign: str, language: str, day: date | None
) -> Previews:
    if not segment:
        return previews.made_up_previews(
            desk.db,
            desk.settings,
            message,
            language=language,
            campaign=campaign,
            day=day,
            now=utc_now(),
        )
    with progress_bar("Looking through the segment") as progress:
        return previews.segment_previews(
            desk.db,
            desk.settings,
            message,
            segment=segment,
            language=language,
            campaign=campaign,
            day=day,
            now=utc_now(),
            progress=progress,
        )


def _show_one(one: Preview, segment: str, form: Form, files: Sequence[Path]) -> None:
    discreet = "; the discreet version" if one.discreet else ""
    click.echo(f"In {one.message.language}, because {one.language_reason}{discreet}.", err=True)
    if one.standing is None:
        click.echo("The reader is made up: --as shows what somebody on the list gets.", err=True)
    else:
        click.echo(in_words(one.standing), err=True)
        if one.standing.in_segment is not None:
            is_in = "In" if one.standing.in_segment else "Not in"
            click.echo(f"{is_in} the segment {segment}.", err=True)
    if files:
        click.echo(f"Written to {', '.join(map(str, files))}.", err=True)
    else:
        click.echo(sheets.content(one.message, form), nl=False)


def _show_several(
    found: Previews, form: Form, out: Path | None, *, open_it: bool, as_json: bool
) -> None:
    files = sheets.write_all(found, form, out) if out else None
    if as_json:
        print_json(seen.people_of(found, files))
    else:
        _list_several(found, out, files)
    if out is not None and open_it:
        _open(out / sheets.INDEX)


def _list_several(found: Previews, out: Path | None, files: list[list[Path]] | None) -> None:
    for line in sheets.listed(found, files):
        print_text(line)
    if out is None:
        for place, telling in enumerate(found.telling, 1):
            click.echo(f"\n--- {place}. {telling.address} ---\n")
            if telling.preview is None:
                print_text(telling.problem)
            else:
                click.echo(sheets.content(telling.preview.message, Form.TEXT), nl=False)
    elif any(files or ()):
        click.echo(f"Written to {out}.", err=True)
    else:
        click.echo("There was nothing to write.", err=True)


def _open(file: Path) -> None:
    if click.launch(str(file.absolute())):
        raise InputError(
            "no browser could be opened", file=file, next_step="open the file by yourself"
        )
