"""Every rendering ends, whatever is written into a template."""

from __future__ import annotations

from itertools import pairwise

import pytest
from making import DAY, MOMENT, composed, message, page, reader

from outreach.compose import Composer
from outreach.errors import TemplateError

LOOPS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    "content",
    [
        LOOPS,
        "{% set x %}" + LOOPS + "{% endset %}",
        "{% for a in range(99999) %}{{ range(99999)|list|length }}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99999) if b < 0 %}{% endfor %}{% endfor %}",
        "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{% for a in [[[]]] recursive %}{{ loop([a, a]) }}{% endfor %}",
    ],
)
def test_a_loop_without_end_is_stopped_at_its_line(content: str) -> None:
    """Also where it prints nothing."""
    with pytest.raises(TemplateError, match=r"without end|never end") as caught:
        composed(f"\n{content}")
    assert caught.value.file == "templates/m/en.html"
    assert caught.value.line == 5


def test_files_that_include_the_next_twice_are_stopped() -> None:
    """Thirty small files could make a thousand million pages."""
    names = [f"m/{number}.html" for number in range(30)]
    files = {one: f'{{% include "{other}" %}}' * 2 for one, other in pairwise(names)}
    files |= {names[-1]: "", "m/en.html": page(f'{{% include "{names[0]}" %}}')}
    with pytest.raises(TemplateError, match="without end"):
        Composer(message(files), DAY).compose(reader(), MOMENT)


@pytest.mark.parametrize(
    "doubled",
    [
        "{% set ns.x = ns.x ~ ns.x %}",
        "{% set ns.x = ns.x + ns.x %}",
        "{% set ns.y = ns.y + ns.y %}",
    ],
)
def test_a_text_that_doubles_is_stopped(doubled: str) -> None:
    """Before it takes the memory, though it is never printed."""
    top = "{% set ns = namespace(x='xxxxxxxx', y=[1, 2]) %}"
    with pytest.raises(TemplateError, match="grows beyond"):
        composed(f"{top}{{% for n in range(60) %}}{doubled}{{% endfor %}}")


def test_the_budget_is_each_persons_own() -> None:
    """The thousandth reader has as much as the first."""
    composer = Composer(
        message({"m/en.html": page("{% for n in range(90000) %}{% endfor %}<p>x</p>")}), DAY
    )
    for _ in range(15):
        assert composer.compose(reader(), MOMENT).text == "x\n"


def test_loops_say_as_ever_where_they_are() -> None:
    """Counting them changes nothing in them."""
    content = (
        "{% for n in 'abc' %}{{ loop.index }}/{{ loop.length }}{{ n }}{{ loop.last }} {% endfor %}"
        "{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% else %}none{% endfor %}"
        "{% for x in [] %}{% else %}empty{% endfor %}"
    )
    assert composed(content).text == "1/3aFalse 2/3bFalse 3/3cTrue a1empty\n"
