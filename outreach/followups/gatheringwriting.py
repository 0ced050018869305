"""Write what is known of a gathering as a form or a row of a file says it. Pure."""

from __future__ import annotations

from outreach.followups.gatheringrows import KIND_COLUMNS
from outreach.followups.gatherings import Particulars
from outreach.followups.gatheringview import Gathering
from outreach.followups.results import Result


def as_said(known: Particulars) -> dict[str, str]:
    """Write what is known by the names of the fields; `gatheringrows.particulars` reads it."""
    return {
        "organiser": known.organiser,
        "email": known.email,
        "language": known.language,
        "campaign": known.campaign,
        "country": known.country,
        "place": known.place,
        "date": known.held_on,
        "begins": known.begins,
        "minutes": str(known.minutes or ""),
        "zone": known.zone,
        "kind": known.kind.value,
        "cases": "; ".join(known.cases),
        "expected": _number(known.expected),
        "public": _yes(known.public),
        "quote": known.quote,
        "quote_by": known.quote_by,
        "quote_permission": _yes(known.quote_allowed),
        "photos": " ".join(photo.url for photo in known.photos if photo.allowed),
        "photos_without_permission": " ".join(p.url for p in known.photos if not p.allowed),
    }


def as_row(gathering: Gathering) -> dict[str, str]:
    """Write a gathering with what counts of its results; `gatheringrows.row` reads it."""
    said = as_said(gathering.known)
    said |= {"uid": gathering.uid, "state": gathering.state.value}
    return said | (_result(gathering.result) if gathering.result else {})


def _result(result: Result) -> dict[str, str]:
    columns = {kind: column for column, kind in KIND_COLUMNS.items()}
    said = {columns[c.kind]: str(c.quantity) for c in result.counts if not c.case_key}
    of_cases = [c for c in result.counts if c.case_key]
    return said | {
        "attended": _number(result.attended),
        "events": _number(result.events),
        "by_case": "; ".join(f"{c.case_key} {c.kind.value} {c.quantity}" for c in of_cases),
        "estimated": _yes(result.about),
        "said": result.said,
        "reported_by": result.reported_by,
        "reported_at": result.reported_at,
        "checked_by": result.checked_by,
        "checked_at": result.checked_at,
    }


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def _yes(holds: bool) -> str:
    return "yes" if holds else ""
