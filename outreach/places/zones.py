"""Time zones: which names exist, and the one that a country lives by."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from typing import Final

#: countries with one legal time where tzdata lists more: Ürümqi's clocks are unofficial, and
#: Simferopol is Ukraine's by law
_BY_LAW: Final = {"CN": "Asia/Shanghai", "UA": "Europe/Kyiv"}

#: countries of several clocks of which tzdata doesn't list the one of most people first
_OF_MOST: Final = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
}


def is_timezone(name: str) -> bool:
    """Whether `name` is an IANA time zone that `zoneinfo` can open on every machine."""
    return name in _zones()


def zone_names() -> tuple[str, ...]:
    """Give the names of all zones, in order."""
    return tuple(sorted(_zones()))


@lru_cache(maxsize=512)
def timezone_of(country: str) -> str:
    """Give the IANA zone of an ISO code, or '' where its people live by more than one clock.

    Several zones whose clocks go alike from now on (Berlin and Büsingen) count as one: the first
    that tzdata lists, its most populous. Which clocks go alike is read from the zones' own rules
    (the last line of a TZif file, RFC 9636), so no clock is asked.
    """
    zones = _by_country().get(country, ())
    if country in _BY_LAW:
        return _BY_LAW[country]
    if not zones or len({_rule(zone) for zone in zones}) != 1:
        return ""
    return zones[0]


def likely_timezone_of(country: str) -> str:
    """Give the IANA zone by which most people of an ISO code live; '' where it is no country's.

    For choosing an hour, not for writing down: in New York's morning it is night in Hawaii.
    """
    zones = _by_country().get(country, ("",))
    return timezone_of(country) or _OF_MOST.get(country, zones[0])


@cache
def _zones() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


@cache
def _by_country() -> dict[str, tuple[str, ...]]:
    text = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    found: dict[str, tuple[str, ...]] = {"XK": ("Europe/Belgrade",)}
    for line in text.splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found[country] = (*found.get(country, ()), zone)
    return found


def _rule(zone: str) -> bytes:
    file = resources.files("tzdata").joinpath("zoneinfo", *zone.split("/"))
    return file.read_bytes().rstrip(b"\n").rpartition(b"\n")[2]
