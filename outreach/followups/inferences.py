"""What was inferred of a person, where from and how certainly: two columns of a follow-up.

Writes nothing. What a person puts right is inferred no more.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

#: where something comes from: the person's mails, or the list of supporters
FROM_MAIL: Final = "mail"
FROM_LIST: Final = "list"

#: JSON of a field: where from, and how certain
Stored = list[str | float | None]


class Inference(NamedTuple):
    """Where a field's value comes from."""

    source: str
    #: 0 to 1; None where nobody can say
    certainty: float | None = None


def columns(inferred: Mapping[str, Inference]) -> dict[str, object]:
    """Write inferences as the columns `inferred` and `certainty`, which is of the least certain."""
    known = [found.certainty for found in inferred.values() if found.certainty is not None]
    text = json.dumps({field: list(inferred[field]) for field in sorted(inferred)})
    return {"inferred": text, "certainty": min(known, default=1.0)}


def joined(
    standing: Mapping[str, Stored], news: Mapping[str, Inference], fields: Collection[str]
) -> dict[str, object]:
    """Write the inferences of a follow-up with those of a further mail for some `fields`.

    Of several mails the most certain says what they are.
    """
    found = {field: _inference(stored) for field, stored in standing.items()}
    for field in fields:
        if field not in news:
            continue
        before, after = found.get(field), news[field]
        if field != "kind" or before is None or (before.certainty or 0) < (after.certainty or 0):
            found[field] = after
    return columns(found)


def put_right(standing: Mapping[str, Stored], field: str) -> dict[str, object]:
    """Write the inferences that are left when a person has said what a field is."""
    return columns({f: _inference(stored) for f, stored in standing.items() if f != field})


def read(text: str) -> dict[str, Inference]:
    """Read the column `inferred`."""
    return {field: _inference(stored) for field, stored in json.loads(text).items()}


def _inference(stored: Stored) -> Inference:
    source, certainty = stored
    return Inference(str(source), None if certainty is None else float(certainty))
