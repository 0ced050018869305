"""Make the page inside a stranger's mail harmless to look at. Pure.

What is left has words, their order and their emphasis: no script, no style, no form, no picture.
Links keep where they lead, so that it can be read; the frame that shows the page follows none.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

import nh3

_TAGS: Final = frozenset(
    [
        "a",
        "abbr",
        "address",
        "article",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "ins",
        "kbd",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
_ATTRIBUTES: Final = {
    "*": {"dir", "lang"},
    "a": {"href"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
#: elements that go with all that is in them
_GONE: Final = {"script", "style", "title", "template", "noscript", "svg", "math", "object"}
#: elements inside each other; a parser's time grows with the square of it
_DEEPEST: Final = 400
_TAG: Final = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
#: elements that need no end: the next one of their kind ends them
_ENDLESS: Final = frozenset(
    [
        "area",
        "base",
        "body",
        "br",
        "col",
        "colgroup",
        "dd",
        "dt",
        "head",
        "hr",
        "html",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "option",
        "p",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "wbr",
    ]
)


def cleaned(html: str) -> str:
    """Give the harmless part of a page, as what stands inside a body.

    '' for a page whose elements stand inside each other more deeply than anybody writes.
    """
    if _is_bottomless(html):
        return ""
    return nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags=_GONE,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        # a frame without popups opens nothing, where otherwise it would go there itself
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _is_bottomless(html: str) -> bool:
    begun: Counter[str] = Counter()
    deep = 0
    for end, name in _TAG.findall(html):
        tag = name.lower()
        if tag in _ENDLESS:
            continue
        if not end:
            begun[tag] += 1
            deep += 1
            if deep > _DEEPEST:
                return True
        elif begun[tag]:
            begun[tag] -= 1
            deep -= 1
    return False
