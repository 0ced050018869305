"""Make the shipped tables of names out of Babel's copy of Unicode CLDR.

All of CLDR's 1,082 locales take a second and 200 MB to read, too much for each start of a command;
the tables take 20 ms. `python -m outreach.places.catalogue` writes them anew after Babel moved on.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from babel import Locale, localedata

from outreach.places.countries import countries
from outreach.places.names import folded, unaccented

#: parts of a country that CLDR counts beside the countries
PARTS: Final = {"AC": "SH", "CP": "FR", "CQ": "GG", "DG": "IO", "EA": "ES", "IC": "ES", "TA": "SH"}

#: names of languages are kept in these languages, and each in its own
READERS: Final = frozenset(
    ["am", "ar", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id",
     "it", "ja", "ko", "nb", "nl", "pl", "pt", "ro", "ru", "sv", "sw", "th", "tr", "uk", "ur", "vi",
     "zh", "zh_Hant"]
)  # fmt: skip

Names = dict[str, set[str]]


def country_names() -> Names:
    """Give code -> folded names, in every locale; a name that two countries share is left out."""
    known = set(countries())
    names: Names = defaultdict(set)
    for identifier in localedata.locale_identifiers():
        for key, name in Locale.parse(identifier).territories.items():
            code = PARTS.get(key, key)
            if code in known:
                names[code].update(_spellings(name))
    return _told_apart(names, known)


def language_names() -> Names:
    """Give BCP 47 tag -> folded names.

    Of a name that several languages share, the one that three readers of four mean has it: for
    "Swahili" that is `sw`, though some lists give the name to its dialects as well.
    """
    identifiers = localedata.locale_identifiers()
    tongues = {identifier.split("_")[0] for identifier in identifiers}
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for reader in sorted(READERS | tongues):
        for key, name in Locale.parse(reader).languages.items():
            base = key.split("_")[0]
            if base in tongues and (reader in READERS or base == reader):
                for form in {folded(name), unaccented(folded(name))}:
                    votes[form][key.replace("_", "-")] += 1
    names: Names = defaultdict(set)
    for form, tags in votes.items():
        ((tag, count),) = tags.most_common(1)
        if form and count * 4 >= tags.total() * 3:
            names[tag].add(form)
    return names


def _spellings(name: str) -> Iterator[str]:
    """Give the ways to write one of CLDR's names: `Myanmar (Burma)`, `St. Lucia`."""
    yield folded(name)
    yield folded(re.sub(r"[(（].*?[)）]", " ", name))
    if re.match(r"St\.? ", name):
        yield folded(re.sub(r"St\.? ", "Saint ", name))


def _told_apart(names: Names, known: set[str]) -> Names:
    """Keep the names that belong to one key only, exact ones before ones without their accents.

    A short name that, without its accents, is another country's code is left out as well: `Áo`
    is Austria in Vietnamese, AO Angola.
    """
    exact = _owners((key, name) for key, found in names.items() for name in found)
    plain = _owners((key, unaccented(name)) for key, found in names.items() for name in found)
    kept: Names = defaultdict(set)
    for name in exact.keys() | plain.keys():
        owners = exact.get(name) or plain[name]
        taken = name not in exact and name.upper() in known
        if len(owners) == 1 and name and not name.isdigit() and not taken:
            kept[next(iter(owners))].add(name)
    return kept


def _owners(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    owners: dict[str, set[str]] = defaultdict(set)
    for key, name in pairs:
        owners[name].add(key)
    return owners


def table(names: Names) -> str:
    """Write names as a table: a line a key, then its names, separated by tabs."""
    return "".join("\t".join([key, *sorted(names[key])]) + "\n" for key in sorted(names))


if __name__ == "__main__":
    here = Path(__file__).parent
    here.joinpath("countries.tsv").write_text(table(country_names()), "utf-8", newline="\n")
    here.joinpath("languages.tsv").write_text(table(language_names()), "utf-8", newline="\n")
