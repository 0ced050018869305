"""The 25 mails that come back: answers to letters of the outbox, as mail programs write them."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from outreach.addresses import normalise
from outreach.demo.bounces import bounce
from outreach.demo.clients import Answer, arrived_again, written
from outreach.demo.latin import is_latin
from outreach.demo.letters import Envelope, envelopes
from outreach.demo.people import Person, homes
from outreach.errors import InputError
from outreach.places import country_name

#: what people say for a country where CLDR's name is not how its own people write it
_SAID: Final = {("CD", "fr"): "RDC"}


def answers(
    letters: Iterable[bytes], persons: Sequence[Person], moment: datetime
) -> tuple[bytes, ...]:
    """Write the answers to some of `letters`, which went to some of `persons`.

    Each goes to another letter's reply address. `moment` (aware) is when they were sent.

    Raises:
        InputError: the letters went to too few people for all answers to be given.
    """
    readers = _readers(persons)
    free = sorted((e for e in envelopes(letters) if e.to in readers), key=_mixed)
    mails: list[bytes] = []
    for number, entry in enumerate(_entries()):
        if "repeats" in entry:
            mails.append(arrived_again(mails[entry["repeats"]], moment))
            continue
        letter = _chosen(free, readers, entry)
        free.remove(letter)
        mails.append(_mail(entry, letter, readers[letter.to], number, moment))
    return tuple(mails)


@cache
def _entries() -> tuple[dict[str, Any], ...]:
    text = resources.files("outreach.demo").joinpath("answers.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["answer"])


def _readers(persons: Sequence[Person]) -> Mapping[str, Person]:
    """Give those who wrote their name as people do, by their address."""
    return {
        normalise(p.email): p
        for p in persons
        if p.given_name.strip() and p.family_name and not p.given_name.isupper()
    }


def _mixed(envelope: Envelope) -> bytes:
    """Sort by what no eye sees an order in, or all would begin with an A."""
    return hashlib.sha256(envelope.to.encode()).digest()


def _chosen(
    free: Sequence[Envelope], readers: Mapping[str, Person], entry: Mapping[str, Any]
) -> Envelope:
    """Take the first letter in the entry's language, to its country if there is one."""
    spoken = [e for e in free if e.language == entry["language"]]
    near = [e for e in spoken if readers[e.to].home == entry["home"]]
    for letter in (*near, *spoken):
        return letter
    raise InputError(
        "too few letters are in the outbox to answer them all",
        value=entry["language"],
        next_step="run the demo in a new folder",
    )


def _mail(
    entry: Mapping[str, Any], letter: Envelope, reader: Person, number: int, moment: datetime
) -> bytes:
    if entry["client"] == "bounce":
        return bounce(letter, entry["text"], moment)
    words = dict(_words(letter, reader))
    return written(
        entry["client"],
        Answer(
            letter=letter,
            name=words["name"],
            address=entry.get("other_address", letter.to),
            text=entry["text"].strip().format_map(words),
            form=entry.get("form", "").format(subject=letter.subject),
        ),
        number,
        moment,
    )


def _words(letter: Envelope, reader: Person) -> Iterator[tuple[str, str]]:
    yield "name", f"{reader.given_name.strip()} {reader.family_name}"
    yield "given", reader.given_name.strip()
    yield "email", letter.to
    said = _SAID.get((reader.home, letter.language))
    yield "country", said or country_name(reader.home, letter.language)
    yield "city", _city(letter, reader)


def _city(letter: Envelope, reader: Person) -> str:
    """Give their city, or one of their country's, in letters that suit the letter's language."""
    home = next(home for home in homes() if home.code == reader.home)
    cities = [city for city in (reader.city, *home.cities) if city]
    suits = (is_latin(city) != (letter.language == "ar") for city in cities)
    return next((city for city, good in zip(cities, suits, strict=True) if good), cities[0])
