"""What a message refers to outside its own files: facts, cases, counts of actions. Pure.

Read from the parsed files, not from a rendering, so that no reader's way through its ifs is missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from jinja2 import nodes

from outreach.compose.library import FrozenMessage
from outreach.compose.manifest import shown_path
from outreach.compose.used import files
from outreach.errors import TemplateError
from outreach.facts.action_rows import key
from outreach.facts.sheet import CASES
from outreach.facts.tally import DIMENSIONS, Ask, in_order, value_of

_TALLY: Final = "tally"
#: what a tally is where its campaign has no actions
_DEFAULT: Final = "default"
#: function that states something -> what `facts.problems` puts before its keys
_STATING: Final = {"fact": "", "case": f"{CASES}."}


@dataclass(frozen=True, slots=True)
class References:
    """What the files of a message name."""

    #: keys of figures, and `case.KEY`
    facts: frozenset[str]
    #: whether a key becomes known only while the message is made, so that it may be any
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
    trees = {shown_path(path): tree for path, tree in files(frozen).items()}
    # a name that a file sets for itself, as in {% for case in cases %}, is not ours there
    own = {n.name for tree in trees.values() for n in tree.find_all(nodes.Name) if n.ctx != "load"}
    for file, tree in trees.items():
        called = set()
        for call in tree.find_all(nodes.Call):
            called.add(id(call.node))
            name = call.node.name if isinstance(call.node, nodes.Name) else ""
            if name in _STATING:
                key_of = _constant(call.args[0] if call.args else None)
                any_fact |= key_of is None
                if key_of is not None:
                    facts.add(_STATING[name] + key_of)
            elif name == _TALLY:
                asks.append(_ask(call, file))
        for use in tree.find_all(nodes.Name):
            if use.ctx == "load" and use.name not in own and id(use) not in called:
                any_fact |= use.name in _STATING
                if use.name == _TALLY:
                    raise _wrong("a tally names its campaign in quotes", file, use.lineno)
    return References(frozenset(facts), any_fact, _each_once(asks))


def _each_once(asks: Iterable[Ask]) -> tuple[Ask, ...]:
    """Give each ask once; where one of several equal ones must be counted, that one."""
    must = {ask for ask in asks if not ask.may_be_none}
    return tuple(sorted(must | {ask for ask in asks if ask not in must}))


def _constant(node: nodes.Expr | None) -> str | None:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else None


def _ask(call: nodes.Call, file: str) -> Ask:
    campaign = _constant(call.args[0]) if len(call.args) == 1 else None
    if campaign is None or call.dyn_args or call.dyn_kwargs:
        raise _wrong("a tally names its campaign in quotes", file, call.lineno)
    by = set()
    may_be_none = False
    for pair in call.kwargs:
        if pair.key == _DEFAULT:
            may_be_none = True
            continue
        written = _constant(pair.value)
        name = written if pair.key == "by" else pair.key
        if name not in DIMENSIONS:
            there_are = ", ".join(DIMENSIONS)
            raise _wrong(f"a tally can be by {there_are}", file, call.lineno, name or pair.key)
        if name in by:
            raise _wrong("a tally is by a value or for one, not both", file, call.lineno, name)
        if pair.key != "by" and isinstance(pair.value, nodes.Const):
            _check_value(name, pair.value.value, file, call.lineno)
        by.add(name)
    return Ask(key(campaign), in_order(by), file, call.lineno, may_be_none)


def _check_value(name: str, written: object, file: str, line: int) -> None:
    try:
        value_of(name, written)
    except TemplateError as error:
        raise _wrong(error.problem, file, line, error.value) from error


def _wrong(problem: str, file: str, line: int, value: object = None) -> TemplateError:
    return TemplateError(
        problem,
        file=file,
        line=line,
        value=value,
        next_step='write it as in tally("write-for-rights-2013", kind="letter")',
    )
