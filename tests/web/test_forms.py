"""Subscribe and take part: nothing follows from an address before its owner said so."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import httpx
import pytest
from operating import outreach
from readers import Public
from serving import Served, served, until

from outreach.dispatch.correspondence import NewLetter
from outreach.dispatch.transports.memory import Memory
from outreach.replies import inbox
from outreach.settings import Pacing, Settings
from outreach.store import open_database, signing_keys
from outreach.supporters import signups
from outreach.supporters.signups import Signup, SignupPurpose
from outreach.tokens import Purpose, harmless, sign
from outreach.web.bounds import Bounds
from outreach.web.public.app import public_app
from outreach.workflow import formanswers, subscribing
from outreach.workflow.formanswers import LETTERS_AN_HOUR, TURN, answer, answer_forms, make_ready
from outreach.workflow.letters import send_due_letters
from outreach.workflow.reprocessing import reprocess_replies

ZUHURA = {
    "asked_in": "en",
    "email": "Zuhura@example.net",
    "name": "Zuhura Juma",
    "country": "TG",
    "words": "A debate at my school.\nPlease unsubscribe nobody.",
}


def settled(public: Public) -> Public:
    """Wait until what was taken in has been looked at."""
    until(lambda: not formanswers.any_new(public.db))
    return public


def letters(public: Public) -> list[tuple[object, ...]]:
    """The letters that were written, and to whom."""
    return settled(public).all("SELECT purpose, email, language FROM letters ORDER BY letter_id")


def link(public: Public) -> str:
    """The path of the link in the last letter."""
    row = settled(public).one("SELECT text FROM letters ORDER BY letter_id DESC")
    assert row is not None
    (path,) = re.findall(r"https://outreach.example.org(/c/[a-z2-7]{24})", str(row[0]))
    return str(path)


def followups(public: Public) -> list[tuple[object, ...]]:
    """The follow-ups that are open."""
    return settled(public).all(
        "SELECT name, email, country, stage, delivery_id, supporter_id FROM followups"
    )


class TestSubscribe:
    """Double opt-in."""

    def test_takes_a_letter_and_a_press(self, public: Public) -> None:
        """Only then is anybody on the list; with the ground and the moment."""
        answer = public.at.client.post("/subscribe", data=ZUHURA | {"asked_in": "fr"})
        assert answer.status_code == 200
        assert letters(public) == [("confirmation", "Zuhura@example.net", "fr")]
        assert public.one("SELECT 1 FROM supporters WHERE email LIKE 'zuhura%'") is None
        path = link(public)
        for method in ("GET", "HEAD"):
            looked = public.at.client.request(method, path)
            assert looked.status_code == 200
        assert public.one("SELECT 1 FROM supporters WHERE email LIKE 'zuhura%'") is None
        for _ in range(2):
            assert "Zuhura@" not in public.at.client.post(path).text
        found = public.all(
            "SELECT given_name, country, language, consent, consent_ground, tracking"
            " FROM supporters WHERE email LIKE 'zuhura%'"
        )
        assert [row[:4] for row in found] == [("Zuhura Juma", "TG", "fr", "granted")]
        assert str(found[0][4]).startswith("subscribe page, confirmed by letter 20")
        assert found[0][5] == "unknown"

    def test_brings_back_who_had_left_and_nobody_who_complained(self, public: Public) -> None:
        """A letter may ask the one; nothing may go to the other."""
        public.at.client.post(public.leave(1))
        public.db.conn.execute(
            "INSERT INTO suppressions VALUES ('p2@example.org', 'complaint', 'x', '2014')"
        )
        for number in (1, 2):
            public.at.client.post("/subscribe", data={"email": f"p{number}@example.org"})
        assert [email for _, email, _ in letters(public)] == ["p1@example.org"]
        send(public)
        assert public.all("SELECT state FROM letters") == [("accepted",)]
        public.at.client.post(link(public))
        assert public.suppressed == [("p2@example.org", "complaint")]

    def test_answers_the_same_for_an_address_that_is_on_the_list(self, public: Public) -> None:
        """So that nobody learns who is."""
        known, unknown = (
            public.at.client.post("/subscribe", data={"email": email}).text
            for email in ("p1@example.org", "nobody@example.net")
        )
        assert known == unknown

    def test_sends_one_letter_to_a_mailbox(self, public: Public) -> None:
        """Whatever spelling of its address is typed."""
        for email in ("zu.hura@gmail.com", "zuhura+a@gmail.com", "ZuhurA@googlemail.com"):
            public.at.client.post("/subscribe", data=ZUHURA | {"email": email})
        assert [email for _, email, _ in letters(public)] == ["zu.hura@gmail.com"]

    def test_writes_discreetly_to_where_it_is_dangerous(self, public: Public) -> None:
        """And goes on so; also where only a later form, or an earlier one, says that it is."""
        for email, countries in {
            "one@example.net": ["IR"],
            "two@example.net": ["TG"],
            "three@example.net": ["US", "IR"],
            "p3@example.org": ["IR"],
        }.items():
            for country in countries:
                form = ZUHURA | {"email": email, "country": country}
                public.at.client.post("/subscribe", data=form)
        settled(public)
        written = public.all("SELECT email, discreet FROM letters ORDER BY email")
        assert dict(written)["one@example.net"] == 1  # type: ignore[call-overload]
        assert dict(written)["two@example.net"] == 0  # type: ignore[call-overload]
        for text in [str(row[0]) for row in public.all("SELECT text FROM letters")]:
            (path,) = re.findall(r"https://outreach.example.org(/c/[a-z2-7]{24})", text)
            public.at.client.post(path)
        careful = (
            "SELECT email, safety FROM supporters"
            " WHERE email LIKE '%@example.net' OR email = 'p3@example.org' ORDER BY email"
        )
        assert public.all(careful) == [
            ("one@example.net", "discreet"),
            ("p3@example.org", "discreet"),
            ("three@example.net", "discreet"),
            ("two@example.net", "standard"),
        ]

    def test_finds_its_person_under_another_spelling(self, public: Public) -> None:
        """One mailbox, one person: nobody gets everything twice."""
        public.db.conn.execute("UPDATE supporters SET consent = 'denied' WHERE supporter_id = 1")
        public.at.client.post("/subscribe", data=ZUHURA | {"email": "p1+news@example.org"})
        public.at.client.post(link(public))
        assert public.one("SELECT consent FROM supporters WHERE supporter_id = 1") == ("granted",)
        assert public.one("SELECT 1 FROM supporters WHERE email = 'p1+news@example.org'") is None

    def test_sends_no_second_letter_for_hours(self, public: Public) -> None:
        """However often somebody types another's address."""
        for _ in range(5):
            public.at.client.post("/subscribe", data=ZUHURA)
        assert len(letters(public)) == 1


