"""Countries, languages and time zones: codes, their names in every language, and what follows.

Pure functions over tables that ship with the package: `countries.tsv` and `languages.tsv` (names,
made from Unicode CLDR by `python -m outreach.places.catalogue`), `aliases.txt` (what people write
and CLDR does not list), Babel and tzdata. Unknown and ambiguous are both '': a wrong country is
worse than none.
"""

from outreach.places.countries import countries, country_code, country_name
from outreach.places.languages import is_right_to_left, language_of, language_tag, script_of
from outreach.places.zones import is_timezone, likely_timezone_of, timezone_of

__all__ = [
    "countries",
    "country_code",
    "country_name",
    "is_right_to_left",
    "is_timezone",
    "language_of",
    "language_tag",
    "likely_timezone_of",
    "script_of",
    "timezone_of",
]
