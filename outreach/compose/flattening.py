"""A message and its layouts as one template, where their blocks only fill each other's places.

Inheritance is looked up anew in each rendering, although it always comes to the same. Where nothing
in the files could tell the difference, the blocks are put into the layout before the template is
compiled; anything else is left to Jinja.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from jinja2 import nodes

from outreach.compose.environment import settled
from outreach.compose.trees import REFERENCES

#: what a file that extends another does outside its blocks
_ABOVE: Final = (nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.Import, nodes.FromImport)
#: names that ask where a block comes from
_ASKING: Final = frozenset({"self", "super"})


class _Unsure(Exception):
    """It can't be told that the result would be the same."""


def flattened(
    tree: nodes.Template, path: str, parent: Callable[[str], nodes.Template | None]
) -> nodes.Template:
    """Give one template for a file and all that it extends, or the file's own where unsure.

    `parent` gives another file's tree. Trees are changed in place only where it works out.
    """
    try:
        chain = list(_chain(tree, path, parent))
        if len(chain) < 2:
            return tree
        chosen: dict[str, nodes.Block] = {}
        for one in chain:
            for block in one.find_all(nodes.Block):
                chosen.setdefault(block.name, block)
        above = [node for one in chain[:-1] for node in _above(one)]
        body = _merged([*above, *_filled(chain[-1].body, chosen, ())])
    except _Unsure:
        return tree
    return nodes.Template(_without_unread(body), lineno=1)


def remember_file(tree: nodes.Template, file: str) -> None:
    """Write down which file each printed value comes from."""
    for output in tree.find_all(nodes.Output):
        for part in output.nodes:
            vars(part)["file"] = file


def constant_text(block: nodes.Block) -> str | None:
    """Give the text of a block that has nothing else in it."""
    texts: list[str] = []
    for node in block.body:
        if not isinstance(node, nodes.Output):
            return None
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                texts.append(part.data)
            elif isinstance(part, nodes.Const):
                texts.append(str(settled(part.value)))
            else:
                return None
    return "".join(texts)


def _chain(
    tree: nodes.Template, path: str, parent: Callable[[str], nodes.Template | None]
) -> Iterator[nodes.Template]:
    seen = {path}
    while True:
        _check(tree)
        yield tree
        above = [node for node in tree.body if isinstance(node, nodes.Extends)]
        if not above:
            return
        wanted = above[0].template
        if not isinstance(wanted, nodes.Const) or wanted.value in seen:
            raise _Unsure
        found = parent(str(wanted.value))
        if found is None:
            raise _Unsure
        seen.add(str(wanted.value))
        tree = found


def _check(tree: nodes.Template) -> None:
    blocks = list(tree.find_all(nodes.Block))
    if any(name.name in _ASKING for name in tree.find_all(nodes.Name)):
        raise _Unsure
    if any(block.scoped or block.required for block in blocks):
        raise _Unsure
    if len({block.name for block in blocks}) < len(blocks):
        raise _Unsure
    extends = list(tree.find_all(nodes.Extends))
    if len(extends) > 1 or any(node not in tree.body for node in extends):
        raise _Unsure
    if len(list(_plain_blocks(tree.body))) < len(blocks):
        # one stands in a loop or beside what its own block sets
        raise _Unsure


def _plain_blocks(body: Sequence[nodes.Node]) -> Iterator[nodes.Block]:
    for node in body:
        if isinstance(node, nodes.Block):
            yield node
            if all(isinstance(inner, nodes.Output | nodes.Block) for inner in node.body):
                yield from _plain_blocks(node.body)


def _above(tree: nodes.Template) -> Iterator[nodes.Node]:
    for node in tree.body:
        if isinstance(node, _ABOVE):
            yield node
        elif not isinstance(node, nodes.Block | nodes.Output | nodes.Extends):
            raise _Unsure


def _filled(
    body: Sequence[nodes.Node], chosen: dict[str, nodes.Block], inside: tuple[str, ...]
) -> Iterator[nodes.Node]:
    for node in body:
        if not isinstance(node, nodes.Block):
            yield node
            continue
        if node.name in inside:
            raise _Unsure
        own = list(_filled(chosen[node.name].body, chosen, (*inside, node.name)))
        if all(isinstance(inner, nodes.Output) for inner in own):
            yield from own
        else:
            yield nodes.Scope(_merged(own), lineno=node.lineno)


def _without_unread(body: list[nodes.Node]) -> list[nodes.Node]:
    """Leave out what is set and known, and by now stands wherever it was read."""
    whole = nodes.Template(body)
    if next(whole.find_all(REFERENCES), None) is not None:
        # another file may read it
        return body
    read = {name.name for name in whole.find_all(nodes.Name) if name.ctx == "load"}
    read |= {space.name for space in whole.find_all(nodes.NSRef)}
    return [
        node
        for node in body
        if not isinstance(node, nodes.Assign)
        or not isinstance(node.target, nodes.Name)
        or not isinstance(node.node, nodes.Const | nodes.EnvironmentAttribute)
        or node.target.name in read
    ]


def _merged(body: Sequence[nodes.Node]) -> list[nodes.Node]:
    """Make one output of those that follow each other."""
    merged: list[nodes.Node] = []
    for node in body:
        last = merged[-1] if merged else None
        if isinstance(node, nodes.Output) and isinstance(last, nodes.Output):
            merged[-1] = nodes.Output([*last.nodes, *node.nodes], lineno=last.lineno)
        else:
            merged.append(node)
    return merged
