"""Preferences, the letter in a browser, counted links: what each shows, does and never does."""

from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from campaigning import Desk
from hypothesis import given
from hypothesis import strategies as st
from readers import BROWSER, Public

from outreach import tokens
from outreach.dispatch.orders import NO_LIMITS, sealed_link
from outreach.store import signing_keys
from outreach.tokens import Purpose
from outreach.web.public.words import LANGUAGES, spoken, wishes, words
from outreach.workflow.dispatching import dispatch_campaign

EVERYTHING = {
    "asked_in": "fr",
    "language": "fr",
    "often": "weekly",
    "kind_news": "yes",
    "tracking": "yes",
}


def _choose(public: Public, **chosen: str) -> str:
    path = f"/p/{public.token(Purpose.UNSUBSCRIBE)}"
    return public.at.client.post(path, data=EVERYTHING | chosen).raise_for_status().text


class TestPreferences:
    """Language, how often, which kinds, tracking."""

    def test_show_what_is_chosen_and_never_the_whole_address(self, public: Public) -> None:
        """Who never chose gets everything and is not tracked."""
        page = public.at.client.get(f"/p/{public.token(Purpose.UNSUBSCRIBE)}").text
        assert "p…@example.org" in page
        assert "p1@" not in page
        assert re.findall(r'name="(kind_\w+)" value="yes" checked', page) == [
            "kind_news",
            "kind_action",
            "kind_events",
        ]
        # nobody has said no to what they were never asked
        assert not re.search(r'name="tracking"[^>]* checked', page)

    def test_are_written_down_with_the_words_that_asked(self, public: Public) -> None:
        """Each change once; the same again changes nothing."""
        assert 'lang="fr"' in _choose(public)
        _choose(public)
        assert public.one("SELECT language, tracking FROM supporters") == ("fr", "granted")
        assert public.all("SELECT * FROM preferences") == [(1, "weekly")]
        assert public.all("SELECT kind FROM unwanted_kinds") == [("action",), ("events",)]
        assert public.all("SELECT field, new, asked_by FROM choices") == [
            ("language", "fr", "preferences page 2026-11-20 (fr)"),
            ("often", "weekly", "preferences page 2026-11-20 (fr)"),
            ("unwanted", "action events", "preferences page 2026-11-20 (fr)"),
            ("tracking", "granted", "preferences page 2026-11-20 (fr)"),
        ]

    @pytest.mark.parametrize("body", ["", "List-Unsubscribe=One-Click", "often=weekly"])
    def test_a_post_that_is_no_form_of_ours_unticks_nothing(
        self, public: Public, body: str
    ) -> None:
        """A box without a tick is in no form at all."""
        kind = {"content-type": "application/x-www-form-urlencoded"}
        path = f"/p/{public.token(Purpose.UNSUBSCRIBE)}"
        assert public.at.client.post(path, content=body, headers=kind).status_code == 200
        assert public.all("SELECT * FROM unwanted_kinds") == []

    def test_say_what_comes_of_no_tick_at_all(self, public: Public) -> None:
        """And a no to counting is only written where somebody said it."""
        form = {"asked_in": "en", "language": "en", "often": "always"}
        answer = public.at.client.post(f"/p/{public.token(Purpose.UNSUBSCRIBE)}", data=form)
        assert "nothing will come" in answer.text
        assert public.one("SELECT tracking FROM supporters") == ("unknown",)

    def test_take_no_word_that_is_not_offered(self, public: Public) -> None:
        """It stays as it was."""
        _choose(public, language="<script>", often="hourly", tracking="maybe", asked_in="xx")
        assert public.one("SELECT language, tracking FROM supporters") == ("", "unknown")
        assert public.all("SELECT * FROM preferences") == []

    def test_of_whoever_was_erased_are_gone(self, public: Public) -> None:
        """There is nothing to choose."""
        public.db.conn.execute("UPDATE supporters SET email = 'erased-1' WHERE supporter_id = 1")
        path = f"/p/{public.token(Purpose.UNSUBSCRIBE)}"
        assert public.at.client.get(path).status_code == 404
        assert public.at.client.post(path, data=EVERYTHING).status_code == 404


