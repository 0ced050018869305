"""What can be wrong with a file before anything is made of it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from outreach.compose.manifest import shown_path
from outreach.errors import TemplateError, shown


class Fault(StrEnum):
    """What is wrong with a file, before anything is made of it."""

    SYNTAX = "syntax"
    FILE = "file"
    NAME = "name"
    FORBIDDEN = "forbidden"
    FACT = "fact"
    BLOCK = "block"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, as the error that `check` raises of it."""

    fault: Fault
    error: TemplateError


def unknown(
    what: str, name: str, there_are: Sequence[str], path: str, line: int, *, meant: str = ""
) -> Problem:
    """Say that a name is none, with the nearest of `there_are`, or all where none is near.

    `meant` is the word that is looked for, where it isn't the name itself.
    """
    near = difflib.get_close_matches(meant or name, there_are, 1, 0.5)
    return Problem(
        Fault.NAME, not_there(what, name, near[0] if near else "", there_are, path, line)
    )


def not_there(
    what: str, name: str, near: str, there_are: Sequence[str], path: str, line: int
) -> TemplateError:
    """Make the error of a name that is none; with a nearest one the others are not listed."""
    problem = f"{shown(name)} is no {what}"
    if near:
        problem += f", did you mean {shown(near)}"
    elif there_are:
        problem += f"; there are {', '.join(there_are)}"
    return TemplateError(problem, file=shown_path(path), line=line, next_step="")
