"""Segments: who is in each, by how many, and by which SQL."""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.responses import Response
from starlette.routing import Route

from outreach.web.desk.shell import Shell
from outreach.web.desk.visit import Entry, Visit, path
from outreach.wiring import utc_now
from outreach.workflow import segments as workflow
from outreach.workflow.segments import Counted

#: people of a sample
_SAMPLE: int = 10
#: for so long a count is that of everybody who asks
_FRESH = timedelta(seconds=5)


class Segments:
    """Shows the files of segments/, and runs them."""

    entry = Entry("Segments", "/segments", "t")

    def __init__(self, shell: Shell) -> None:
        self.routes: list[Route] = [
            shell.page("/segments", self.list_segments),
            shell.page("/segments/{name}", self.show_segment, back="/segments", slow=True),
            shell.page(
                "/segments/{name}/count", self.count, back="/segments", slow=True, shared=True
            ),
        ]
        #: segment -> what it came to, and when that was
        self._counted: dict[str, tuple[Counted, datetime]] = {}

    def list_segments(self, visit: Visit) -> Response:
        """List them; how many are in each is asked for one by one, by our script or a click."""
        return visit.show("segments.html", names=workflow.list_names(visit.settings))

    def count(self, visit: Visit) -> Response:
        """Count one."""
        name = visit.named("name")
        found, at = self._counted.get(name, (None, visit.now))
        # whoever waited while somebody else had it counted has the same number
        if found is None or at < visit.now - _FRESH:
            found = workflow.count_segment(visit.db, visit.settings, name)
            self._counted[name] = found, utc_now()
        return visit.show("segment_count.html", found=found, at=path("segments", name))

    def show_segment(self, visit: Visit) -> Response:
        """Show one: why, how many, a few of them, the SQL and how it is answered."""
        name = visit.named("name")
        found = workflow.show_segment(visit.db, visit.settings, name, limit=_SAMPLE)
        explained = workflow.explain_segment(visit.db, visit.settings, name)
        return visit.show("segment.html", found=found, segment=found.segment, explained=explained)
