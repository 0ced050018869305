"""A few made-up readers who between them get to most branches of a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from jinja2 import nodes

from outreach.model import Reader, Safety, Supporter

#: of the shape that real tokens have; no reader accepts them
_TOKEN: Final = "a" * 24
_MOST_COUNTRIES: Final = 6

_KNOWN: Final = Supporter(
    supporter_id=0,
    email="amina.example@example.org",
    given_name="Amina",
    family_name="Example",
    country="TG",
    joined="2013-12-10",
    tags=("example",),
)
_NAMELESS: Final = Supporter(supporter_id=0, email="nameless@example.org")
_LONG: Final = replace(
    _KNOWN,
    email="anna.maria.wilhelmina.bartholomea.example-of-somewhere-else@long.example.org",
    given_name="Anna Maria Wilhelmina Bartholomea Theodora",
    family_name="Example-Featherstonehaugh von und zu Hohenzollern-Sigmaringen",
)
_ARABIC: Final = replace(_KNOWN, given_name="محمد", family_name="عبد الرحمن", country="EG")


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A made-up reader."""

    #: in words that follow "for"
    whom: str
    reader: Reader
    #: nothing is said to be wrong with lengths unless it is wrong for this reader
    ordinary: bool = False
    #: whether less is known of this reader than a message may count on
    little_known: bool = False


def made_up(
    languages: Iterable[str], trees: Iterable[nodes.Template], *, discreet: bool
) -> Iterator[MadeUp]:
    """Give the readers for each of `languages`.

    What the templates ask of a supporter is there: further columns, tags, countries. The nameless
    reader has none of them.
    """
    asked = _asked(trees)
    safety = Safety.DISCREET if discreet else Safety.STANDARD
    names = dict.fromkeys(asked["attributes"], "Example")
    for language in languages:
        of_language = f"a reader of {'the discreet ' if discreet else ''}{language}"
        people = [
            (of_language, _KNOWN),
            (f"{of_language} with no name", _NAMELESS),
            (
                f"{of_language} with a very long name",
                replace(_LONG, tags=tuple(asked["tags"]) or _LONG.tags),
            ),
            (f"{of_language} with an Arabic name", _ARABIC),
            *(
                (f"{of_language} in {country}", replace(_KNOWN, country=country))
                for country in asked["countries"][:_MOST_COUNTRIES]
            ),
        ]
        for number, (whom, person) in enumerate(people):
            supporter = replace(
                person,
                language=language,
                safety=safety,
                attributes={} if person is _NAMELESS else names,
            )
            yield MadeUp(
                whom,
                Reader(supporter, _TOKEN, _TOKEN),
                ordinary=number == 0,
                little_known=person is _NAMELESS,
            )


def known_and_less_known(
    language: str, trees: Iterable[nodes.Template], *, discreet: bool
) -> Iterator[Reader]:
    """Give a reader of whom all is known, then those of whom one thing is not, and one of none."""
    safety = Safety.DISCREET if discreet else Safety.STANDARD
    asked = _asked(trees)
    known = replace(
        _KNOWN,
        language=language,
        safety=safety,
        tags=tuple(asked["tags"]) or _KNOWN.tags,
        attributes=dict.fromkeys(asked["attributes"], "Example"),
    )
    nothing = replace(_NAMELESS, language=language, safety=safety)
    lacking = [
        replace(known, given_name=""),
        replace(known, family_name=""),
        replace(known, given_name="", family_name=""),
        replace(known, country=""),
        replace(known, joined=""),
        replace(known, tags=()),
        replace(known, attributes={}),
    ]
    for supporter in (known, *lacking, nothing):
        yield Reader(supporter, _TOKEN, _TOKEN)


def _asked(trees: Iterable[nodes.Template]) -> Mapping[str, list[str]]:
    """What templates ask of a supporter by written-out words."""
    found: dict[str, dict[str, None]] = {"attributes": {}, "tags": {}, "countries": {}}
    for tree in trees:
        for item in tree.find_all(nodes.Getitem):
            if _is_of_supporter(item.node, "attributes"):
                found["attributes"] |= _texts(item.arg)
        for call in tree.find_all(nodes.Call):
            getter = call.node
            if isinstance(getter, nodes.Getattr) and _is_of_supporter(getter.node, "attributes"):
                found["attributes"] |= _texts(*call.args[:1])
        for compare in tree.find_all(nodes.Compare):
            sides = [compare.expr, *(operand.expr for operand in compare.ops)]
            for name, key in (("tags", "tags"), ("country", "countries")):
                if any(_is_of_supporter(side, name) for side in sides):
                    found[key] |= _texts(*sides)
    return {key: list(words) for key, words in found.items()}


def _is_of_supporter(node: nodes.Node, name: str) -> bool:
    return (
        isinstance(node, nodes.Getattr)
        and node.attr == name
        and isinstance(node.node, nodes.Name)
        and node.node.name == "supporter"
    )


def _texts(*given: nodes.Node) -> dict[str, None]:
    found: dict[str, None] = {}
    for node in given:
        for item in node.items if isinstance(node, nodes.List | nodes.Tuple) else [node]:
            if isinstance(item, nodes.Const) and isinstance(item.value, str) and item.value:
                found[item.value] = None
    return found
