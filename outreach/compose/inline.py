"""Styles into the elements they apply to, as mail programs want it. All that knows premailer."""

from __future__ import annotations

import inspect
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import premailer.merge_style
import premailer.premailer
from premailer import Premailer

from outreach.compose.atrules import set_apart
from outreach.errors import TemplateError

#: what premailer remembers -> how much of it at most
_REMEMBERED: Final = {
    "_cache_parse_css_string": 32,
    "_create_cssselector": 1024,
    "csstext_to_pairs": 4096,
}
_ONE_AT_A_TIME: Final = threading.Lock()
#: a page that has neither text nor elements; premailer falls over it
_EMPTY: Final = re.compile(
    r"(?:\s|(?><!--.*?-->)|<!doctype[^>]*>|</?html\b[^>]*>)*+", re.DOTALL | re.IGNORECASE
)


def inline(html: str) -> str:
    """Write a page's rules into its style attributes; what can't be inlined stays in <style>.

    Media queries and other at-rules stay as they are written, with their `!important`: without it
    they lose against the inlined rules. Nothing is fetched: no network, no files.

    Raises:
        TemplateError: the page is empty, or it or its styles can't be parsed.
    """
    if _EMPTY.fullmatch(html):
        raise TemplateError(
            "the page is empty: neither the layout nor the message puts anything into it",
            file="templates/layouts",
            next_step="see that the layout has {% block content %}{% endblock %} in its <body>",
        )
    try:
        with _own_memory():
            return str(_Inliner(set_apart(html)).transform(pretty_print=False))
    except Exception as error:
        # premailer passes on whatever lxml, cssutils and cssselect raise
        raise TemplateError(
            f"the styles can't be inlined: {error}",
            file="templates/styles",
            next_step="mend the layout or its styles",
        ) from error


class _Inliner(Premailer):  # type: ignore[misc]
    """Premailer as we use it, which takes each style sheet apart once."""

    def __init__(self, html: str) -> None:
        super().__init__(
            html,
            strip_important=False,
            disable_validation=True,
            align_floating_images=False,
            # a layout gives Outlook the widths in pixels that it wants as attributes
            disable_basic_attributes=["width", "height"],
            allow_network=False,
            allow_loading_external_files=False,
            cssutils_logging_level=logging.CRITICAL,
        )

    def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
        """Give the rules of the style sheet at a place among others; nobody changes the lists."""
        return _rules_of(css_body, ruleset_index)


@lru_cache(maxsize=32)
def _rules_of(css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
    found: tuple[list[Any], list[Any]] = Premailer._parse_style_rules(
        _Inliner(""), css_body, ruleset_index
    )
    return found


def _remembering() -> dict[str, Any]:
    ours: dict[str, Any] = {
        name: lru_cache(maxsize=most, typed=True)(
            inspect.unwrap(getattr(premailer.premailer, name))
        )
        for name, most in _REMEMBERED.items()
    }
    ours["csstext_to_pairs"]._lock = premailer.merge_style.csstext_to_pairs._lock
    return ours


_OURS: Final = _remembering()


@contextmanager
def _own_memory() -> Iterator[None]:
    """Let each thing that premailer remembers have a memory of its own, while we use it.

    It has one for all, of 128 entries, and looks up by the text alone: a style attribute that reads
    as some selector does gets that selector in place of its declarations, two configurations get
    each other's results, and a long style sheet pushes everything else out.
    """
    with _ONE_AT_A_TIME:
        theirs = {name: getattr(premailer.premailer, name) for name in _OURS}
        pairs = premailer.merge_style.csstext_to_pairs
        vars(premailer.premailer).update(_OURS)
        premailer.merge_style.csstext_to_pairs = _OURS["csstext_to_pairs"]
        try:
            yield
        finally:
            vars(premailer.premailer).update(theirs)
            premailer.merge_style.csstext_to_pairs = pairs
