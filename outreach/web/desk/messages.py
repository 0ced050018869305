"""Messages: all of them with what was found in them, and one with its files and findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from outreach.compose.lint import Finding
from outreach.staff import May
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Entry, Visit, path
from outreach.workflow.lint import check_template
from outreach.workflow.segments import list_names
from outreach.workflow.templates import list_templates, message_files, message_mark
from outreach.workflow.variants import variants

#: findings by severity
Counts = dict[str, int]
#: in this order, the worst first
_SEVERITIES: Final = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, and what was found in it."""

    number: int
    text: str
    findings: tuple[Finding, ...]


class Messages:
    """Shows the library of messages."""

    entry = Entry("Messages", "/messages", "m")

    def __init__(self, shell: Shell) -> None:
        #: what was found when each was checked last, and in which files
        self._checked: dict[str, tuple[str, Counts]] = {}
        one = "/messages/{name}"
        self.routes: list[Route] = [
            shell.page("/messages", self.list_messages),
            shell.page(f"{one}/check", self.check_message, slow=True),
            shell.page(one, self.show_message, slow=True),
            shell.page(f"{one}/variants", self.show_variants, May.LOOK, slow=True),
        ]

    def list_messages(self, visit: Visit) -> Response:
        """List them with what was found in them, as far as that is known already.

        To check them all takes seconds: the rest is asked for one by one, by our script or a click.
        """
        rows = [
            (info, None if info.broken else self._known(visit, info.name))
            for info in list_templates(visit.settings)
        ]
        return visit.show("messages.html", rows=rows)

    def check_message(self, visit: Visit) -> Response:
        """Check one, and give the numbers for the list."""
        name = visit.named("name")
        found = check_template(visit.db, visit.settings, name, now=visit.now).findings
        counts = {s: sum(f.severity == s for f in found) for s in _SEVERITIES}
        self._checked[name] = self._key(visit, name), counts
        return visit.show("checked.html", name=name, counts=counts)

    def _known(self, visit: Visit, name: str) -> Counts | None:
        key, counts = self._checked.get(name, ("", None))
        return counts if key == self._key(visit, name) else None

    def _key(self, visit: Visit, name: str) -> str:
        return f"{message_mark(visit.settings, name)} {visit.now.date()}"

    def show_message(self, visit: Visit) -> Response:
        """Show one: its files line by line, each finding under the line that it speaks of."""
        name = visit.named("name")
        checked = check_template(visit.db, visit.settings, name, now=visit.now)
        files = message_files(visit.settings, name)
        located = {(f.file, f.line) for f in checked.findings if f.line and f.file in files}
        return visit.show(
            "message.html",
            name=name,
            info=next((one for one in list_templates(visit.settings) if one.name == name), None),
            checked=checked,
            files={
                file: list(_lines(file, text, checked.findings)) for file, text in files.items()
            },
            elsewhere=[f for f in checked.findings if (f.file, f.line) not in located],
            segments=list_names(visit.settings),
            at=path("messages", name),
        )

    def show_variants(self, visit: Visit) -> Response:
        """Show the versions that a segment's people get, with how many get each."""
        name, campaign = visit.named("name"), visit.asked("campaign")
        return visit.show(
            "variants.html",
            found=variants(
                visit.db,
                visit.settings,
                name,
                segment=visit.asked("segment"),
                campaign=campaign,
                now=visit.now,
            ),
            name=name,
            campaign=campaign,
            at=path("messages", name),
        )


def _lines(file: str, text: str, findings: tuple[Finding, ...]) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n"), 1):
        own = tuple(f for f in findings if (f.file, f.line) == (file, number))
        yield Line(number, line, own)
