"""What is the same for everybody is worked out once: constants in place of expressions.

A message states facts, dates and its sender in every person's copy. Whatever doesn't depend on the
reader is put into the parsed template as a constant, by the very filters and functions that would
have run. What can't be worked out beforehand is left as it is, and so is what raises: it then
raises where it would have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from typing import Any, Final

from jinja2 import Undefined, nodes
from jinja2.nodes import EvalContext, Impossible
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from outreach.compose import bounded
from outreach.compose.environment import Sandbox, settled
from outreach.compose.trees import REFERENCES, all_reachable, file_named, parsed, set_names
from outreach.errors import TemplateError

_CAPTURING: Final = (nodes.AssignBlock, nodes.CallBlock, nodes.FilterBlock, nodes.Macro)


class Folding:
    """Folds the files of one version, the version's own file first and then what it extends."""

    def __init__(self, environment: Sandbox, path: str, shared: Mapping[str, Any]) -> None:
        """Take the names that mean the same for everybody in the file `path` and its layouts."""
        trees = all_reachable(path, environment)
        stores = Counter(name for tree in trees.values() for name in set_names(tree))
        self._environment = environment
        self._path = path
        #: set exactly once, so that the name means one thing wherever it is known at all
        self._once = {name for name, sites in stores.items() if sites == 1 and name not in shared}
        if any(
            name.name == "self" for tree in trees.values() for name in tree.find_all(nodes.Name)
        ):
            # a block may then run before what is set above it
            self._once = set()
        #: what all files know
        self._shared = {name: value for name, value in shared.items() if name not in stores}
        #: the same, and what the message sets: it has set all of it before its layouts run
        self._known = self._shared
        self._layouts = _only_layouts(path, trees)
        #: files that don't see the names of the message: their names are left alone
        self._apart = _apart(trees)

    def only_prints(self, names: Set[str]) -> bool:
        """Whether the files do nothing with these names but print them, and all are worked out.

        To be asked before anything is folded.
        """
        trees = all_reachable(self._path, self._environment)
        if not all(_only_printed(tree, names) for tree in trees.values()):
            return False
        before = self._known
        folded = [self.fold(tree, path) for path, tree in trees.items()]
        self._known = before
        return not any(name.name in names for tree in folded for name in tree.find_all(nodes.Name))

    def fold(self, tree: nodes.Template, path: str | None) -> nodes.Template:
        """Fold one file's tree, in place."""
        known: dict[str, Any] = {}
        if path not in self._apart and None not in self._apart:
            known = dict(self._known if path in self._layouts else self._shared)
        folder = _Folder(self._environment, path, known, self._once)
        with self._environment.budget.aside():
            tree.body = folder.in_order(tree.body)
        if path == self._path:
            # what a message sets above its blocks is known in all of its layouts
            self._known = known
        return tree


