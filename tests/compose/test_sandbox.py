"""A template can't run long, take much memory or show what the program is made of."""

from __future__ import annotations

import tracemalloc

import pytest
from linting import checked
from making import DAY, LAYOUT, MOMENT, composed, message, page, reader

from outreach.compose import Composer
from outreach.errors import TemplateError

TOP = "{% set ns = namespace(x='ab', y=[1, 2], n=3, t=('a',)) %}"


def _again(statement: str, times: int = 60) -> str:
    return f"{TOP}{{% for i in range({times}) %}}{statement}{{% endfor %}}"


#: a text of half a million letters, a list in a list in a list
LONG = _again("{% set ns.x = ns.x ~ ns.x %}", 18)
DEEP = _again("{% set ns.t = (ns.t,) %}", 20_000)
WIDE = _again("{% set ns.y = [ns.y, ns.y] %}{% set ns.t = [ns.t, ns.t] %}", 18)
TOO_LONG, TOO_MANY, TOO_LARGE = "text grows beyond", "list grows beyond", "at most 18 digits"
TOO_DEEP, NESTED, WORKS = "more than 20 deep", "nested in each other", "without end"
REFUSED, NO_FILTER, NO_NAME = "may not do that", "is no filter here", "is no name here"
NEVER = "never end"

