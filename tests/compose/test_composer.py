"""A composer: what is found before anything is sent, and what one person gets."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest
from making import DAY, LEAVE, MOMENT, REPLY, composed, message, page, reader

from outreach.compose import Composer
from outreach.errors import TemplateError
from outreach.model import Safety


def _refused(files: dict[str, str]) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        Composer(message(files), DAY)
    return caught.value


FACT = '[[a.count]]\nvalue = 2_300_000\ntrue_on = 2014-02-26\nsource = "x"\n'


class TestFoundBeforeAnythingIsSent:
    """A broken file, also of a language that the next reader doesn't get."""

    @pytest.mark.parametrize(
        ("content", "line", "problem"),
        [
            ("\n\n{{ supporter.given_name", 6, "end of print statement"),
            ("{% if %}", 4, "Expected an expression"),
            ("{{ suporter.given_name }}", 4, "did you mean 'supporter'"),
            ("{{ supporter.first_name }}", 4, "did you mean 'given_name'"),
            ("{{ sender.phone }}", 4, "there are name, email"),
            ("{{ 3|aprox }}", 4, "aprox"),
            ('{{ fact("a.cuont") }}', 4, "did you mean 'a.count'"),
            ('{{ fact("a.later") }}', 4, "counts from 2030-01-01"),
            ('{% include "layouts/none.html" %}', 4, "no such file"),
            ('{% include "../../etc/passwd" %}', 4, "no such file"),
            ('{% include "/etc/passwd" %}', 4, "no such file"),
            ('{% include "facts/f.toml" %}', 4, "no such file"),
        ],
    )
    def test_with_its_line(self, content: str, line: int, problem: str) -> None:
        """Whoever wrote it is told the place and what to write instead."""
        later = '[[a.later]]\nvalue = 1\ntrue_on = 2030-01-01\nsource = "x"\n'
        error = _refused({"m/fr.html": page(content), "facts/f.toml": FACT + later})
        assert (error.file, error.line) == ("templates/m/fr.html", line)
        assert problem in str(error)

    def test_in_a_layout(self) -> None:
        """A slip in a shared file names that file."""
        error = _refused({"layouts/plain.html": "{% block content %}{% endblock %}\n{{ nope }}"})
        assert (error.file, error.line) == ("templates/layouts/plain.html", 2)

    def test_in_a_text_file(self) -> None:
        """A text written by hand is checked like a page."""
        error = _refused({"m/en.txt": "Hello\n{{ nope }}"})
        assert (error.file, error.line) == ("templates/m/en.txt", 2)

    @pytest.mark.parametrize("block", ["subject", "preheader", "content"])
    def test_a_missing_block(self, block: str) -> None:
        """A message without a subject is none."""
        left_out = page("<p>x</p>").replace(f"block {block} ", f"block x{block} ")
        assert f"no block {block}" in str(_refused({"m/en.html": left_out}))

    @pytest.mark.parametrize("layout", ["", "{# soon #}", "<html><body></body></html>"])
    def test_a_layout_that_shows_nothing(self, layout: str) -> None:
        """The message's content would silently be missing."""
        error = _refused({"layouts/plain.html": layout})
        assert "no block content" in str(error)
        assert error.file == "templates/layouts/plain.html"

    def test_a_layout_may_show_the_content_by_its_name(self) -> None:
        """It then has no block of its own."""
        layout = "<html><body>{{ self.content() }}</body></html>"
        frozen = message({"layouts/plain.html": layout})
        assert "<p>Hello</p>" in Composer(frozen, DAY).compose(reader(), MOMENT).html

    def test_a_block_that_nothing_shows(self) -> None:
        """Text that would silently be missing from the message is an error."""
        with_stray = page("<p>x</p>") + "{% block footer %}lost{% endblock %}"
        assert "no block of the layout" in str(_refused({"m/en.html": with_stray}))

    def test_a_page_without_a_layout(self) -> None:
        """It would have no footer, and so no way out."""
        assert "extends no layout" in str(_refused({"m/en.html": "<p>Hello</p>"}))

    def test_names_that_the_files_set_themselves_are_known(self) -> None:
        """Variables, loops, macros and imports are no slips."""
        content = (
            "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{% set y = 1 %}"
            '{% import "m/parts.html" as parts %}{% from "m/parts.html" import bold as b %}'
            "{% for z in [1, 2] %}{{ loop.index }}{{ z }}{% endfor %}"
            "{{ twice(y) }}{{ parts.bold('q') }}{{ b('r') }}"
        )
        files = {
            "m/en.html": page(content),
            "m/parts.html": "{% macro bold(t) %}<b>{{ t }}</b>{% endmacro %}",
        }
        made = Composer(message(files), DAY).compose(reader(), MOMENT)
        assert "112211<b>q</b><b>r</b>" in made.html


