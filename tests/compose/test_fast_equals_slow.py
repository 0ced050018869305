"""The fast way and the slow one: the same bytes, whatever the template and whoever the person."""

from __future__ import annotations

import string
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from making import DAY, MOMENT, message, page, reader

from outreach.compose import Composer
from outreach.compose.comparing import message_difference
from outreach.compose.keeping import Keeping
from outreach.errors import TemplateError

CSS = """
p { color: red; margin: 0 } .big { font-size: 20px } td { padding: 1px } a { color: #00f }
a:hover { color: green } .g, h1 { font-weight: bold !important } #top { color: blue }
@media (max-width: 480px) { p { color: blue !important } a[title="Amina"] { color: red } }
"""
#: rules that look at attributes, of which a page has some
RULES = st.builds(
    "{}[{}{}] {{ color: green }}".format,
    st.sampled_from(["a", "span", "td", "*", "p, a"]),
    st.sampled_from(["href", "title", "src", "alt", "width", "|title", r"ti\74le"]),
    st.builds(
        '{}"{}"'.format,
        st.sampled_from(["=", "^=", "$=", "*=", "~=", "|="]),
        st.sampled_from(["tel:", "https://", "Amina", "x", "", "https://x.example/", "none", "#"]),
    ),
)

#: printed values, of which some are the same for everybody
_VALUES = st.sampled_from(
    [
        "{{ supporter.given_name }}",
        "{{ supporter.family_name }}",
        "{{ supporter.full_name|upper }}",
        "{{ supporter.attributes.get('x', 'none') }}",
        "{{ supporter.attributes.get('x', '')|e }}",
        "{{ supporter.given_name|default('friend', true) }}",
        "{{ supporter.given_name ~ '!' }}",
        "{{ supporter.tags|join(', ') }}",
        "{{ supporter.tags|length }}",
        "{{ organisation }}",
        "{{ subject }}",
        "{{ unsubscribe_url }}",
        "{{ reply_address }}",
        "{{ reply_link(subject='Hi ' ~ organisation, body='a\\nb') }}",
        "{{ reply_link(body=supporter.given_name) }}",
        "{{ twice(supporter.given_name) }}",
        "{{ kept }}",
        "{{ kept|lower }}",
        "{{ 'a&b<c>' }}",
        "{{ 3 + 4 }}",
        "{{ none }}",
        "{{ later|default('friend') }}",
        "{{ before }}",
        "{{ part }}",
    ]
)
_WORDS = st.text(alphabet=string.ascii_letters + "  .,é’&;\n", max_size=12).map(
    lambda text: text.replace("&", "&amp;")
)
_TEXT = st.lists(_VALUES | _WORDS, min_size=1, max_size=3).map("".join)
_URLS = st.lists(
    _VALUES
    | st.sampled_from(["https://x.example/", "tel:", "?a=1&amp;b=", "#", "/", "%20", " ", " y"])
    | st.sampled_from(["{b}", "&amp;", "&#123;", "}", "<!--", "-->"]),
    min_size=1,
    max_size=4,
).map("".join)
#: what lxml doesn't escape: includes and macros
_ODD = st.lists(
    _VALUES
    | st.sampled_from(["<!--", "--", "-->", "&amp;", "&#123;", "}", "{b}", "&amp;copy", ">"]),
    min_size=1,
    max_size=5,
).map("".join)


#: what was captured, tested and filtered
OTHER = "{% if other %}{{ other|upper }}{% endif %}"


