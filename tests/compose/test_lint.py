"""What `templates check` finds: each kind, with its place; and what it leaves alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from linting import LAYOUT, PREHEADER, SHEET, STYLES, TEXT, checked, found, good
from making import DAY, LETTERHEAD, MOMENT, TEMPLATES, message

from outreach.compose import freeze, list_messages
from outreach.compose.lint import KINDS, Severity, check_message

EN = "templates/m/en.html"


@dataclass(frozen=True)
class Spoilt:
    """One thing wrong, and how it is told."""

    kind: str
    what: str
    content: str = "<p>Hello</p>"
    line: int | None = 4
    file: str = EN
    subject: str = "Subject"
    files: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"[:50]


def _without(text: str, part: str) -> str:
    assert part in text
    return text.replace(part, "")


PLAIN = "templates/layouts/plain.html"
NO_LINK = {
    "layouts/plain.html": _without(LAYOUT, '<a href="{{ unsubscribe_url }}">Unsubscribe</a>')
}
NO_ADDRESS = {"layouts/plain.html": _without(LAYOUT, "{{ postal_address }}")}
CASE = (
    '[case.ada]\nname = "Ada Example"\ncountry = "KE"\nstatus = "released"\n'
    '[[case.ada.outcomes]]\nstatus = "released"\ntrue_on = 2014-01-01\n'
    'source = "a report"\napproved_by = "Ada"\n'
)
STARTER = "Say in a sentence or two what has happened, and what the reader has to do with it."
OTHER = "Une phrase qui dit de quoi il s’agit, et pourquoi."
ARABIC = good("<p>مرحبا</p>", subject="عنوان")
#: many kinds of mail that could be wrong
CASES = [
    Spoilt("syntax", "unexpected", "<p>{{ % }}</p>"),
    Spoilt("syntax", "endblock", "{% if day %}<p>x</p>", line=4),
    Spoilt("file", "no such file", '{% include "../../etc/passwd" %}'),
    Spoilt("file", "no such file", '\n{% include "other/en.html" %}', line=5),
    Spoilt("file", "no such file", '{% include "facts/sheet.toml" %}'),
    Spoilt("name", "did you mean 'supporter'", "{{ suporter.given_name }}"),
    Spoilt("name", "did you mean 'given_name'", "\n\n{{ supporter.first_name }}", line=6),
    Spoilt("name", "did you mean 'given_name'", "{{ supporter['given_nam'] }}"),
    Spoilt("name", "did you mean 'supporter.given_name'", "{{ first_name }}"),
    Spoilt("name", "did you mean 'number'", "{{ 3|numbr }}"),
    Spoilt("name", "did you mean 'defined'", "{% if day is defind %}x{% endif %}"),
    Spoilt("name", "did you mean 'value'", "{{ fact('letters.sent').valu }}"),
    Spoilt("forbidden", "__class__", "{{ supporter.__class__ }}"),
    Spoilt("forbidden", "__mro__", "{{ ''['__mro__'] }}"),
    Spoilt("forbidden", "__globals__", "{{ reply_link|attr('__globals__') }}"),
    Spoilt("forbidden", "for numbers only", "{{ 'x' * 3 }}"),
    Spoilt("fact", "did you mean 'letters.sent'", "{{ fact('letters.send')|number }}"),
    Spoilt("fact", "no fact 'x' on the facts sheets", "{{ fact('x')|number }}"),
    Spoilt(
        "block",
        "no block preheader",
        line=None,
        files={
            "m/en.html": _without(good(), f"{{% block preheader %}}{PREHEADER}{{% endblock %}}")
        },
    ),
    Spoilt(
        "block",
        "'fooot' is no block of the layout",
        line=5,
        files={"m/en.html": good() + "{% block fooot %}x{% endblock %}"},
    ),
    Spoilt("block", "extends no layout", line=1, files={"m/en.html": "<p>x</p>"}),
    Spoilt("block", "is empty", line=1, files={"m/en.html": "{# soon #}"}),
    Spoilt("file", "this file extends or includes itself", '\n{% include "m/en.html" %}', line=5),
    Spoilt(
        "file",
        "by way of 'm/b.html'",
        line=1,
        file="templates/m/a.html",
        content='{% include "m/a.html" %}',
        files={"m/a.html": '{% include "m/b.html" %}', "m/b.html": 'x{% include "m/a.html" %}'},
    ),
    Spoilt("file", "'again' calls itself", "{% macro again() %}{{ again() }}{% endmacro %}"),
    Spoilt("name", "a key stands in quotes", "{{ fact(spring.old)|number }}"),
    Spoilt("fact", "is a case and no figure", "{{ fact('ada') }}", files={"facts/c.toml": CASE}),
    Spoilt("composing", "'x' is not known here", "{{ day.x }}"),
    Spoilt(
        "composing",
        "goes round",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    ),
    Spoilt(
        "left-out",
        "Shirt size",
        "<p>{{ supporter.attributes['Shirt size'] }}</p>",
    ),
    Spoilt("column", "did you mean 'Shirt size'", "{{ supporter.attributes['Shirtsize'] }}"),
    Spoilt("subject-missing", "subject is empty", line=2, subject="{% if not day %}x{% endif %}"),
    Spoilt("subject-missing", "subject is empty", line=2, subject="…"),
    Spoilt(
        "subject-missing",
        "no block subject",
        line=None,
        files={"m/en.html": _without(good(), "{% block subject %}Subject{% endblock %}")},
    ),
    Spoilt("subject-long", "80 letters", line=2, subject="x" * 80),
    Spoilt("subject-cut", "60 letters", line=2, subject="題" * 30),
    Spoilt("preheader-missing", "empty", line=3, files={"m/en.html": _without(good(), PREHEADER)}),
    Spoilt(
        "preheader-length",
        "5 letters",
        line=3,
        files={"m/en.html": good().replace(PREHEADER, "Short")},
    ),
    Spoilt("unsubscribe-missing", "in the page", file=PLAIN, files=NO_LINK, line=4),
    Spoilt(
        "unsubscribe-missing",
        "no text or is hidden",
        file=PLAIN,
        line=6,
        files={"layouts/plain.html": LAYOUT.replace(">Unsubscribe<", "><")},
    ),
    Spoilt(
        "unsubscribe-missing",
        "no text or is hidden",
        file=PLAIN,
        line=6,
        files={"layouts/plain.html": LAYOUT.replace("<p><a", '<p style="display: none"><a')},
    ),
    Spoilt(
        "unsubscribe-missing",
        "in the plain text",
        line=None,
        file="templates/m/en.txt",
        files={"m/en.txt": _without(TEXT, "{{ unsubscribe_url }}")},
    ),
    Spoilt("address-missing", "in the page", file=PLAIN, files=NO_ADDRESS, line=4),
    Spoilt(
        "address-missing",
        "not in the plain text",
        line=None,
        file="templates/m/en.txt",
        files={"m/en.txt": _without(TEXT, "{{ postal_address }}")},
    ),
    Spoilt(
        "direction",
        "ar runs from right to left",
        line=4,
        file="templates/layouts/plain.html",
        files={
            "m/ar.html": ARABIC,
            "layouts/plain.html": LAYOUT.replace('dir="{{ dir }}"', 'dir="ltr"'),
        },
    ),
    Spoilt("link-insecure", "http://example.org", '<p>\n<a href="http://example.org">x</a></p>', 5),
    Spoilt("link-target", "'/more'", '<p><a href="/more">x</a></p>'),
    Spoilt("link-target", "''", '<p><a href="">x</a></p>'),
    Spoilt("link-target", "javascript", '<p><a href="javascript:x()">x</a></p>'),
    Spoilt("link-target", "mailto link to nobody", '<p><a href="mailto:">x</a></p>'),
    Spoilt("link-target", "https://", '<p><a href="https://">x</a></p>'),
    Spoilt("link-text", "example.org", '<p><a href="https://example.org"> &nbsp; </a></p>'),
    Spoilt("mailto-long", "1,6", f'<p><a href="mailto:a@b.org?body={"x" * 1600}">x</a></p>'),
    Spoilt(
        "mailto-long",
        "mail programs take 1600",
        f'<p><a href="{{{{ reply_link(body="{"é" * 300}") }}}}">x</a></p>',
    ),
    Spoilt("image-alt", "a.png", '<img src="https://x.org/a.png" width="9" height="9">'),
    Spoilt("image-size", "without height", '<img src="https://x.org/a.png" alt="" width="9">'),
    Spoilt("image-source", "'a.png'", '<img src="a.png" alt="" width="9" height="9">'),
    Spoilt("image-source", "http://", '<img src="http://x.org/a" alt="" width="9" height="9">'),
    Spoilt("html-large", "90,000 bytes", f"<p>{'word ' * 18_000}</p>", line=None),
    Spoilt("html-clipped", "110,000 bytes", f"<p>{'word ' * 22_000}</p>", line=None),
    Spoilt("contrast-light", "2.32 to 1", '<p style="color: #aaa">pale</p>'),
    Spoilt(
        "contrast-dark",
        "#333333 on #000000",
        line=5,
        file="templates/styles/plain.css",
        files={
            "styles/plain.css": STYLES
            + "@media (prefers-color-scheme: dark) {\n  body { background: #000 !important }\n"
            "  p { color: #333 !important }\n  a { color: #fff !important }\n}\n"
        },
    ),
    Spoilt("css-dropped", "position: absolute", '<p style="position: absolute">x</p>'),
    Spoilt("css-dropped", "Gmail", "<style>\np { transform: none; --x: 1px }</style>", line=5),
    Spoilt(
        "css-dropped",
        "display: flex",
        line=4,
        file="templates/styles/plain.css",
        files={"styles/plain.css": f"{STYLES}.a {{\n  display: flex }}\n"},
    ),
    Spoilt(
        "css-broken",
        "no CSS",
        line=3,
        file="templates/styles/plain.css",
        files={"styles/plain.css": f"{STYLES}p color: red }}\n"},
    ),
    Spoilt(
        "css-broken",
        "no CSS",
        line=3,
        file="templates/styles/plain.css",
        files={"styles/plain.css": f"{STYLES}}}}} p {{ color: red }}\n"},
    ),
    Spoilt("html-dropped", "<form>", '<form action="https://x.org">x</form>'),
    Spoilt("html-dropped", "<iframe>", '\n<iframe src="https://x.org"></iframe>', line=5),
    Spoilt("number-unbacked", "'83'", "<p>People in 83 countries</p>"),
    Spoilt("number-typed", "letters.sent", "<p>More than 2,300,000 letters</p>"),
    Spoilt(
        "text-less", "https://x.org", '<p class="html-only"><a href="https://x.org">x</a></p>', None
    ),
    Spoilt(
        "text-less",
        "less than 60% of the letters",
        f"<p>{'Many words of the page. ' * 9}</p>",
        line=None,
        file="templates/m/en.txt",
        files={"m/en.txt": TEXT},
    ),
    Spoilt("slow", "", '<p id="{{ supporter.given_name }}">x</p>'),
    Spoilt(
        "language-older",
        "en.html has changed",
        line=5,
        file="templates/m/fr.html",
        files={"m/fr.html": good() + "{# translated from en.html 01234567 #}"},
    ),
    Spoilt(
        "language-unmarked",
        "doesn't say",
        line=None,
        file="templates/m/fr.html",
        files={"m/fr.html": good("<p>Bonjour à toutes et à tous</p>", preheader=OTHER)},
    ),
    Spoilt(
        "language-untranslated",
        "100 % of it is said in the words of en.html",
        line=None,
        file="templates/m/fr.html",
        files={"m/fr.html": good()},
    ),
    Spoilt(
        "language-unused",
        "no language has the name 'fr_CA.html'",
        line=None,
        file="templates/m/fr_CA.html",
        files={"m/fr_CA.html": good()},
    ),
    Spoilt(
        "manifest",
        "needs title",
        line=1,
        file="templates/m/message.toml",
        files={"m/message.toml": 'title = 3\ndefault_language = "en"'},
    ),
    Spoilt(
        "sheet",
        "not TOML",
        line=1,
        file="templates/facts/other.toml",
        files={"facts/other.toml": "x = = 1"},
    ),
    Spoilt("placeholder", "what a new message begins with", f"<p>{STARTER}</p>"),
    Spoilt("placeholder", "'*|FNAME|*'", "<p>Dear *|FNAME|*</p>"),
    Spoilt("value-empty", "'supporter.given_name'", "<p>Dear {{ supporter.given_name }},</p>"),
    Spoilt("subject-markup", "shows '<b>'", line=2, subject="Thank <b>you</b>"),
    Spoilt("subject-markup", "shows '&amp;'", line=2, subject="You &amp; we"),
    Spoilt(
        "discreet-tells",
        "names 'Example Rights Network'",
        file="templates/m/en.discreet.html",
        files={"m/en.discreet.html": good("<p>With {{ organisation }}</p>")},
    ),
    Spoilt("link-vague", "only says 'Click here'", '<p><a href="https://x.org">Click here</a></p>'),
    Spoilt("link-target", "readers can't reach", '<p><a href="https://localhost/x">x</a></p>'),
    Spoilt(
        "image-wide",
        "1200 pixels wide in 600",
        '<table width="600"><tr><td>'
        '<img src="https://x.org/a" alt="" width="1200" height="9"></td></tr></table>',
    ),
    Spoilt("html-broken", "<b> isn't closed before </p>", "<p>\n<b>bold</p>", line=5),
    Spoilt("html-broken", "<div> isn't closed before </body>", "<div><p>x</p>"),
    Spoilt("html-broken", "</span> ends nothing", "<p>x</span></p>"),
    Spoilt(
        "fact-doubtful",
        "letters.sent",
        "<p>{{ fact('letters.sent')|number }} letters</p>",
        line=1,
        file="templates/facts/sheet.toml",
        files={"facts/sheet.toml": SHEET + "review_on = 2014-02-25\n"},
    ),
    Spoilt(
        "fact-unapproved",
        "letters.sent",
        "<p>{{ fact('letters.sent')|number }} letters</p>",
        line=1,
        file="templates/facts/sheet.toml",
        files={"facts/sheet.toml": SHEET.replace('approved_by = "Ada"\n', "")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_wrong_is_found_at_its_line(case: Spoilt) -> None:
    """With its kind, place, words, and the reason and remedy of that kind."""
    findings = found(case.kind, case.content, subject=case.subject, files=case.files)
    fitting = [one for one in findings if case.what in one.what]
    assert [(one.file, one.line) for one in fitting] == [(case.file, case.line)]
    assert fitting[0].severity is KINDS[case.kind].severity
    assert fitting[0].why
    assert fitting[0].mend


def test_every_kind_is_shown_by_a_case() -> None:
    """The table of kinds and what can be found are the same set."""
    # a file that can't be read is found in a folder only
    assert {case.kind for case in CASES} | {"unreadable"} == set(KINDS)


class TestColumns:
    """Further columns that a message names, beside those that people have."""

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("{{ supporter.attributes.shirt_size }}", "'shirt_size', did you mean 'Shirt size'"),
            ("{{ supporter['attributes']['Regoin'] }}", "'Regoin', did you mean 'Région'"),
            ("{{ supporter.attributes.get('YEARS', '') }}", "'YEARS', did you mean 'Years'"),
            (
                "{{ supporter.attributes['x'] }}",
                "'x'; there are 'Région', 'Shirt size', 'T-shirt', 'Years'",
            ),
        ],
    )
    def test_one_that_nobody_has_is_told_with_the_nearest(self, content: str, said: str) -> None:
        """However it is asked for."""
        (one,) = found("column", content)
        assert (one.line, said in one.what) == (4, True), one.what

    @pytest.mark.parametrize(
        "content",
        [
            "{{ supporter.attributes['Shirt size'] }}{{ supporter.attributes.Years }}",
            "{{ supporter.attributes.get('T-shirt', '') }}",
            "{% for k, v in supporter.attributes.items() %}{{ k }}{% endfor %}",
        ],
    )
    def test_of_others_nothing_is_said(self, content: str) -> None:
        """They are there, or it can't be known which are meant."""
        assert found("column", content) == []

    def test_without_a_list_nothing_is_said(self) -> None:
        """A message may be written before anybody is imported."""
        assert found("column", "{{ supporter.attributes['x'] }}", columns=None) == []

    def test_a_list_without_any_says_so(self) -> None:
        """There is no nearest."""
        (one,) = found("column", "{{ supporter.attributes['x'] }}", columns=())
        assert one.what.endswith("'x', nor any other")


