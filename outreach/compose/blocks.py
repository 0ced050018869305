"""Blocks: each language file has its three, and says none that its layout doesn't show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from jinja2 import nodes

from outreach.compose.faults import Fault, Problem, unknown
from outreach.compose.manifest import shown_path
from outreach.errors import TemplateError

#: blocks that each language file must say; the first two are plain text and no part of the layout
BLOCKS: Final = ("subject", "preheader", "content")


def of_blocks(path: str, trees: Mapping[str, nodes.Template]) -> Iterator[Problem]:
    """Give what is wrong with the blocks of a language file; `trees` are all that it reaches."""
    own_tree = trees[path]
    extends = next(own_tree.find_all(nodes.Extends), None)
    if extends is None:
        yield _no_layout(path, own_tree)
        return
    layouts = _layouts(path, trees)
    if not layouts:
        # its name is put together while the message is made
        return
    shown_blocks = {b.name for tree in layouts.values() for b in tree.find_all(nodes.Block)}
    shown_blocks |= {
        part.attr
        for tree in layouts.values()
        for part in tree.find_all(nodes.Getattr)
        if isinstance(part.node, nodes.Name) and part.node.name == "self"
    }
    if "content" not in shown_blocks:
        yield Problem(
            Fault.BLOCK,
            TemplateError(
                "this layout shows nothing of a message: it has no block content",
                file=shown_path(_outermost(path, trees)),
                next_step="write {% block content %}{% endblock %} into its <body>",
            ),
        )
    own = {
        block.name: (file, block.lineno)
        for file, tree in trees.items()
        if file not in layouts
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
            what = "block of the layout"
            found = unknown(what, name, sorted(shown_blocks), file, line)
            yield Problem(Fault.BLOCK, found.error)


def _no_layout(path: str, tree: nodes.Template) -> Problem:
    problem = "this file extends no layout" if tree.body else "this file is empty"
    return Problem(
        Fault.BLOCK,
        TemplateError(
            problem,
            file=shown_path(path),
            line=1,
            next_step='begin it with {% extends "layouts/newsletter.html" %}',
        ),
    )


def _layouts(path: str, trees: Mapping[str, nodes.Template]) -> dict[str, nodes.Template]:
    """Give what a file extends, what that extends, and all that they include."""
    found: dict[str, nodes.Template] = {}
    waiting = list(_named(trees[path], nodes.Extends))
    while waiting:
        wanted = waiting.pop()
        if wanted in trees and wanted not in found and wanted != path:
            found[wanted] = trees[wanted]
            waiting += _named(trees[wanted], (nodes.Extends, nodes.Include))
    return found


def _outermost(path: str, trees: Mapping[str, nodes.Template]) -> str:
    seen = {path}
    while (wanted := next(_named(trees[path], nodes.Extends), "")) in trees and wanted not in seen:
        seen.add(wanted)
        path = wanted
    return path


def _named(
    tree: nodes.Template, kinds: type[nodes.Node] | tuple[type[nodes.Node], ...]
) -> Iterator[str]:
    for node in tree.find_all(kinds):
        wanted = getattr(node, "template", None)
        if isinstance(wanted, nodes.Const) and isinstance(wanted.value, str):
            yield wanted.value
