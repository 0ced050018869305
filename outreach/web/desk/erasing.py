"""Erase a supporter: a page that shows what will go, and the act, for admins.

What is written down of it names the number alone.
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from outreach import addresses
from outreach.errors import InputError
from outreach.staff import May
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Visit, path
from outreach.web.desk.wording import plural
from outreach.workflow import erasing


class Erasing:
    """Erases supporters."""

    def __init__(self, shell: Shell) -> None:
        at = "/supporters/{number:int}/erase"
        # what speaks of somebody is looked for in everything
        self.routes: list[Route] = [
            shell.page(at, self.show, May.CHANGE_PEOPLE, back="/supporters", slow=True),
            shell.act(
                at, self.erase, May.CHANGE_PEOPLE, again=self.show, back="/supporters", slow=True
            ),
        ]

    def show(self, visit: Visit) -> Response:
        """Show what will go, and what stays."""
        number = visit.numbered("number")
        found = erasing.look(visit.db, visit.settings, str(number))
        return visit.show("erase.html", found=found, number=number, at=path("supporters", number))

    def erase(self, visit: Visit) -> Response:
        """Erase them, if their number or an address of theirs was typed."""
        number = visit.numbered("number")

        def task() -> str:
            person = erasing.look(visit.db, visit.settings, str(number)).person
            typed = visit.sent("typed")
            if typed != str(number) and addresses.normalise(typed).lower() not in {
                spelling.lower() for spelling in person.spellings
            }:
                raise InputError("what was typed is neither their number nor their address")
            done = erasing.erase(visit.db, visit.settings, str(number), now=visit.now)
            words = [
                f"Erased: {plural(sum(part.rows for part in done.going), 'row')},"
                f" {plural(done.files, 'file')}."
            ]
            for what, numbers in (
                ("Mails of others name their address or are linked to them", done.mails_of_others),
                ("Follow-ups of others too name them", done.followups_of_others),
                ("Gatherings that may be somebody else's name them", done.gatherings_of_others),
            ):
                if numbers:
                    words.append(f"{what}: {', '.join(map(str, numbers[:20]))}.")
            for table, rows in done.elsewhere.items():
                words.append(f"It stands with others in {table}: {plural(rows, 'row')}.")
            if not done.is_clean:
                words.append(erasing.NOT_CLEAN)
            return " ".join(words)

        return visit.perform("erase", f"supporter {number}", task, then="/supporters")
