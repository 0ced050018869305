"""Whether a mail is proven to come from the domain in its From. Writes nothing.

Only what our own side found out counts: the line that our mail server put on top, known by the name
that the settings give, and the verdicts that came with a posted mail. Whoever writes a mail can
write any other such line into it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from outreach.replies.envelope import Envelope
from outreach.replies.mime import headers_of

_DMARC: Final = re.compile(r"(?:^|;)\s*dmarc\s*=\s*([a-z]+)", re.IGNORECASE)
_COMMENT: Final = re.compile(r"\([^()]*\)")
_FAILURES: Final = frozenset({"fail", "softfail"})


class Authenticity(StrEnum):
    """What is known of a mail's sender."""

    PROVEN = "proven"
    #: somebody else may have written it in the sender's name
    FAILED = "failed"
    UNKNOWN = "unknown"


def authenticity(raw: bytes, from_address: str, envelope: Envelope, authserv: str) -> Authenticity:
    """Say whether the mail's From is proven (RFC 7489), as far as our side looked.

    `authserv` is the name that our mail server goes by in Authentication-Results (RFC 8601); ''
    believes none. Takes any bytes and never raises.
    """
    for said in headers_of(raw).all("authentication-results") if authserv else ():
        words = _COMMENT.sub("", said)
        name = words.partition(";")[0].split()
        if name and name[0].lower() == authserv.lower():
            found = _DMARC.search(words)
            return _meaning(found[1].lower()) if found else Authenticity.UNKNOWN
    return _of_envelope(from_address.rpartition("@")[2].lower(), envelope)


def _of_envelope(domain: str, envelope: Envelope) -> Authenticity:
    """One proof of the From's own domain is enough; a failure counts only without any."""
    aligned = [verdict for signer, verdict in envelope.dkim if _aligned(signer, domain)]
    by_path = _aligned(envelope.sender.rpartition("@")[2].lower(), domain)
    if "pass" in aligned or (by_path and envelope.spf == "pass"):
        return Authenticity.PROVEN
    if "fail" in aligned or (by_path and envelope.spf in _FAILURES):
        return Authenticity.FAILED
    return Authenticity.UNKNOWN


def _meaning(verdict: str) -> Authenticity:
    meanings = {"pass": Authenticity.PROVEN, "fail": Authenticity.FAILED}
    return meanings.get(verdict, Authenticity.UNKNOWN)


def _aligned(one: str, other: str) -> bool:
    """Whether one domain is the other or below it."""
    if not one or not other:
        return False
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
