"""An end to every rendering: loops, calls and growing texts are counted while a template runs.

A loop over a loop over a loop that prints nothing would otherwise keep a dispatcher busy for
ever.
The counting is written into the parsed template, so every way of rendering it has the same end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sized
from itertools import islice
from typing import Any, Final, cast

from jinja2 import Environment, nodes, pass_context
from jinja2.sandbox import safe_range
from jinja2.visitor import NodeTransformer

from outreach.errors import TemplateError

#: rounds of loops in one rendering; honest messages need some hundreds
MAX_STEPS: Final = 1_000_000
#: a call of a macro, or another file, is worth so many rounds of a loop
_CALL: Final = 50
#: no honest message comes near; Gmail hides what is beyond 102 KB
MAX_OUTPUT: Final = 2_000_000

_COUNTED, _SPENT, _BOUNDED = "_counted", "_spent", "_bounded"


class Budget(threading.local):
    """What is left of the steps of the rendering that runs in this thread."""

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def refill(self) -> None:
        """Begin another rendering."""
        self.left = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Take steps.

        Raises:
            TemplateError: there are none left. It names no file: the caller knows which it was.
        """
        self.left -= steps
        if self.left < 0:
            raise TemplateError(
                f"this goes round more than {MAX_STEPS:,} times: a loop without end",
                next_step="loop over fewer things",
            )


def paid_range(budget: Budget) -> Callable[..., range]:
    """Give the `range` of templates: it pays at once for all that it counts."""

    def counted(*bounds: int) -> range:
        numbers = safe_range(*bounds)
        budget.spend(len(numbers))
        return numbers

    return counted


def filters(budget: Budget) -> dict[str, Callable[..., Any]]:
    """Give the filters that `with_counting` writes into templates."""

    @pass_context
    def counted(_context: object, items: Any) -> Any:
        """Pay for a loop before it begins."""
        if not hasattr(items, "__len__"):
            items = list(islice(items, budget.left + 1))
        budget.spend(len(items) + 1)
        return items

    @pass_context
    def spent(_context: object, steps: int) -> int:
        budget.spend(steps)
        return steps

    @pass_context
    def bounded(_context: object, value: Any) -> Any:
        return within_bounds(value)

    return {_COUNTED: counted, _SPENT: spent, _BOUNDED: bounded}


def within_bounds(value: Any) -> Any:
    """Give a value back, unless it is longer than any message.

    Raises:
        TemplateError: it is.
    """
    if isinstance(value, Sized) and len(value) > MAX_OUTPUT:
        raise TemplateError(f"this message grows beyond {MAX_OUTPUT:,} characters")
    return value


def with_counting(tree: nodes.Template, environment: Environment) -> nodes.Template:
    """Give a parsed template that counts its steps as it runs."""
    counting = _Counting(calls_itself=tree.find(nodes.Block) is not None and _has_self(tree))
    counted: nodes.Template = counting.visit(tree)
    counted.set_environment(environment)
    return counted


def _has_self(tree: nodes.Template) -> bool:
    return any(name.name == "self" for name in tree.find_all(nodes.Name))


class _Counting(NodeTransformer):
    def __init__(self, *, calls_itself: bool) -> None:
        self._calls_itself = calls_itself

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - Jinja's names
        self.generic_visit(node)
        node.iter = _filtered(cast(nodes.Expr, node.iter), _COUNTED)
        if node.recursive:
            node.body.insert(0, _step(node))
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Macro:  # noqa: N802
        self.generic_visit(node)
        node.body.insert(0, _step(node))
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.CallBlock:  # noqa: N802
        self.generic_visit(node)
        node.body.insert(0, _step(node))
        return node

    def visit_Block(self, node: nodes.Block) -> nodes.Block:  # noqa: N802
        self.generic_visit(node)
        if self._calls_itself:
            node.body.insert(0, _step(node))
        return node

    def visit_Include(self, node: nodes.Include) -> list[nodes.Node]:  # noqa: N802
        self.generic_visit(node)
        return [_step(node), node]

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, _BOUNDED)


def _filtered(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _step(node: nodes.Stmt) -> nodes.ExprStmt:
    step = _filtered(nodes.Const(_CALL, lineno=node.lineno), _SPENT)
    return nodes.ExprStmt(step, lineno=node.lineno)