def test_every_kind_says_why_it_matters_and_how_to_mend_it() -> None:
    """In whole sentences."""
    for kind in KINDS.values():
        assert kind.why.endswith(".")
        assert kind.mend.endswith((".", ")."))


def test_a_message_in_order_is_clean() -> None:
    """Nothing is found where nothing is wrong."""
    result = checked(files={"m/en.txt": TEXT})
    assert result.findings == ()
    assert result.clean
    assert result.readers == 4


@pytest.mark.parametrize("name", [info.name for info in list_messages(TEMPLATES)])
def test_no_shipped_message_breaks_a_rule(name: str) -> None:
    """What the program ships passes its own check, apart from facts of another day."""
    result = check_message(freeze(TEMPLATES, name, LETTERHEAD), day=DAY, moment=MOMENT)
    worse = [
        one
        for one in result.findings
        if one.severity is not Severity.NOTE and not one.kind.startswith("fact")
    ]
    assert worse == []


class TestBrokenLanguages:
    """One broken file does not hide what the others hold."""

    def test_the_others_are_still_checked(self) -> None:
        """A link in French is found although Spanish is broken."""
        result = checked(
            files={
                "m/es.html": good("<p>{{ </p>"),
                "m/fr.html": good('<p><a href="http://x.org">x</a></p>'),
            }
        )
        assert result.languages == ("en", "fr")
        kinds = {(one.kind, one.file) for one in result.findings}
        assert ("syntax", "templates/m/es.html") in kinds
        assert ("link-insecure", "templates/m/fr.html") in kinds

    def test_also_where_it_is_the_default_one(self) -> None:
        """The rest is composed all the same."""
        result = checked("{{ ", files={"m/fr.html": good("<p>{{ fact('letters.sent') }}</p>")})
        assert result.languages == ("fr",)
        assert result.readers == 4

    def test_a_broken_discreet_version_hides_neither_page(self) -> None:
        """Neither that of its language nor the other discreet one."""
        result = checked(
            files={
                "m/en.discreet.html": good(),
                "m/fr.html": good(),
                "m/fr.discreet.html": good("{% if %}"),
            }
        )
        assert result.readers == 4 * 3 + 4
        assert [one.file for one in result.findings if one.kind == "syntax"] == [
            "templates/m/fr.discreet.html"
        ]

    def test_a_broken_layout_is_told_once(self) -> None:
        """However many languages use it."""
        result = checked(files={"layouts/plain.html": "{% if %}", "m/fr.html": good()})
        assert [one.file for one in result.findings if one.kind == "syntax"] == [
            "templates/layouts/plain.html"
        ]
        assert result.readers == 0

    def test_a_broken_text_leaves_its_page_checked(self) -> None:
        """A text written by hand is a file of its own."""
        result = checked('<p><a href="http://x.org">x</a></p>', files={"m/en.txt": "{{ nobody }}"})
        assert {one.kind for one in result.findings} == {"name", "link-insecure"}

    @pytest.mark.parametrize(
        "files",
        [
            {"m/message.toml": "title ="},
            {"m/message.toml": 'title = "x"\ndefault_language = "sw"\n'},
            {"m/xx.html": good()},
            {"m/sw.txt": "a text without its page"},
            {"m/EN.html": good()},
            {"m/fr.discreet.html": good()},
        ],
    )
    def test_a_manifest_or_a_name_that_is_wrong_hides_no_page(self, files: dict[str, str]) -> None:
        """The language is guessed, the file left out."""
        result = checked('<p><a href="http://x.org">x</a></p>', files=files)
        kinds = [one.kind for one in result.findings]
        assert kinds.count("manifest") == 1
        assert "link-insecure" in kinds
        assert result.languages == ("en",)

    def test_a_broken_sheet_hides_nothing_but_what_is_composed(self) -> None:
        """Whether a fact is there is not known then, and not told."""
        content = "<p>{{ fact('x')|number }}, 83 people</p>{{ suporter }}"
        result = checked(content, files={"facts/other.toml": "x ="})
        assert [one.kind for one in result.findings] == ["sheet", "name", "number-unbacked"]
        assert result.readers == 0


