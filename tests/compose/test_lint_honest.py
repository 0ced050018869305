"""What the checks leave alone: messages that honest people write, and their odd ways."""

from __future__ import annotations

from dataclasses import replace

import pytest
from linting import LAYOUT, checked, found, good
from making import DAY, LETTERHEAD, MOMENT, message

from outreach.compose.lint import Severity, check_message

#: each the content of a message, in which there is nothing to mend
HONEST = {
    "asks for the name": "<p>{% if supporter.given_name %}Dear {{ supporter.given_name }},"
    "{% else %}Dear friend,{% endif %}</p>",
    "another word in its place": "<p>Dear {{ supporter.given_name or 'friend' }},</p>",
    "a default": "<p>Dear {{ supporter.given_name|default('friend', true) }},</p>",
    "a name of its own": "{% set name = supporter.given_name or 'friend' %}<p>Dear {{ name }},</p>",
    "asks before": "{% set name = supporter.given_name %}<p>Dear "
    "{% if name %}{{ name }}{% else %}friend{% endif %},</p>",
    "in one expression": "<p>Hello{{ ', ' ~ supporter.given_name if supporter.given_name }}!</p>",
    "captured and asked for": "{% set who %}{{ supporter.given_name }}{% endset %}"
    "<p>Dear {{ who or 'friend' }},</p>",
    "a macro that asks": "{% macro dear(name) %}{% if name %}Dear {{ name }}{% else %}Hello"
    "{% endif %}{% endmacro %}<p>{{ dear(supporter.given_name) }}</p>",
    "a column that may be missing": "<p>Welcome."
    "{% set town = supporter.attributes.get('Town', '') %}"
    "{% if town %} How is {{ town }}?{% endif %}</p>",
    "nothing on purpose": "<p>Welcome{{ supporter.attributes.get('Town', '') }}</p>",
    "in a link": '<p><a href="https://x.org/?c={{ supporter.country }}">Our page</a></p>',
    "a loop over tags": "<p>{% for tag in supporter.tags %}{{ tag }} {% else %}new{% endfor %}</p>",
    "not known in a branch": "{% if supporter.country %}"
    "<p>{{ supporter.country|country }}</p>{% endif %}",
    "what was withheld": "<p>A man [name withheld] wrote: “I read [your] letters [in prison].”</p>",
    "kisses and a Roman number": "<p>Rome, the XXX Assembly, King Juan XXX, yours xxx</p>",
    "a currency": "<p>100% certain, 50%AND more: $name your price, *so* do</p>",
    "an announcement": "<p>[UPDATE] [ACTION] [PDF] [EN] What is new</p>",
    "code": "<p>Write {% raw %}{ }{% endraw %} or {} or #hope ##.</p>",
    "ends left out": "<ul><li>One<li>Two</ul><p>First<p>Second<table><tr><td>x<td>y</table>",
    "void elements": "<p>One<br>two<br/>three<hr><wbr></p>",
    "a comment for Outlook": "<!--[if mso]><table><tr><td><![endif]--><p>x</p>"
    "<!--[if mso]></td></tr></table><![endif]-->",
    "an arrow": "<p>1 &lt; 2, a < b</p>",
    "capitals": "<P><B>Bold</b></P>",
    "a picture that fits": '<table width="600"><tr><td width="300"><img src="https://x.org/a.png"'
    ' alt="" width="300" height="9"></td></tr></table>',
    "a picture in a share": '<table width="600"><tr><td width="50%"><img src="https://x.org/a.png"'
    ' alt="" width="560" height="9"></td></tr></table>',
    "a link in a sentence": '<p>Come <a href="https://x.org">and see it here</a>.</p>',
}


@pytest.mark.parametrize("content", HONEST.values(), ids=HONEST)
def test_of_an_honest_message_nothing_is_said(content: str) -> None:
    """Not even that it might be wrong."""
    told = checked(content, columns=None).findings
    assert [one for one in told if one.kind not in ("slow", "number-unbacked")] == []


@pytest.mark.parametrize("subject", ["I <3 you", "Q&A; and more", "You & we", "AT&T", "1 < 2 > 1"])
def test_a_subject_may_hold_any_character(subject: str) -> None:
    """Only tags and entities would be seen as what they are not."""
    assert found("subject-markup", subject=subject) == []


def test_in_spanish_todo_is_a_word() -> None:
    """In English it is a gap."""
    spanish = good("<p>¡TODO es posible!</p>", subject="Asunto", preheader="Una frase sobre ello.")
    assert found("placeholder", files={"m/es.html": spanish}) == []
    assert found("placeholder", "<p>TODO: more of this</p>")


