"""Cities: the country that a city's name stands for. Only names that mean one city are known."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from outreach.places.names import folded, read_table, unaccented

#: states and provinces that people name instead of their country; Georgia and Washington are left
_REGIONS: Final = {
    "US": """
        Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida,
        Hawaii, Idaho, Illinois, Indiana, Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland,
        Massachusetts, Michigan, Minnesota, Mississippi, Missouri, Montana, Nebraska, Nevada,
        New Hampshire, New Jersey, New Mexico, New York, North Carolina, North Dakota, Ohio,
        Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina, South Dakota, Tennessee,
        Texas, Utah, Vermont, Virginia, Washington State, West Virginia, Wisconsin, Wyoming
    """,
    "CA": """
        Alberta, British Columbia, Manitoba, New Brunswick, Newfoundland, Nova Scotia, Ontario,
        Prince Edward Island, Quebec, Québec, Saskatchewan
    """,
    "AU": "New South Wales, Queensland, Tasmania, South Australia, Western Australia",
    "ES": "Catalunya, Cataluña, Catalonia, Andalucía, Galicia, Euskadi",
    "DE": "Bayern, Bavaria, Sachsen, Hessen, Nordrhein-Westfalen, Baden-Württemberg",
    "IN": "Kerala, Tamil Nadu, Gujarat, Maharashtra, Karnataka, Uttar Pradesh, West Bengal, Bihar",
}
#: cities that are meant by their name, whatever others have it too, or too small for the table
_MEANT: Final = {
    "BB": "Bridgetown", "BZ": "Belmopan", "DM": "Roseau", "ES": "Barcelona", "KM": "Moroni",
    "LI": "Vaduz", "LK": "Colombo", "MT": "Valletta", "PK": "Islamabad", "TL": "Dili, Díli",
}  # fmt: skip


@lru_cache(maxsize=4096)
def country_of_city(text: str) -> str:
    """Give the alpha-2 code of the country of a city or state, in any language; '' if not plain.

    Many people's names are cities' names too: ask only of words that name a place.
    """
    name = folded(text[:80])
    return _index().get(name) or _index().get(unaccented(name), "")


@cache
def _index() -> dict[str, str]:
    regions = {
        unaccented(folded(region)): code
        for code, listed in [*_REGIONS.items(), *_MEANT.items()]
        for region in listed.split(",")
    }
    return read_table("cities.tsv") | regions
