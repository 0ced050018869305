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

#: for a run to begin, or to say why not; one that takes longer is looked at on the page
_PATIENCE: Final = 10.0
#: for one that has begun to end: a small campaign has gone by then, and a bad start shows
_MOMENT: Final = 1.0
#: of `outreach dispatch`: all is done, or something is to be looked at
_RAN: Final = (0, 1)


class Sending:
    """Starts runs."""

    def __init__(self, shell: Shell) -> None:
        one = "/campaigns/{name}"
        self.routes: list[Route] = [
            shell.act(f"{one}/send", self.send_now, May.PREPARE, back=one, counts=True),
            shell.act("/followups/letters", self.send_letters, May.FOLLOW_UP, back="/followups"),
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
            return _started(visit, ready)

        then = path("campaigns", name, "progress")
        return visit.perform(
            "send what is due of", f"campaign {name}", task, then=then, reaches_out=True
        )

    def send_letters(self, visit: Visit) -> Response:
        """Start the sending of single letters, and say how it went."""

        def task() -> str:
            wiring.open_transport(visit.settings, visit.db).close()
            with apart.started(visit.settings, "letters", "send") as run:
                code = run.wait(_PATIENCE, until=lambda: False)
                said = run.said()
            if code not in (None, *_RAN):
                raise IllegalMove(f"it broke off: {said[-1]}".rstrip(". "), next_step="")
            return said[0] if code is not None else "They are being sent."

        then = "/followups"
        return visit.perform("send", "letters that wait", task, then=then, reaches_out=True)


def _started(visit: Visit, ready: Ready) -> str:
    """Start a run, and tell of it when it has begun or ended."""
    name = ready.campaign
    command = ("dispatch", "--approved", f"--by={visit.person.name}", "--", name)
    with apart.started(visit.settings, *command) as run:
        run.wait(_PATIENCE, until=lambda: bool(what_came(visit.db, name, ready.known)))
        code = run.wait(_MOMENT, until=lambda: False)
        last = run.said()[-1]
    came = what_came(visit.db, name, ready.known)
    if code not in (None, *_RAN):
        raise IllegalMove(f"it broke off: {last}".rstrip(". "), next_step="")
    if came and came[-1].what == ENDED:
        return f"Sent through {ready.transport}: {came[-1].detail}."
    if code is not None:
        return f"Nothing left: {last}"
    if not came:
        return "It was started, and has not begun yet: its history will say."
    return (
        f"Sending has begun: {plural(ready.due, 'letter')} through {ready.transport}. It goes on"
        " without this page; Pause stops it after the letter under way."
    )
