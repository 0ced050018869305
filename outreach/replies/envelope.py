"""What the server that took a mail in says of it, apart from the mail itself. Writes nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whom a mail was really for and from, and what was proven of its sender."""

    #: as the sending server gave them; a copy for somebody else has other ones in its To
    recipients: tuple[str, ...] = ()
    sender: str = ""
    #: pass, fail, softfail, neutral, none, temperror, permerror; '' where nobody looked
    spf: str = ""
    #: each domain that signed, in lower case, and whether its signature holds: pass, fail, none
    dkim: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> str:
        """Write it for the database; '' where it says nothing."""
        return "" if self == NOTHING else json.dumps(asdict(self), ensure_ascii=False)


NOTHING: Final = Envelope()


def read_envelope(text: str) -> Envelope:
    """Read what `as_json` wrote."""
    if not text:
        return NOTHING
    said = json.loads(text)
    return Envelope(
        recipients=tuple(said["recipients"]),
        sender=said["sender"],
        spf=said["spf"],
        dkim=tuple((domain, verdict) for domain, verdict in said["dkim"]),
    )
