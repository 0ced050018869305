"""Countries, languages and time zones: codes, their names in every language, and what follows.

Pure functions over tables that ship with the package: `countries.tsv` and `languages.tsv` (names,
made from Unicode CLDR by `python -m outreach.places.catalogue`), `cities.tsv` (from GeoNames, by
`citycatalogue`), `aliases.txt` (what people write and CLDR does not list), `demonyms.txt`,
`states.txt` (words for republic and the like), Babel and tzdata. Unknown and ambiguous are both '':
a wrong country is worse than none.
"""

from outreach.places.cities import country_of_city
from outreach.places.countries import countries, country_code, country_name, is_doubtful
from outreach.places.demonyms import country_of_people
from outreach.places.languages import (
    is_right_to_left,
    language_name,
    language_of,
    language_tag,
    script_of,
)
from outreach.places.spellings import country_inflected, country_nearly
from outreach.places.states import country_of_state
from outreach.places.zones import is_timezone, likely_timezone_of, timezone_of

__all__ = [
    "countries",
    "country_code",
    "country_inflected",
    "country_name",
    "country_nearly",
    "country_of_city",
    "country_of_people",
    "country_of_state",
    "is_doubtful",
    "is_right_to_left",
    "is_timezone",
    "language_name",
    "language_of",
    "language_tag",
    "likely_timezone_of",
    "script_of",
    "timezone_of",
]
