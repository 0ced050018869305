"""flufl.bounce asked for what it knows of old mail servers, inside a guard.

It is asked only of mail that a machine sent, for it takes any mail that words a failure for a
bounce, and on malformed mail it raises. Writes nothing.
"""

from __future__ import annotations

import logging
from email import message_from_bytes, policy
from typing import Final

from flufl.bounce import all_failures

#: bytes of a mail that are looked at: a bounce says what it has to say at its beginning
_MOST: Final = 64 * 1024

# it logs each exception that it raises, which we expect
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False


def failed_recipients(raw: bytes) -> tuple[str, ...]:
    """Give the addresses that a bounce names as failed, in order of the alphabet; () if none."""
    try:
        passing, lasting = all_failures(message_from_bytes(raw[:_MOST], policy=policy.compat32))
        found = {bytes(address).decode("utf-8", "replace") for address in (*lasting, *passing)}
    # it raises IndexError, AttributeError and more on malformed mail
    except Exception:
        return ()
    return tuple(sorted(found))
