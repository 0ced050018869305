"""Whatever is written into a template ends, within so many steps of Python."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from making import LAYOUT, page

from outreach.compose import vocabulary
from outreach.compose.environment import Sandbox, environment
from outreach.compose.projection import ProjectingSandbox, Unprojectable
from outreach.compose.render import located
from outreach.errors import TemplateError

#: of a rendering here, and calls of Python that one may come to; one step is a call or a few
STEPS = 20_000
CALLS = 60 * STEPS

_LEAVES = st.sampled_from(
    [
        *("ns.x", "ns.y", "ns.t", "ns.n", "ns.d", "y", "i", "'ab'", "'%999999999d'", "[1, 'a']"),
        *("range(99999)", "7", "99999999", "2.5", "none", "who", "loop", "f", "ns", "kept"),
    ]
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One expression that can make more of others."""
    pairs, three = st.tuples(inner, inner), st.tuples(inner, inner, inner)
    filters = st.sampled_from(
        [
            *("list", "sort", "unique|list", "string", "length", "upper", "e", "forceescape"),
            *("urlencode", "striptags", "title", "sum", "reverse", "items", "dictsort", "int"),
            *("groupby(0)", "map('list')", "map('join', 'ab')", "map('§2')", "select('odd')"),
            *("truncate(99999999)", "round(99)", "round(-99999999)", "safe", "tojson", "pprint"),
            *("default(ns.y)", "batch(9)", "attr('__class__')", "map(attribute='0.0.0')"),
        ]
    )
    methods = st.sampled_from(
        [
            *(
                "split()",
                "splitlines()",
                "upper()",
                "format(1)",
                "encode()",
                "items()",
                "__class__",
            ),
            *("center(99999999)", "zfill(99999999)", "index", "append(1)", "pop()", "mro()"),
        ]
    )
    operators = st.sampled_from(
        [*("+", "-", "*", "//", "%", "**", "~", "==", "<", "in", "and", "or", "not in")]
    )
    return st.one_of(
        st.tuples(inner, filters).map(lambda p: f"({p[0]}|{p[1]})"),
        st.tuples(inner, methods).map(lambda p: f"({p[0]}).{p[1]}"),
        st.tuples(inner, operators, inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        three.map(lambda p: f"({p[0]}|replace({p[1]}, {p[2]}))"),
        three.map(lambda p: f"({p[0]}).replace({p[1]}, {p[2]})"),
        pairs.map(lambda p: f"({p[0]}|join({p[1]}))"),
        pairs.map(lambda p: f"({p[0]}).join({p[1]})"),
        pairs.map(lambda p: f"({p[0]}).split({p[1]})"),
        pairs.map(lambda p: f"({p[0]}|sum(start={p[1]}))"),
        pairs.map(lambda p: f"[{p[0]}, {p[1]}]"),
        pairs.map(lambda p: f"({p[0]}, {p[1]})"),
        pairs.map(lambda p: f"{{{p[0]}: {p[1]}}}"),
        pairs.map(lambda p: f"({p[0]})[{p[1]}]"),
        inner.map(lambda i: f"({i})[::2]"),
        inner.map(lambda i: f"f({i})"),
    )


EXPRESSIONS = st.recursive(_LEAVES, _grown, max_leaves=5)


def _stated(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One statement around others."""
    rounds = st.sampled_from(["range(40)", "range(99999)", "ns.y", "ns.x", "y", "[1, 2]"])
    return st.one_of(
        st.tuples(rounds, inner).map(lambda p: f"{{% for i in {p[0]} %}}{p[1]}{{% endfor %}}"),
        inner.map(lambda i: f"{{% set y %}}{i}{{% endset %}}{{{{ y }}}}{{{{ y }}}}"),
        inner.map(lambda i: f"{{% filter upper %}}{i}{{% endfilter %}}"),
        inner.map(lambda i: f"{{% call f(1) %}}{i}{{% endcall %}}"),
        st.tuples(EXPRESSIONS, inner).map(lambda p: f"{{% if {p[0]} %}}{p[1]}{{% endif %}}"),
        st.tuples(inner, inner).map("".join),
    )


_SIMPLE = st.one_of(
    EXPRESSIONS.map(lambda e: f"{{{{ {e} }}}}"),
    st.tuples(st.sampled_from("xytnd"), EXPRESSIONS).map(
        lambda p: f"{{% set ns.{p[0]} = {p[1]} %}}"
    ),
    st.sampled_from(
        [
            "{% set ns.x = ns.x ~ ns.x %}",
            "{% set ns.y = [ns.y, ns.y] %}",
            "{% set ns.t = (ns.t, ns.t) %}",
            "{% set ns.n = ns.n * ns.n %}",
            "{% set ns.d = {ns.t: ns.d} %}",
            "{% set y %}{{ y }}{{ y }}{% endset %}{% set ns.x = y %}",
            "{% include 'm/more.html' %}",
        ]
    ),
)
TEMPLATES = st.recursive(_SIMPLE, _stated, max_leaves=6)
TOP = (
    "{% set ns = namespace(x='ab', y=[1, 'b'], t=('a',), n=3, d={'a': 1}) %}{% set y = 'q' %}"
    "{% set i = 1 %}{% set loop = 2 %}{% set kept = 'ab' ~ 'cd' %}"
    "{% macro f(a) %}{{ a }}{{ a }}{{ caller() if caller is defined }}{% endmacro %}"
)

VALUES = {"lang": "en", "dir": "ltr", "subject": "S", "who": "Ada"}


class _Spinning(BaseException):
    """More was called than a rendering may come to."""


@contextmanager
def _no_more_calls_than(most: int) -> Iterator[None]:
    called = 0

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal called
        called += event.endswith("call")
        if called > most:
            raise _Spinning

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("kind", [Sandbox, partial(ProjectingSandbox, "m/en.html", VALUES)])
@settings(max_examples=120, deadline=None)
@given(content=TEMPLATES)
def test_ends_with_a_page_or_one_error(kind: Callable[..., Sandbox], content: str) -> None:
    """In templates made of what grows, with texts that fill in forms and names inside Python."""
    note(content)
    files = {
        "m/en.html": page(content, top=TOP),
        "m/more.html": f"{TOP}{{% if i %}}{{% include 'm/more.html' %}}{{% endif %}}",
        "layouts/plain.html": LAYOUT.replace('{% include "styles/plain.css" %}', ""),
    }
    made = environment("m", files, vocabulary.filters("en"), html=True, kind=kind)
    error = _error_of(made)
    assert error is None or (error.file is not None and len(str(error)) < 1000)


def _error_of(made: Sandbox) -> TemplateError | None:
    try:
        if isinstance(made, ProjectingSandbox):
            with _no_more_calls_than(CALLS):
                made.get_template("m/en.html")
        with _no_more_calls_than(CALLS), located("templates/m/en.html"):
            template = made.get_template("m/en.html")
            made.budget.left = STEPS
            # as `render` does, but for the number of steps
            context = template.new_context(VALUES)
            deque(template.root_render_func(context), maxlen=0)
    except TemplateError as error:
        return error
    except Unprojectable:
        # composed the slow way, which says why
        pass
    return None
