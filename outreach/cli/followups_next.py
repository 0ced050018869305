"""`outreach followups next`: work the queue in the terminal, one key for each act."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

import click

from outreach.cli.face import as_option, workspace_command
from outreach.cli.followups_acts import read_day, tell_planned
from outreach.cli.followups_reply import edit_answer, print_answer, send_answer
from outreach.cli.followups_shown import print_case
from outreach.cli.output import counted, print_text, words
from outreach.errors import IllegalMove, InputError, OutreachError
from outreach.followups.stages import MOVES
from outreach.model import CloseReason, Stage
from outreach.wiring import Workspace, utc_now
from outreach.workflow import followups as workflow
from outreach.workflow import followups_mending as mending
from outreach.workflow import followups_opening as opening
from outreach.workflow import followups_pairs as pairs
from outreach.workflow.followups import Case
from outreach.workflow.followups_answers import Edited, answer_followup, draft_answer, first_answer


class After(Enum):
    """What comes when a key was pressed."""

    NEXT = auto()
    #: the same once more, as it is now
    AGAIN = auto()
    PASS = auto()
    QUIT = auto()


@dataclass(slots=True)
class Sitting:
    """One person at work on the queue."""

    desk: Workspace
    me: str
    only_mine: bool
    passed: set[int] = field(default_factory=set)
    done: int = 0

    def work(self) -> None:
        """Show one after the other until nothing is left or they have enough."""
        while (case := self._next()) is not None:
            if self._one(case) is After.QUIT:
                break
        else:
            left = f"; {counted(len(self.passed), 'follow-up')} passed over" if self.passed else ""
            click.echo(f"Nothing is left that needs an answer{left}.")
        click.echo(f"You did {counted(self.done, 'follow-up')}.")

    def _next(self) -> Case | None:
        return opening.open_next(
            self.desk.db,
            self.desk.settings,
            me=self.me,
            only_mine=self.only_mine,
            passed=self.passed,
            now=utc_now(),
        )

    def _one(self, case: Case) -> After:
        """Show one and do what the keys say, until it is done or passed over."""
        followup_id = case.followup.line.followup_id
        try:
            while True:
                click.echo("\n" + "─" * 40)
                print_case(case, utc_now(), history=False)
                after = self._asked(case)
                if after is not After.AGAIN:
                    break
                case = opening.open_followup(
                    self.desk.db, self.desk.settings, followup_id, me=self.me, now=utc_now()
                )
        finally:
            opening.leave_followup(self.desk.db, self.desk.settings, followup_id, me=self.me)
        if after is After.NEXT:
            click.echo(f"Follow-up {followup_id}: done.")
            self.done += 1
        if after is After.PASS:
            self.passed.add(followup_id)
        return after

    def _asked(self, case: Case) -> After:
        _show_keys()
        while True:
            key = click.getchar()
            if key not in KEYS:
                click.echo(f"There is no key {key!r} here.")
                continue
            try:
                return KEYS[key].do(self, case)
            except click.Abort:
                click.echo("\nNothing was done.")
                return After.AGAIN
            except click.UsageError as error:
                print_text(error.format_message())
            except IllegalMove as error:
                # somebody else was quicker: what is there now stands below
                print_text(f"Not done: {error}")
                return After.AGAIN
            except OutreachError as error:
                print_text(f"Not done: {error.problem}.")
            _show_keys()


def _show_keys() -> None:
    # a key and what it does stay in one line
    acts = (f"{key} {act.label}".replace(" ", "\xa0") for key, act in KEYS.items())
    width = shutil.get_terminal_size().columns
    click.echo("\n" + click.wrap_text("  ".join(acts), width).replace("\xa0", " "))


def choose(choices: Sequence[str]) -> str:
    """Let one of a few be chosen by a digit.

    Raises:
        Abort: another key was pressed.
    """
    click.echo("  ".join(f"{place} {words(choice)}" for place, choice in enumerate(choices, 1)))
    key = click.getchar()
    if not (key.isascii() and key.isdigit() and 1 <= int(key) <= len(choices)):
        raise click.Abort
    return choices[int(key) - 1]


def _ask(question: str, default: str = "") -> str:
    answer: str = click.prompt(question, default=default, show_default=bool(default))
    return answer.strip()


def _do(sitting: Sitting, case: Case, act: Callable[..., object], *values: object) -> None:
    """Do something with the follow-up as it was shown; refused where it was changed since."""
    line = case.followup.line
    act(
        sitting.desk.db,
        sitting.desk.settings,
        line.followup_id,
        *values,
        by=sitting.me,
        now=utc_now(),
        version=line.version,
    )


def _reply(sitting: Sitting, case: Case) -> After:
    """Answer from a message folder: shows the letter, then sends, edits or drops it."""
    line = case.followup.line
    desk, me, edited = sitting.desk, sitting.me, Edited()
    likely = first_answer(
        desk.settings, name=line.name, country=line.country, language=line.language
    )
    template = _ask("Message", likely)
    draft = draft_answer(
        desk.db,
        desk.settings,
        line.followup_id,
        template,
        by=me,
        now=utc_now(),
        version=line.version,
    )
    print_answer(draft)
    match choose(["send", "edit", "drop"]):
        case "drop":
            raise click.Abort
        case "edit":
            edited = edit_answer(draft)
            click.confirm("Send it", abort=True, default=True)
    answer = answer_followup(
        desk.db,
        desk.settings,
        line.followup_id,
        template,
        edited=edited,
        by=me,
        now=utc_now(),
        version=line.version,
    )
    print_text(send_answer(desk, answer))
    return After.NEXT


def _answered(sitting: Sitting, case: Case) -> After:
    _do(sitting, case, workflow.answered_followup, _ask("Answered how"))
    return After.NEXT


def _move(sitting: Sitting, case: Case) -> After:
    line = case.followup.line
    legal = MOVES[Stage(line.stage)] - {Stage.CLOSED}
    stage = choose([stage for stage in Stage if stage in legal])
    click.confirm(
        f"It is {words(stage)} then, and they wait for no answer. Nothing is sent. Move it",
        abort=True,
    )
    _do(sitting, case, workflow.move_followup, Stage(stage))
    return After.NEXT


#: reasons to close that no later opening undoes
_FOR_GOOD: Final[Mapping[str, str]] = {
    CloseReason.SPAM: "Their further mails will be shown to nobody",
    CloseReason.SAFETY: "No machine will ever write to them again",
}


def _close(sitting: Sitting, case: Case) -> After:
    reason = choose(list(CloseReason))
    if reason in _FOR_GOOD:
        click.confirm(f"{_FOR_GOOD[reason]}. Close it", abort=True)
    line = case.followup.line
    planned = workflow.close_followup(
        sitting.desk.db,
        sitting.desk.settings,
        line.followup_id,
        CloseReason(reason),
        by=sitting.me,
        now=utc_now(),
        version=line.version,
    )
    tell_planned(planned)
    return After.NEXT


def _take(sitting: Sitting, case: Case) -> After:
    return _assigned(sitting, case, sitting.me, After.AGAIN)


def _give(sitting: Sitting, case: Case) -> After:
    return _assigned(sitting, case, _ask("Give it to"), After.NEXT)


def _assigned(sitting: Sitting, case: Case, who: str, after: After) -> After:
    _do(sitting, case, workflow.assign_followup, who)
    return after


def _snooze(sitting: Sitting, case: Case) -> After:
    until = read_day(_ask("Until which day, or how long", "3d"), utc_now())
    _do(sitting, case, workflow.snooze_followup, until)
    return After.NEXT


def _note(sitting: Sitting, case: Case) -> After:
    line = case.followup.line
    workflow.note_followup(
        sitting.desk.db,
        sitting.desk.settings,
        line.followup_id,
        _ask("Note"),
        by=sitting.me,
        now=utc_now(),
    )
    return After.AGAIN


def _mend(field_name: str) -> Callable[[Sitting, Case], After]:
    def mend(sitting: Sitting, case: Case) -> After:
        value = _ask(field_name.capitalize())
        if not value:
            raise InputError(f"the {field_name} stays as it is", next_step="")
        _do(sitting, case, mending.mend_followup, field_name, value)
        return After.AGAIN

    return mend


def _opt_out(sitting: Sitting, case: Case) -> After:
    click.confirm("Never write to them again", abort=True)
    _do(sitting, case, mending.confirm_opt_out)
    return After.NEXT


def _merge(sitting: Sitting, case: Case) -> After:
    """Merge with the one that is proposed; which of the two stays, the proposal says."""
    line = case.followup.line
    if not case.duplicates:
        raise InputError("no other follow-up looks like the same person's", next_step="")
    proposal = case.duplicates[0]
    click.confirm(f"Merge {proposal.other} into {proposal.keep}", abort=True)
    ours = line.version if proposal.keep == line.followup_id else None
    pairs.merge_followups(
        sitting.desk.db,
        sitting.desk.settings,
        proposal.keep,
        proposal.other,
        by=sitting.me,
        now=utc_now(),
        version=ours,
    )
    return After.AGAIN if ours else After.NEXT


def _history(_: Sitting, case: Case) -> After:
    print_case(case, utc_now(), history=True)
    click.pause("Any key goes back.")
    return After.AGAIN


@dataclass(frozen=True, slots=True)
class Act:
    """What a key does."""

    label: str
    do: Callable[[Sitting, Case], After]


#: key -> act; each is shown below every follow-up
KEYS: Final = {
    "r": Act("reply", _reply),
    "a": Act("answered otherwise", _answered),
    "m": Act("move on", _move),
    "c": Act("close", _close),
    "t": Act("take it", _take),
    "g": Act("give it to", _give),
    "z": Act("snooze", _snooze),
    "f": Act("fix name", _mend("name")),
    "k": Act("fix country", _mend("country")),
    "n": Act("note", _note),
    "d": Act("merge duplicate", _merge),
    "o": Act("opt-out", _opt_out),
    "h": Act("history", _history),
    "s": Act("skip", lambda *_: After.PASS),
    "q": Act("quit", lambda *_: After.QUIT),
}


@click.command("next")
@click.option("--mine", "only_mine", is_flag=True, help="Only what is yours.")
@as_option
@workspace_command
def next_(desk: Workspace, only_mine: bool, by: str) -> None:
    """Work the queue: shows who needs an answer, overdue first, and takes one key for each act.

    Shows what is yours and what is nobody's. What somebody else has open is left to them.

    \b
    Example:
      outreach followups next --mine
    """
    if not sys.stdin.isatty():
        raise InputError(
            "this needs a terminal to press keys in",
            next_step="use `outreach followups list --view needs-answer --json` in scripts",
        )
    Sitting(desk, by, only_mine).work()
