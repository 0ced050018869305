"""Reports: from the audience to the letters, as charts and tables, over campaigns."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from outreach.reports.funnel import Dimension, Funnel
from outreach.reports.page import contents
from outreach.reports.spreadsheet import as_csv
from outreach.reports.wording import STEPS, TITLES
from outreach.store import utc_text
from outreach.web.desk.shell import HEADERS, Shell
from outreach.web.desk.visit import Entry, Visit
from outreach.workflow.campaigns import campaign_names
from outreach.workflow.reports import funnel_report

#: charts stand in the page itself: to make them one by one would be to count all anew for each
_POLICY: Final = "Content-Security-Policy"


class Reports:
    """Shows what came of campaigns."""

    entry = Entry("Reports", "/reports", "r")

    def __init__(self, shell: Shell) -> None:
        self.routes: list[Route] = [
            shell.page("/reports", self.show_report, back="/reports", slow=True),
            shell.page("/reports/report.csv", self.give_csv, back="/reports", slow=True),
            shell.page("/reports/report.json", self.give_json, back="/reports", slow=True),
        ]

    def show_report(self, visit: Visit) -> Response:
        """Show it."""
        names, dimensions = _wish(visit)
        found = _funnel(visit, names, dimensions or (Dimension.COUNTRY, Dimension.WEEK))
        query = [("campaign", name) for name in names] + [("by", by) for by in dimensions]
        response = visit.show(
            "reports.html",
            found=found,
            contents=contents(found),
            campaigns=campaign_names(visit.db),
            names=names,
            dimensions=TITLES,
            by=list(found.parts),
            meanings=STEPS.values(),
            query=urlencode(query),
            picture=_picture,
            at=utc_text(found.at),
        )
        response.headers[_POLICY] = HEADERS[_POLICY].replace(
            "img-src 'self'", "img-src 'self' data:"
        )
        return response

    def give_csv(self, visit: Visit) -> Response:
        """Give it for a spreadsheet, by all that it can be counted by."""
        names, dimensions = _wish(visit)
        found = _funnel(visit, names, dimensions or tuple(Dimension))
        # the mark tells spreadsheets that it is UTF-8
        return _file("\ufeff" + as_csv(found), "text/csv; charset=utf-8", "report.csv")

    def give_json(self, visit: Visit) -> Response:
        """Give it for programs."""
        names, dimensions = _wish(visit)
        found = _funnel(visit, names, dimensions or tuple(Dimension))
        text = json.dumps(asdict(found), default=_plain, ensure_ascii=False, indent=2)
        return _file(text + "\n", "application/json", "report.json")


def _wish(visit: Visit) -> tuple[tuple[str, ...], tuple[Dimension, ...]]:
    """Read which campaigns are asked for, and by what; no campaign is all of them."""
    asked = visit.request.query_params
    names = tuple(dict.fromkeys(name for name in asked.getlist("campaign") if name))
    return names, tuple(by for by in Dimension if by in asked.getlist("by"))


def _funnel(visit: Visit, names: tuple[str, ...], by: tuple[Dimension, ...]) -> Funnel:
    return funnel_report(visit.db, visit.settings, names, now=visit.now, by=by)


def _picture(svg: str) -> str:
    """Write a chart as the address of a picture: so its own styles stay inside it."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _file(text: str, kind: str, name: str) -> Response:
    return Response(
        text, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return utc_text(value)
    raise TypeError(type(value).__name__)