class TestReaders:
    """Findings are told once, and for whom where that matters."""

    def test_what_is_wrong_for_all_is_told_of_nobody(self) -> None:
        """The file is enough."""
        (one,) = found("unsubscribe-missing", files=NO_LINK)
        assert " for a reader" not in one.what

    def test_what_is_wrong_for_some_says_for_whom(self) -> None:
        """A branch that only the nameless get to."""
        content = '{% if not supporter.given_name %}<a href="/x">x</a>{% endif %}<p>x</p>'
        (one,) = found("link-target", content)
        assert one.what.endswith("for a reader of en with no name")

    def test_what_only_one_language_does_to_a_layout_names_it(self) -> None:
        """As a layout that turns Arabic around."""
        layout = LAYOUT.replace('dir="{{ dir }}"', "")
        files = {"m/ar.html": ARABIC, "m/fr.html": good(), "layouts/plain.html": layout}
        (one,) = found("direction", files=files)
        assert one.what.endswith(", in ar.html")

    @pytest.mark.parametrize(
        "condition",
        [
            "supporter.country == 'FR'",
            "supporter.country in ['KE', 'UG']",
            "'organiser' in supporter.tags",
            "supporter.attributes.get('Town') == 'Example'",
            "not supporter.country",
            "supporter.tags[0]",
        ],
    )
    def test_branches_that_ask_for_something_are_got_to(self, condition: str) -> None:
        """There are made-up readers who have what the message asks for."""
        content = f'{{% if {condition} %}}<a href="/x">x</a>{{% endif %}}<p>x</p>'
        assert found("link-target", content)

    def test_a_column_of_any_name_may_be_asked_for(self) -> None:
        """Imported columns are nobody's program."""
        content = "<p>{{ supporter.attributes.get('_id', '') }}</p>"
        unreached = "{% if not day %}{{ supporter.attributes['__id'] }}{% endif %}"
        result = checked(content + unreached, columns=("_id", "__id"))
        assert {one.kind for one in result.findings} <= {"slow"}

    def test_a_discreet_version_is_composed_for_the_discreet(self) -> None:
        """And its faults are told of its own file."""
        files = {"m/en.discreet.html": good('<p><a href="/x">x</a></p>')}
        (one,) = found("link-target", files=files)
        assert one.file == "templates/m/en.discreet.html"


