"""The queue as a whole: as a file, in figures, shared out, and whose follow-ups may be one's."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from outreach.followups.namedviews import VIEWS
from outreach.staff import May
from outreach.web.desk.followups import asked_for
from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Visit
from outreach.web.desk.wording import plural, words
from outreach.workflow import followups as workflow
from outreach.workflow.followups_export import as_csv, export_rows
from outreach.workflow.followups_pairs import propose_duplicates

#: pairs that are shown: who has settled these is shown the next
_MOST_PAIRS: Final = 100


class Queue:
    """Gives out, counts and shares the queue. What reads all of it keeps nobody else waiting."""

    def __init__(self, shell: Shell) -> None:
        may = May.FOLLOW_UP
        self.routes: list[Route] = [
            shell.act("/followups/export", self.export, may, back="/followups", slow=True),
            shell.act("/followups/share", self.share, may, back="/followups", slow=True),
            shell.page("/followups/figures", self.show_figures, may, slow=True),
            shell.page("/followups/duplicates", self.list_duplicates, may, slow=True),
        ]

    def export(self, visit: Visit) -> Response:
        """Give what the page lists, all of it, for a spreadsheet."""
        asked = asked_for(visit)
        if search := visit.sent("search"):
            asked = replace(asked, view=None, search=search, include_done=True)
        rows = export_rows(visit.db, visit.settings, asked, now=visit.now)
        name = "search" if asked.search else asked.view or "all"
        return visit.give(
            "export",
            "follow-ups",
            as_csv(rows),
            f"{plural(len(rows), 'follow-up')}: {words(name)}",
            kind="text/csv; charset=utf-8",
            name=f"followups-{name.replace('_', '-')}.csv",
        )

    def share(self, visit: Visit) -> Response:
        """Give what is nobody's to the teams, in turn in each."""

        def task() -> str:
            given = workflow.share_followups(
                visit.db,
                visit.settings,
                in_turn=bool(visit.sent("in_turn")),
                by=visit.person.name,
                now=visit.now,
            )
            got = Counter(one.who for one in given).most_common()
            shares = ", ".join(f"{who} {number:,}" for who, number in got)
            return f"Shared out: {shares}." if given else "There is nothing to share out."

        return visit.perform("share out", "follow-ups", task, then="/followups")

    def show_figures(self, visit: Visit) -> Response:
        """Show the queue in numbers."""
        found = workflow.queue_stats(visit.db, visit.settings, me=visit.person.name, now=visit.now)
        return visit.show(
            "followups_figures.html",
            found=found,
            views=[(view, told, found.views[view]) for view, (told, _) in VIEWS.items()],
        )

    def list_duplicates(self, visit: Visit) -> Response:
        """List pairs that may be one person's."""
        found = propose_duplicates(visit.db)
        return visit.show("followups_duplicates.html", pairs=found[:_MOST_PAIRS], number=len(found))
