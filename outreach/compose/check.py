"""What can be known of a language file before anyone's message is made from it.

Names that don't exist, facts that aren't on the sheets, blocks that no layout shows: each would
otherwise be found in the middle of a campaign, or never.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields
from datetime import date
from typing import Final

from jinja2 import Environment, nodes

from outreach.compose.blocks import of_blocks
from outreach.compose.endless import endless
from outreach.compose.faults import Fault, Problem, not_there, unknown
from outreach.compose.manifest import shown_path
from outreach.compose.render import located
from outreach.compose.trees import set_names, walk
from outreach.compose.vocabulary import NAMES
from outreach.errors import TemplateError
from outreach.facts.sheet import Sheet
from outreach.facts.statements import CaseOnDay, Figure

#: names that Jinja itself provides in places
_OF_JINJA: Final = {"loop", "self", "super", "caller", "varargs", "kwargs", "true", "false", "none"}
#: function that states something -> what its result is called, and the names inside it
_STATING: Final = {
    "fact": ("a fact", tuple(field.name for field in fields(Figure))),
    "case": ("a case", tuple(field.name for field in fields(CaseOnDay))),
}

#: functions that are given the key of something
_KEYED: Final = {*_STATING, "tally"}
#: what can name something that isn't there
_PARTS: Final = (nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Call, nodes.Filter)

#: what other programs call these
_OTHER_WORDS: Final = {
    "first_name": "given_name",
    "firstname": "given_name",
    "last_name": "family_name",
    "lastname": "family_name",
    "name": "full_name",
}


def check(path: str, environment: Environment, sheet: Sheet, day: date) -> None:
    """Check a language file and every file it extends or includes by name.

    Raises:
        TemplateError: the first thing found wrong, with file, line and the nearest right name.
    """
    for problem in problems(path, environment, sheet, day):
        raise problem.error


def problems(path: str, environment: Environment, sheet: Sheet, day: date) -> Iterator[Problem]:
    """Give everything that is wrong with a language file and the files it reaches."""
    trees: dict[str, nodes.Template] = {}
    broken = False
    for reached, tree in walk(path, environment):
        if isinstance(tree, TemplateError):
            broken = True
            is_there = reached in environment.list_templates()
            yield Problem(Fault.SYNTAX if is_there else Fault.FILE, tree)
        else:
            trees[reached] = tree
    ours = {name for tree in trees.values() for name in set_names(tree)}
    # what a broken file would have set can't be told from what nobody sets
    known = None if broken else {*NAMES, *environment.globals, *_OF_JINJA, *ours}
    for file, tree in trees.items():
        unquoted = dict(_unquoted(tree, ours))
        for part in tree.find_all(_PARTS):
            if id(part) in unquoted:
                yield Problem(Fault.NAME, _without_quotes(unquoted[id(part)], file, part.lineno))
            else:
                yield from _of_part(part, file, known, ours, sheet, day)
        for problem in _of_words(tree, file, environment):
            # it can't be compiled either, which would say the same once more
            broken = True
            yield problem
    if path.endswith(".html") and path in trees and not broken:
        yield from of_blocks(path, trees)
    if not broken:
        yield from endless(trees)
        yield from _of_compiling(trees, environment)


def _unquoted(tree: nodes.Template, ours: Collection[str]) -> Iterator[tuple[int, str]]:
    """Give the names that begin a key without quotes: fact(spring.old); and the call meant."""
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in _KEYED or not call.args:
            continue
        key, part = "", call.args[0]
        while isinstance(part, nodes.Getattr):
            key, part = f".{part.attr}{key}", part.node
        if isinstance(part, nodes.Sub):
            # w4r-2013 without quotes is a sum
            key, part = "…", part.left
        if isinstance(part, nodes.Name) and part.name not in {*NAMES, *ours, *_OF_JINJA}:
            yield id(part), f'{call.node.name}("{part.name}{key}")'


def _without_quotes(call: str, file: str, line: int) -> TemplateError:
    return TemplateError(
        "a key stands in quotes", file=shown_path(file), line=line, next_step=f"write {call}"
    )


def _of_part(
    part: nodes.Node,
    file: str,
    known: set[str] | None,
    ours: set[str],
    sheet: Sheet,
    day: date,
) -> Iterator[Problem]:
    if isinstance(part, nodes.Name):
        if part.ctx == "load" and known is not None and part.name not in known:
            yield _unknown_name(part, file, ours)
    elif isinstance(part, nodes.Call):
        yield from _of_fact(part, file, sheet, day)
    elif isinstance(part, nodes.Getattr):
        yield from _of_attribute(part.node, part.attr, file, part.lineno, ours)
    elif key := _key(part):
        yield from _of_attribute(key[0], key[1], file, part.lineno, ours)


def _key(part: nodes.Node) -> tuple[nodes.Expr, str] | None:
    """What `owner["name"]` and `owner|attr("name")` ask for; a column may have any name."""
    if isinstance(part, nodes.Getitem):
        owner, key = part.node, part.arg
        if isinstance(owner, nodes.Getattr) and owner.attr == "attributes":
            return None
    elif isinstance(part, nodes.Filter) and part.name == "attr" and part.node and part.args:
        owner, key = part.node, part.args[0]
    else:
        return None
    if isinstance(key, nodes.Const) and isinstance(key.value, str):
        return owner, key.value
    return None


def _of_attribute(
    owner: nodes.Expr, name: str, file: str, line: int, ours: set[str]
) -> Iterator[Problem]:
    if name.startswith("_"):
        yield Problem(
            Fault.FORBIDDEN,
            TemplateError(
                "a message may not do that: this name leads inside the program",
                file=shown_path(file),
                line=line,
                value=name,
                next_step="use the names that docs/messages.md lists",
            ),
        )
        return
    what = ""
    there_are: tuple[str, ...] = ()
    if isinstance(owner, nodes.Name) and owner.name not in ours and NAMES.get(owner.name):
        what, there_are = owner.name, NAMES[owner.name]
    elif _stating(owner):
        what, there_are = _STATING[_stating(owner)]
    if what and name not in there_are:
        meant = _OTHER_WORDS.get(name, name)
        yield unknown(f"name in {what}", name, there_are, file, line, meant=meant)


def _stating(node: nodes.Node) -> str:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        return node.node.name if node.node.name in _STATING else ""
    return ""


def _of_fact(call: nodes.Call, file: str, sheet: Sheet, day: date) -> Iterator[Problem]:
    name = _stating(call)
    if not name or not call.args or not isinstance(call.args[0], nodes.Const):
        return
    try:
        (sheet.case if name == "case" else sheet.latest)(str(call.args[0].value), day)
    except TemplateError as error:
        placed = TemplateError(
            error.problem,
            file=shown_path(file),
            line=call.lineno,
            value=error.value,
            next_step=error.advice,
        )
        placed.__cause__ = error
        yield Problem(Fault.FACT, placed)


def _of_words(tree: nodes.Template, file: str, environment: Environment) -> Iterator[Problem]:
    """Filters and tests: Jinja names the missing one, but not the nearest."""
    for kind, node_type, there_are in (
        ("filter", nodes.Filter, environment.filters),
        ("test", nodes.Test, environment.tests),
    ):
        for node in tree.find_all(node_type):
            name = getattr(node, "name", "")
            if name not in there_are:
                near = difflib.get_close_matches(name, there_are, 1, 0.5)
                error = not_there(
                    f"{kind} here", name, near[0] if near else "", (), file, node.lineno
                )
                yield Problem(Fault.NAME, error)


def _of_compiling(files: Iterable[str], environment: Environment) -> Iterator[Problem]:
    """What is Jinja by its looks and can't be compiled: a block twice, a break out of no loop."""
    for file in files:
        try:
            with located(shown_path(file)):
                environment.get_template(file)
        except TemplateError as error:
            yield Problem(Fault.SYNTAX, error)


def _unknown_name(part: nodes.Name, file: str, ours: Collection[str]) -> Problem:
    word = _OTHER_WORDS.get(part.name, part.name)
    if word in NAMES["supporter"]:
        error = not_there("name here", part.name, f"supporter.{word}", (), file, part.lineno)
        return Problem(Fault.NAME, error)
    near = difflib.get_close_matches(word, [*NAMES, *ours], 1, 0.5)
    # what layouts set for themselves is no list to choose from
    error = not_there(
        "name here", part.name, near[0] if near else "", tuple(NAMES), file, part.lineno
    )
    return Problem(Fault.NAME, error)
