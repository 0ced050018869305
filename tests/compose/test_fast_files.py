"""What is worked out once or put together beforehand comes to what Jinja makes of it each time."""

from __future__ import annotations

from typing import Any

import pytest
from making import DAY, LAYOUT, LEAVE, LETTERHEAD, MOMENT, REPLY, message, page, reader

from outreach.compose import Composer, vocabulary
from outreach.compose.comparing import message_difference
from outreach.errors import TemplateError
from outreach.facts.sheet import parse
from outreach.facts.tally import Tallies
from outreach.model import Reader, Supporter

FACT = '[[a.count]]\nvalue = 2_300_000\ntrue_on = 2014-02-26\nsource = "x"\n'
PEOPLE = (
    {"given_name": "Amina", "tags": ("a", "b")},
    {"given_name": "O'Neill <b>", "country": "TG"},
    {"given_name": "", "tags": ("b",)},
)
INNER = (
    "<html><body>{% block outer %}SET<i>{% block inner %}{% endblock %}</i>{% endblock %}"
    "{% block content %}{% endblock %}</body></html>"
)
#: content, what stands above the blocks, and further files
CASES: dict[str, tuple[str, str, dict[str, str]]] = {
    "set above the blocks": (
        "<p>{{ n|number }} {{ n.source }}</p>",
        "{% set n = fact('a.count') %}",
        {},
    ),
    "set in a block": ("{% set n = fact('a.count') %}<p>{{ n|approx }}</p>", "", {}),
    "set twice": ("{% set n = 1 %}{{ n }}{% set n = 2 %}{{ n }}", "", {}),
    "set for some": (
        "{% if supporter.country %}{% set n = 1 %}{% endif %}{{ n|default('none') }}",
        "",
        {},
    ),
    "set in a loop": ("{% for t in supporter.tags %}{% set n = t %}{{ n }}{% endfor %}", "", {}),
    "set for some above": (
        "<p>{{ n|default('none') }}</p>",
        "{% if supporter.country %}{% set n = 1 %}{% endif %}",
        {},
    ),
    "a list that is looped over": (
        "{% for x in xs %}<p>{{ x }} {{ supporter.given_name }} y</p>{% endfor %}",
        "{% set xs = [day.year, lang, organisation] %}",
        {},
    ),
    "a name of ours in another sense": (
        "{% for lang in ['x', supporter.country] %}{{ lang }}{% endfor %}{{ lang }}",
        "",
        {},
    ),
    "a macro whose argument is a name of ours": (
        "{% macro m(day, lang='q') %}{{ day }}{{ lang }}{% endmacro %}{{ m(supporter.email) }}",
        "",
        {},
    ),
    "a namespace": (
        "{% set ns = namespace(n=0) %}{% for t in supporter.tags %}{% set ns.n = ns.n + 1 %}"
        "{% endfor %}{{ ns.n }}",
        "",
        {},
    ),
    "a filter that gives something once": (
        "{% for x in xs %}{{ x }}{% endfor %}{% for x in xs %}{{ x }}{% endfor %}",
        "{% set xs = ['a', 'b', 'a']|unique %}",
        {},
    ),
    "nothing, and numbers": (
        "{{ none }}{{ 1.5 }}{{ true }}{{ 2 // 3 }}{{ -1 }}{{ 1e300 * 1e300 }}",
        "",
        {},
    ),
    "a file included": (
        "{% include 'm/part.html' %}",
        "",
        {"m/part.html": "<p>{{ supporter.given_name }} {{ lang }} x</p>"},
    ),
    "a file included in a loop": (
        "{% for t in supporter.tags %}{% include 'm/part.html' %}{% endfor %}",
        "",
        {"m/part.html": "<p>{{ t }} {{ n|default('-') }} x</p>{% set n = 2 %}"},
    ),
    "a file included without the names": (
        "{% include 'm/part.html' without context %}",
        "",
        {"m/part.html": "<p>{{ lang|default('none') }}</p>"},
    ),
    "a file named while it runs": (
        "{% include 'm/' ~ (supporter.country and 'other' or 'part') ~ '.txt' %}",
        "",
        {"m/part.txt": "<p>part {{ lang }}</p>", "m/other.txt": "<p>{{ organisation }}</p>"},
    ),
    "macros imported": (
        "{{ parts.bold(supporter.given_name) }}{{ parts.ours() }}",
        "{% import 'm/part.html' as parts %}",
        {
            "m/part.html": "{% macro bold(t) %}<b>{{ t }}</b> x{% endmacro %}"
            "{% macro ours() %}{{ lang|default('none') }}{% endmacro %}"
        },
    ),
    "macros imported with the names": (
        "{{ ours() }}",
        "{% from 'm/part.html' import ours with context %}",
        {"m/part.html": "{% macro ours() %}{{ lang }}{{ unsubscribe_url }}{% endmacro %}"},
    ),
    "a block in a block": (
        "<p>{{ supporter.given_name }} x</p>",
        "{% block inner %}<b>{{ supporter.country }} y</b>{% endblock %}",
        {"layouts/plain.html": INNER.replace("SET", "")},
    ),
    "a block that sets what its inner block asks for": (
        "<p>{{ supporter.given_name }} x</p>",
        "{% block inner %}{{ n|default('unseen') }}{% endblock %}",
        {"layouts/plain.html": INNER.replace("SET", "{% set n = 1 %}")},
    ),
    "the parent's block": (
        "{{ super() }}{{ super()|upper }}{{ self.subject() }}",
        "",
        {
            "layouts/plain.html": LAYOUT.replace(
                "content %}", "content %}a{{ supporter.given_name }}b"
            )
        },
    ),
    "a layout of a layout": (
        "<p>{{ supporter.given_name }} x</p>",
        "",
        {
            "layouts/plain.html": "{% extends 'layouts/root.html' %}{% set n = 5 %}"
            "{% block wrap %}<i>{% block content %}{% endblock %}{{ n }}</i>{% endblock %}",
            "layouts/root.html": "<html><body>{% block wrap %}{% endblock %}</body></html>",
        },
    ),
    "a block in a loop of the layout": (
        "<p>{{ supporter.given_name }} {{ n|default('unseen') }} x</p>",
        "",
        {
            "layouts/plain.html": "<html><body>{% for n in [1, 2] %}{% block content %}"
            "{% endblock %}{% endfor %}</body></html>"
        },
    ),
    "a scoped block in a loop": (
        "<p>{{ n }} x</p>",
        "",
        {
            "layouts/plain.html": "<html><body>{% for n in [1, 2] %}{% block content scoped %}"
            "{% endblock %}{% endfor %}</body></html>"
        },
    ),
    "a block that only some see": (
        "<p>{{ supporter.given_name }} x</p>",
        "",
        {
            "layouts/plain.html": "<html><body>{% if supporter.country %}{% block content %}"
            "{% endblock %}{% endif %}y</body></html>"
        },
    ),
    "what a layout sets after its block": (
        "{{ late|default('not yet') }}",
        "",
        {
            "layouts/plain.html": "<html><body>{% block content %}{% endblock %}"
            "{% set late = 1 %}{{ late }}</body></html>"
        },
    ),
    "links printed": (
        '<a href="{{ unsubscribe_url }}">{{ unsubscribe_url }}</a> {{ reply_address }} '
        '<a href="{{ reply_link() }}">{{ reply_address }}</a>'
        "<a href=\"{{ reply_link(subject='x y', body='a\\nb') }}\">go</a>",
        "",
        {},
    ),
    "links looked into": (
        "{{ unsubscribe_url[-24:]|upper }}{{ reply_address|length }}{{ reply_address.split('@') }}"
        "{% if 'z' in unsubscribe_url %}z{% endif %}",
        "",
        {},
    ),
    "links that people's names go into": (
        '<a href="{{ reply_link(body=supporter.given_name) }}">x</a>',
        "",
        {},
    ),
    "links under another name": (
        "{% set u = unsubscribe_url %}<a href='{{ u }}'>{{ u }}</a>",
        "",
        {},
    ),
    "links handed to a macro": (
        "{% macro b(u) %}<a href='{{ u }}'>{{ u|upper }}</a>{% endmacro %}{{ b(unsubscribe_url) }}",
        "",
        {},
    ),
    "links captured": ("{% set u %}{{ reply_address }}{% endset %}{{ u|upper }}{{ u }}", "", {}),
    "links in an included file that is captured": (
        "{% filter upper %}{% include 'm/part.html' %}{% endfilter %}",
        "",
        {"m/part.html": "{{ unsubscribe_url }}"},
    ),
    "links that rules of style look at": (
        "<style>a[href$='bbb'] { color: red }</style><a href='{{ unsubscribe_url }}'>x</a>",
        "",
        {},
    ),
}


