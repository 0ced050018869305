"""What may be done with a follow-up.

A save over a newer version is refused: what was sent stands above what is there now. What came of
an act is said without what was sent, as the sentence is kept for ever; the page shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeVar

from starlette.responses import Response
from starlette.routing import Route

from outreach.dispatch.wallclock import moment_of, wall_time
from outreach.errors import InputError
from outreach.model import CloseReason, Stage
from outreach.staff import May
from outreach.store import utc_text
from outreach.web.desk import wording
from outreach.web.desk.followups import show_case
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Visit, day_in, number_in, path
from outreach.web.desk.wording import plural
from outreach.workflow import followups as workflow
from outreach.workflow import followups_mending as mending
from outreach.workflow import followups_opening as opening
from outreach.workflow import followups_pairs as pairs
from outreach.workflow.gatherings import record_safety_talk

R = TypeVar("R")


class FollowupActs:
    """Does what the forms of a follow-up ask for."""

    def __init__(self, shell: Shell) -> None:
        one = "/followups/{number:int}"
        acts = {
            "take": self.take,
            "assign": self.assign,
            "move": self.move,
            "close": self.close,
            "answered": self.write_answered,
            "snooze": self.snooze,
            "due": self.make_due,
            "link": self.link,
            "tag": self.tag,
            "note": self.note,
            "mend": self.mend,
            "opt-out": self.confirm_opt_out,
            "merge": self.merge,
            "apart": self.keep_apart,
            "split": self.split,
            "talk": self.record_talk,
            "leave": self.leave,
        }
        self.routes: list[Route] = [
            shell.page(f"{one}/merge", self.compare, May.FOLLOW_UP, back=one),
            *(
                shell.act(f"{one}/{word}", act, May.FOLLOW_UP, again=show_case, back=one)
                for word, act in acts.items()
            ),
        ]

    def take(self, visit: Visit) -> Response:
        """Give it to whoever asks."""
        return _do(visit, "take", lambda: _assigned(visit, visit.person.name))

    def assign(self, visit: Visit) -> Response:
        """Give it to somebody, or to nobody."""
        return _do(visit, "assign", lambda: _assigned(visit, visit.sent("who")))

    def move(self, visit: Visit) -> Response:
        """Move it to another stage."""
        stage = visit.sent("stage")

        def task() -> str:
            if stage not in set(Stage) or stage == Stage.CLOSED:
                raise InputError("this is no stage to move to", value=stage)
            _call(visit, workflow.move_followup, Stage(stage))
            return f"It is {wording.words(stage)} now."

        return _do(visit, "move", task)

    def close(self, visit: Visit) -> Response:
        """Close it."""
        reason = visit.sent("reason")

        def task() -> str:
            if reason not in set(CloseReason):
                raise InputError("a reason is needed", value=reason, next_step="choose one")
            _call(visit, workflow.close_followup, CloseReason(reason))
            return f"Closed: {wording.words(reason)}."

        return _do(visit, "close", task)

    def write_answered(self, visit: Visit) -> Response:
        """Write down that they were answered by another way."""

        def task() -> str:
            waited = _call(visit, workflow.answered_followup, visit.sent("how"))
            return "Written down: we wait for them now." if waited else "They waited for nothing."

        return _do(visit, "answer otherwise", task)

    def snooze(self, visit: Visit) -> Response:
        """Let it sleep until a day, or wake it."""
        said = visit.sent("until")

        def task() -> str:
            until = _day(said, visit)
            _call(visit, workflow.snooze_followup, until)
            return f"It sleeps until {until}, or until they write." if until else "It is awake."

        return _do(visit, "snooze", task)

    def make_due(self, visit: Visit) -> Response:
        """Set by hand when an answer is due."""

        def task() -> str:
            zone = visit.settings.schedule.zone
            # browsers put a T between day and time
            due = moment_of(wall_time(visit.sent("due").replace("T", " ")), zone).at
            _call(visit, workflow.make_due, due)
            return f"The answer is due {utc_text(due)[:16].replace('T', ' ')} UTC."

        return _do(visit, "set when an answer is due to", task)

    def link(self, visit: Visit) -> Response:
        """Say whose it is, or which campaign it answers."""

        def task() -> str:
            linked = mending.link_followup(
                visit.db,
                visit.settings,
                _number(visit),
                supporter=visit.sent("supporter"),
                campaign=visit.sent("campaign"),
                by=visit.person.name,
                now=visit.now,
                version=version_of(visit),
            )
            return f"It has its {' and '.join(linked)}." if linked else "It was linked so already."

        return _do(visit, "link", task)

    def tag(self, visit: Visit) -> Response:
        """Set its tags to those of the form."""

        def task() -> str:
            wanted = visit.sent("tags").replace(",", " ").split()
            tags = _call(visit, workflow.set_tags, wanted)
            return f"It has {plural(len(tags), 'tag')} now."

        return _do(visit, "tag", task)

    def note(self, visit: Visit) -> Response:
        """Write a remark into the history."""

        def task() -> str:
            workflow.note_followup(
                visit.db,
                visit.settings,
                _number(visit),
                visit.sent("text"),
                by=visit.person.name,
                now=visit.now,
            )
            return "The note stands in the history."

        return _do(visit, "note", task)

    def mend(self, visit: Visit) -> Response:
        """Put a field right."""
        field = visit.sent("field")

        def task() -> str:
            text = _call(visit, mending.mend_followup, field, visit.sent("value"))
            return f"Put right: the {field}." if text else f"The {field} is not known now."

        return _do(visit, "put right", task)

    def confirm_opt_out(self, visit: Visit) -> Response:
        """Never write to the person again."""

        def task() -> str:
            if not visit.sent("sure"):
                raise InputError("nothing was done: the box was not ticked", next_step="tick it")
            heard = _call(visit, mending.confirm_opt_out)
            number = f"{len(heard)} address" + "es" * (len(heard) != 1)
            return f"Nothing is sent to them any more: {number} more kept from all mail."

        return _do(visit, "confirm the opt-out of", task)

    def compare(self, visit: Visit) -> Response:
        """Show two beside each other before they are made one."""
        here = _number(visit)
        keep, other = _id(visit.asked("keep") or str(here)), _id(visit.asked("other"))
        if here not in (keep, other) or keep == other:
            raise InputError("it takes this one and another one", value=visit.asked("other"))
        me, now = visit.person.name, visit.now
        one, two = (
            workflow.show_followup(visit.db, visit.settings, number, me=me, now=now)
            for number in (keep, other)
        )
        version = (one if keep == here else two).followup.line.version
        return visit.show(
            "followup_merge.html",
            keep=one,
            other=two,
            number=here,
            version=version,
            at=path("followups", here),
        )

    def merge(self, visit: Visit) -> Response:
        """Make one of two."""
        here = _number(visit)
        keep, other = _id(visit.sent("keep") or str(here)), _id(visit.sent("other"))

        def task() -> str:
            if here not in (keep, other):
                raise InputError("one of the two must be the one that you looked at")
            mails = pairs.merge_followups(
                visit.db,
                visit.settings,
                keep,
                other,
                by=visit.person.name,
                now=visit.now,
                version=version_of(visit) if keep == here else None,
            )
            return (
                f"Follow-up {other} is part of {keep} now; mails that moved: {len(mails)}."
                " To undo it: Split it, below."
            )

        return _do(visit, "merge", task, then=path("followups", keep))

    def keep_apart(self, visit: Visit) -> Response:
        """Say that two are two people's."""
        other = _id(visit.sent("other"))

        def task() -> str:
            pairs.keep_apart(
                visit.db,
                visit.settings,
                _number(visit),
                other,
                by=visit.person.name,
                now=visit.now,
            )
            return f"Follow-up {other} is somebody else's: it is proposed no more."

        return _do(visit, "keep apart", task)

    def split(self, visit: Visit) -> Response:
        """Take the ticked mails out into one of their own."""

        def task() -> str:
            mails = [_id(key.partition(":")[2]) for key in visit.form if key.startswith("mail:")]
            if not mails:
                raise InputError("no mail was ticked", next_step="tick those of the other person")
            made = _call(visit, pairs.split_followup, mails)
            return f"Follow-up {made} has these mails now."

        return _do(visit, "split", task)

    def record_talk(self, visit: Visit) -> Response:
        """Write down that the risks were talked over."""

        def task() -> str:
            record_safety_talk(
                visit.db,
                _number(visit),
                note=visit.sent("agreed"),
                by=visit.person.name,
                now=visit.now,
            )
            return "The safety talk is written down."

        return _do(visit, "talk over the risks of", task)

    def leave(self, visit: Visit) -> Response:
        """Say that they have it open no more."""

        def task() -> str:
            me = visit.person.name
            opening.leave_followup(visit.db, visit.settings, _number(visit), me=me)
            return "You have it open no more."

        return _do(visit, "leave", task, then="/followups")