class TestTheLetterInABrowser:
    """One's own message, as a page."""

    def test_is_the_persons_own(self, public: Public) -> None:
        """With their name, for nobody's index, and telling nobody where they came from."""
        answer = public.at.client.get(f"/v/{public.token(Purpose.VIEW, 3)}")
        assert "Hello" in answer.text
        assert "two million people wrote" in answer.text
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "script" not in answer.headers["content-security-policy"]

    def test_asked_for_again_is_as_it_would_be_made_now(self, public: Public) -> None:
        """A page is kept for whoever loads it again and again, and only while it is right."""
        path = f"/v/{public.token(Purpose.VIEW, 3)}"
        first = public.at.client.get(path).text
        assert public.at.client.get(path).text == first
        public.db.conn.execute("UPDATE supporters SET given_name = 'Somebody Else'")
        assert "Somebody Else" in public.at.client.get(path).text
        public.db.conn.execute("UPDATE supporters SET email = 'erased-3' WHERE supporter_id = 3")
        assert public.at.client.get(path).status_code == 404

    def test_holds_no_token_that_does_anything(self, public: Public) -> None:
        """Passed on, nobody can leave, choose or answer in its reader's name."""
        page = public.at.client.get(f"/v/{public.token(Purpose.VIEW)}").text
        found = set(tokens.TOKEN.findall(page))
        keys = signing_keys(public.db, datetime.now(UTC))[1]
        assert found
        for token in found:
            assert all(tokens.read(keys, purpose, token) is None for purpose in Purpose)
        (link,) = re.findall(r'href="https://outreach.example.org(/u/[^"]+)"', page)
        assert "This is a copy" in public.at.client.post(link).text
        assert public.suppressed == []

    def test_of_whoever_was_erased_is_gone(self, public: Public) -> None:
        """So is one that never left, and one of nobody."""
        public.db.conn.execute("UPDATE supporters SET email = 'erased-1' WHERE supporter_id = 1")
        public.db.conn.execute("UPDATE deliveries SET state = 'planned' WHERE delivery_id = 2")
        for number in (1, 2, 999):
            answer = public.at.client.get(f"/v/{public.token(Purpose.VIEW, number)}")
            assert answer.status_code == 404
            assert "no longer here" in answer.text

    def test_of_somebody_named_script_is_harmless(self, public: Public) -> None:
        """A name is text, whatever it is."""
        public.db.conn.execute("UPDATE supporters SET given_name = '<script>alert(1)</script>'")
        page = public.at.client.get(f"/v/{public.token(Purpose.VIEW)}").text
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def _link(public: Public, target: str, delivery: int = 1, signed: str = "") -> str:
    key = signing_keys(public.db, datetime.now(UTC))[0]
    return f"/l/{sealed_link(key, delivery, signed or target)}?to={quote(target, safe='')}"


def _agrees(public: Public, word: str = "granted") -> None:
    public.db.conn.execute("UPDATE supporters SET tracking = ? WHERE supporter_id = 1", [word])


TARGET = "https://example.org/petition?who=me&n=1#sign"