class TestOnePerson:
    """What a template says for one reader."""

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ("{{ supporter.attributes.shirt }}", "'shirt' is not known"),
            ("{{ 1 / 0 }}", "division by zero"),
            ("{{ 'x' * 1000000000 }}", "may not do that"),
            ("{{ 'x'.ljust(1000000000) }}", "may not do that"),
            ("{{ 10 ** 10 ** 10 }}", "may not do that"),
            ("{{ ''.__class__ }}", "may not do that"),
            ("{{ supporter.tags.__class__ }}", "may not do that"),
            ("{% for a in range(9999999) %}{% endfor %}", "Range too big"),
            ("{% set n = '../x' %}{% include n %}", "no such file"),
            ("{% set n = 'm/en.html' %}{% include n %}", "never end"),
            ("{{ 'soon'|date }}", "YYYY-MM-DD"),
            ("{{ 'many'|number }}", "whole number"),
            ("{{ reply_link(bdy='x') }}", "bdy"),
        ],
    )
    def test_who_cant_be_composed_is_an_error_with_its_line(
        self, content: str, problem: str
    ) -> None:
        """The sender can mark that person and go on."""
        with pytest.raises(TemplateError, match=problem) as caught:
            composed(f"\n{content}")
        assert str(caught.value.file).startswith("templates/")
        assert caught.value.line is not None

    def test_without_end_is_stopped(self) -> None:
        """A message that grows and grows does not take the memory."""
        row = "{% for b in range(99999) %}xxxxxxxxxxxxxxxx{% endfor %}"
        with pytest.raises(TemplateError, match="grows beyond"):
            composed("{% for a in range(99) %}" + row + "{% endfor %}")

    def test_names_are_escaped_in_the_page_and_bare_in_the_heading(self) -> None:
        """O'Brien is no &#39; in a subject, and <b> no tag in a page."""
        made = composed(
            "<p>{{ supporter.given_name }}</p>",
            subject="{{ supporter.given_name }}",
            given_name="<b>O'Brien</b> & Co",
        )
        assert made.subject == "<b>O'Brien</b> & Co"
        assert "&lt;b&gt;O'Brien&lt;/b&gt; &amp; Co" in made.html
        assert made.text.strip() == "<b>O'Brien</b> & Co"

    def test_a_template_in_a_name_is_a_name(self) -> None:
        """Supporters' words are never run."""
        made = composed("<p>{{ supporter.given_name }}</p>", given_name="{{ 7*7 }}{% if %}")
        assert "{{ 7*7 }}{% if %}" in made.html

    def test_what_turns_lines_around_is_taken_from_names(self) -> None:
        """And lone surrogates, NULs and other controls; letters and joiners stay."""
        made = composed(
            "<p>[{{ supporter.given_name }}]</p>", given_name="\u202eA\0\ud800\x1b\u200dن\r\nb"
        )
        assert "[A\u200dن\nb]" in made.html

    def test_what_is_set_above_the_blocks_counts_in_all_of_them(self) -> None:
        """Also in subject and preheader."""
        made = composed("<p>{{ who }}</p>", top="{% set who = 'W' %}", subject="S {{ who }}")
        assert made.subject == "S W"
        assert "<p" in made.html
        assert ">W</p>" in made.html

    def test_styles_are_inlined_and_the_rest_kept(self) -> None:
        """Mail programs that drop <style> still show the message."""
        css = "p { color: red } @media (max-width: 9px) { p { color: blue !important } }"
        made = Composer(message({"styles/plain.css": css}), DAY).compose(reader(), MOMENT)
        assert '<p style="color:red">' in made.html
        assert "color: blue !important" in made.html

    def test_nothing_is_fetched(self) -> None:
        """A stylesheet elsewhere is left alone: composing knows no network."""
        made = composed('<link rel="stylesheet" href="http://127.0.0.1:1/x.css"><p>x</p>')
        assert "127.0.0.1:1" in made.html

    def test_is_the_same_each_time(self) -> None:
        """The same reader and moment give the same bytes, from another composer too."""
        assert composed("<p>x</p>").mime == composed("<p>x</p>").mime

    def test_an_empty_subject_is_an_error(self) -> None:
        """A person without a name gets no message without a subject."""
        with pytest.raises(TemplateError, match="subject is empty"):
            composed("<p>x</p>", subject="{{ supporter.given_name }}")

    def test_a_text_written_by_hand_goes_before_the_made_one(self) -> None:
        """With the same values, and no escapes."""
        frozen = message({"m/en.txt": "Hello {{ supporter.given_name }}, {{ subject }}"})
        made = Composer(frozen, DAY).compose(reader(given_name="O'Brien"), MOMENT)
        assert made.text == "Hello O'Brien, Subject"