class TestWhatIsConfirmed:
    """Whoever typed an address first, or last, decides nothing for its owner."""

    def sent(self, public: Public, **changed: str) -> None:
        """Fill in a form, and wait until it is looked at."""
        public.at.client.post("/take-part", data=ZUHURA | changed)
        settled(public)

    def test_the_last_form_counts(self, public: Public) -> None:
        """What was mistyped is mended by sending it again; the first letter's link confirms it."""
        self.sent(public, country="NI")
        self.sent(public, country="NE", words="A vigil on 10 December")
        path = link(public)
        assert len(letters(public)) == 1
        page = public.at.client.get(path).text
        assert page.index("A vigil on 10 December") < page.index("A debate at my school.")
        assert "Niger" in page
        assert "Nicaragua" in page
        public.at.client.post(path)
        assert [row[2] for row in followups(public)] == ["NE"]
        assert public.one("SELECT reply LIKE '%vigil%' FROM replies") == (1,)
        assert "Thank you" in public.at.client.get(path).text
        public.at.client.post(path)
        assert len(followups(public)) == 1

    def test_its_owner_says_which_is_theirs(self, public: Public) -> None:
        """A stranger's later one can't get in between the page and the press either."""
        self.sent(public, name="Real Name", country="IR", words="mine")
        page = public.at.client.get(link(public)).text
        (mine,) = re.findall(r'name="form" value="([0-9]+)"', page)
        self.sent(public, name="Not Me", country="US", words="a stranger's")
        page = public.at.client.get(link(public)).text
        assert len(re.findall(r'type="radio" name="form"', page)) == 2
        public.at.client.post(link(public), data={"form": mine})
        assert [row[:3] for row in followups(public)] == [("Real Name", "Zuhura@example.net", "IR")]
        assert public.one("SELECT count(*) FROM signups WHERE words = 'a stranger''s'") == (0,)

    @pytest.mark.parametrize("chosen", ["999999", "x", "-1", "9" * 30])
    def test_what_is_not_there_is_not_confirmed(self, public: Public, chosen: str) -> None:
        """The page asks again."""
        self.sent(public)
        answer = public.at.client.post(link(public), data={"form": chosen})
        assert "One more press" in answer.text
        assert followups(public) == []

    def test_to_subscribe_and_to_take_part_are_two_things(self, public: Public) -> None:
        """Each has its letter; the link of the one grants nothing of the other."""
        public.at.client.post("/subscribe", data=ZUHURA)
        settled(public)
        first = link(public)
        self.sent(public)
        assert len(letters(public)) == 2
        public.at.client.post(link(public))
        assert public.one("SELECT 1 FROM supporters WHERE email LIKE 'zuhura%'") is None
        public.at.client.post(first)
        assert public.one("SELECT 1 FROM supporters WHERE email LIKE 'zuhura%'") == (1,)

    def test_shows_words_as_words(self, public: Public) -> None:
        """A stranger's, to whoever's address they typed."""
        self.sent(public, words="<script>alert(1)</script>")
        page = public.at.client.get(link(public)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def send(public: Public) -> None:
    """Send the letters that are due."""
    send_due_letters(
        public.db, public.settings, Memory, pace=Pacing(), clock=lambda: datetime.now(UTC)
    )


class TestTakePart:
    """The page behind the call to action."""

    def test_opens_a_follow_up_for_somebody_we_know(self, public: Public) -> None:
        """The same as their mail would: of the campaign, of the person, with their words."""
        path = f"/t/{public.token(Purpose.REPLY)}"
        assert public.at.client.get(path).status_code == 200
        answer = public.at.client.post(path, data=ZUHURA | {"email": "P1@example.org"})
        assert answer.status_code == 200
        assert followups(public) == [("Zuhura Juma", "P1@example.org", "TG", "new", 1, 1)]
        assert letters(public) == []
        found = public.one("SELECT kind, certainty, campaign_id, reply, why FROM replies")
        assert found is not None
        assert found[:3] == ("volunteer", 1.0, 1)
        assert "A debate at my school." in str(found[3])
        assert "nobody has proved" in str(found[4])
        assert public.suppressed == []

    def test_asks_an_address_that_we_do_not_know(self, public: Public) -> None:
        """By a letter; the press opens the follow-up."""
        public.at.client.post(f"/t/{public.token(Purpose.REPLY)}", data=ZUHURA)
        assert followups(public) == []
        assert letters(public) == [("confirmation", "Zuhura@example.net", "en")]
        assert "One of us will write" in public.at.client.post(link(public)).text
        assert [row[:4] for row in followups(public)] == [
            ("Zuhura Juma", "Zuhura@example.net", "TG", "new")
        ]
        assert public.one("SELECT 1 FROM supporters WHERE email LIKE 'zuhura%'") is None

    def test_knows_its_people_under_other_spellings(self, public: Public) -> None:
        """Their follow-up is opened at once."""
        public.at.client.post("/take-part", data=ZUHURA | {"email": "p1+me@example.org"})
        settled(public)
        assert len(followups(public)) == 1
        assert letters(public) == []

    @pytest.mark.parametrize("token", ["copy", "cut", "nonsense", "another"])
    def test_a_token_of_no_letter_is_as_none(self, public: Public, token: str) -> None:
        """As in a copy that was passed on: what was typed is not lost."""
        path = {
            "copy": harmless(1),
            "cut": public.token(Purpose.REPLY)[:20],
            "nonsense": "x",
            "another": public.token(Purpose.UNSUBSCRIBE),
        }[token]
        form = ZUHURA | {"email": "p1@example.org"}
        assert public.at.client.get(f"/t/{path}").status_code == 200
        assert public.at.client.post(f"/t/{path}", data=form).status_code == 200
        settled(public)
        assert [row[:2] for row in followups(public)] == [("Zuhura Juma", "p1@example.org")]

    def test_a_letter_of_which_nothing_is_known_is_as_none(self, public: Public) -> None:
        """One that went out after the backup was made that is in use now."""
        path = f"/t/{public.token(Purpose.REPLY, 999_999)}"
        answer = public.at.client.post(path, data=ZUHURA | {"email": "p1@example.org"})
        assert answer.status_code == 200
        settled(public)
        assert len(followups(public)) == 1

    def test_the_mail_that_it_makes_is_in_their_language(self, public: Public) -> None:
        """An answer's subject is made of its."""
        form = ZUHURA | {"email": "p1@example.org", "asked_in": "fr"}
        public.at.client.post("/take-part", data=form)
        settled(public)
        (number,) = public.one("SELECT inbound_id FROM inbound") or (0,)
        raw = inbox.raw_mail(public.db, int(str(number)))
        assert message_from_bytes(raw)["Subject"] == "Je voudrais participer"

    def test_joins_what_a_mail_had_opened(self, public: Public) -> None:
        """One follow-up for a person and a campaign; sent twice it is one."""
        path = f"/t/{public.token(Purpose.REPLY)}"
        for words in ("First", "Second", "Second"):
            form = ZUHURA | {"email": "p1@example.org", "words": words}
            public.at.client.post(path, data=form)
        assert len(followups(public)) == 1
        assert public.one("SELECT count(*) FROM inbound") == (2,)

    def test_silences_nobody(self, public: Public) -> None:
        """Anybody can write in anybody's name that they want no more mail."""
        form = ZUHURA | {"email": "p2@example.org", "words": "STOP. Unsubscribe me at once!"}
        public.at.client.post("/take-part", data=form)
        assert public.suppressed == []
        assert len(followups(public)) == 1

    def test_keeps_what_the_form_said_when_mails_are_read_again(self, public: Public) -> None:
        """By whatever newer rules."""
        form = ZUHURA | {"email": "p2@example.org", "words": "Nobody. I am from France, not Togo."}
        public.at.client.post("/take-part", data=form)
        said = "SELECT kind, name, email, country, language FROM replies"
        before = settled(public).all(said)
        again = reprocess_replies(public.db, public.settings, now=datetime.now(UTC))
        assert (again.followups_opened, again.suppressed, again.failed) == (0, 0, 0)
        assert public.all(said) == before
        assert before == [("volunteer", "Zuhura Juma", "p2@example.org", "TG", "en")]

    def test_names_what_is_missing_beside_it(self, public: Public) -> None:
        """And keeps what was written."""
        answer = public.at.client.post("/take-part", data=ZUHURA | {"email": "zuhura", "name": ""})
        assert answer.status_code == 422
        for field in ("email", "name"):
            assert f'aria-describedby="{field}-error"' in answer.text
            assert f'id="{field}-error"' in answer.text
        assert "A debate at my school." in answer.text
        assert '<option value="TG" selected>Togo' in answer.text
        assert public.one("SELECT count(*) FROM signups") == (0,)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", "x" * 101),
            ("name", "\x00\u202e\n"),
            ("words", "x" * 4001),
            ("country", "Atlantis"),
            ("email", "a@b\r\nBcc: all@example.org"),
            ("email", "x" * 300 + "@example.org"),
        ],
    )
    def test_takes_nothing_odd(self, public: Public, field: str, value: str) -> None:
        """What could break a header, or fill a disk."""
        answer = public.at.client.post("/take-part", data=ZUHURA | {field: value})
        assert answer.status_code == 422

    def test_shows_a_name_as_text(self, public: Public) -> None:
        """Also where it is a tag."""
        form = ZUHURA | {"name": '"><script>alert(1)</script>', "email": "no"}
        page = public.at.client.post("/take-part", data=form).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page

    def test_thanks_a_program_and_does_nothing(self, public: Public) -> None:
        """Which fills in what no person sees."""
        answer = public.at.client.post("/take-part", data=ZUHURA | {"website": "https://x.example"})
        assert "Thank you" in answer.text
        assert letters(public) == []


