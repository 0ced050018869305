"""Say in words whether a person would get a message, for preview and test-send."""

from __future__ import annotations

from typing import Final

from outreach.model import Exclusion
from outreach.workflow.preview import Standing

_EXCLUDED: Final = {
    Exclusion.NO_CONSENT: "nobody knows that they agreed to be written to",
    Exclusion.OPTED_OUT: "they have said no",
    Exclusion.NO_ADDRESS: "they have no address",
    Exclusion.NO_DISCREET_VERSION: "they get discreet messages only",
    Exclusion.NOT_WANTED: "they chose to get no messages of this kind",
}


def in_words(standing: Standing) -> str:
    """Give a sentence: whether a campaign would write to this person, and why or why not."""
    ground = f" ({standing.consent_ground})" if standing.consent_ground else ""
    if standing.exclusion is None:
        return f"May be written to{ground}."
    if standing.exclusion is Exclusion.SUPPRESSED and standing.suppression:
        why = f"their address is suppressed ({standing.suppression.replace('_', ' ')})"
    else:
        why = _EXCLUDED.get(standing.exclusion, standing.exclusion.replace("_", " "))
    return f"Would be left out: {why}."
