"""How the desk says things: numbers, moments, our own words, and what went wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Final

from markupsafe import Markup
from starlette.exceptions import HTTPException

from outreach.errors import OutreachError, shown
from outreach.places import language_name
from outreach.staff import May


def words(word: object) -> str:
    """Write one of our words as people do: in_doubt, in doubt."""
    return str(word).replace("_", " ")


def number(value: int) -> str:
    """Write a number so that its size is seen."""
    return f"{value:,}"


def moment(text: str) -> Markup:
    """Write a moment (UTC text) for people and for programs; '' stays ''."""
    if not text:
        return Markup("")
    people = text[:16].replace("T", " ")
    return Markup('<time datetime="{}">{} UTC</time>').format(text, people)


def plural(count: int, noun: str) -> str:
    """Say how many there are of something with a regular plural."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def people(count: int) -> str:
    """Say how many people."""
    return f"{count:,} {'person' if count == 1 else 'people'}"


#: characters that turn the direction of what stands around them
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: object) -> str:
    """Show others' text as it is, but for what hides itself or turns what stands around it.

    Line ends and tabs stay: in running text a browser takes them for spaces.
    """
    return "".join(
        f"\\u{ord(c):04x}"
        if c in _TURNING or (c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cs"})
        else c
        for c in str(text).replace("\r\n", "\n")
    )


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "words": words,
    "number": number,
    "moment": moment,
    "plural": plural,
    "people": people,
    "visible": visible,
    "language": language_name,
}


def told(error: Exception) -> tuple[str, str, str]:
    """Say what went wrong, what to do, and what to do where there is a command line."""
    if isinstance(error, HTTPException):
        # Starlette writes the name of the status there, where nobody wrote anything
        return (error.detail if isinstance(error.detail, May) else ""), "", ""
    if not isinstance(error, OutreachError):
        return "", "", ""
    # where on the server the workspace is, is nobody's business here
    file = PurePath(error.file or "")
    place = (file.name if file.is_absolute() else str(file)) if error.file else ""
    place += f", line {error.line}" if place and error.line else ""
    value = "" if error.value is None else f" ({shown(error.value)})"
    problem = f"{place}: {error.problem}{value}" if place else f"{error.problem}{value}"
    # advice that names commands is for whoever looks after the program
    is_command = "`" in error.advice or "--" in error.advice
    if error.at_desk:
        return problem, error.at_desk, ""
    return (problem, "", error.advice) if is_command else (problem, error.advice, "")