class _Folder(NodeTransformer):
    def __init__(
        self,
        environment: Sandbox,
        path: str | None,
        known: dict[str, Any],
        once: Set[str],
        everywhere: Mapping[str, Any] | None = None,
    ) -> None:
        self._environment = environment
        self._path = path
        self._context = EvalContext(environment, path)
        self._known = known
        self._once = once
        #: what blocks know too: in a block, what was known before it
        self._everywhere = known if everywhere is None else dict(everywhere)

    def in_order(self, body: list[nodes.Node]) -> list[nodes.Node]:
        """Fold statements that follow each other; what one sets is known to the next."""
        folded: list[nodes.Node] = []
        for node in body:
            if isinstance(node, nodes.Assign):
                self._learn(node)
            after = self.visit(node)
            folded += after if isinstance(after, list) else [after]
        return folded

    def _learn(self, node: nodes.Assign) -> None:
        if not isinstance(node.target, nodes.Name) or node.target.name not in self._once:
            return
        try:
            value = self._value(node.node)
        except Exception:
            # it raises again when it is rendered, if it comes to that
            return
        if not hasattr(value, "__next__"):
            self._known[node.target.name] = value

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        """Put its value in the place of an expression."""
        if isinstance(node, nodes.Expr) and getattr(node, "ctx", "load") == "load":
            try:
                return self._constant(self._value(node), node)
            except Exception:
                return super().visit(node, *args, **kwargs)
        return super().visit(node, *args, **kwargs)

    def _constant(self, value: Any, node: nodes.Node) -> nodes.Expr:
        if value is None or type(value) in (str, int, bool):
            return nodes.Const(value, lineno=node.lineno)
        if hasattr(value, "__next__") or isinstance(node, nodes.Name):
            raise Impossible
        name = f"known_{len(vars(self._environment))}"
        setattr(self._environment, name, value)
        return nodes.EnvironmentAttribute(name, lineno=node.lineno)

    def visit_Block(self, node: nodes.Block) -> nodes.Block:  # noqa: N802 - Jinja's names
        """What a block sets, only the rest of it knows, and no block inside it."""
        outside = dict(self._everywhere)
        inner = _Folder(self._environment, self._path, outside, self._once, outside)
        node.body = inner.in_order(node.body)
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802
        """Settle what is printed: Jinja does so with what it prints, but not with constants."""
        node.nodes = [
            part if isinstance(part, nodes.Literal) else self._printed(part) for part in node.nodes
        ]
        return node

    def _printed(self, node: nodes.Expr) -> Any:
        try:
            value = settled(self._value(node))
        except Exception:
            return self.visit(node)
        is_text = type(value) in (str, Markup)
        return nodes.Const(value, lineno=node.lineno) if is_text else self.visit(node)

    def visit_Include(self, node: nodes.Include) -> Any:  # noqa: N802
        """Put a file in its place where it is nothing but text: styles, mostly."""
        self.generic_visit(node)
        if isinstance(node.template, nodes.Const) and isinstance(node.template.value, str):
            tree = _tree(self._environment, node.template.value)
            if tree is not None and _is_text(tree):
                return tree.body
        return node

    def _value(self, node: nodes.Node) -> Any:
        """Work an expression out as Jinja would.

        Raises:
            Exception: it can't be, or not before it is known for whom.
        """
        worker = _WORKERS.get(type(node))
        if worker is None:
            raise Impossible
        value = worker(self, node)
        if isinstance(value, Undefined):
            raise Impossible
        return value

    def _name(self, node: nodes.Name) -> Any:
        if node.ctx != "load" or node.name not in self._known:
            raise Impossible
        return self._known[node.name]

    def _attribute(self, node: nodes.Getattr) -> Any:
        return self._environment.getattr(self._value(node.node), node.attr)

    def _item(self, node: nodes.Getitem) -> Any:
        return self._environment.getitem(self._value(node.node), self._value(node.arg))

    def _key(self, node: nodes.Expr) -> Any:
        key = self._value(node)
        self._environment.budget.pay(key)
        return key

    def _call(self, node: nodes.Call) -> Any:
        function = self._value(node.node)
        if _passed(function):
            raise Impossible
        args, kwargs = self._arguments(node)
        return self._environment.called(function, tuple(args), kwargs)

    def _filtered(self, node: nodes.Filter) -> Any:
        return self._applied(node, self._environment.filters[node.name])

    def _tested(self, node: nodes.Test) -> Any:
        return self._applied(node, self._environment.tests[node.name])

    def _applied(self, node: nodes.Filter | nodes.Test, function: Any) -> Any:
        if node.node is None:
            raise Impossible
        passed = _passed(function)
        if passed == "context":
            raise Impossible
        own = {"eval_context": self._context, "environment": self._environment}
        first = [own[passed]] if passed else []
        args, kwargs = self._arguments(node)
        return function(*first, self._value(node.node), *args, **kwargs)

    def _arguments(
        self, node: nodes.Call | nodes.Filter | nodes.Test
    ) -> tuple[list[Any], dict[str, Any]]:
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise Impossible
        pairs = {str(pair.key): self._value(pair.value) for pair in node.kwargs}
        return [self._value(arg) for arg in node.args], pairs

    def _chosen(self, node: nodes.CondExpr) -> Any:
        if self._value(node.test):
            return self._value(node.expr1)
        if node.expr2 is None:
            raise Impossible
        return self._value(node.expr2)

    def _joined(self, node: nodes.Concat) -> str:
        parts = [self._value(part) for part in node.nodes]
        if any(hasattr(part, "__html__") for part in parts):
            raise Impossible
        return bounded.concatenated(self._environment.budget, parts, html=False)

    def _compared(self, node: nodes.Compare) -> Any:
        values = [self._value(side) for side in (node.expr, *(op.expr for op in node.ops))]
        for value in values:
            self._environment.budget.pay(value)
        first, *others = map(nodes.Const, values)
        operands = [nodes.Operand(op.op, it) for op, it in zip(node.ops, others, strict=True)]
        return nodes.Compare(first, operands).as_const(self._context)


