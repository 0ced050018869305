"""The parsed template, changed so that it counts its steps as it runs; none is nested too deeply.

Written into the template itself, so that every way of rendering it has the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final, cast

from jinja2 import Environment, TemplateSyntaxError, nodes, pass_context, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.visitor import NodeTransformer

from outreach.compose import bounded
from outreach.compose.budget import MAX_STEPS, TOO_LARGE, WORK, Budget
from outreach.errors import TemplateError

#: a call of a macro, a block, or another file, is worth so many rounds of a loop
_CALL: Final = 50
#: other parts of a template that are worth a step together
_PARTS: Final = 4
#: statements in each other; Python, which templates become, takes 20 loops
_DEEPEST_STATEMENT: Final = 16
#: brackets and operators in each other
_DEEPEST_EXPRESSION: Final = 80
#: {% elif %} in one {% if %}, which Python nests in each other
_MOST_BRANCHES: Final = 300

#: names that nobody can mean by another, and that no nearest name can be
_COUNTED, _SPENT, _PAID, _JOINED = "§1", "§2", "§3", "§4"
_CONTAINING: Final = ("in", "notin")


def check_size(tree: nodes.Template, name: str | None, filename: str | None) -> None:
    """See that Jinja and Python can follow how deep a template is nested, and write its numbers.

    Raises:
        TemplateSyntaxError: it is.
    """
    waiting: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    while waiting:
        node, statements, expressions = waiting.pop()
        if statements > _DEEPEST_STATEMENT or expressions > _DEEPEST_EXPRESSION:
            raise too_deep(node.lineno, name, filename)
        if isinstance(node, nodes.If) and len(node.elif_) > _MOST_BRANCHES:
            raise too_deep(node.lineno, name, filename)
        if isinstance(node, nodes.Const) and isinstance(node.value, int) and node.value > TOO_LARGE:
            raise too_many_digits(node.lineno, name, filename)
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.Stmt):
                waiting.append((child, statements + 1, 0))
            else:
                waiting.append((child, statements, expressions + 1))


def too_deep(line: int, name: str | None, filename: str | None) -> TemplateSyntaxError:
    """Say that a template is nested too deeply."""
    return TemplateSyntaxError(
        "too much is nested in each other here: write it in several steps, with {% set %}",
        line,
        name,
        filename,
    )


def too_many_digits(line: int, name: str | None, filename: str | None) -> TemplateSyntaxError:
    """Say that a number is too long to be worked with."""
    return TemplateSyntaxError("a number has at most 18 digits", line, name, filename)


def filters(budget: Budget) -> dict[str, Callable[..., Any]]:
    """Give the filters that `with_counting` writes into templates."""

    @pass_context
    def counted(_context: object, items: Any, weight: int) -> Any:
        """Pay for a loop before it begins."""
        _check_steps(weight)
        if not hasattr(items, "__len__"):
            items = list(islice(items, budget.left + 1))
        budget.spend((len(items) + 1) * weight)
        return items

    @pass_context
    def spent(_context: object, steps: int) -> int:
        _check_steps(steps)
        budget.spend(steps)
        return steps

    @pass_context
    def paid(_context: object, value: Any) -> Any:
        budget.pay(value)
        return value

    @pass_eval_context
    def joined(context: EvalContext, parts: list[Any]) -> str:
        return bounded.concatenated(budget, parts, html=context.autoescape)

    return {_COUNTED: counted, _SPENT: spent, _PAID: paid, _JOINED: joined}


def _check_steps(steps: object) -> None:
    """`map` finds filters by any name, and could pay less than nothing with this one."""
    if type(steps) is not int or not 0 < steps < MAX_STEPS:
        raise TemplateError("this is no filter here")


def with_counting(tree: nodes.Template, environment: Environment) -> nodes.Template:
    """Give a parsed template that counts its steps as it runs."""
    counted: nodes.Template = _Counting().visit(tree)
    weight = _weight(counted.body)
    if weight > _CALL:
        # what a small file takes is paid where it is included
        counted.body.insert(0, _step(weight, 1))
    counted.set_environment(environment)
    return counted


def _weight(body: Iterable[nodes.Node]) -> int:
    """Say how many steps some statements are worth, but for the bodies that pay themselves."""
    parts, steps, waiting = 0, 1, list(body)
    while waiting:
        node = waiting.pop()
        parts += 1
        if isinstance(node, nodes.Call | nodes.Filter):
            steps += WORK
        elif isinstance(node, nodes.Block):
            steps += _CALL
            continue
        elif isinstance(node, nodes.Macro | nodes.CallBlock | nodes.For):
            waiting += [
                child
                for name, child in _fields(node)
                if name != "body" and isinstance(child, nodes.Node)
            ]
            continue
        waiting += node.iter_child_nodes()
    return steps + parts // _PARTS


def _fields(node: nodes.Node) -> Iterable[tuple[str, Any]]:
    for name, value in node.iter_fields():
        yield from ((name, each) for each in (value if isinstance(value, list) else [value]))


class _Counting(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - Jinja's names
        self.generic_visit(node)
        tested = [node.test] if node.test is not None else []
        weight = nodes.Const(_weight([*node.body, *tested]), lineno=node.lineno)
        node.iter = _filtered(cast(nodes.Expr, node.iter), _COUNTED, weight)
        if node.recursive:
            node.body.insert(0, _step(_CALL, node.lineno))
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Macro:  # noqa: N802
        self.generic_visit(node)
        _pay_itself(node)
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.CallBlock:  # noqa: N802
        self.generic_visit(node)
        _pay_itself(node)
        return node

    def visit_Block(self, node: nodes.Block) -> nodes.Block:  # noqa: N802
        self.generic_visit(node)
        if _weight(node.body) > _CALL or _asks_for_blocks(node):
            # what a small block takes is paid by whatever shows it
            _pay_itself(node)
        return node

    def visit_Include(self, node: nodes.Include) -> list[nodes.Node]:  # noqa: N802
        return [_step(_CALL, node.lineno), self._visit_reference(node)]

    def visit_Import(self, node: nodes.Import) -> list[nodes.Node]:  # noqa: N802
        return [_step(_CALL, node.lineno), self._visit_reference(node)]

    def visit_FromImport(self, node: nodes.FromImport) -> list[nodes.Node]:  # noqa: N802
        return [_step(_CALL, node.lineno), self._visit_reference(node)]

    def visit_Extends(self, node: nodes.Extends) -> nodes.Node:  # noqa: N802
        return self._visit_reference(node)

    def _visit_reference(
        self, node: nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends
    ) -> nodes.Node:
        self.generic_visit(node)
        if not isinstance(node.template, nodes.Const):
            node.template = _filtered(node.template, _PAID)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), _JOINED)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:  # noqa: N802
        self.generic_visit(node)
        left = node.expr
        if any(_looks_through(side, op) for side, op in _sides(node)):
            node.expr = _filtered(left, _PAID)
            for operand in node.ops:
                operand.expr = _filtered(operand.expr, _PAID)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Getitem:  # noqa: N802
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _filtered(node.node, _PAID)
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Pair:  # noqa: N802
        self.generic_visit(node)
        if not isinstance(node.key, nodes.Const):
            node.key = _filtered(node.key, _PAID)
        return node


def _sides(node: nodes.Compare) -> Iterable[tuple[nodes.Expr, nodes.Operand]]:
    left = node.expr
    for operand in node.ops:
        yield left, operand
        left = operand.expr


def _looks_through(left: nodes.Expr, operand: nodes.Operand) -> bool:
    """Whether a comparison may take longer than the template is long."""
    if operand.op in _CONTAINING:
        return not _written_out(operand.expr)
    return not _written_out(left) and not _written_out(operand.expr)


def _written_out(node: nodes.Expr) -> bool:
    if isinstance(node, nodes.List | nodes.Tuple):
        return all(isinstance(item, nodes.Const) for item in node.items)
    return isinstance(node, nodes.Const)


def _asks_for_blocks(node: nodes.Block) -> bool:
    return any(name.name in ("self", "super") for name in node.find_all(nodes.Name))


def _pay_itself(node: nodes.Macro | nodes.CallBlock | nodes.Block) -> None:
    node.body.insert(0, _step(_CALL + _weight(node.body), node.lineno))


def _filtered(node: nodes.Expr, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(args), [], None, None, lineno=node.lineno)


def _step(steps: int, line: int) -> nodes.ExprStmt:
    return nodes.ExprStmt(_filtered(nodes.Const(steps, lineno=line), _SPENT), lineno=line)