GROWING = {
    "{{ [1]|slice(99999999)|list|length }}": NO_FILTER,
    "{{ [1]|batch(99999999, 1)|list|length }}": NO_FILTER,
    "{{ 'a b'|wordwrap(1, wrapstring='x') }}": NO_FILTER,
    "{{ ['a']|map('center', 99999999)|list }}": "No filter named 'center'",
    "{{ [-99999999]|map('§1')|list }}": "can't be worked out",
    "{{ [-99999999]|map('§2')|list }}": NO_FILTER,
    _again("{% set ns.x = ns.x|replace('a', ns.x) %}"): TOO_LONG,
    _again("{% set ns.x = ns.x|replace('', ns.x) %}"): TOO_LONG,
    _again("{% set ns.x = (ns.x|e)|replace('a', '<' ~ ns.x) %}"): TOO_LONG,
    _again("{% set ns.x = ns.x.replace('', ns.x) %}"): TOO_LONG,
    _again("{% set ns.x = ns.x.join(ns.x) %}"): WORKS,
    _again("{% set ns.x = ns.x|urlencode|replace('a', '%%%%%%') %}", 9999): WORKS,
    "{{ 'a'.translate({97: 'x'}) }}": REFUSED,
    "{{ '{:>999999999}'.format(1) }}": REFUSED,
    "{{ '{a:>999999999}'.format_map({'a': 1}) }}": REFUSED,
    "{{ '%999999999d' % 1 }}": REFUSED,
    "{{ '%999999999d' is odd }}": "no number",
    "{{ '%999999999d' is even }}": "no number",
    "{{ '%999999999d' is divisibleby(1) }}": "no number",
    "{{ 'xxxx'|round(9, 'ceil') }}": "no number",
    "{{ 5|round(-99999999) }}": "up to 15 decimals",
    LONG + "{{ range(99999)|join(ns.x)|length }}": TOO_LONG,
    LONG + "{{ ns.x|list|length }}": TOO_MANY,
    LONG + "{{ ns.x.split('a')|length }}": TOO_MANY,
    LONG + "{{ ns.x.splitlines()|length }}": TOO_MANY,
    LONG + "{{ (ns.x ~ ns.x).rsplit('b' ~ ns.x)|length }}": WORKS,
    LONG + "{{ ns.x.strip(ns.x ~ 'z') }}": WORKS,
    LONG + "{{ reply_link(body=ns.x) }}": "more than 5,000 characters",
    LONG + "{{ fact(ns.x) }}": "more than 5,000 characters",
    LONG + "{{ ns.x|country }}": "more than 5,000 characters",
    LONG + _again("{% set z = ns.x[1:] %}", 9999)[len(TOP) :]: WORKS,
    LONG + _again("{% set z = ns.x|truncate(9999) %}", 9999)[len(TOP) :]: WORKS,
    LONG + _again("{% set z = ns.x|striptags %}", 9999)[len(TOP) :]: WORKS,
    LONG + _again("{% if 'q' in ns.x %}{% endif %}", 9999)[len(TOP) :]: WORKS,
    LONG + _again("{% if ns.x ~ '' == ns.x ~ '' %}{% endif %}", 9999)[len(TOP) :]: WORKS,
    LONG + "{% set z %}" + _again("{{ ns.x }}", 9999)[len(TOP) :] + "{% endset %}": WORKS,
    "{% set z %}" + _again("x" * 2000, 9999) + "{% endset %}": TOO_LONG,
    "{% filter upper %}" + _again("x" * 2000, 9999) + "{% endfilter %}": TOO_LONG,
    _again("{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = y %}"): TOO_LONG,
    _again("{% set ns.y = ns.y + ns.y %}"): TOO_MANY,
    _again("{% set ns.t = ns.t + ns.t %}"): TOO_MANY,
    _again("{% set ns.y = [ns.y, ns.y]|sum(start=[]) %}"): TOO_MANY,
    WIDE + "{{ ns.y == ns.t }}": WORKS,
    WIDE + "{{ ns.y|string }}": WORKS,
    WIDE + "{{ ns.y|number }}": WORKS,
    DEEP + "{{ {ns.t: 1}|length }}": TOO_DEEP,
    DEEP + "{{ {}[ns.t] }}": TOO_DEEP,
    DEEP + "{{ {}.get(ns.t, 1) }}": TOO_DEEP,
    DEEP + "{{ ns.t in {} }}": TOO_DEEP,
    DEEP + "{{ [ns.t]|unique|length }}": TOO_DEEP,
    DEEP + "{{ ns.t is eq ns.t }}": TOO_DEEP,
    DEEP + "{% for i in 'ab' %}{{ loop.changed(ns.t) }}{% endfor %}": TOO_DEEP,
    DEEP + "{% include ns.t %}": TOO_DEEP,
    DEEP + "{% import ns.t as z %}": TOO_DEEP,
    _again("{% set ns.n = ns.n * ns.n %}"): TOO_LARGE,
    _again("{% set ns.n = ns.n + ns.n %}", 99): TOO_LARGE,
    "{{ 1e308|int }}": TOO_LARGE,
    "{{ " + "9" * 4000 + " % 7 }}": TOO_LARGE,
    "{{ 0x" + "f" * 9000 + " // 7 }}": TOO_LARGE,
    "{{ " + "9" * 9000 + " }}": TOO_LARGE,
    "{{ 10 ** 10 }}": REFUSED,
    _again("{% set z = range(99999)|list|length %}", 999): WORKS,
    _again("{% set z = range(99999)|map('number')|list %}", 99): WORKS,
    _again("{% set z = [" + "1," * 2000 + "] %}", 99999): WORKS,
    "{{ range(9999)|map('string')|map(attribute='" + "0." * 999 + "0')|list|length }}": WORKS,
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}": NEVER,
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}": (
        WORKS
    ),
    "{{ " + "(" * 500 + "1" + ")" * 500 + " }}": NESTED,
    "{{ 1" + "+1" * 5000 + " }}": NESTED,
    "{{ " + "not " * 5000 + "1 }}": NESTED,
    "{{ day" + ".a" * 5000 + " }}": NESTED,
    "{{ 'x'" + "|upper" * 5000 + " }}": NESTED,
    "{{ " + "[" * 300 + "]" * 300 + " }}": NESTED,
    "{% if 1 %}" * 150 + "{% endif %}" * 150: NESTED,
    "{% for i in [1] %}" * 25 + "{% endfor %}" * 25: NESTED,
    "{% if 1 %}" + "{% elif 1 %}" * 5000 + "{% endif %}": NESTED,
    "{{ lipsum(99999) }}": NO_NAME,
    "{{ dict(a=1) }}": NO_NAME,
    "{{ cycler('a') }}": NO_NAME,
    "{{ joiner() }}": NO_NAME,
}
LEAKING = {
    "{{ supporter.email.encode }}": REFUSED,
    "{{ supporter.email.upper }}": "a function can't be printed",
    "{{ ['a']|map(attribute='__class__')|list }}": "'__class__' leads inside",
    "{{ ['a']|map('upper') }}": "a list can't be printed",
    "{{ ['a', 'b'] }}": "a list can't be printed",
    "{{ {'a': 1} }}": "a dictionary can't be printed",
    "{{ supporter.tags }}": "a list can't be printed",
    "{{ supporter.attributes }}": "a dictionary can't be printed",
    "{{ supporter }}": "a supporter can't be printed",
    "{{ sender }}": "a sender can't be printed",
    "{{ 'a' ~ supporter }}": "a supporter can't be printed",
    "{{ supporter|upper }}": "a supporter can't be printed",
    "{{ supporter|country }}": "a supporter can't be printed",
    "{{ [supporter]|join }}": "a supporter can't be printed",
    "{{ {'a': supporter}|urlencode }}": "a supporter can't be printed",
    "{{ fact }}": "a function can't be printed",
    "{{ reply_link }}": "a function can't be printed",
    "{{ namespace }}": "a function can't be printed",
    "{{ namespace(a=1) }}": "a namespace can't be printed",
    "{{ range(3) }}": "a list can't be printed",
    "{% for i in 'ab' %}{{ loop }}{% endfor %}": "a loop can't be printed",
    "{{ self }}": "can't be printed",
    "{{ self.subject }}": "a block can't be printed",
    "{% macro f() %}{% endmacro %}{{ f }}": "a macro can't be printed",
    "{% macro f() %}{{ caller }}{% endmacro %}{% call f() %}{% endcall %}": "a macro can't be",
    "{% import 'm/parts.html' as parts %}{{ parts }}": "an imported file can't be printed",
    "{{ reply_link.func }}": REFUSED,
    "{{ tally.__self__ }}": REFUSED,
    "{{ day.strftime('%999999d') }}": REFUSED,
    "{{ 1 .bit_length() }}": REFUSED,
    "{% macro f() %}{% endmacro %}{{ f.name }}": REFUSED,
    "{{ day() }}": "a day can't be called",
    "{{ supporter.attributes.Twon() }}": "'Twon' is not known here",
}


