"""Answer a person of the queue: the letter as it would leave, to be changed, sent or dropped."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response
from starlette.routing import Route

from outreach import wiring
from outreach.errors import InputError, LeaseHeld, OutreachError, StoreError
from outreach.followups.stages import MOVES
from outreach.model import Stage
from outreach.staff import May
from outreach.web.desk.followups_acts import version_of
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Visit, path
from outreach.web.desk.wording import words
from outreach.wiring import utc_now
from outreach.workflow.enclosures import files_dir
from outreach.workflow.followups import show_followup
from outreach.workflow.followups_answers import (
    Answer,
    Edited,
    answer_followup,
    answer_messages,
    draft_answer,
    first_answer,
)
from outreach.workflow.letters import send_due_letters, show_letter


class Answering:
    """Writes answers."""

    def __init__(self, shell: Shell) -> None:
        case = "/followups/{number:int}"
        one = f"{case}/answer"
        self.routes: list[Route] = [
            shell.page(one, self.show_draft, May.FOLLOW_UP, back=case),
            # a mail server may take its time
            shell.act(one, self.send, May.FOLLOW_UP, again=self.show_draft, back=case, slow=True),
            shell.act(f"{one}/draft", self.change_message, May.FOLLOW_UP, back=case),
        ]

    def show_draft(self, visit: Visit) -> Response:
        """Show the letter as it would leave."""
        # sent in vain, it is the letter that somebody was about to send
        asked = visit.form if visit.refusal else visit.request.query_params
        return _show(visit, asked.get("message", ""), asked, own=Edited())

    def change_message(self, visit: Visit) -> Response:
        """Show it with another message or other files; what somebody wrote themselves stays."""
        try:
            own = _edited(visit, _draft(visit, visit.sent("message"), visit.form))
        except StoreError:
            raise
        except OutreachError:
            # of what can't be made any more nobody can tell what was theirs
            own = Edited(visit.sent("subject"), visit.form.get("text", ""))
        return _show(visit, visit.sent("choose"), visit.form, own=own)

    def send(self, visit: Visit) -> Response:
        """Write the letter down, and send it."""
        number, message = visit.numbered("number"), visit.sent("message")

        def task() -> str:
            stage = visit.sent("stage")
            if stage and (stage not in set(Stage) or stage == Stage.CLOSED):
                raise InputError("this is no stage to move to", value=stage)
            files, again = _files(visit.form), bool(visit.sent("again"))
            draft = draft_answer(
                visit.db,
                visit.settings,
                number,
                message,
                by=visit.person.name,
                now=visit.now,
                version=version_of(visit),
                files=files,
                again=again,
            )
            answer = answer_followup(
                visit.db,
                visit.settings,
                number,
                message,
                edited=_edited(visit, draft),
                stage=Stage(stage) if stage else None,
                by=visit.person.name,
                now=visit.now,
                version=version_of(visit),
                files=files,
                again=again,
            )
            return _sent(visit, answer)

        then = path("followups", number)
        return visit.perform("answer", f"follow-up {number}", task, then=then)


def _draft(visit: Visit, message: str, said: Mapping[str, str]) -> Answer:
    return draft_answer(
        visit.db,
        visit.settings,
        visit.numbered("number"),
        message,
        files=_files(said),
        by=visit.person.name,
        now=visit.now,
        again=bool(said.get("again")),
    )


def _show(visit: Visit, message: str, said: Mapping[str, str], *, own: Edited) -> Response:
    """Show a letter, with somebody's `own` words where they wrote some."""
    number = visit.numbered("number")
    case = show_followup(visit.db, visit.settings, number, me=visit.person.name, now=visit.now)
    line = case.followup.line
    message = message or first_answer(
        visit.settings, name=line.name, country=line.country, language=line.language
    )
    problem, draft = "", None
    try:
        draft = _draft(visit, message, said)
    except StoreError:
        raise
    except OutreachError as error:
        # the messages stay to be chosen from
        problem = error.problem
    stages = MOVES[Stage(line.stage)] - {Stage.CLOSED}
    return visit.show(
        "answer.html",
        status=200 if draft else 409,
        case=case,
        line=line,
        draft=draft,
        own=own,
        problem=problem,
        message=message,
        again=bool(said.get("again")),
        messages=answer_messages(visit.settings),
        files=_there(visit),
        ticked=draft.files if draft else _files(said),
        stages=[stage for stage in Stage if stage in stages],
        at=path("followups", number),
    )


def _edited(visit: Visit, draft: Answer) -> Edited:
    """Give what somebody changed: a letter that is left as it was keeps its page."""
    # as they wrote it, but for the line ends of forms
    text = visit.form.get("text", "").replace("\r\n", "\n").strip()
    if not text:
        raise InputError("the letter is empty", next_step="write something, or go back")
    subject = " ".join(visit.sent("subject").split())
    return Edited(
        subject if subject != " ".join(draft.subject.split()) else "",
        text + "\n" if text != draft.text.replace("\r\n", "\n").strip() else "",
    )


def _sent(visit: Visit, answer: Answer) -> str:
    """Send it now, and say what became of it."""
    try:
        send_due_letters(
            visit.db,
            visit.settings,
            lambda: wiring.open_transport(visit.settings, visit.db),
            pace=wiring.limits(visit.settings).pacing,
            clock=utc_now,
            only=[answer.letter_id],
        )
    except LeaseHeld:
        return "The letter is written, and leaves with the others that are being sent now."
    except OutreachError as error:
        return f"The letter is written, and leaves with the next turn: {error.problem}."
    letter = show_letter(visit.db, answer.letter_id).letter
    match letter.state:
        case "accepted":
            return "The letter has left."
        case "planned":
            return "The letter is written, and leaves with the next turn."
        case state:
            # the server's own words stand with the letter: they may name the reader
            why = words(letter.reason or "nobody knows why")
            return f"The letter did not leave, it is {words(state)}: {why}. Answer by another way."


def _files(said: Mapping[str, str]) -> tuple[str, ...]:
    """Give the files that are ticked."""
    return tuple(key.partition(":")[2] for key in said if key.startswith("file:"))


def _there(visit: Visit) -> list[str]:
    folder = files_dir(visit.settings)
    if not folder.is_dir():
        return []
    return sorted(file.name for file in folder.iterdir() if file.is_file())
