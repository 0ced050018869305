"""Subscribe and take part: nothing follows from an address before its owner said so."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from operating import outreach
from readers import Public
from serving import served, until, with_keys

from outreach.dispatch.transports.memory import Memory
from outreach.settings import Pacing, Settings
from outreach.store import open_database
from outreach.supporters import signups
from outreach.tokens import Purpose
from outreach.web.bounds import Bounds
from outreach.web.public.app import public_app
from outreach.workflow import subscribing
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
    until(lambda: not subscribing.any_waiting(public.db))
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

    def test_sends_no_second_letter_for_hours(self, public: Public) -> None:
        """However often somebody types another's address."""
        for _ in range(5):
            public.at.client.post("/subscribe", data=ZUHURA)
        assert len(letters(public)) == 1


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
        assert "Somebody of us will write" in public.at.client.post(link(public)).text
        assert [row[:4] for row in followups(public)] == [
            ("Zuhura Juma", "Zuhura@example.net", "TG", "new")
        ]
        assert public.one("SELECT 1 FROM supporters WHERE email LIKE 'zuhura%'") is None

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


def test_forms_are_counted_for_each_network_and_for_all(sent: Settings) -> None:
    """More than a few in an hour come from no person."""
    app = public_app(with_keys(sent), Bounds(forms=2, all_forms=3))
    with served(app, proxies="127.0.0.1") as at:

        def post(client: str) -> int:
            headers = {"x-forwarded-for": client}
            return at.client.post("/subscribe", data=ZUHURA, headers=headers).status_code

        ours = "2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:ffff::3"
        assert [post(client) for client in ours] == [200, 200, 429]
        assert [post("192.0.2.1"), post("192.0.2.2")] == [200, 429]


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
    with closing(open_database(sent.database)) as db:
        with served(public_app(sent)) as at:
            assert at.client.post("/subscribe", data=ZUHURA).status_code == 200
            until(lambda: "form 1 waits" in caplog.text)
        assert subscribing.any_waiting(db)
        away.rename(folder)
        with served(public_app(sent)):
            until(lambda: not subscribing.any_waiting(db))
        assert db.conn.execute("SELECT count(*) FROM letters").fetchone() == (1,)


def test_the_crontab_answers_what_a_server_left(sent: Settings) -> None:
    """Where it was stopped in between; what can't be answered is told."""
    folder = sent.templates_dir / "confirm-address"
    with closing(open_database(sent.database)) as db:
        said = signups.Signup(signups.SignupPurpose.SUBSCRIBE, "new@example.net", "", "", "en")
        subscribing.ask(db, said, "", datetime.now(UTC))
        away = folder.rename(sent.root / "away")
        assert "form 1 of the public pages waits" in outreach(sent.root, "cron").stderr
        assert subscribing.any_waiting(db)
        away.rename(folder)
        assert outreach(sent.root, "cron").stderr == ""
        assert not subscribing.any_waiting(db)


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


def test_a_page_of_somebody_else_sends_nothing(public: Public) -> None:
    """What it filled in is shown to the person, who may send it."""
    elsewhere = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    answer = public.at.client.post("/subscribe", data=ZUHURA, headers=elsewhere)
    assert answer.status_code == 200
    assert 'value="Zuhura@example.net"' in answer.text
    assert public.one("SELECT count(*) FROM signups") == (0,)
