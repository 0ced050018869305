"""So many tries to each client in so much time, and no more."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import Final

from starlette.requests import Request

#: clients that are remembered at once; with more, the counting begins anew
_MOST_CLIENTS: Final = 50_000


class Limiter:
    """Counts in fixed windows of time, in the memory of one process."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._ends = 0.0
        self._counts: dict[str, int] = {}

    def allows(self, client: str) -> bool:
        """Count one try of a client; give whether it is not one too many."""
        now = asyncio.get_running_loop().time()
        if now >= self._ends or len(self._counts) >= _MOST_CLIENTS:
            self._counts.clear()
            self._ends = now + self._seconds
        count = self._counts.get(client, 0) + 1
        self._counts[client] = count
        return count <= self._most


def client_of(request: Request) -> str:
    """Name the network that a request comes from: an IPv6 one may have 2**64 addresses."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 6 and address.ipv4_mapped is None:
        return str(int(address) >> 64)
    return str(address)
