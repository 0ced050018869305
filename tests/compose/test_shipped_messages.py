"""What all messages that come with the program keep, in every language, for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import unquote

import lxml.html
import pytest
from lxml.html import HtmlElement
from making import LEAVE, LETTERHEAD, MOMENT, REPLY, TEMPLATES, reader
from shipping import TELLING, Version, versions, written_for

from outreach.compose import Composer, freeze, list_messages
from outreach.compose.lint import check_message
from outreach.compose.translations import Standing, translations
from outreach.facts.tally import Tally
from outreach.replies.extract import extract

VERSIONS = versions()
every_version = pytest.mark.parametrize("version", VERSIONS, ids=str)
#: what would tell a passer-by what a message is about
TELLTALE = re.compile(
    r"rights|droits|justice|amnesty|example rights|write for|campaign|campagne|activis|militant|"
    r"prison|freed|free\b|libre|libér|government|gouvernement|petition|pétition|letter|lettre|"
    r"signature|protest|organi[sz]ation|event|événement|volunteer|bénévole",
    re.IGNORECASE,
)


def asks_for_no_lines(version: Version) -> bool:
    """Whether it asks to open a page, or for a word at most."""
    return "confirm_url" in version.source or version.message == "opt-out-check"


def _blocks(html: str) -> Iterator[str]:
    """What each paragraph, headline and list item of a page says, without what text leaves out."""
    page: HtmlElement = lxml.html.document_fromstring(html)
    for hidden in page.find_class("html-only"):
        hidden.drop_tree()
    for block in page.iter("p", "h1", "h2", "li"):
        for line_break in block.iter("br"):
            line_break.tail = f" {line_break.tail or ''}"
        yield " ".join(block.text_content().split())


def _links(html: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]*)"', html)]


def _copy(source: str) -> str:
    """A language file without Jinja and markup."""
    return re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>", "", source, flags=re.DOTALL)


def test_there_are_the_five_kinds_with_their_companions() -> None:
    """Each in English and French at least; the result in four languages."""
    found = {info.name: info for info in list_messages(TEMPLATES)}
    assert set(found) >= {
        "launch",
        "running-tally",
        "good-news",
        "one-in-two-million",
        "organiser-welcome",
        "organiser-reminder",
        "organiser-results",
        "volunteer-thanks",
        "confirm-address",
    }
    assert all({"en", "fr"} <= set(info.languages) for info in found.values())
    assert found["one-in-two-million"].languages == ("en", "ar", "es", "fr")
    letters = ("details", "reminder", "results", "welcome")
    for name in (
        "volunteer-thanks",
        "opt-out-check",
        *(f"organiser-{letter}" for letter in letters),
    ):
        assert found[name].languages == ("en", "ar", "es", "fr")
    assert {name for name, info in found.items() if info.discreet} == {
        "good-news",
        "organiser-details",
        "organiser-welcome",
        "organiser-reminder",
        "organiser-results",
        "volunteer-thanks",
        "confirm-address",
        "opt-out-check",
    }


@every_version
class TestEveryVersion:
    """Promises of each language file."""

    @pytest.mark.parametrize("person", TELLING.values(), ids=TELLING)
    def test_is_written_for_everybody(self, version: Version, person: dict[str, str]) -> None:
        """With any name or none, and nobody is a `Dear ,`."""
        made = version.compose(**person)
        assert made.language == version.language
        name = " ".join(person.get("given_name", "").split())
        assert name in " ".join(made.text.split())
        assert "{{ supporter" not in made.html
        assert not re.search(r"(?<!\S)[,،]|\bNone\b", made.text)

    def test_its_subject_and_preheader_fit(self, version: Version) -> None:
        """A telephone shows some fifty characters of the one, a hundred of the other."""
        made = version.compose()
        assert 5 < len(made.subject) <= 50
        assert 15 < len(made.preheader) <= 100
        assert made.subject != made.preheader

    def test_has_a_signature_an_address_and_a_way_out(self, version: Version) -> None:
        """In both parts."""
        made = version.compose(given_name="Zuhura")
        for part in (made.html, made.text):
            assert LETTERHEAD.sender.name in part
            assert LETTERHEAD.postal_address in part
            assert f"https://outreach.example.org/u/{LEAVE}" in part

    def test_its_text_says_what_its_page_says(self, version: Version) -> None:
        """Paragraph for paragraph; only link targets are added."""
        made = version.compose(given_name="Zuhura")
        text = " ".join(re.sub(r"\s\((https|events\+)[^)]*\)", "", made.text).split())
        blocks = list(_blocks(made.html))
        assert len(blocks) > 4
        assert [block for block in blocks if block not in text] == []

    def test_states_no_typed_figure(self, version: Version) -> None:
        """Only years stand in the copy as digits; all else comes from facts."""
        typed = re.findall(r"\d+", _copy(version.source))
        assert set(typed) <= {"2008", "2012", "2013", "2015"}

    def test_asks_for_an_answer_that_reaches_us(self, version: Version) -> None:
        """Under the reader's own token, with lines that need only be filled in."""
        if asks_for_no_lines(version):
            return
        calls = [link for link in _links(version.compose().html) if link.startswith("mailto:")]
        assert calls
        assert all(link.startswith(f"mailto:events%2B{REPLY}@") for link in calls)
        (asking,) = [link for link in calls if "body=" in link]
        assert len(asking) <= 1600
        lines = unquote(asking.partition("&body=")[2]).split("\r\n")
        assert lines.pop() == ""
        assert all(re.fullmatch(r"\S.*: ", line) for line in lines)

    def test_its_filled_in_lines_are_understood(self, version: Version) -> None:
        """By the part of the program that reads the answers."""
        if asks_for_no_lines(version):
            return
        body = next(link for link in _links(version.compose().html) if "body=" in link)
        lines = unquote(body.partition("&body=")[2]).split("\r\n")
        if version.discreet:
            assert not any(re.match(r"Name|Nom :|Country|Pays", line) for line in lines)
            return
        own = "\n".join(
            line + {0: "Zuhura Juma", 1 if len(lines) > 4 else 2: "Togo"}.get(n, "")
            for n, line in enumerate(lines)
        )
        details = extract(own, from_address="zuhura@example.org")
        assert (details.name, details.country) == ("Zuhura Juma", "TG")

    def test_needs_no_pictures_and_loads_nothing(self, version: Version) -> None:
        """With images blocked it is the same message; Gmail shows all of it."""
        made = version.compose()
        assert not re.search(r"<img|url\(|<link|<script|@import|@font-face", made.html)
        assert len(made.html.encode()) < 80_000

    def test_is_laid_out_for_outlook(self, version: Version) -> None:
        """Every table is for layout and says so; the width stands where Word's engine reads it."""
        page: HtmlElement = lxml.html.document_fromstring(version.compose().html)
        tables = list(page.iter("table"))
        assert tables
        assert all(table.get("role") == "presentation" for table in tables)
        assert page.find_class("card")[0].get("width") == "600"
        assert not re.search(r"flex|grid|position:|float:|calc\(|var\(", version.compose().html)

    def test_the_text_part_is_clean(self, version: Version) -> None:
        """No markup, no mailto, no preheader, no trailing space."""
        made = version.compose()
        assert not re.search(r"mailto:|%2B|&\w+;|[ \t]\n|\n{3}|{{|<\w", made.text)
        assert made.preheader not in " ".join(made.text.split())