def _outcome(compose: Any, one: Reader) -> Any:
    try:
        return compose(one, MOMENT)
    except TemplateError as error:
        return str(error)


@pytest.mark.parametrize("case", CASES)
def test_comes_to_the_same(case: str) -> None:
    """For people who go different ways, the third of each made fast."""
    content, top, files = CASES[case]
    files = {"facts/f.toml": FACT, "m/en.html": page(content, top=top), **files}
    composer = Composer(message(files), DAY)
    for token in ("a" * 24, REPLY, "z" * 24, "b" * 24):
        for person in PEOPLE:
            one = Reader(reader(**person).supporter, token, token[::-1])
            fast, slow = _outcome(composer.compose, one), _outcome(composer.compose_slowly, one)
            if isinstance(slow, str):
                assert fast == slow
            else:
                assert message_difference(fast, slow) is None
    assert composer.shapes.differed == 0


def test_what_is_said_to_be_the_same_for_everybody_is() -> None:
    """A name is either each reader's own, or says the same to all: it is worked out once."""
    shared = vocabulary.shared(LETTERHEAD, parse({}), Tallies(()), DAY, "en")
    own = vocabulary.personal(reader(), LETTERHEAD)
    assert set(own) == vocabulary.PERSONAL
    assert set(own) | set(shared) | {"subject", "preheader"} == set(vocabulary.NAMES)


