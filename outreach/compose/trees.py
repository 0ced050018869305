"""The parsed files of a message: which a file reaches, and which names they set. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jinja2 import Environment, nodes

from outreach.compose.manifest import shown_path
from outreach.compose.render import located, missing
from outreach.errors import TemplateError

#: what names another file
REFERENCES: Final = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


def file_named(node: nodes.Node) -> str:
    """Give the file that a reference names; '' where an expression does, so that it may be any."""
    wanted = getattr(node, "template", None)
    return wanted.value if isinstance(wanted, nodes.Const) and isinstance(wanted.value, str) else ""


def parsed(path: str, environment: Environment) -> nodes.Template:
    """Parse one file.

    Raises:
        TemplateError: it isn't there, or is no Jinja.
    """
    loader, file = environment.loader, shown_path(path)
    if loader is None:
        raise missing(path, None, None)
    with located(file):
        source, _, _ = loader.get_source(environment, path)
        return environment.parse(source, path, file)


def walk(
    path: str, environment: Environment
) -> Iterator[tuple[str, nodes.Template | TemplateError]]:
    """Parse a file and all that it reaches by a written-out name, each once, itself first.

    Gives the path and the tree, or why there is none.
    """
    seen: set[str] = set()
    waiting: list[tuple[str, str, int | None]] = [(path, shown_path(path), None)]
    loader = environment.loader
    there = set(loader.list_templates()) if loader is not None else set()
    while waiting:
        wanted, file, line = waiting.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        if loader is None or wanted not in there:
            yield wanted, missing(wanted, file, line)
            continue
        try:
            tree = parsed(wanted, environment)
        except TemplateError as error:
            yield wanted, error
            continue
        yield wanted, tree
        for node in tree.find_all(REFERENCES):
            if file_named(node):
                waiting.append((file_named(node), shown_path(wanted), node.lineno))


def reachable(path: str, environment: Environment) -> dict[str, nodes.Template]:
    """Give the parsed files that `path` reaches by a written-out name, itself first.

    What can't be parsed or isn't there is left out.
    """
    found = walk(path, environment)
    return {path: tree for path, tree in found if isinstance(tree, nodes.Template)}


def all_reachable(path: str, environment: Environment) -> dict[str, nodes.Template]:
    """Give the same, and where a file is named by an expression, all that a message can name."""
    found = reachable(path, environment)
    if not all(names_its_files(tree) for tree in found.values()):
        for other in environment.list_templates():
            found |= reachable(other, environment)
    return found


def names_its_files(tree: nodes.Template) -> bool:
    """Whether no file is named by an expression."""
    return all(file_named(node) for node in tree.find_all(REFERENCES))


def set_names(tree: nodes.Template) -> Iterator[str]:
    """Give the names that a file sets for itself, as often as it does."""
    for name in tree.find_all(nodes.Name):
        if name.ctx != "load":
            yield name.name
    for macro in tree.find_all(nodes.Macro):
        yield macro.name
    for imported in tree.find_all(nodes.Import):
        yield imported.target
    for taken in tree.find_all(nodes.FromImport):
        for name_or_pair in taken.names:
            yield name_or_pair if isinstance(name_or_pair, str) else name_or_pair[1]