@pytest.mark.parametrize("version", [v for v in VERSIONS if v.language == "fr"], ids=str)
def test_french_spaces_are_french(version: Version) -> None:
    """No line may begin with a question mark or a colon."""
    copy = _copy(version.source)
    assert not re.search(r" [?!;:»]|« ", copy)
    assert not re.search(r"\w[?!;:]|«\w|\w»", copy)
    assert "'" not in copy


@pytest.mark.parametrize("version", [v for v in VERSIONS if v.discreet], ids=str)
class TestDiscreet:
    """For people who are discreet."""

    def test_gives_nothing_away(self, version: Version) -> None:
        """Not in the heading, not in the page, not in the answer that it asks for."""
        made = version.compose(given_name="Zuhura")
        shown = (
            made.subject,
            made.preheader,
            made.sender.name,
            made.text,
            lxml.html.document_fromstring(made.html).text_content(),
            *(unquote(link) for link in _links(made.html)),
        )
        ours = re.compile(r"\S+@outreach\.example\.org|https://outreach\.example\.org/\S*")
        assert [TELLTALE.findall(ours.sub("", text)) for text in shown] == [[]] * len(shown)
        assert LETTERHEAD.organisation not in made.html + made.text

    def test_is_short(self, version: Version) -> None:
        """Read at a glance, and put away."""
        assert len(version.compose().text.split()) < 130

    def test_hides_the_page_from_the_list_of_messages(self, version: Version) -> None:
        """Beside the subject stands the preheader, and then white space instead of the page."""
        html = version.compose().html
        after = html.partition('class="preheader')[2].partition("</div>")[0].partition(">")[2]
        assert len(after) - len(after.rstrip("\u034f\u00a0 ")) > 150


@pytest.mark.parametrize("message", sorted({version.message for version in VERSIONS}))
def test_the_check_before_sending_finds_nothing(message: str) -> None:
    """On the message's day. Whether its facts were approved is for whoever sends it to say."""
    frozen = freeze(TEMPLATES, message, LETTERHEAD)
    checked = check_message(frozen, day=written_for(message), moment=MOMENT)
    found = [finding for finding in checked.findings if finding.kind != "fact-unapproved"]
    assert found == []


@pytest.mark.parametrize("message", sorted({version.message for version in VERSIONS}))
def test_no_translation_is_older_than_its_original(message: str) -> None:
    """Who changes the English file looks at the others too, and says so."""
    files = freeze(TEMPLATES, message, LETTERHEAD).files
    standing = {entry.file: entry.standing for entry in translations(message, files)}
    assert standing
    assert set(standing.values()) == {Standing.CURRENT}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Togo: 22,431 actions that we know of so far."),
        ("fr", "Togo : 22 431 actions à notre connaissance, pour l’instant."),
    ],
)
def test_the_tally_tells_people_of_their_own_country(language: str, said: str) -> None:
    """Where enough was counted there, and their country is known."""
    counts = {("TG",): 22_431, ("CD",): 99}
    tally = Tally("write-for-rights-2013", ("country",), counts)
    frozen = replace(freeze(TEMPLATES, "running-tally", LETTERHEAD), tallies=(tally,))
    made = Composer(frozen, written_for("running-tally"))
    told = {
        country: said in " ".join(_blocks(made.compose(who, MOMENT).html))
        for country in ("TG", "CD", "FR", "")
        for who in [reader(language=language, country=country)]
    }
    assert told == {"TG": True, "CD": False, "FR": False, "": False}


def test_all_languages_of_a_message_state_the_same_facts() -> None:
    """A figure that one language lacks was forgotten there."""
    facts: dict[tuple[str, bool], dict[str, set[str]]] = {}
    for version in VERSIONS:
        stated = set(re.findall(r'\b(?:fact|case)\("([^"]+)"\)', version.source))
        facts.setdefault((version.message, version.discreet), {})[version.language] = stated
    for (message, _), languages in facts.items():
        # a name that Arabic writes in its own letters
        figures = [stated - {"w4r-2013.lubumbashi.organiser"} for stated in languages.values()]
        assert all(figure == figures[0] for figure in figures), message
