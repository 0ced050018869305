"""Supporters: find them, look at one's whole history, write down a consent, give all of it out.

To erase one stands in `erasing`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outreach.errors import InputError
from outreach.model import Consent
from outreach.staff import May
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Entry, Visit, path
from outreach.workflow import histories as workflow
from outreach.workflow.givingout import export_person
from outreach.workflow.supporters import search_supporters

_MOST: int = 50
#: of the form: it says nothing of letters
_UNTRACKED: Final = "untracked"


class Supporters:
    """Shows supporters by name, to those who may see them."""

    entry = Entry("Supporters", "/supporters", "p", May.SEE_PEOPLE)

    def __init__(self, shell: Shell) -> None:
        one = "/supporters/{number:int}"
        self.routes: list[Route] = [
            shell.page("/supporters", self.show_search, May.SEE_PEOPLE),
            # by a form, so that no address stands in an address; a name may take a whole list
            shell.act("/supporters", self.search, May.SEE_PEOPLE, back="/supporters", slow=True),
            shell.page(one, self.show_supporter, May.SEE_PEOPLE, back="/supporters"),
            shell.act(
                f"{one}/consent",
                self.change_consent,
                May.CHANGE_PEOPLE,
                again=self.show_supporter,
                back=one,
            ),
            shell.act(f"{one}/export", self.export, May.CHANGE_PEOPLE, back=one, slow=True),
        ]

    def show_search(self, visit: Visit) -> Response:
        """Show the form to look for somebody."""
        return visit.show("supporters.html", wanted="", people=None, more=False)

    def search(self, visit: Visit) -> Response:
        """Look for somebody by id, address or name."""
        wanted = visit.sent("wanted")
        people = search_supporters(visit.db, wanted, limit=_MOST + 1)
        if len(people) == 1:
            return RedirectResponse(path("supporters", people[0].supporter_id), status_code=303)
        return visit.show(
            "supporters.html", wanted=wanted, people=people[:_MOST], more=len(people) > _MOST
        )

    def show_supporter(self, visit: Visit) -> Response:
        """Show one, with all that happened."""
        number = visit.numbered("number")
        found = workflow.whole_history(visit.db, number)
        facts = asdict(found.shown.supporter)
        attributes = facts.pop("attributes")
        facts["tags"] = ", ".join(facts["tags"])
        return visit.show(
            "supporter.html",
            found=found,
            person=found.shown.supporter,
            facts={name: value for name, value in facts.items() if value},
            attributes=attributes,
            consents=workflow.CONSENTS,
            at=path("supporters", number),
        )

    def change_consent(self, visit: Visit) -> Response:
        """Write down what they say of being written to, and of being counted."""
        number, said = visit.numbered("number"), visit.sent("consent")

        def task() -> str:
            if said == _UNTRACKED:
                workflow.refuse_tracking(
                    visit.db, number, visit.sent("source"), by=visit.person.name, now=visit.now
                )
                return "Written down: their openings and clicks are not counted."
            if said not in set(Consent):
                raise InputError("it is a yes or a no, or a word on openings", value=said)
            kept_out = workflow.change_consent(
                visit.db,
                number,
                Consent(said),
                visit.sent("source"),
                by=visit.person.name,
                now=visit.now,
            )
            still = " Their address is suppressed all the same: nothing is sent to it."
            return f"Written down: {said}.{still * (kept_out and said == Consent.GRANTED)}"

        return visit.perform(
            "write down the consent of",
            f"supporter {number}",
            task,
            then=path("supporters", number),
        )

    def export(self, visit: Visit) -> Response:
        """Give out all that is known of them; who asked for it is written down."""
        number = visit.numbered("number")
        return visit.give(
            "export",
            f"supporter {number}",
            export_person(visit.db, str(number)),
            "all that is known of them",
            kind="application/json",
            name=f"supporter-{number}.json",
        )