def _refused(content: str) -> TemplateError:
    files = {"m/en.html": page(f"\n{content}"), "m/parts.html": "{% set a = 1 %}"}
    with pytest.raises(TemplateError) as caught:
        Composer(message(files), DAY).compose(reader(attributes={"Town": "Lomé"}), MOMENT)
    return caught.value


@pytest.mark.parametrize(("content", "problem"), [*GROWING.items(), *LEAKING.items()])
def test_is_refused_in_one_sentence_with_its_line(content: str, problem: str) -> None:
    """By the call that sends, whichever way the message is composed."""
    error = _refused(content)
    assert problem in str(error)
    assert (error.file, error.line) == ("templates/m/en.html", 5)
    assert len(str(error)) < 800


@pytest.mark.parametrize("content", [*list(GROWING)[::9], *list(LEAKING)[::7]])
def test_is_found_before_anything_is_sent(content: str) -> None:
    """`templates check` says it at the same place as the sender would."""
    findings = checked(f"\n{content}", files={"m/parts.html": "{% set a = 1 %}"}).findings
    errors = [one for one in findings if one.severity == "error"]
    assert ("templates/m/en.html", 5) in {(one.file, one.line) for one in errors}


@pytest.mark.parametrize(
    "content",
    [
        _again("{% set ns.x = ns.x|replace('', ns.x) %}"),
        _again("{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = y %}"),
        _again("{% set ns.y = ns.y + ns.y %}"),
        LONG + "{% set z %}" + _again("{{ ns.x }}", 9999)[len(TOP) :] + "{% endset %}",
        LONG + "{{ ns.x.split('a')|length }}",
    ],
)
def test_takes_little_memory(content: str) -> None:
    """Also while it is found out that it would take much."""
    tracemalloc.start()
    try:
        composed(content)
    except TemplateError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 64_000_000


class TestFiles:
    """Files that show each other again and again."""

    def test_a_layout_that_extends_itself(self) -> None:
        """It is found before anybody's message is made."""
        files = {"layouts/plain.html": '{% extends "layouts/plain.html" %}' + LAYOUT}
        with pytest.raises(TemplateError, match="extends or includes itself"):
            Composer(message(files), DAY).compose(reader(), MOMENT)

    def test_layouts_of_which_each_shows_the_next_twice(self) -> None:
        """Thirty small files could make a thousand million pages."""
        block = "{% block content %}{{ super() }}{{ super() }}{% endblock %}"
        files = {
            f"layouts/{n}.html": f'{{% extends "layouts/{n + 1}.html" %}}{block}' for n in range(30)
        }
        files |= {"layouts/30.html": LAYOUT}
        files["m/en.html"] = page("{{ super() }}").replace("plain.html", "0.html")
        with pytest.raises(TemplateError, match=WORKS):
            Composer(message(files), DAY).compose(reader(), MOMENT)

    def test_layouts_and_blocks_that_are_nested_deeply_together(self) -> None:
        """Each is fine by itself, and they are still shown."""
        fors = "{% for i in [1] %}" * 12, "{% endfor %}" * 12
        layout = LAYOUT.replace("{% block", f"{fors[0]}{{% block").replace(
            "k %}</body>", f"k %}}{fors[1]}</body>"
        )
        files = {"layouts/plain.html": layout, "m/en.html": page(f"{fors[0]}x{fors[1]}")}
        composer = Composer(message(files), DAY)
        assert [composer.compose(reader(), MOMENT).text for _ in range(3)] == ["x\n"] * 3


