"""What comes after somebody was erased: lists, mails, links, themselves; and a kill meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import erasable
import pytest
from erasable import ADDRESS, OTHERS, SPELLINGS, WORDS, World
from operating import outreach
from posting import body, event

from outreach import tokens
from outreach.dispatch.proof import proof_key
from outreach.errors import NotFound
from outreach.model import Consent, Suppression
from outreach.store import atomic, open_database, signing_keys
from outreach.supporters import roll, signups, tombstones
from outreach.supporters.consent import suppress, suppression_of
from outreach.supporters.signups import Signup, SignupPurpose
from outreach.tokens import Purpose
from outreach.workflow import erasing, personaldata
from outreach.workflow.events import Posted, import_events
from outreach.workflow.givingout import export_person
from outreach.workflow.preferences import show_preferences
from outreach.workflow.replies import import_replies
from outreach.workflow.reprocessing import reprocess_replies
from outreach.workflow.subscribing import confirm
from outreach.workflow.supporters import import_supporters
from outreach.workflow.unsubscribing import Standing, look, unsubscribe


@pytest.fixture
def erased(world: World) -> World:
    """And in which she was erased."""
    erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    return world


def _come_back(world: World, email: str) -> None:
    """Subscribe, and press the button behind the link that only she gets."""
    now = erasable.moment() + timedelta(days=3)
    with atomic(world.db):
        asked = Signup(SignupPurpose.SUBSCRIBE, email, "Aminatou", "", "fr")
        number = signups.ask(world.db, asked, now)
    key, _ = signing_keys(world.db, now)
    confirm(world.db, world.settings, tokens.sign(key, Purpose.CONFIRM, number), now)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_list_puts_her_back(erased: World, tmp_path: Path, spelling: str) -> None:
    """Under any spelling."""
    path = tmp_path / "again.csv"
    path.write_text(f"email,given_name,consent\n{spelling},Aminatou,yes\n", "utf-8")
    report = import_supporters(erased.db, path, now=erasable.moment())
    assert report.rejects == {"erased": 1}
    assert erasable.found_in(erased.settings.root, WORDS) == set()


def test_her_mails_are_not_taken_in_again(erased: World) -> None:
    """The very mails, from a mailbox that still has them."""
    before = erasable.unpacked(erased.db)
    import_replies(erased.db, erased.settings, erased.mails, now=erasable.moment())
    assert erasable.unpacked(erased.db) == before


def test_what_is_understood_again_stays_counted(erased: World) -> None:
    """There is nothing to understand any more, and nothing changes."""
    kinds = "SELECT kind, count(*) FROM replies GROUP BY kind"
    before = erased.db.conn.execute(kinds).fetchall()
    done = reprocess_replies(erased.db, erased.settings, now=erasable.moment())
    assert done.failed == 0
    assert erased.db.conn.execute(kinds).fetchall() == before


def test_a_new_mail_of_hers_is_ordinary(erased: World, tmp_path: Path) -> None:
    """It opens a follow-up of its own."""
    followups = erased.count("followups")
    key, _ = signing_keys(erased.db, erased.now)
    token = tokens.sign(key, Purpose.REPLY, erased.delivery)
    mail = tmp_path / "new.eml"
    mail.write_text(
        f"From: Aminatou <{ADDRESS}>\nTo: events+{token}@outreach.example.org\n"
        "Message-ID: <new@x>\nSubject: Re: news\n\nYes, I would like to put on a debate.\n"
    )
    import_replies(erased.db, erased.settings, [mail], now=erasable.moment())
    assert erased.count("followups") == followups + 1
    row = erased.db.conn.execute(
        "SELECT supporter_id, email FROM followups ORDER BY followup_id DESC LIMIT 1"
    ).fetchone()
    assert row == (None, ADDRESS)
    again = erasing.erase(erased.db, erased.settings, ADDRESS, now=erasable.moment())
    assert again.is_clean
    assert erasable.found_in(erased.settings.root) == set()


def test_a_late_word_of_a_provider_silences_a_number_and_no_address(erased: World) -> None:
    """It is understood, and what came with it goes with the next erasing."""
    late = event(
        "bounce", f"{erased.delivery}-1", ADDRESS, type="bounce", reason=f"no {ADDRESS}", status="5"
    )
    posts = [Posted("x", body(late))]
    import_events(erased.db, erased.settings, posts, unsigned=True, now=erasable.moment())
    assert erased.count("suppressions") == 0
    again = erasing.erase(erased.db, erased.settings, ADDRESS, now=erasable.moment())
    assert again.is_clean
    assert erasable.found_in(erased.settings.root) == set()


def test_an_event_that_comes_again_is_not_counted_again(world: World) -> None:
    """Providers repeat them for a day, in other bodies; nor does it bring anything back."""
    known = event("delivered", f"{world.delivery}-1", ADDRESS, response=f"250 ok {ADDRESS}")
    other = event("processed", "3-1", OTHERS)
    import_events(
        world.db, world.settings, [Posted("x", body(known))], unsigned=True, now=world.now
    )
    erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    before = world.count("provider_events", f"delivery_id = {world.delivery}")
    for _ in range(2):
        posts = [Posted("x", body(known, other))]
        import_events(world.db, world.settings, posts, unsigned=True, now=erasable.moment())
        assert world.count("provider_events", f"delivery_id = {world.delivery}") == before
        # a second time nothing that was erased gets another key, and what was posted goes
        erasing.erase(world.db, world.settings, SPELLINGS[2], now=erasable.moment())
    assert not any(ADDRESS in text for text in erasable.unpacked(world.db).values())


def test_an_event_of_hers_under_an_older_address_goes(world: World) -> None:
    """It was found to be hers by the provider's own id."""
    world.db.conn.execute(
        "UPDATE deliveries SET provider_id = 'letter1' WHERE delivery_id = ?", [world.delivery]
    )
    old = event(
        "delivered", f"{world.delivery}-1", "grandmotherly@example.org", sg_message_id="letter1.x"
    )
    import_events(world.db, world.settings, [Posted("x", body(old))], unsigned=True, now=world.now)
    erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    assert not any("grandmotherly@" in text for text in erasable.unpacked(world.db).values())