def _element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One element or statement around others."""
    pairs = st.tuples(inner, inner)
    return st.one_of(
        inner.map(lambda i: f"<p>{i}</p>"),
        inner.map(lambda i: f"<div class='big'>{i}</div>"),
        inner.map(lambda i: f"<h1 id=top>{i}</h1>\n"),
        inner.map(lambda i: f"<ul><li>{i}</li><li>b</li></ul>"),
        inner.map(lambda i: f"<table role=presentation><tr><td>{i}</td><td>x</td></tr></table>"),
        inner.map(lambda i: f"<table><tr><td>{i}</td><td>x</td></tr></table>"),
        inner.map(lambda i: f"<b>{i}</b><br>"),
        st.tuples(_URLS, inner).map(lambda p: f'<a href="{p[0]}">{p[1]}</a>'),
        st.tuples(_TEXT, inner).map(lambda p: f"<span title='{p[0]}'>{p[1]}</span>"),
        st.tuples(_ODD, inner).map(lambda p: f'<span title="{p[0]}">{p[1]}</span>'),
        st.tuples(_URLS, _ODD).map(lambda p: f'<img src="{p[0]}" alt="{p[1]}">'),
        st.just("{% include 'm/part.html' %}"),
        st.tuples(_TEXT, inner).map(lambda p: f'<td width="{p[0]}">{p[1]}</td>'),
        st.tuples(_TEXT, inner).map(lambda p: f'<p class="{p[0]}">{p[1]}</p>'),
        st.tuples(_TEXT, inner).map(lambda p: f'<p style="color: {p[0]}">{p[1]}</p>'),
        st.tuples(_VALUES, inner).map(lambda p: f"<img alt={p[0]}>{p[1]}"),
        _TEXT.map(lambda t: f"<!-- {t} -->"),
        _TEXT.map(lambda t: f"<pre>{t}</pre>"),
        _TEXT.map(lambda t: f"<!--[if mso]><b>{t}</b><![endif]-->"),
        inner.map(lambda i: f"{{% if supporter.given_name %}}{i}{{% endif %}}"),
        pairs.map(
            lambda p: f"{{% if supporter.country == 'TG' %}}{p[0]}{{% else %}}{p[1]}{{% endif %}}"
        ),
        inner.map(lambda i: f"{{% for tag in supporter.tags %}}{{{{ tag }}}}{i}{{% endfor %}}"),
        inner.map(lambda i: f"{{% for n in range(2) %}}{{{{ loop.index }}}}{i}{{% endfor %}}"),
        inner.map(lambda i: f"{{% set inner %}}{i}{{% endset %}}{{{{ inner }}}}"),
        inner.map(lambda i: f"{{% set other %}}{i}{{% endset %}}" + OTHER),
        inner.map(lambda i: f"{{% filter trim %}}{i}{{% endfilter %}}"),
        inner.map(lambda i: f"{{% call boxed() %}}{i}{{% endcall %}}"),
        inner.map(lambda i: f"{{% with w = supporter.given_name %}}{{{{ w }}}}{i}{{% endwith %}}"),
        pairs.map("".join),
    )


TEMPLATES = st.recursive(_TEXT, _element, max_leaves=8)
TOP = (
    "{% macro twice(x) %}<i>{{ x }}</i>{{ x }}{% endmacro %}"
    "{% macro boxed() %}<div>{{ caller() }}</div>{% endmacro %}"
    "{% macro included() %}{% include 'm/part.html' %}{% endmacro %}"
    "{% set kept = organisation ~ ' & co' %}"
    "{% set before = later|default('not yet') %}{% set part = included() %}{% set later = 'set' %}"
)
PART = "{{ later|default('friend') }}{{ kept|default('none') }}{% if supporter.tags %}!{% endif %}"
#: one line, or a text, with ways of its own
_SAID = st.lists(
    _VALUES
    | st.sampled_from(["Hello ", "é", "{% if supporter.country == 'FR' %}Salut{% endif %}", "\n"])
    | st.just("{% for tag in supporter.tags %}{{ tag }}{{ part }}{% endfor %}"),
    min_size=1,
    max_size=4,
).map("".join)
#: values as they are, and as they are not
VALUES = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                " ",
                "Amina",
                "O'Neill",
                '"quoted"',
                "Tom & Jerry",
                "<b>Bob</b>",
                "<script>",
                "]]>",
            ),
            *(
                "a\nb",
                "a\r\nb",
                "\t",
                "\xa0",
                "  two  spaces ",
                "李",
                "عربي",
                "e\u0301",
                "=3D",
                ".",
                "-->",
            ),
            *(
                "--",
                "&amp;",
                "&copy",
                "%41 %",
                "{{ 7*7 }}",
                "{% if %}",
                "x" * 80,
                "\ud800",
                "\0",
                "\u3000",
            ),
            *(
                "q0123456789z0000",
                "- item",
                "1. item",
                "https://x.example/?a=b&c=d",
                "\u202eabc",
                "#",
            ),
        ]
    ),
    st.text(max_size=20),
)
PEOPLE = st.fixed_dictionaries(
    {
        "given_name": VALUES,
        "family_name": VALUES,
        "country": st.sampled_from(["", "TG", "FR"]),
        "tags": st.lists(VALUES, max_size=2).map(tuple),
        "attributes": VALUES.map(lambda value: {"x": value}),
    }
)


def _outcome(composed: Any) -> Any:
    try:
        return composed()
    except TemplateError as error:
        return str(error)


def _outcomes_equal(composer: Composer, people: list[dict[str, Any]]) -> None:
    for person in people:
        one = reader(**person)
        fast = _outcome(lambda one=one: composer.compose(one, MOMENT))
        slow = _outcome(lambda one=one: composer.compose_slowly(one, MOMENT))
        if isinstance(fast, str) or isinstance(slow, str):
            assert fast == slow
        else:
            assert message_difference(fast, slow) is None
    report = composer.shapes
    note(repr(report))
    assert report.differed == 0


_FUZZED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_FUZZED
@given(TEMPLATES, RULES, st.lists(PEOPLE, min_size=5, max_size=7))
def test_for_any_template_and_any_people(
    content: str, rule: str, people: list[dict[str, Any]]
) -> None:
    """Each person comes thrice, so that the later rounds are fast where anything is."""
    files = {
        "m/en.html": page(content, top=TOP, subject="S"),
        "m/part.html": PART,
        "styles/plain.css": CSS + rule,
    }
    note(content)
    _outcomes_equal(Composer(message(files), DAY), people * 3)


@_FUZZED
@given(_SAID, _SAID, _SAID | st.none(), st.lists(PEOPLE, min_size=3, max_size=5))
def test_for_any_heading_and_text(
    subject: str, preheader: str, text: str | None, people: list[dict[str, Any]]
) -> None:
    """Subject, preheader and text have branches that the page has not."""
    said = page("<p>{{ subject }}</p>", top=TOP, subject=subject, preheader=preheader)
    files = {"m/en.html": said, "m/part.html": PART}
    if text is not None:
        files["m/en.txt"] = TOP + text
    _outcomes_equal(Composer(message(files), DAY), people * 3)


@_FUZZED
@given(TEMPLATES, st.lists(PEOPLE, min_size=5, max_size=7), st.randoms())
def test_with_more_shapes_than_are_kept(
    content: str, people: list[dict[str, Any]], order: Random
) -> None:
    """Shapes go and come again, in any order."""
    files = {"m/en.html": page(content, top=TOP, subject="S"), "m/part.html": PART}
    composer = Composer(message(files), DAY)
    composer._shapes._keeping = Keeping(2)
    everybody = people * 6
    order.shuffle(everybody)
    _outcomes_equal(composer, everybody)