class TestPlaces:
    """File and line are those in which somebody wrote it."""

    def test_of_what_an_included_part_holds(self) -> None:
        """The part, not the file that includes it."""
        files = {"m/part.html": '\n\n<p><a href="/x">x</a></p>\n'}
        (one,) = found("link-target", '{% include "m/part.html" %}', files=files)
        assert (one.file, one.line) == ("templates/m/part.html", 3)

    def test_of_what_a_macro_and_a_loop_print(self) -> None:
        """The line of the tag, once."""
        top = '{% macro link(to) %}\n<a\n href="{{ to }}">x</a>{% endmacro %}\n'
        content = "{% for n in range(3) %}{{ link('/x') }}{% endfor %}"
        (one,) = found("link-target", content, top=top)
        assert one.line == 3

    def test_of_a_colour_is_the_rule_that_gives_it(self) -> None:
        """Styles are mended where they are written, though they are inlined."""
        files = {"styles/plain.css": f"{STYLES}\n.pale {{\n  color: #bbb\n}}\n"}
        (one,) = found("contrast-light", '<p class="pale">x</p>', files=files)
        assert (one.file, one.line) == ("templates/styles/plain.css", 5)

    def test_quotes_and_comments_in_tags_hide_no_line(self) -> None:
        """Attributes may hold what looks like a tag."""
        content = (
            '<p title="a <b> c">x</p><!-- <a href="/y"> it\'s -->\n<a href="/x" title=\'<i>\'>x</a>'
        )
        (one,) = found("link-target", content)
        assert one.line == 5


def test_a_missing_postal_address_in_the_settings_is_told_of_them() -> None:
    """The template can't mend it."""
    files = {"layouts/plain.html": LAYOUT}
    frozen = replace(message(files), letterhead=replace(LETTERHEAD, postal_address=" "))
    result = check_message(frozen, day=DAY, moment=MOMENT)
    assert ("address-missing", "outreach.toml") in {(one.kind, one.file) for one in result.findings}


def test_the_docs_list_every_kind_as_the_table_has_it() -> None:
    """docs/checks.md is made from the table."""
    import sys

    docs = Path(__file__).parents[2] / "docs"
    sys.path.insert(0, str(docs))
    import rendered

    assert rendered.checks() in (docs / "checks.md").read_text(encoding="utf-8")