class TestHonestMessages:
    """What a message has a use for is there."""

    @pytest.mark.parametrize(
        ("content", "text"),
        [
            ("{{ [3, 1, 2]|sort|join(', ') }} {{ [1, 2]|sum }}", "1, 2, 3 3"),
            ("{{ ['b', 'a', 'b']|unique|map('upper')|join('/') }}", "B/A"),
            ("{{ [1, 2, 3]|select('odd')|list|length }}", "2"),
            ("{{ [{'n': 'x'}, {'n': 'y'}]|map(attribute='n')|join('+') }}", "x+y"),
            ("{{ [{'n': 'x'}, {'n': ''}]|selectattr('n')|list|count }}", "1"),
            ("{{ [{'n': 2}, {'n': 3}]|sum(attribute='n') }}", "5"),
            ("{{ [{'n': 'x'}, {'n': 'y'}]|join('+', attribute='n') }}", "x+y"),
            ("{% for k, v in {'b': 1, 'a': 2}|dictsort %}{{ k }}{{ v }}{% endfor %}", "a2b1"),
            ("{% for g in [{'k': 1}]|groupby('k') %}{{ g.grouper }}{{ g.list|count }}{% endfor %}",
             "11"),
            ("{{ 'ada lovelace'|title }} {{ 'x y'.split()|last }} {{ 'abc'[:2] }}",
             "Ada Lovelace y ab"),
            ("{{ 'a-b'.replace('-', '+') }}{{ 'a-b'|replace('-', '+') }}", "a+ba+b"),
            ("{{ '<b>x</b>'|striptags }} {{ 'a b&'|urlencode }} {{ {'q': 'ü'}|urlencode }}",
             "x a%20b%26 q=%C3%BC"),
            ("{{ 2.567|round(1) }} {{ '7'|int + 1 }} {{ 7 // 2 }} {{ (2 - 5)|abs }}", "2.6 8 3 3"),
            ("{{ 'long words here'|truncate(9, true) }} {{ 'a b'|wordcount }}", "long w... 2"),
            ("{{ none }}{{ true }} {{ day }} {{ day.year }} {{ (day - day).days }}",
             "True 2014-02-26 2014 0"),
            ("{% for i in range(3) %}{{ loop.cycle('a', 'b') }}{% endfor %}", "aba"),
            ("{{ ('<b>' ~ '<i>'|safe)|length }}{{ 'a' in 'abc' }}{{ 1 < 2 < 3 }}", "12TrueTrue"),
            ("{{ supporter.email.split('@')[0] }} {{ supporter.full_name|default('x', true) }}",
             "ada x"),
            ("{{ [[1, 2], [3]]|sum(start=[])|join }}{{ ('a',) + ('b',) == ('a', 'b') }}",
             "123True"),
            ("{% set y %}<b>{{ 'x' }}</b>{% endset %}{{ y }}{{ y|upper }}", "xX"),
        ],
    )  # fmt: skip
    def test_works(self, content: str, text: str) -> None:
        """The same, fast and slow, as Jinja has it."""
        composer = Composer(message({"m/en.html": page(f"<p>{content}</p>")}), DAY)
        for _ in range(3):
            assert composer.compose(reader(), MOMENT).text.strip() == text
        assert composer.shapes.differed == 0

    def test_what_is_worked_out_beforehand_costs_nobody_anything(self) -> None:
        """Not while a composer is made ready, and the thousandth has as much as the first."""
        spinning = "{% set a = range(99999)|sort|list|length %}" * 9
        content = f"{{% if supporter.given_name %}}{spinning}{{% endif %}}x"
        composer = Composer(message({"m/en.html": page(content)}), DAY)
        for _ in range(5):
            assert composer.compose(reader(), MOMENT).text == "x\n"
        with pytest.raises(TemplateError, match=WORKS):
            composer.compose(reader(given_name="Ada"), MOMENT)
        assert composer.compose(reader(), MOMENT).text == "x\n"