@pytest.mark.parametrize(
    "gap",
    [
        *(
            "TODO",
            "XXX people",
            "in XXX countries",
            "XXXX",
            "[NAME]",
            "[First Name]",
            "[insert link]",
        ),
        *("[your name]", "lorem ipsum", "*|FNAME|*", "%FIRSTNAME%", "%%first_name%%", "{name}"),
        *("{ supporter.given_name }", "{$name}", "##NAME##", "[[name]]", "[NOM]", "TBD"),
        "%recipient.first_name%",
    ],
)
def test_a_gap_is_found_at_its_line(gap: str) -> None:
    """Whichever program or habit it comes from."""
    gap = f"{{% raw %}}{gap}{{% endraw %}}"
    (one,) = found("placeholder", f"<p>Dear friend,</p>\n<p>{gap}</p>")
    assert (one.line, one.severity) == (5, Severity.ERROR)


class TestHoles:
    """Values that print nothing for people of whom less is known."""

    @pytest.mark.parametrize(
        ("content", "value"),
        [
            ("Dear {{ supporter.given_name }},", "supporter.given_name"),
            ("In {{ supporter.country|country }}", "supporter.country"),
            ("Since {{ supporter.joined|date }}", "supporter.joined"),
            ("Dear {{ supporter['given_name']|upper }},", "supporter.given_name"),
            ("{{ 'Dear ' ~ supporter.full_name ~ ',' }}", "supporter.full_name"),
            ("{% set name = supporter.given_name %}Dear {{ name }},", "name"),
            (
                "{% macro dear(name) %}Dear {{ name }},{% endmacro %}"
                "{{ dear(supporter.given_name) }}",
                "name",
            ),
            (
                "{% if supporter.given_name %}Dear {{ supporter.given_name }} of "
                "{{ supporter.country|country }}{% endif %}",
                "supporter.country",
            ),
            ("You: {{ supporter.tags|join(', ') }}", "supporter.tags"),
            ("In {{ supporter.attributes.get('Town') }}", 'supporter.attributes.get("Town")'),
        ],
    )
    def test_are_told_once_with_the_if(self, content: str, value: str) -> None:
        """With the line, in whichever way they are printed."""
        (one,) = found("value-empty", f"<p>{content}</p>", columns=None)
        assert (one.file, one.line) == ("templates/m/en.html", 4)
        assert value in one.what
        assert f"{{% if {value} %}}" in one.mend

    def test_are_found_in_the_subject_and_in_a_text_too(self) -> None:
        """Wherever people read them."""
        assert [
            one.line for one in found("value-empty", subject="For {{ supporter.given_name }}")
        ] == [2]
        text = "Dear {{ supporter.given_name }},\n{{ unsubscribe_url }}\n{{ postal_address }}\n"
        (one,) = found("value-empty", files={"m/en.txt": text})
        assert (one.file, one.line) == ("templates/m/en.txt", 1)

    def test_of_a_layout_are_told_once(self) -> None:
        """However many languages use it."""
        layout = LAYOUT.replace("<body>", "<body><p>Dear {{ supporter.given_name }},</p>")
        files = {"layouts/plain.html": layout, "m/fr.html": good()}
        (one,) = found("value-empty", files=files)
        assert one.file == "templates/layouts/plain.html"