class TestDiscreet:
    """People for whom the standard message may be a danger."""

    FILES: ClassVar = {"m/en.discreet.html": page("<p>quiet</p>"), "m/fr.html": page("<p>loud</p>")}

    def test_get_only_the_discreet_version(self) -> None:
        """In a language that has one."""
        composer = Composer(message(self.FILES), DAY)
        quiet = composer.compose(reader(language="fr", safety=Safety.DISCREET), MOMENT)
        assert (composer.discreet, quiet.language, quiet.text.strip()) == (True, "en", "quiet")
        assert composer.compose(reader(language="fr"), MOMENT).text.strip() == "loud"

    def test_get_nothing_where_there_is_none(self) -> None:
        """Never the other version."""
        composer = Composer(message(), DAY)
        assert not composer.discreet
        with pytest.raises(TemplateError, match="no discreet version"):
            composer.compose(reader(safety=Safety.DISCREET), MOMENT)


class TestReplyLink:
    """A mailto that mail programs understand."""

    def test_is_percent_encoded_for_every_program(self) -> None:
        """No bare plus, no bare line break; CRLF between the lines."""
        made = composed(
            '<a href="{{ reply_link(subject="À + b", body="Nom : \\nPays : ") }}">x</a>'
        )
        uri = (
            f"mailto:events%2B{REPLY}@outreach.example.org"
            "?subject=%C3%80%20%2B%20b&amp;body=Nom%20%3A%20%0D%0APays%20%3A%20"
        )
        assert f'href="{uri}"' in made.html

    def test_in_the_text_is_the_plain_address(self) -> None:
        """Nobody can read a mailto."""
        made = composed('<a href="{{ reply_link(body="x\\ny") }}">Write</a>')
        assert made.text == f"Write (events+{REPLY}@outreach.example.org)\n"

    def test_too_long_is_an_error(self) -> None:
        """Programs would cut it, and with it the lines to fill in."""
        with pytest.raises(TemplateError, match="mail programs take 1600"):
            composed(
                '<a href="{{ reply_link(body=supporter.given_name) }}">x</a>', given_name="ن" * 300
            )


def test_a_message_leads_to_each_page_with_the_token_that_is_for_it() -> None:
    """The fast way and the slow one write the same links, in the page and in the text."""
    names = ("unsubscribe", "preferences", "browser", "take_part", "confirm")
    links = " ".join(f'<a href="{{{{ {name}_url }}}}">{name}</a>' for name in names)
    composer = Composer(message({"m/en.html": page(f"<p>{links}</p>")}), DAY)
    for letter in "abcd":
        one = replace(reader(), view_token="v" + letter * 23, confirm_token="c" + letter * 23)
        made = composer.compose(one, MOMENT)
        assert made.mime == composer.compose_slowly(one, MOMENT).mime
        for path in (f"u/{LEAVE}", f"p/{LEAVE}", f"v/v{letter * 23}", f"t/{REPLY}", "c/c"):
            assert f'href="https://outreach.example.org/{path}' in made.html
            assert f"https://outreach.example.org/{path}" in made.text
    assert composer.shapes.slow == 0


def test_links_are_counted_for_those_alone_who_may_be() -> None:
    """Everybody else gets the link itself and no picture; both ways give the same bytes."""
    content = """<p>Dear {{ supporter.given_name }},
<a href="{{ counted("https://example.org/?a=1&b=2") }}">sign</a>
{% if opened_url %}<img src="{{ opened_url }}" alt="" width="1" height="1">{% endif %}</p>"""
    composer = Composer(message({"m/en.html": page(content)}), DAY)
    for name in "ABCD":
        plain = reader(given_name=name)
        agreed = replace(
            plain, open_token="o" * 24, seal_link=lambda target: f"7/{len(target):024}"
        )
        for one in (plain, agreed):
            assert composer.compose(one, MOMENT).mime == composer.compose_slowly(one, MOMENT).mime
        html = composer.compose(plain, MOMENT).html
        assert 'href="https://example.org/?a=1&amp;b=2"' in html
        assert "<img" not in html
        html = composer.compose(agreed, MOMENT).html
        path = f"/l/7/{28:024}?to=https%3A%2F%2Fexample.org%2F%3Fa%3D1%26b%3D2"
        assert f'href="https://outreach.example.org{path}"' in html
        assert f'src="https://outreach.example.org/o/{"o" * 24}.gif"' in html
    assert composer.shapes.slow == 0
