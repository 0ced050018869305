"""What a message refers to outside its own files: facts, cases, counts of actions. Pure.

Read from the parsed files, not from a rendering, so that no reader's way through its ifs is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from jinja2 import nodes

from outreach.compose import manifest, vocabulary
from outreach.compose.check import reachable
from outreach.compose.environment import environment
from outreach.compose.library import FrozenMessage
from outreach.compose.manifest import shown_path
from outreach.errors import TemplateError
from outreach.facts.action_rows import key
from outreach.facts.sheet import CASES
from outreach.facts.tally import DIMENSIONS, Ask, in_order, value_of

_TALLY: Final = "tally"


@dataclass(frozen=True, slots=True)
class References:
    """What the files of a message name."""

    #: keys of figures, and `case.KEY`
    facts: frozenset[str]
    #: whether a key is put together while the message is made, so that it may be any
    any_fact: bool
    asks: tuple[Ask, ...]


def references(frozen: FrozenMessage) -> References:
    """Give what all versions of a message refer to. Files that can't be parsed are passed over.

    Raises:
        TemplateError: a tally that can't be counted before it is known for whom: its campaign is
            not written out, or it is by something that actions don't have.
    """
    facts: set[str] = set()
    any_fact = False
    asks: list[Ask] = []
    for file, tree in _trees(frozen):
        for call in tree.find_all(nodes.Call):
            name = call.node.name if isinstance(call.node, nodes.Name) else ""
            if name in ("fact", "case") and call.args:
                written = _constant(call.args[0])
                any_fact |= written is None
                if written is not None:
                    facts.add(written if name == "fact" else f"{CASES}.{written}")
            elif name == _TALLY:
                asks.append(_ask(call, file))
        _check_uses(tree, file)
    return References(frozenset(facts), any_fact, tuple(sorted(set(asks))))


def _trees(frozen: FrozenMessage) -> Iterator[tuple[str, nodes.Template]]:
    read = manifest.read(frozen.name, frozen.files)
    made = environment(
        frozen.name, frozen.files, vocabulary.filters(read.default_language), html=True
    )
    found: dict[str, nodes.Template] = {}
    for path, _ in manifest.version_files(frozen.name, frozen.files):
        found |= reachable(path, made)
    for path, tree in found.items():
        yield shown_path(path), tree


def _constant(node: nodes.Expr) -> str | None:
    return str(node.value) if isinstance(node, nodes.Const) else None


def _ask(call: nodes.Call, file: str) -> Ask:
    campaign = _constant(call.args[0]) if len(call.args) == 1 else None
    if campaign is None or call.dyn_args or call.dyn_kwargs:
        raise _wrong("a tally names its campaign in quotes", file, call.lineno)
    by = set()
    for pair in call.kwargs:
        written = _constant(pair.value)
        name = written if pair.key == "by" else pair.key
        if name not in DIMENSIONS:
            there_are = ", ".join(DIMENSIONS)
            raise _wrong(f"a tally can be by {there_are}", file, call.lineno, name or pair.key)
        if name in by:
            raise _wrong("a tally is by a value or for one, not both", file, call.lineno, name)
        if pair.key != "by" and written is not None:
            _check_value(name, written, file, call.lineno)
        by.add(name)
    return Ask(key(campaign), in_order(by), file, call.lineno)


def _check_value(name: str, written: str, file: str, line: int) -> None:
    try:
        value_of(name, written)
    except TemplateError as error:
        raise _wrong(error.problem, file, line, error.value) from error


def _check_uses(tree: nodes.Template, file: str) -> None:
    """A tally under another name would be missed here, and not be counted."""
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    for name in tree.find_all(nodes.Name):
        if name.name == _TALLY and name.ctx == "load" and id(name) not in called:
            raise _wrong("a tally names its campaign in quotes", file, name.lineno)


def _wrong(problem: str, file: str, line: int, value: object = None) -> TemplateError:
    return TemplateError(
        problem,
        file=file,
        line=line,
        value=value,
        next_step='write it as in tally("write-for-rights-2013", kind="letter")',
    )