class TestLanguages:
    """Files that were never translated, or that nobody gets."""

    TEXT = "<p>We have won, and it was your letters that did it. Thank you for each of them.</p>"

    @pytest.mark.parametrize("language", ["en-GB", "en-US"])
    def test_forms_of_one_language_may_say_the_same(self, language: str) -> None:
        """Only where they differ they say something else."""
        files = {f"m/{language}.html": good(self.TEXT)}
        assert found("language-untranslated", self.TEXT, files=files) == []

    def test_names_and_quotations_may_be_the_same(self) -> None:
        """They are no sentences, or few."""
        names = (
            "<li>Ada Example</li><li>Minister of Justice</li><p>“We shall overcome one day.”</p>"
        )
        own = "<p>Nous avons gagné, et ce sont vos lettres qui ont tout changé. Merci beaucoup.</p>"
        french = good(own + names, subject="Sujet", preheader="Ce qui s’est passé depuis hier.")
        assert found("language-untranslated", self.TEXT + names, files={"m/fr.html": french}) == []

    @pytest.mark.parametrize(
        "name", ["part.html", "button.html", "notes.txt", "a/fr_CA.html", "old.html"]
    )
    def test_parts_are_no_languages(self, name: str) -> None:
        """Nor is what somebody keeps beside them."""
        assert found("language-unused", files={f"m/{name}": "x"}) == []

    @pytest.mark.parametrize("include", ["'m/fr_parts.html'", "'m/fr' ~ '_parts.html'"])
    def test_what_is_included_is_used(self, include: str) -> None:
        """Also where its name is put together."""
        content = f"<p>{{% include {include} %}}</p>"
        assert found("language-unused", content, files={"m/fr_parts.html": "x"}) == []

    @pytest.mark.parametrize(
        ("name", "right"),
        [
            ("fr_CA.html", "fr-CA.html"),
            ("french.html", "fr.html"),
            ("fr copy.html", "fr.html"),
            ("fr (1).html", "fr.html"),
            ("pt_BR.txt", "pt-BR.txt"),
            ("fr.discrete.html", "fr.discreet.html"),
        ],
    )
    def test_the_right_name_is_told(self, name: str, right: str) -> None:
        """Or that there is such a file already."""
        (one,) = found("language-unused", files={f"m/{name}": good()})
        assert right in one.mend


class TestDiscreet:
    """What a discreet version may say."""

    def test_what_the_settings_say_anyway_is_no_finding(self) -> None:
        """The sender's name and the postal address come with each mail."""
        files = {"m/en.discreet.html": good("<p>{{ sender.name }}</p>")}
        assert found("discreet-tells", files=files) == []

    def test_a_copy_of_the_open_version_is_told_of(self) -> None:
        """Its subject, its answer and its masthead."""
        whom = good(
            '<p class="masthead">{{ organisation }}</p>'
            "<a href=\"{{ reply_link(subject='To ' ~ organisation) }}\">Answer</a>",
            subject="News from {{ organisation }}",
        )
        told = [one.what for one in found("discreet-tells", files={"m/en.discreet.html": whom})]
        for part in ("the subject names", "the page names", "the answer that", "a masthead"):
            assert any(part in what for what in told), part

    def test_an_organisation_of_one_common_word_is_told_by_its_capital(self) -> None:
        """Nobody is kept from hoping."""
        files = {"m/en.discreet.html": good("<p>We hope for the best.</p>"), "m/en.html": good()}
        frozen = replace(message(files), letterhead=replace(LETTERHEAD, organisation="Hope"))
        told = check_message(frozen, day=DAY, moment=MOMENT).findings
        assert [one for one in told if one.kind == "discreet-tells"] == []


def test_a_layout_may_lie_in_the_messages_own_folder() -> None:
    """It need not be shared with others."""
    own = good().replace("layouts/plain.html", "m/frame.html")
    files = {"m/en.html": own, "m/frame.html": LAYOUT}
    assert checked(files=files).findings == ()
    empty = checked(files={"m/en.html": own, "m/frame.html": "<p>nothing</p>"})
    assert [(one.kind, one.file) for one in empty.findings] == [("block", "templates/m/frame.html")]


@pytest.mark.parametrize(
    "content",
    [
        "{% macro tree(n) %}x{% if n %}{{ tree(n - 1) }}{% endif %}{% endmacro %}{{ tree(3) }}",
        "{% macro all(l) %}{% for i in l %}{{ all(i) }}{% endfor %}{% endmacro %}{{ all([[]]) }}x",
    ],
)
def test_a_macro_that_calls_itself_may_have_an_end(content: str) -> None:
    """Where an if or a loop sees to it."""
    assert [one.kind for one in checked(f"<p>{content}</p>").findings if one.kind == "file"] == []


def test_the_subject_may_be_shown_in_the_page_with_its_tags() -> None:
    """The check finds the tags, and no figures that nobody wrote."""
    told = checked("<h1>{{ subject }}</h1>", subject="Thank <b>you</b>").findings
    assert {one.kind for one in told} == {"subject-markup"}


def test_small_numbers_are_taken_for_no_fact() -> None:
    """Three days are not the three releases that a sheet knows of."""
    sheet = '[[x.y]]\nvalue = 3\ntrue_on = 2014-01-01\nsource = "s"\napproved_by = "A"\n'
    (one,) = found("number-unbacked", "<p>in 3 days</p>", files={"facts/few.toml": sheet})
    assert "{{ 3|number }}" in one.mend
    assert found("number-typed", "<p>in 3 days</p>", files={"facts/few.toml": sheet}) == []
