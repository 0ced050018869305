"""What can be known of a language file before anyone's message is made from it.

Names that don't exist, facts that aren't on the sheets, blocks that no layout shows: each would
otherwise be found in the middle of a campaign, or never.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Final

from jinja2 import Environment, nodes

from outreach.compose.manifest import shown_path
from outreach.compose.render import located, missing
from outreach.compose.vocabulary import NAMES
from outreach.errors import TemplateError, shown
from outreach.facts.sheet import Sheet
from outreach.facts.statements import CaseOnDay, Figure

#: blocks that each language file must say; the first two are plain text and no part of the layout
BLOCKS: Final = ("subject", "preheader", "content")
#: names that Jinja itself provides in places
_OF_JINJA: Final = {"loop", "self", "super", "caller", "varargs", "kwargs", "true", "false", "none"}
#: function that states something -> what its result is called, and the names inside it
_STATING: Final = {
    "fact": ("a fact", tuple(field.name for field in fields(Figure))),
    "case": ("a case", tuple(field.name for field in fields(CaseOnDay))),
}

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
    for reached in _reached(path, environment):
        if isinstance(reached, Problem):
            broken = True
            yield reached
        else:
            trees[reached[0]] = reached[1]
    ours = {name for tree in trees.values() for name in _set_names(tree)}
    # what a broken file would have set can't be told from what nobody sets
    known = None if broken else {*NAMES, *environment.globals, *_OF_JINJA, *ours}
    for file, tree in trees.items():
        for part in tree.find_all(_PARTS):
            yield from _of_part(part, file, known, ours, sheet, day)
        for unknown in _of_words(tree, file, environment):
            # it can't be compiled either, which would say the same once more
            broken = True
            yield unknown
    if path.endswith(".html") and path in trees and not broken:
        yield from _of_blocks(path, trees)
    if not broken:
        yield from _of_compiling(trees, environment)


def reachable(path: str, environment: Environment) -> dict[str, nodes.Template]:
    """Give the parsed files that `path` reaches by a written-out name, itself first.

    What can't be parsed or isn't there is left out.
    """
    return dict(found for found in _reached(path, environment) if not isinstance(found, Problem))


def _reached(path: str, environment: Environment) -> Iterator[tuple[str, nodes.Template] | Problem]:
    """Parse a file and all that it reaches by a written-out name."""
    seen: set[str] = set()
    waiting: list[tuple[str, str, int | None]] = [(path, shown_path(path), None)]
    loader = environment.loader
    while waiting:
        wanted, file, line = waiting.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        if loader is None or wanted not in loader.list_templates():
            yield Problem(Fault.FILE, missing(wanted, file, line))
            continue
        own_name = shown_path(wanted)
        try:
            with located(own_name):
                source, _, _ = loader.get_source(environment, wanted)
                tree = environment.parse(source, wanted, own_name)
        except TemplateError as error:
            yield Problem(Fault.SYNTAX, error)
            continue
        yield wanted, tree
        waiting += [(name, own_name, node.lineno) for node, name in _references(tree)]


def _references(tree: nodes.Template) -> Iterator[tuple[nodes.Node, str]]:
    kinds = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    for node in tree.find_all(kinds):
        wanted = getattr(node, "template", None)
        if isinstance(wanted, nodes.Const) and isinstance(wanted.value, str):
            yield node, wanted.value


def _set_names(tree: nodes.Template) -> Iterator[str]:
    for name in tree.find_all(nodes.Name):
        if name.ctx in ("store", "param"):
            yield name.name
    for macro in tree.find_all(nodes.Macro):
        yield macro.name
    for imported in tree.find_all(nodes.Import):
        yield imported.target
    for imported_from in tree.find_all(nodes.FromImport):
        for name_or_pair in imported_from.names:
            yield name_or_pair if isinstance(name_or_pair, str) else name_or_pair[1]


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
            there_are = sorted({*NAMES, *ours})
            yield _unknown("name", part.name, there_are, file, part.lineno)
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
        yield _unknown(f"name in {what}", name, there_are, file, line)


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
                meant = f", did you mean {shown(near[0])}" if near else ""
                yield Problem(
                    Fault.NAME,
                    TemplateError(
                        f"there is no {kind} of this spelling{meant}",
                        file=shown_path(file),
                        line=node.lineno,
                        value=name,
                    ),
                )


def _of_blocks(path: str, trees: Mapping[str, nodes.Template]) -> Iterator[Problem]:
    """A language file extends a layout, has the three blocks, and none that nothing shows."""
    layouts = [tree for file, tree in trees.items() if file.startswith("layouts/")]
    if not any(True for _ in trees[path].find_all(nodes.Extends)) or not layouts:
        yield Problem(
            Fault.BLOCK,
            TemplateError(
                "this file extends no layout",
                file=shown_path(path),
                next_step='begin it with {% extends "layouts/newsletter.html" %}',
            ),
        )
        return
    shown_blocks = {block.name for tree in layouts for block in tree.find_all(nodes.Block)}
    shown_blocks |= {
        part.attr
        for tree in layouts
        for part in tree.find_all(nodes.Getattr)
        if isinstance(part.node, nodes.Name) and part.node.name == "self"
    }
    if "content" not in shown_blocks:
        outermost = [file for file in trees if file.startswith("layouts/")][-1]
        yield Problem(
            Fault.BLOCK,
            TemplateError(
                "this layout shows nothing of a message: it has no block content",
                file=shown_path(outermost),
                next_step="write {% block content %}{% endblock %} into its <body>",
            ),
        )
    own = {
        block.name: (file, block.lineno)
        for file, tree in trees.items()
        if not file.startswith("layouts/")
        for block in tree.find_all(nodes.Block)
    }
    for name in BLOCKS:
        if name not in own:
            fault = Fault.SUBJECT if name == "subject" else Fault.BLOCK
            yield Problem(
                fault, TemplateError(f"this file has no block {name}", file=shown_path(path))
            )
    for name, (file, line) in own.items():
        if name not in BLOCKS and name not in shown_blocks:
            what = "block in the layout"
            unknown = _unknown(what, name, sorted(shown_blocks), file, line)
            yield Problem(Fault.BLOCK, unknown.error)


def _of_compiling(files: Iterable[str], environment: Environment) -> Iterator[Problem]:
    """What is Jinja by its looks and can't be compiled: a block twice, a break out of no loop."""
    for file in files:
        try:
            with located(shown_path(file)):
                environment.get_template(file)
        except TemplateError as error:
            yield Problem(Fault.SYNTAX, error)


def _unknown(what: str, name: str, there_are: Sequence[str], path: str, line: int) -> Problem:
    return Problem(
        Fault.NAME,
        TemplateError(
            f"there is no {what} of this spelling{_meant(name, there_are)};"
            f" there are {', '.join(there_are)}",
            file=shown_path(path),
            line=line,
            value=name,
        ),
    )


def _meant(name: str, there_are: Sequence[str]) -> str:
    word = _OTHER_WORDS.get(name, name)
    near = difflib.get_close_matches(word, there_are, 1, 0.5)
    if "supporter" in there_are and word in NAMES["supporter"]:
        near = [f"supporter.{word}"]
    return f", did you mean {shown(near[0])}" if near else ""
