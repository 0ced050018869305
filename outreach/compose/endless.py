"""Files that include themselves and macros that call themselves, with no if that could end it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jinja2 import nodes

from outreach.compose.faults import Fault, Problem
from outreach.compose.manifest import shown_path
from outreach.errors import TemplateError, shown

#: what may keep a part of a file from being reached
_GUARDS = (nodes.If, nodes.For, nodes.CondExpr, nodes.And, nodes.Or)


def endless(trees: Mapping[str, nodes.Template]) -> Iterator[Problem]:
    """Give the places from which a message would come back to themselves for ever.

    Each circle is told once. Where an if or a loop stands around it, it may well have an end.
    """
    told: set[frozenset[str]] = set()
    for path in trees:
        circle = _circle(path, trees)
        if circle and frozenset(name for name, _ in circle) not in told:
            told.add(frozenset(name for name, _ in circle))
            others = ", ".join(shown(name) for name, _ in circle if name != path)
            problem = f"this file extends or includes itself, by way of {others}"
            if not others:
                problem = "this file extends or includes itself"
            error = TemplateError(problem, file=shown_path(path), line=circle[0][1], next_step="")
            yield Problem(Fault.FILE, error)
    for path, tree in trees.items():
        for macro in tree.find_all(nodes.Macro):
            for node in _always(macro, into_macros=True):
                if _calls(node, macro.name):
                    problem = f"the macro {shown(macro.name)} calls itself, and never ends"
                    error = TemplateError(problem, file=shown_path(path), line=node.lineno)
                    yield Problem(Fault.FILE, error)


def _circle(start: str, trees: Mapping[str, nodes.Template]) -> list[tuple[str, int]]:
    """Give the files from one back to itself, each with the line on which the next is named."""
    waiting: list[list[tuple[str, int]]] = [[(start, 0)]]
    seen = set()
    while waiting:
        way = waiting.pop()
        path = way[-1][0]
        for wanted, line in _references(trees[path]) if path in trees else ():
            further = [*way[:-1], (path, line)]
            if wanted == start:
                return further
            if wanted not in seen:
                seen.add(wanted)
                waiting.append([*further, (wanted, 0)])
    return []


def _references(tree: nodes.Template) -> Iterator[tuple[str, int]]:
    for node in _always(tree):
        if isinstance(node, nodes.Extends | nodes.Include):
            wanted = node.template
            if isinstance(wanted, nodes.Const) and isinstance(wanted.value, str):
                yield wanted.value, node.lineno


def _always(node: nodes.Node, *, into_macros: bool = False) -> Iterator[nodes.Node]:
    """Give the nodes below one that are reached whenever it is."""
    for child in node.iter_child_nodes():
        if isinstance(child, _GUARDS) or (isinstance(child, nodes.Macro) and not into_macros):
            continue
        yield child
        yield from _always(child)


def _calls(node: nodes.Node, name: str) -> bool:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name == name
    )