class TestBounds:
    """Nobody fills in what is left for others, and nobody shuts the forms for everybody."""

    def post(self, at: Served, client: str, path: str = "/take-part") -> httpx.Response:
        """Send a form from somewhere."""
        return at.client.post(path, data=ZUHURA, headers={"x-forwarded-for": client})

    def test_forms_are_counted_for_each_network(self, sent: Settings) -> None:
        """Of IPv6 for a link and for its site; more than a few in an hour come from no person."""
        with served(public_app(sent, Bounds(forms=2)), proxies="127.0.0.1") as at:
            ours = "2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:ffff::3"
            assert [self.post(at, one).status_code for one in ours] == [200, 200, 429]
            links = [f"2001:db8:0:{number:x}::1" for number in range(2, 12)]
            assert [self.post(at, one).status_code for one in links] == [200] * 8 + [429] * 2

    def test_nobody_shuts_the_forms_for_everybody(self, sent: Settings) -> None:
        """However many sites somebody has."""
        with served(public_app(sent, Bounds(forms=2)), proxies="127.0.0.1") as at:
            for number in range(600):
                self.post(at, f"2001:db8:{number:x}::1")
            assert self.post(at, "192.0.2.1").status_code == 200
            assert self.post(at, "2001:db8:ffff:1::1").status_code == 200

    def test_a_right_token_is_not_counted_with_strangers(self, public: Public) -> None:
        """But with all who have the same letter."""
        with served(public_app(public.settings, Bounds(forms=2)), proxies="127.0.0.1") as at:
            for _ in range(3):
                assert self.post(at, "192.0.2.1").status_code in (200, 429)
            for token in (public.token(Purpose.REPLY, 1), public.token(Purpose.REPLY, 2)):
                done = [self.post(at, "192.0.2.1", f"/t/{token}").status_code for _ in range(3)]
                assert done == [200, 200, 429]
            assert self.post(at, "192.0.2.1", f"/t/{'a' * 24}").status_code == 429

    def test_what_was_written_is_given_back(self, sent: Settings) -> None:
        """With when to send it again."""
        with served(public_app(sent, Bounds(forms=0))) as at:
            answer = self.post(at, "192.0.2.1")
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")
            assert "A debate at my school." in answer.text
            assert 'value="Zuhura@example.net"' in answer.text
            assert "Too many forms" in answer.text

    def test_letters_to_strangers_are_so_many_an_hour(self, sent: Settings) -> None:
        """The forms beyond wait; those of whom we know and of our letters' readers don't."""
        now = datetime.now(UTC)
        with closing(open_database(sent.database)) as db:
            for number in range(LETTERS_AN_HOUR):
                one = signups.ask(db, _said(f"n{number}@example.net"), now)
                signups.note_looked_at(db, one, now, written=True)
            subscribing.ask(db, _said("new@example.net"), "", now)
            subscribing.ask(db, _said("p1@example.org"), "", now)
            key = signing_keys(db, now)[0]
            subscribing.ask(db, _said("led@example.net"), sign(key, Purpose.REPLY, 2), now)
            for later, written in ((0, ["led@example.net"]), (61, ["new@example.net"])):
                moment = now + timedelta(minutes=later)
                answer_forms(db, sent, lambda moment=moment: moment, sleep=lambda _: None)
                query = "SELECT email FROM letters ORDER BY letter_id DESC LIMIT 1"
                assert [row[0] for row in db.conn.execute(query)] == written
            assert db.conn.execute("SELECT count(*) FROM followups").fetchone() == (1,)