class TestCountedLinks:
    """They lead where they led when we wrote them, and count who agreed."""

    def test_lead_to_their_own_target(self, public: Public) -> None:
        """To the letter, with query and all."""
        answer = public.at.client.get(_link(public, TARGET))
        assert (answer.status_code, answer.headers["location"]) == (302, TARGET)
        assert answer.headers["referrer-policy"] == "no-referrer"

    @pytest.mark.parametrize(
        "target", ["https://evil.example/", "javascript:alert(1)", "//evil.example", ""]
    )
    def test_lead_nowhere_else(self, public: Public, target: str) -> None:
        """Nobody can make a link of ours lead to a page of theirs."""
        for path in (
            _link(public, target, signed=TARGET),
            _link(public, TARGET).replace("/l/1/", "/l/2/"),
            f"/l/1/{'a' * 24}?to={quote(target)}",
        ):
            answer = public.at.client.get(path)
            assert answer.status_code == 404
            assert "location" not in answer.headers

    def test_lead_to_addresses_in_any_language(self, public: Public) -> None:
        """A header has no letters but Latin ones."""
        answer = public.at.client.get(_link(public, "https://example.org/مناظرة?x=é"))
        assert answer.status_code == 302
        assert answer.headers["location"].endswith(f"/{quote('مناظرة')}?x=%C3%A9")

    def test_of_no_letter_lead_nowhere(self, public: Public) -> None:
        """However large its number."""
        path = f"/l/{'9' * 5000}/{'a' * 24}?to=https://example.org"
        assert public.at.client.get(path).status_code == 404

    def test_count_who_agreed_once_and_without_what_follows_the_question_mark(
        self, public: Public
    ) -> None:
        """What stands there may be what a page knows of its visitor."""
        _agrees(public)
        for _ in range(2):
            public.at.client.get(_link(public, TARGET))
        public.at.client.get(_link(public, TARGET, delivery=2))
        assert public.all("SELECT delivery_id, what, target FROM counted") == [
            (1, "clicked", "https://example.org/petition")
        ]

    def test_count_nothing_after_consent_was_withdrawn(self, public: Public) -> None:
        """Also in letters that went out before, and still lead on."""
        _agrees(public)
        _choose(public, tracking="no")
        assert public.at.client.get(_link(public, TARGET)).status_code == 302
        public.at.client.get(f"/o/{public.token(Purpose.OPEN)}.gif")
        assert public.all("SELECT * FROM counted") == []

    @pytest.mark.parametrize("said", ["left", "complained", "told us"])
    def test_count_nobody_who_wants_no_mail(self, public: Public, said: str) -> None:
        """Whatever they said of counting before."""
        _agrees(public)
        if said == "left":
            public.at.client.post(public.leave())
        elif said == "complained":
            public.db.conn.execute(
                "INSERT INTO suppressions VALUES ('p1@example.org', 'complaint', 'x', '2014')"
            )
        else:
            public.db.conn.execute("UPDATE supporters SET consent = 'denied'")
        assert public.at.client.get(_link(public, TARGET)).status_code == 302
        public.at.client.get(f"/o/{public.token(Purpose.OPEN)}.gif")
        assert public.all("SELECT * FROM counted") == []

    def test_lead_on_while_somebody_writes_for_long(self, public: Public) -> None:
        """Of whoever agreed to be counted as well; meanwhile others look at other pages."""
        _agrees(public)
        other = sqlite3.connect(public.settings.database, isolation_level=None)
        with closing(other), ThreadPoolExecutor(20) as crowd:
            other.execute("BEGIN IMMEDIATE")
            links = crowd.map(public.at.client.get, [_link(public, TARGET)] * 20)
            assert {(one.status_code, one.headers["location"]) for one in links} == {(302, TARGET)}
            assert public.at.client.get(f"/o/{public.token(Purpose.OPEN)}.gif").status_code == 200
            assert public.at.client.get(public.leave()).status_code == 200
            other.execute("ROLLBACK")

    def test_pictures_are_there_without_a_database(self, public: Public) -> None:
        """A mail with a broken picture in it looks like somebody else's."""
        aside = public.settings.database.with_suffix(".aside")
        public.settings.database.rename(aside)
        answer = public.at.client.get(f"/o/{public.token(Purpose.OPEN)}.gif")
        aside.rename(public.settings.database)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")

    @pytest.mark.parametrize(
        "machine",
        [
            {"user-agent": "Mozilla/5.0 Firefox/11.0 (via ggpht.com GoogleImageProxy)"},
            {"user-agent": "Mozilla/5.0"},
            {"user-agent": "YahooMailProxy; https://help.yahoo.com/"},
            {"user-agent": "Barracuda Sentinel (EE)"},
            {"user-agent": "python-requests/2.32"},
            {"user-agent": ""},
            {"sec-purpose": "prefetch;prerender"},
            {"x-purpose": "preview"},
        ],
    )
    def test_count_no_machine(self, public: Public, machine: dict[str, str]) -> None:
        """Which is led on and gets its picture all the same."""
        _agrees(public)
        headers = {"user-agent": BROWSER} | machine
        assert public.at.client.get(_link(public, TARGET), headers=headers).status_code == 302
        assert public.at.client.head(_link(public, TARGET)).status_code == 302
        picture = f"/o/{public.token(Purpose.OPEN)}.gif"
        assert public.at.client.get(picture, headers=headers).status_code == 200
        assert public.at.client.head(picture).status_code == 200
        assert public.all("SELECT * FROM counted") == []


