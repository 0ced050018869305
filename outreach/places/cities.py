"""Cities: the country that a city's name stands for. Only names that mean one city are known."""

from __future__ import annotations

from functools import cache, lru_cache

from outreach.places.names import folded, read_table, unaccented


@lru_cache(maxsize=4096)
def country_of_city(text: str) -> str:
    """Give the alpha-2 code of the country of a city, in any language; '' where it is not plain.

    Many people's names are cities' names too: ask only of words that name a place.
    """
    name = folded(text[:80])
    return _index().get(name) or _index().get(unaccented(name), "")


@cache
def _index() -> dict[str, str]:
    return read_table("cities.tsv")