def _said(email: str, country: str = "TG", words: str = "") -> Signup:
    return Signup(SignupPurpose.TAKE_PART, email, "Zuhura", country, "en", words)


def test_a_link_works_for_seven_days_and_no_longer(public: Public) -> None:
    """What was not confirmed is then deleted."""
    public.at.client.post("/subscribe", data=ZUHURA)
    token, late = link(public)[3:], datetime.now(UTC) + timedelta(days=7, minutes=1)
    with pytest.raises(subscribing.NotFound):
        subscribing.confirm(public.db, public.settings, token, late)
    assert signups.forget_old(public.db, late) == 1
    answer = public.at.client.post(link(public))
    assert answer.status_code == 404
    assert "too old" in answer.text


def test_a_letter_that_cannot_be_written_waits_until_it_can(
    sent: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Whose fault it is reads of it in the log; nobody's form is lost."""
    folder = sent.templates_dir / "confirm-address"
    away = folder.rename(sent.root / "away")
    soon = Bounds(forms_every=0.02)
    with closing(open_database(sent.database)) as db:
        with served(public_app(sent, soon)) as at:
            assert at.client.post("/subscribe", data=ZUHURA).status_code == 200
            until(lambda: "form 1 waits" in caplog.text)
        assert formanswers.any_new(db)
        away.rename(folder)
        with served(public_app(sent, soon)):
            until(lambda: not formanswers.any_new(db))
        assert db.conn.execute("SELECT count(*) FROM letters").fetchone() == (1,)


def test_the_crontab_answers_what_a_server_left(sent: Settings) -> None:
    """Where it was stopped in between; what can't be answered is told."""
    folder = sent.templates_dir / "confirm-address"
    with closing(open_database(sent.database)) as db:
        said = signups.Signup(signups.SignupPurpose.SUBSCRIBE, "new@example.net", "", "", "en")
        subscribing.ask(db, said, "", datetime.now(UTC))
        away = folder.rename(sent.root / "away")
        assert "form 1 of the public pages waits" in outreach(sent.root, "cron").stderr
        assert formanswers.any_new(db)
        away.rename(folder)
        assert outreach(sent.root, "cron").stderr == ""
        assert not formanswers.any_new(db)


def test_nothing_is_looked_up_before_the_answer(sent: Settings) -> None:
    """How long an answer takes would tell whether an address is on the list."""
    now = datetime.now(UTC)
    with closing(open_database(sent.database)) as db:
        done: list[list[str]] = []
        for email in ("p1@example.org", "nobody@example.net"):
            said = signups.Signup(signups.SignupPurpose.TAKE_PART, email, "Zuhura", "TG", "en")
            steps: list[str] = []
            db.conn.set_trace_callback(steps.append)
            subscribing.ask(db, said, "", now)
            db.conn.set_trace_callback(None)
            done.append([step.replace(email, "EMAIL") for step in steps])
        assert done[0] == done[1]
        assert not any("supporters" in step for step in done[0])


class TestTime:
    """Nothing that a stranger can measure tells whether an address is on the list."""

    def test_nothing_begins_when_a_form_comes(self, sent: Settings) -> None:
        """What it sets off waits for a tick, whose moment is by chance."""
        with (
            closing(open_database(sent.database)) as db,
            served(public_app(sent, Bounds(forms_every=3600))) as at,
        ):
            at.client.post("/subscribe", data=ZUHURA)
            # a body of events wakes whatever waits to be woken
            at.client.post("/webhooks/events", content=b"[]")
            assert formanswers.any_new(db)
        with closing(open_database(sent.database)) as db:
            assert formanswers.any_new(db)

    def test_a_letter_is_composed_for_whoever_needs_none(self, sent: Settings) -> None:
        """And a mail read for whoever gets a letter: the same is made ready for everybody."""
        now = datetime.now(UTC)
        with closing(open_database(sent.database)) as db:
            for email in ("p1@example.org", "nobody@example.net"):
                signup_id = signups.ask(db, _said(email), now)
                changes = db.conn.total_changes
                ready = make_ready(db, sent, signup_id, now)
                assert ready is not None
                assert isinstance(ready.letter, NewLetter)
                assert ready.mail is not None
                assert ready.mail.read is not None
                assert not db.conn.in_transaction
                assert db.conn.total_changes == changes

    def test_each_has_the_turn_for_the_same_time(self, sent: Settings) -> None:
        """To write for one takes longer than for the other, and then the rest is waited for."""
        now = datetime.now(UTC)
        with closing(open_database(sent.database)) as db:
            addresses = ("p1@example.org", "nobody@example.net", "nobody@example.net")
            for number, email in enumerate(addresses):
                ready = make_ready(db, sent, signups.ask(db, _said(email), now), now)
                assert ready is not None
                held, waited = list[bool](), list[float]()

                def wait(
                    seconds: float, held: list[bool] = held, waited: list[float] = waited
                ) -> None:
                    held.append(db.conn.in_transaction)
                    waited.append(seconds)

                took = timedelta(milliseconds=3 + 20 * number)
                clock = iter((now, now + took))
                assert answer(db, sent, ready, lambda clock=clock: next(clock), sleep=wait)
                assert held == [True]
                assert took.total_seconds() + waited[0] in (
                    pytest.approx(TURN.total_seconds()),
                    pytest.approx(2 * TURN.total_seconds()),
                )
            assert db.conn.execute("SELECT count(*) FROM followups").fetchone() == (1,)
            assert db.conn.execute("SELECT count(*) FROM letters").fetchone() == (1,)

    def test_a_letter_that_another_overtook_is_made_again(self, sent: Settings) -> None:
        """Its number stands in its links."""
        now = datetime.now(UTC)
        with closing(open_database(sent.database)) as db:
            numbers = [signups.ask(db, _said(f"n{n}@example.net"), now) for n in range(2)]
            both = [make_ready(db, sent, number, now) for number in numbers]
            done = [answer(db, sent, one, lambda: now, sleep=lambda _: None) for one in both if one]
            assert done == [True, False]
            answer_forms(db, sent, lambda: now, sleep=lambda _: None)
            assert db.conn.execute("SELECT count(*) FROM letters").fetchone() == (2,)


def test_a_page_of_somebody_else_sends_nothing(public: Public) -> None:
    """What it filled in is shown to the person, who may send it."""
    elsewhere = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    answer = public.at.client.post("/subscribe", data=ZUHURA, headers=elsewhere)
    assert answer.status_code == 200
    assert 'value="Zuhura@example.net"' in answer.text
    assert public.one("SELECT count(*) FROM signups") == (0,)