def test_so_does_a_late_report_in_a_mail(erased: World, tmp_path: Path) -> None:
    """That it is about a letter to her is known, and nothing is done to her address."""
    key, _ = signing_keys(erased.db, erased.now)
    token = tokens.sign(key, Purpose.REPLY, erased.delivery)
    mail = tmp_path / "late.eml"
    mail.write_text(
        f"From: mailer-daemon@mx.example.net\nTo: events+{token}@outreach.example.org\n"
        "Message-ID: <late@mx>\nSubject: Undelivered Mail Returned to Sender\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\n<{ADDRESS}>: user unknown\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {ADDRESS}\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )
    import_replies(erased.db, erased.settings, [mail], now=erasable.moment())
    assert erased.count("suppressions") == 0
    erasing.erase(erased.db, erased.settings, ADDRESS, now=erasable.moment())
    assert not any(ADDRESS in text for text in erasable.unpacked(erased.db).values())
    assert erasable.found_in(erased.settings.root) == set()


def test_links_in_her_old_letters_are_calm(erased: World) -> None:
    """There is nobody to write to, and nothing to choose."""
    key, _ = signing_keys(erased.db, erased.now)
    token = tokens.sign(key, Purpose.UNSUBSCRIBE, erased.delivery)
    assert look(erased.db, token).standing is Standing.UNKNOWN
    assert unsubscribe(erased.db, token, erasable.moment()).standing is Standing.UNKNOWN
    with pytest.raises(NotFound):
        show_preferences(erased.db, token)


@pytest.mark.parametrize("spelling", [SPELLINGS[0], SPELLINGS[1]])
def test_she_comes_back_by_her_own_word(erased: World, spelling: str) -> None:
    """As somebody new; a list may name her again."""
    _come_back(erased, spelling)
    person = roll.find(erased.db, spelling)
    assert person is not None
    assert person.supporter_id != erased.amina
    assert person.consent is Consent.GRANTED
    assert suppression_of(erased.db, spelling) is None
    assert not tombstones.is_erased(erased.db, ADDRESS)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("single", [False, True])
def test_who_came_back_leaves_by_a_link_of_before(
    erased: World, spelling: str, single: bool
) -> None:
    """The letter went to her, and she means it, under whatever spelling she came back."""
    _come_back(erased, spelling)
    key, _ = signing_keys(erased.db, erased.now)
    token = tokens.sign(key, Purpose.UNSUBSCRIBE, erased.delivery)
    if single:
        (letter,) = erased.db.conn.execute("SELECT min(letter_id) FROM letters").fetchone()
        token = tokens.sign(key, Purpose.LEAVE_LETTER, letter)
    assert unsubscribe(erased.db, token, erasable.moment()).standing is Standing.GONE
    assert suppression_of(erased.db, spelling) is Suppression.UNSUBSCRIBED


def test_a_yes_of_her_own_undoes_no_complaint_under_another_spelling(world: World) -> None:
    """What was called spam is not sent again, whoever asks for it."""
    with atomic(world.db):
        suppress(world.db, "zoe@example.org", Suppression.COMPLAINT, "spam", world.now)
        suppress(world.db, "ida@example.org", Suppression.UNSUBSCRIBED, "page", world.now)
    _come_back(world, "zoe+new@example.org")
    _come_back(world, "ida+new@example.org")
    assert suppression_of(world.db, "zoe+new@example.org") is Suppression.COMPLAINT
    assert suppression_of(world.db, "ida+new@example.org") is None


def test_a_proof_says_the_same(world: World) -> None:
    """The ledger keeps a hash in the place of her address."""
    proof = outreach(world.settings.root, "campaigns", "prove", "spring")
    before = proof.stdout
    erasing.erase(world.db, world.settings, ADDRESS, now=erasable.moment())
    assert proof_key(signing_keys(world.db, world.now)[1])
    assert outreach(world.settings.root, "campaigns", "prove", "spring").stdout == before


def test_what_is_given_out_is_all_that_erasing_knows(world: World) -> None:
    """Every row of every table that is hers; of what providers posted, hers alone."""
    given = json.loads(export_person(world.db, ADDRESS))
    going = {
        part.table: part.rows for part in erasing.look(world.db, world.settings, ADDRESS).going
    }
    held = {table: len(rows) for table, rows in given["held"].items()}
    assert held | {"provider_bodies": 0} == going | {"provider_bodies": 0}
    text = json.dumps(given, ensure_ascii=False)
    for word in WORDS:
        assert word.lower() in text.lower(), word
    assert "p3@example.org" not in text
    assert set(held) <= set(personaldata.HOMES)
    stranger = json.loads(export_person(world.db, "friend@example.net"))
    assert stranger["supporters"] == []
    assert "help too" in json.dumps(stranger)


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from outreach.settings import load
from outreach.store import open_database
from outreach.workflow import erasing, personaldata
from datetime import UTC, datetime

settings = load(Path(sys.argv[1]), environment={})
db = open_database(settings.database)
step, after = 0, int(sys.argv[3])

def die(statement):
    global step
    step += statement.startswith(("UPDATE", "DELETE", "INSERT", "COMMIT"))
    if step == after:
        os.kill(os.getpid(), signal.SIGKILL)

db.conn.set_trace_callback(die)
erasing.erase(db, settings, sys.argv[2], now=datetime(2014, 3, 1, tzinfo=UTC))
"""


@pytest.mark.parametrize("after", [5, 25, 40])
def test_killed_anywhere_it_is_all_or_nothing(world: World, tmp_path: Path, after: int) -> None:
    """And another call ends it."""
    before = erasable.unpacked(world.db)
    world.db.close()
    script = tmp_path / "killed.py"
    script.write_text(KILLED_AT, "utf-8")
    command = [sys.executable, str(script), str(world.settings.root), ADDRESS, str(after)]
    ended = subprocess.run(command, env=dict(os.environ), check=False)
    assert ended.returncode == -signal.SIGKILL
    db = open_database(world.settings.database)
    assert erasable.unpacked(db) == before
    erasing.erase(db, world.settings, ADDRESS, now=erasable.moment())
    assert erasable.found_in(world.settings.root) == set()
    db.close()


class TestOnTheCommandLine:
    """It shows first, and asks."""

    def test_shows_what_goes_and_asks(self, world: World) -> None:
        """Without an answer nothing goes."""
        said = outreach(world.settings.root, "supporters", "erase", ADDRESS)
        assert "provider_events" in said.output
        assert "Erase them for good" in said.output
        assert said.exit_code != 0
        assert roll.find(world.db, ADDRESS) is not None

    def test_erases(self, world: World) -> None:
        """With --yes it doesn't ask."""
        said = outreach(world.settings.root, "supporters", "erase", str(world.amina), "--yes")
        assert said.exit_code == 0
        assert "no address of theirs" in said.output
        assert erasable.found_in(world.settings.root) == set()
        again = outreach(world.settings.root, "supporters", "show", str(world.amina))
        assert again.exit_code != 0
        assert "they were erased" in again.stderr
        assert ADDRESS not in outreach(world.settings.root, "supporters", "list").stdout

    def test_json(self, world: World) -> None:
        """For programs, which are not asked."""
        root = world.settings.root
        assert outreach(root, "supporters", "erase", ADDRESS, "--json").exit_code == 2
        shown = json.loads(
            outreach(root, "supporters", "erase", ADDRESS, "--json", "--dry-run").stdout
        )
        assert shown["person"]["mailbox"] == SPELLINGS[2]
        done = json.loads(outreach(root, "supporters", "erase", ADDRESS, "--json", "--yes").stdout)
        assert done["swept"]["found"] == 0

    def test_gives_out(self, world: World, tmp_path: Path) -> None:
        """Into a file for nobody else's eyes, never over another."""
        out = tmp_path / "amina.json"
        for code in (0, 1):
            said = outreach(world.settings.root, "supporters", "export", ADDRESS, "--out", str(out))
            assert bool(said.exit_code) is bool(code)
        assert out.stat().st_mode & 0o777 == 0o600
        assert "Diallowa" in out.read_text("utf-8")
