"""Send a campaign or the letters that are due at once: for whoever has no crontab, or can't wait.

The page only starts it: `outreach dispatch` and `outreach letters send` do the work, apart from
this server.
"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from outreach import wiring
from outreach.errors import IllegalMove
from outreach.staff import May
from outreach.web.desk import apart
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Visit, path
from outreach.web.desk.wording import plural
from outreach.workflow.running import ENDED
from outreach.workflow.sendingnow import Ready, ready_to_send, what_came

#: exit codes of ours: all is done, or something is to be looked at
_RAN: Final = (0, 1)


class Sending:
    """Starts runs."""

    def __init__(self, shell: Shell) -> None:
        one = "/campaigns/{name}"
        #: for a run to begin, or to say why not; one that takes longer is looked at on the page
        self._patience = shell.bounds.begin_seconds
        #: for one that has begun to end: a small campaign has gone by then, a bad start shows
        self._moment = self._patience / 3
        self.routes: list[Route] = [
            shell.act(f"{one}/send", self.send_now, May.PREPARE, back=one, starts=True),
            shell.act(
                "/followups/letters",
                self.send_letters,
                May.FOLLOW_UP,
                back="/followups",
                starts=True,
            ),
        ]

    def send_now(self, visit: Visit) -> Response:
        """Start it, and say how it began."""
        name = visit.named("name")

        def task() -> str:
            ready = ready_to_send(
                visit.db, visit.settings, name, seen=visit.sent("seen"), now=visit.now
            )
            # what it lacks, such as a key, is better said here
            wiring.open_transport(visit.settings, visit.db).close()
            return self._started(visit, ready)

        then = path("campaigns", name, "progress")
        return visit.perform(
            "send what is due of", f"campaign {name}", task, then=then, reaches_out=True
        )

    def send_letters(self, visit: Visit) -> Response:
        """Start the sending of single letters, and say how it went."""

        def task() -> str:
            wiring.open_transport(visit.settings, visit.db).close()
            with apart.started(visit.settings, "letters", "send") as run:
                code = run.wait(self._patience, until=lambda: False)
                said = run.said()
                if code is not None and not (code in _RAN and said):
                    raise _broke_off(code, run, "outreach letters send")
            return said[0] if said else "They are being sent."

        then = "/followups"
        return visit.perform("send", "letters that wait", task, then=then, reaches_out=True)

    def _started(self, visit: Visit, ready: Ready) -> str:
        """Start a run, and tell of it when it has begun or ended."""
        name = ready.campaign
        command = ("dispatch", "--approved", f"--by={visit.person.name}", "--", name)
        with apart.started(visit.settings, *command) as run:
            run.wait(self._patience, until=lambda: bool(what_came(visit.db, name, ready.known)))
            came = what_came(visit.db, name, ready.known)
            code = run.wait(self._moment if came else 0, until=lambda: False)
            came, said = what_came(visit.db, name, ready.known), run.said()
            has_ended = bool(came) and came[-1].what == ENDED
            if code is not None and not (code in _RAN and (has_ended or said)):
                raise _broke_off(code, run, f"outreach dispatch {name}")
        if has_ended:
            return f"Sent through {ready.transport}: {came[-1].detail}."
        if code is not None:
            return f"Nothing left: {said[-1]}" if not came else said[0]
        if not came:
            return "It was started, and has not begun yet: its history will say."
        return (
            f"Sending has begun: {plural(ready.due, 'letter')} through {ready.transport}. It goes"
            " on without this page; Pause stops it after the letter under way."
        )


def _broke_off(code: int, run: apart.Apart, command: str) -> IllegalMove:
    """Say why a command did not get to its end; of a fault of this program only that."""
    lines = run.complained()
    is_ours = code not in _RAN and code > 0 and lines and "Traceback" not in " ".join(lines)
    if is_ours:
        return IllegalMove(f"it broke off: {lines[-1]}".rstrip(". "), next_step="")
    return IllegalMove(
        "it broke off, and this program can't say why",
        next_step=f"try `{command}` in the terminal, which tells more",
    )
