"""`outreach followups reply`: answer from a message folder, in the person's language and thread."""

from __future__ import annotations

import click

from outreach import wiring
from outreach.cli.face import NUMBER, as_option, json_option, workspace_command
from outreach.cli.followups_acts import tell_claim
from outreach.cli.output import mailbox, print_json, print_text
from outreach.errors import InputError, LeaseHeld, OutreachError
from outreach.model import Stage
from outreach.places import language_name
from outreach.wiring import Workspace, utc_now
from outreach.workflow import followups_answers as workflow
from outreach.workflow.followups_answers import Answer, Edited
from outreach.workflow.followups_opening import leave_followup, open_followup
from outreach.workflow.letters import send_due_letters, show_letter

_SUBJECT = "Subject: "


@click.command("reply")
@click.argument("followup_id", metavar="ID", type=NUMBER)
@click.option("--message", "template", required=True, metavar="NAME", help="The message folder.")
@click.option("--edit", "edit", is_flag=True, help="Change the words in your editor first.")
@click.option(
    "--attach", "files", multiple=True, metavar="FILE", help="A file of files/; may be repeated."
)
@click.option(
    "--stage",
    type=click.Choice([s.value for s in Stage if s is not Stage.CLOSED]),
    help="Where it then stands; else a new one is contacted.",
)
@click.option("--again", is_flag=True, help="Even if they have had it and not written since.")
@click.option("--version", type=NUMBER, metavar="N", help="Only if it is still this version.")
@click.option("--dry-run", is_flag=True, help="Show the letter, and send nothing.")
@as_option
@json_option
@workspace_command
def reply(
    desk: Workspace,
    followup_id: int,
    template: str,
    edit: bool,
    files: tuple[str, ...],
    stage: str | None,
    again: bool,
    version: int | None,
    dry_run: bool,
    by: str,
    as_json: bool,
) -> None:
    """Answer somebody: a message folder in their language, in the thread of their last mail.

    The message organiser-details asks for what is missing, and for nothing else. An edited letter
    is plain text.

    \b
    Example:
      outreach followups reply 3 --message organiser-welcome --attach organisers-pack.pdf
    """
    now = utc_now()
    tell_claim(desk, followup_id, by, now)
    edited = Edited()
    if edit or dry_run:
        draft = workflow.draft_answer(
            desk.db,
            desk.settings,
            followup_id,
            template,
            files=files,
            by=by,
            now=now,
            version=version,
            again=again,
        )
        if dry_run:
            print_json(draft) if as_json else print_answer(draft)
            return
        edited, version = _edited_openly(desk, draft, by), draft.version
    answer = workflow.answer_followup(
        desk.db,
        desk.settings,
        followup_id,
        template,
        edited=edited,
        files=files,
        stage=Stage(stage) if stage else None,
        by=by,
        now=utc_now(),
        version=version,
        again=again,
    )
    said = send_answer(desk, answer)
    if as_json:
        print_json(answer)
    else:
        print_text(said)


def _edited_openly(desk: Workspace, draft: Answer, by: str) -> Edited:
    """Let somebody change a letter, while others are told that they have the follow-up open.

    Raises:
        Abort: they emptied it, or changed nothing and don't want it sent.
    """
    open_followup(desk.db, desk.settings, draft.followup_id, me=by, now=utc_now())
    try:
        edited = edit_answer(draft)
    finally:
        leave_followup(desk.db, desk.settings, draft.followup_id, me=by)
    if edited == Edited():
        # whoever leaves an editor without saving may mean either
        click.confirm("Nothing was changed. Send it as it is", abort=True)
    return edited


def print_answer(answer: Answer) -> None:
    """Print a letter as its reader gets it."""
    print_text(f"To: {mailbox(answer.name, answer.email)} ({answer.language})")
    if answer.lacks_language:
        asked, got = language_name(answer.lacks_language), language_name(answer.language)
        print_text(f"They wrote in {asked}, and this is in {got}: the message has no {asked} one.")
    print_text(f"{_SUBJECT}{answer.subject}")
    if answer.files:
        print_text(f"Files: {', '.join(answer.files)}")
    click.echo()
    print_text(answer.text)


def edit_answer(draft: Answer) -> Edited:
    """Let somebody change a letter in their editor; gives what they changed.

    Raises:
        Abort: they emptied it.
    """
    begun = f"{_SUBJECT}{draft.subject}\n\n{draft.text}"
    written = click.edit(begun, extension=".txt", require_save=False)
    if written is None or written.strip() == begun.strip():
        return Edited()
    head, _, text = written.strip().partition("\n")
    if not head.startswith(_SUBJECT):
        head, text = "", written
    if not text.strip():
        raise click.Abort
    subject = " ".join(head.removeprefix(_SUBJECT).split())
    return Edited(subject, text.strip() + "\n")


def send_answer(desk: Workspace, answer: Answer) -> str:
    """Send a letter that was written now; say in a sentence what became of it."""
    to = mailbox(answer.name, answer.email)
    wrote = f"Letter {answer.letter_id} to {to} ({answer.language})"
    try:
        send_due_letters(
            desk.db,
            desk.settings,
            lambda: wiring.open_transport(desk.settings, desk.db),
            pace=wiring.limits(desk.settings).pacing,
            clock=utc_now,
            only=[answer.letter_id],
        )
    except LeaseHeld:
        return f"{wrote} leaves with the others that are being sent now."
    except OutreachError as error:
        return f"{wrote} is written, and leaves with the next `outreach cron`: {error.problem}."
    letter = show_letter(desk.db, answer.letter_id).letter
    match letter.state:
        case "accepted":
            return f"{wrote} has left."
        case "planned":
            return f"{wrote} is written, and leaves with the next `outreach cron`."
        case _:
            why = letter.detail or letter.reason
            raise InputError(
                f"letter {letter.letter_id} is {letter.state}: {why}",
                next_step="see `outreach letters show`, then answer by another way",
            )
