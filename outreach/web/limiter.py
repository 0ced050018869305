"""So many tries to each client in so much time, and no more."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from ipaddress import ip_address
from typing import Final

from starlette.requests import Request

#: clients that are remembered at once; of more the one is forgotten that came longest ago
_MOST_CLIENTS: Final = 50_000
#: how many more tries a site has than one network in it
_OF_A_SITE: Final = 5


class Limiter:
    """Counts in the memory of one process, for each client from its first try on."""

    def __init__(self, most: int, seconds: float, *, clients: int = _MOST_CLIENTS) -> None:
        self._most = most
        self._seconds = seconds
        self._clients = clients
        #: when the count of a client ends, and the count
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def allows(self, *networks: str) -> bool:
        """Count one try; give whether it is not one too many.

        Each network lies in the next. A wider one counts what the narrower allow, so that nobody
        uses up what is left for their neighbours.
        """
        most = self._most
        for network in networks:
            if self._count(network) > most:
                return False
            most *= _OF_A_SITE
        return True

    def _count(self, network: str) -> int:
        now = asyncio.get_running_loop().time()
        ends, count = self._counts.pop(network, (0.0, 0))
        if now >= ends:
            ends, count = now + self._seconds, 0
        self._counts[network] = ends, count + 1
        if len(self._counts) > self._clients:
            self._counts.popitem(last=False)
        return count + 1


def networks_of(request: Request) -> tuple[str, ...]:
    """Name the networks that a request comes from, the narrowest first.

    Of IPv6 one link has 2**64 addresses, and a site, or whoever rents one, 2**16 links.
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return (host,)
    if address.version == 4:
        return (str(address),)
    if address.ipv4_mapped is not None:
        return (str(address.ipv4_mapped),)
    number = int(address)
    return f"{number >> 64:x}/64", f"{number >> 80:x}/48"
