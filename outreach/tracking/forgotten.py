"""Events of people who were erased, known again by a keyed hash. Writes nothing.

Providers send the same event again for a day, and it must neither be counted twice nor bring back
what was erased.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Final

from outreach.store import Database, stored_keys

_PURPOSE: Final = b"events of who was erased"
#: before a hash, in place of an event's key
PREFIX: Final = "erased "
_ANY: Final = "SELECT 1 FROM provider_events WHERE event_key GLOB 'erased *' LIMIT 1"
_MET: Final = """
    SELECT event_key FROM json_each(?) AS i CROSS JOIN provider_events AS e ON e.event_key = i.value
"""


def register(db: Database) -> None:
    """Let SQL of this connection call `forgotten_key(event_key)`; what it gave stays as it is."""
    secret = _secret(db)

    def forgotten_key(key: str) -> str:
        return key if key.startswith(PREFIX) else _hashed(secret, key)

    db.conn.create_function("forgotten_key", 1, forgotten_key, deterministic=True)


def met(db: Database, keys: Sequence[str]) -> set[str]:
    """Give those keys whose events were erased with their person."""
    if db.conn.execute(_ANY).fetchone() is None:
        return set()
    secret = _secret(db)
    hashed = {_hashed(secret, key): key for key in keys}
    return {hashed[key] for (key,) in db.conn.execute(_MET, [json.dumps(list(hashed))])}


def _secret(db: Database) -> bytes:
    """Of the oldest key, so that a new one forgets nothing."""
    keys = stored_keys(db)
    return hmac.digest(keys[min(keys)].secret, _PURPOSE, "sha256") if keys else b""


def _hashed(secret: bytes, key: str) -> str:
    return PREFIX + hmac.digest(secret, key.encode(), "sha256").hex()