def test_a_letter_that_was_sent_counts_for_who_agreed(public: Public) -> None:
    """From the template to the table, and for nobody else."""
    desk = Desk(public.db, public.settings)
    file = public.settings.templates_dir / "hello" / "en.html"
    link = f'<a href="{{{{ counted("{TARGET}") }}}}">Sign</a>'
    pixel = '{% if opened_url %}<img src="{{ opened_url }}" alt="" width="1" height="1">{% endif %}'
    file.write_text(file.read_text("utf-8").replace("Hello ", f"{link}{pixel} Hello "), "utf-8")
    _agrees(public)
    desk.create("second")
    desk.plan("second")
    dispatch_campaign(
        public.db, "second", desk.transport, batch_size=50, limits=NO_LIMITS, clock=desk.clock
    )
    pages = {one.message.recipient.email: one.message.html for one in desk.accepted}
    assert TARGET.replace("&", "&amp;") in pages["p2@example.org"]
    assert "<img" not in pages["p2@example.org"]
    ours = re.findall(r'"https://outreach.example.org(/[lo]/[^"]+)"', pages["p1@example.org"])
    assert [public.at.client.get(path).status_code for path in ours] == [302, 200]
    counted = public.all("SELECT what, target FROM counted ORDER BY what")
    assert counted == [("clicked", "https://example.org/petition"), ("opened", "")]


def test_an_opening_is_counted_once_and_its_picture_tells_nothing(public: Public) -> None:
    """Whoever guesses gets the same picture."""
    _agrees(public)
    pictures = [
        public.at.client.get(f"/o/{token}.gif")
        for token in [public.token(Purpose.OPEN), public.token(Purpose.OPEN), "a" * 24]
    ]
    assert len({picture.content for picture in pictures}) == 1
    assert pictures[0].headers["content-type"] == "image/gif"
    assert public.all("SELECT delivery_id, what FROM counted") == [(1, "opened")]


class TestWords:
    """The languages of the pages."""

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_each_language_says_everything(self, language: str) -> None:
        """With the same places for values."""
        english, other = words("en"), words(language)
        assert _shape(english) == _shape(other)

    @pytest.mark.parametrize(
        ("header", "language"),
        [
            ("", "en"),
            ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
            ("en;q=0.1, ar", "ar"),
            ("xx, *;q=0.5", "en"),
            ("de-DE, es;q=0.3", "es"),
            ("fr;q=0, en", "en"),
            ("\x00;;;q==,,fr;q=x," * 99, "en"),
        ],
    )
    def test_a_browser_is_asked(self, header: str, language: str) -> None:
        """The first wish that the pages speak."""
        assert spoken(*wishes(header)) == language

    @given(st.text())
    def test_any_header_gives_a_language(self, header: str) -> None:
        """Whatever it is."""
        assert spoken(*wishes(header)) in LANGUAGES

    def test_a_page_is_in_its_readers_language_and_direction(self, public: Public) -> None:
        """The link's wish first, then the reader's own, then the browser's."""
        public.db.conn.execute("UPDATE supporters SET language = 'ar' WHERE supporter_id = 1")
        asked = {"accept-language": "fr"}
        form = f"/t/{public.token(Purpose.REPLY)}"
        assert 'lang="ar" dir="rtl"' in public.at.client.get(form, headers=asked).text
        assert 'lang="fr"' in public.at.client.get("/t/nobody", headers=asked).text
        assert 'lang="ar" dir="rtl"' in public.at.client.get(public.leave(), headers=asked).text
        assert 'lang="en"' in public.at.client.get(f"{public.leave()}?lang=en").text
        assert 'lang="fr" dir="ltr"' in public.at.client.get("/", headers=asked).text
        missing = public.at.client.get("/nowhere", headers=asked)
        assert "Cette page" in missing.text


def _shape(words: object, name: str = "") -> object:
    if isinstance(words, dict):
        return {key: _shape(value, key) for key, value in words.items()}
    return name == "version" or sorted(re.findall(r"{\w+}", str(words)))