def _assigned(visit: Visit, who: str) -> str:
    changed = _call(visit, workflow.assign_followup, who)
    if not changed:
        return "Nothing changed: it was so already."
    if not who:
        return "It is nobody's now."
    # whatever is typed there may be anybody's name
    return f"{who} has it now." if who == visit.person.name else "It is somebody else's now."


def _call(visit: Visit, act: Callable[..., R], *values: object) -> R:
    """Do something with the follow-up as it was shown."""
    return act(
        visit.db,
        visit.settings,
        _number(visit),
        *values,
        by=visit.person.name,
        now=visit.now,
        version=version_of(visit),
    )


def _do(visit: Visit, what: str, task: Callable[[], str], *, then: str = "") -> Response:
    number = _number(visit)
    return visit.perform(what, f"follow-up {number}", task, then=then or path("followups", number))


def _number(visit: Visit) -> int:
    return visit.numbered("number")


def version_of(visit: Visit) -> int:
    """Read the version that was shown with the form."""
    return _id(visit.sent("version"))


def _id(text: str) -> int:
    if text != "0" and not number_in(text):
        raise InputError("this is no number of ours", value=text)
    return number_in(text)


def _day(text: str, visit: Visit) -> date | None:
    days = number_in(text.removesuffix("d"))
    return visit.now.date() + timedelta(days=days) if 0 < days < 1000 else day_in(text)