_WORKERS: Final[Mapping[type[nodes.Node], Any]] = {
    nodes.Const: lambda _, node: node.value,
    nodes.Name: _Folder._name,
    nodes.Getattr: _Folder._attribute,
    nodes.Getitem: _Folder._item,
    nodes.Call: _Folder._call,
    nodes.Filter: _Folder._filtered,
    nodes.Test: _Folder._tested,
    nodes.CondExpr: _Folder._chosen,
    nodes.Concat: _Folder._joined,
    nodes.Compare: _Folder._compared,
    nodes.And: lambda self, node: self._value(node.left) and self._value(node.right),
    nodes.Or: lambda self, node: self._value(node.left) or self._value(node.right),
    nodes.Not: lambda self, node: not self._value(node.node),
    nodes.List: lambda self, node: [self._value(item) for item in node.items],
    nodes.Tuple: lambda self, node: tuple(self._value(item) for item in node.items),
    nodes.Dict: lambda self, node: {
        self._key(pair.key): self._value(pair.value) for pair in node.items
    },
}


def _passed(function: Any) -> str:
    """Say what Jinja hands a function besides its arguments."""
    passed = getattr(function, "jinja_pass_arg", None)
    return "" if passed is None else str(passed.name)


def _is_text(tree: nodes.Template) -> bool:
    return all(
        isinstance(node, nodes.Output)
        and all(isinstance(part, nodes.TemplateData) for part in node.nodes)
        for node in tree.body
    )


def _only_printed(tree: nodes.Template, names: Set[str]) -> bool:
    """Whether what these names give goes straight into the page, and never into a text first."""
    captured = {
        id(inner)
        for node in tree.find_all(_CAPTURING)
        for inner in node.find_all((nodes.Output, nodes.Include))
    }
    if any(id(node) in captured for node in tree.find_all(nodes.Include)):
        return False
    printed = {
        id(part.node if isinstance(part, nodes.Call) else part)
        for output in tree.find_all(nodes.Output)
        if id(output) not in captured
        for part in output.nodes
    }
    watched = {*names, "self", "super"}
    return all(id(name) in printed for name in tree.find_all(nodes.Name) if name.name in watched)


def _only_layouts(path: str, trees: Mapping[str, nodes.Template]) -> set[str]:
    """Name what the file `path` extends, but for what anything includes: that may run before."""
    chain: list[str] = []
    above: list[str] = [path]
    while above and above[0] in trees and above[0] not in chain:
        chain.append(above[0])
        extends = trees[chain[-1]].find_all(nodes.Extends)
        above = [name for node in extends for name in _names(node)]
    found = set(chain[1:])
    for file, tree in trees.items():
        for node in tree.find_all(REFERENCES):
            if file not in chain or not isinstance(node, nodes.Extends):
                found -= set(_names(node) or found)
    return found


def _apart(trees: Mapping[str, nodes.Template]) -> set[str | None]:
    """Name the files that don't get the names of the message, and all they reach; None is any."""
    found: set[str | None] = set()
    waiting = [name for tree in trees.values() for name in _without_names(tree)]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if name is not None and name in trees:
            for node in trees[name].find_all(REFERENCES):
                waiting += _names(node) or (None,)
    return found


def _without_names(tree: nodes.Template) -> Iterator[str | None]:
    for node in tree.find_all(REFERENCES):
        imported = isinstance(node, nodes.Import | nodes.FromImport)
        if imported or (isinstance(node, nodes.Include) and not node.with_context):
            yield from _names(node) or (None,)


def _names(node: nodes.Node) -> list[str]:
    return [file_named(node)] if file_named(node) else []


def _tree(environment: Sandbox, path: str) -> nodes.Template | None:
    """Parse a file; None where that can't be done: rendering will say why, if it comes to it."""
    try:
        return parsed(path, environment)
    except TemplateError:
        return None
