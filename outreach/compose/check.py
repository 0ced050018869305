"""What can be known of a language file before anyone's message is made from it.

Names that don't exist, facts that aren't on the sheets, blocks that no layout shows: each would
otherwise be found in the middle of a campaign, or never.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from jinja2 import Environment, nodes

from outreach.compose.manifest import shown_path
from outreach.compose.render import located, missing
from outreach.compose.vocabulary import NAMES
from outreach.errors import TemplateError, shown
from outreach.facts.sheet import Sheet

#: blocks that each language file must say; the first two are plain text and no part of the layout
BLOCKS: Final = ("subject", "preheader", "content")
#: names that Jinja itself provides in places
_OF_JINJA: Final = {"loop", "self", "super", "caller", "varargs", "kwargs", "true", "false", "none"}

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
    trees = _trees(path, environment)
    ours = {name for tree in trees.values() for name in _set_names(tree)}
    known = {*NAMES, *environment.globals, *_OF_JINJA, *ours}
    for file, tree in trees.items():
        for name in tree.find_all(nodes.Name):
            if name.ctx == "load" and name.name not in known:
                raise _unknown("name", name.name, sorted({*NAMES, *ours}), file, name.lineno)
        for part in tree.find_all(nodes.Getattr):
            if isinstance(part.node, nodes.Name) and part.node.name not in ours:
                owner = part.node.name
                if NAMES.get(owner) and part.attr not in NAMES[owner]:
                    raise _unknown(f"name in {owner}", part.attr, NAMES[owner], file, part.lineno)
        _check_facts(tree, file, sheet, day)
    if path.endswith(".html"):
        _check_blocks(path, trees)


def _trees(path: str, environment: Environment) -> dict[str, nodes.Template]:
    """Parse a file and all that it reaches by a written-out name."""
    found: dict[str, nodes.Template] = {}
    waiting: list[tuple[str, str, int | None]] = [(path, shown_path(path), None)]
    while waiting:
        wanted, file, line = waiting.pop()
        if wanted in found:
            continue
        loader = environment.loader
        if loader is None or wanted not in loader.list_templates():
            raise missing(wanted, file, line)
        own_name = shown_path(wanted)
        with located(own_name):
            source, _, _ = loader.get_source(environment, wanted)
            found[wanted] = environment.parse(source, wanted, own_name)
            environment.get_template(wanted)
        for node, name in _references(found[wanted]):
            waiting.append((name, own_name, node.lineno))
    return found


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


def _check_facts(tree: nodes.Template, file: str, sheet: Sheet, day: date) -> None:
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "fact" and call.args:
            key = call.args[0]
            if isinstance(key, nodes.Const):
                try:
                    sheet.latest(str(key.value), day)
                except TemplateError as error:
                    raise TemplateError(
                        error.problem,
                        file=shown_path(file),
                        line=call.lineno,
                        value=error.value,
                        next_step=error.advice,
                    ) from error


def _check_blocks(path: str, trees: dict[str, nodes.Template]) -> None:
    """A language file extends a layout, has the three blocks, and none that nothing shows."""
    layouts = [tree for file, tree in trees.items() if file.startswith("layouts/")]
    if not any(True for _ in trees[path].find_all(nodes.Extends)) or not layouts:
        raise TemplateError(
            "this file extends no layout",
            file=shown_path(path),
            next_step='begin it with {% extends "layouts/newsletter.html" %}',
        )
    shown_blocks = {block.name for tree in layouts for block in tree.find_all(nodes.Block)}
    own = {
        block.name: (file, block.lineno)
        for file, tree in trees.items()
        if not file.startswith("layouts/")
        for block in tree.find_all(nodes.Block)
    }
    for name in BLOCKS:
        if name not in own:
            raise TemplateError(f"this file has no block {name}", file=shown_path(path))
    for name, (file, line) in own.items():
        if name not in BLOCKS and name not in shown_blocks:
            raise _unknown("block in the layout", name, sorted(shown_blocks), file, line)


def _unknown(what: str, name: str, there_are: Sequence[str], path: str, line: int) -> TemplateError:
    near = _OTHER_WORDS.get(name) or "".join(difflib.get_close_matches(name, there_are, 1, 0.5))
    meant = f", did you mean {shown(near)}" if near in there_are else ""
    return TemplateError(
        f"there is no {what} of this spelling{meant}; there are {', '.join(there_are)}",
        file=shown_path(path),
        line=line,
        value=name,
    )