def test_a_value_that_holds_a_stand_in_or_a_mark_is_a_value() -> None:
    """Tokens and values are put in where they belong, never looked for in what people wrote."""
    frozen = message({"m/en.html": page("<p>{{ supporter.given_name }} {{ unsubscribe_url }}</p>")})
    composer = Composer(frozen, DAY)
    shapes: Any = composer._shapes
    standins = "".join(shapes.standins._tokens.values())
    for _ in range(4):
        made = composer.compose(reader(given_name=standins), MOMENT)
        assert f"{standins} https://outreach.example.org/u/{LEAVE}" in made.html
        assert standins in made.text.replace("\n", "")


def test_nobody_sees_the_person_before() -> None:
    """Values of one reader never stand in another's message."""
    frozen = message({"m/en.html": page("<p>{{ supporter.given_name }} {{ reply_address }}</p>")})
    composer = Composer(frozen, DAY)
    for number in range(9):
        token = chr(ord("a") + number) * 24
        person = Supporter(number, f"p{number}@example.org", given_name=f"Name{number}")
        made = composer.compose(Reader(person, token, token), MOMENT)
        whole = made.mime.decode("ascii").replace("=\r\n", "") + made.html + made.text
        assert f"Name{number} events" in whole
        assert not any(f"Name{other} " in whole for other in range(9) if other != number)
        assert not any(chr(ord("a") + o) * 24 in whole for o in range(9) if o != number)
