"""`outreach deliveries show`: who got what, the message again, and all that happened since."""

from __future__ import annotations

import json
import shutil
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import letters as made
import posting
import pytest
from operating import CREATE, PLAN, new_workspace, outreach
from sqlite_utils import Database

from outreach.dispatch.proof import keep_hash, proof_key
from outreach.settings import Settings, load
from outreach.store import open_database, signing_keys
from outreach.workflow.events import import_events
from outreach.workflow.workspace import create_workspace


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose campaign has left; tests get copies."""
    root = tmp_path_factory.mktemp("sent") / "workspace"
    create_workspace(root)
    settings = load(root, environment={})
    db = open_database(settings.database)
    new_workspace(settings, db)
    db.close()
    for command in (CREATE, PLAN, ("dispatch", "spring")):
        assert outreach(root, *command).exit_code == 0
    return root


@pytest.fixture
def settings(sent: Path, tmp_path: Path) -> Settings:
    """The settings of a copy."""
    shutil.copytree(sent, tmp_path / "workspace")
    return load(tmp_path / "workspace", environment={})


@pytest.fixture
def workspace(settings: Settings) -> Path:
    """The folder of a copy."""
    return settings.root


def _shown(workspace: Path, *arguments: str) -> list[dict[str, Any]]:
    said = outreach(workspace, "deliveries", "show", *arguments, "--json")
    assert said.exit_code == 0, said.stderr
    found: list[dict[str, Any]] = json.loads(said.stdout)
    return found


def _events(db: Database, settings: Settings, *events: object) -> None:
    post = posting.posted(*events)
    unsigned = type(post)(post.source, post.raw)
    import_events(db, settings, [unsigned], unsigned=True, now=made.START)


def test_a_person_is_told_what_they_got(workspace: Path) -> None:
    """Campaign, language, shape, moments, transport, attempt; and it is the same message."""
    [shown] = _shown(workspace, "P3@Example.org")
    delivery = shown["delivery"]
    assert delivery["campaign"] == "spring"
    assert delivery["email"] == "p3@example.org"
    assert (delivery["state"], delivery["language"]) == ("accepted", "en")
    assert len(delivery["shape"]) >= 8
    assert delivery["composed_at"] <= delivery["changed_at"]
    assert (delivery["provider"], delivery["attempts"]) == ("outbox", 1)
    assert shown["recomposed"]["sameness"] == "same"
    assert shown["recomposed"]["digest"] == delivery["digest"]
    said = outreach(workspace, "deliveries", "show", "p3@example.org").stdout
    assert "the same as what left" in said


def test_an_id_shows_no_address(workspace: Path) -> None:
    """Neither that of a delivery nor that of an attempt."""
    for who in ("3", "3-1"):
        [shown] = _shown(workspace, who)
        assert shown["delivery"]["email"] == "p…@example.org"
        assert "p3@" not in outreach(workspace, "deliveries", "show", who).stdout


def test_all_deliveries_of_a_person_the_newest_first(workspace: Path) -> None:
    """Or those of one campaign."""
    create = [word if word != "spring" else "summer" for word in CREATE]
    assert outreach(workspace, *create).exit_code == 0
    assert outreach(workspace, "campaigns", "plan", "summer").exit_code == 0
    first, second = _shown(workspace, "p3@example.org")
    assert (first["delivery"]["campaign"], second["delivery"]["campaign"]) == ("summer", "spring")
    assert first["delivery"]["state"] == "planned"
    assert first["recomposed"]["sameness"] == "not_recorded"
    [only] = _shown(workspace, "p3@example.org", "--campaign", "spring")
    assert only == second


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("given_name = 'Somebody'", "record was changed since"),
        ("language = 'fr'", "it was in en and is in fr now"),
        ("email = 'changed'", "can't be composed any more"),
    ],
)
def test_a_record_that_changed_since_is_told(
    workspace: Path, db: Database, change: str, words: str
) -> None:
    """The message as it left can't be had any more; its digest can."""
    db.conn.execute(f"UPDATE supporters SET {change} WHERE supporter_id = 3")
    [shown] = _shown(workspace, "3")
    recomposed = shown["recomposed"]
    assert recomposed["sameness"] in {"differs", "not_composable"}
    assert words in recomposed["why"]
    assert recomposed["recorded_digest"] == shown["delivery"]["digest"]


def test_the_message_is_written_as_it_left(workspace: Path, tmp_path: Path) -> None:
    """Byte for byte, though its template and the letterhead were changed since."""
    (workspace / "templates" / "hello" / "en.html").write_text("{{ broken", "utf-8")
    file = tmp_path / "again.eml"
    said = outreach(workspace, "deliveries", "show", "3-1", "--message", str(file))
    assert said.exit_code == 0
    [left] = (workspace / "outbox" / "new").glob("3-1.*")
    assert file.read_bytes() == left.read_bytes()
    terminal = outreach(workspace, "deliveries", "show", "3", "--message", "-")
    assert terminal.stdout_bytes == left.read_bytes()
    assert "This is the same as what left." in terminal.stderr


def test_a_new_key_does_not_make_old_messages_others(workspace: Path, db: Database) -> None:
    """The key that signed its links is found."""
    db.conn.execute("INSERT INTO signing_keys VALUES (2, ?, '')", [b"2" * 32])
    [shown] = _shown(workspace, "3")
    assert shown["recomposed"]["sameness"] == "same"


def test_of_somebody_who_was_erased_only_the_digest_is_left(workspace: Path, db: Database) -> None:
    """Nothing is composed for the empty record."""
    keep_hash(db, 3, "p3@example.org", proof_key(signing_keys(db, made.START)[1]))
    [shown] = _shown(workspace, "3")
    assert shown["recomposed"]["sameness"] == "not_composable"
    assert "erased" in shown["recomposed"]["why"]
    assert "erased" in outreach(workspace, "deliveries", "show", "3", "--message", "-").stderr


def test_a_letter_that_a_crash_left_in_doubt_has_no_message(workspace: Path, db: Database) -> None:
    """Nobody wrote down what it said."""
    db.conn.execute(
        "UPDATE deliveries SET state = 'in_doubt', digest = x'', composed_at = ''"
        " WHERE delivery_id = 3"
    )
    [shown] = _shown(workspace, "3")
    assert "the dispatcher ended before it could" in shown["recomposed"]["why"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ("state = 'planned', attempts = 0", "no message has left"),
        ("state = 'planned', deferrals = 1", "no message has left: it was put off"),
        ("state = 'excluded', attempts = 0", "no message has left"),
        ("state = 'claimed'", "nothing is recorded yet: a dispatcher has it"),
        ("state = 'refused', reason = 'message', provider = ''", "no message could be made"),
        ("state = 'accepted', language = ''", "the dispatcher ended before it could"),
        ("state = 'accepted'", "it left before outreach recorded the digests"),
    ],
)
def test_why_nothing_is_recorded_is_what_is_true(
    workspace: Path, db: Database, changes: str, words: str
) -> None:
    """Not that a dispatcher had ended, where none had."""
    db.conn.execute(
        f"UPDATE deliveries SET {changes}, digest = x'', composed_at = '' WHERE delivery_id = 3"
    )
    [shown] = _shown(workspace, "3")
    assert shown["recomposed"]["sameness"] == "not_recorded"
    assert words in shown["recomposed"]["why"]
    assert words in outreach(workspace, "deliveries", "show", "3").stdout


def test_all_that_happened_since_is_told_in_order(
    workspace: Path, db: Database, settings: Settings, tmp_path: Path
) -> None:
    """Events, answers, follow-ups and suppressions."""
    who = "p3@example.org"
    _events(
        db,
        settings,
        posting.event("delivered", "3-1", who, response="250 OK"),
        posting.event("spamreport", "3-1", who, timestamp=1393405300),
    )
    [left] = (workspace / "outbox" / "new").glob("3-1.*")
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = who, str(message_from_bytes(left.read_bytes())["Reply-To"])
    mail["Subject"], mail["Date"] = "Re: hello", "Wed, 26 Feb 2014 12:00:00 +0000"
    mail.set_content("I want to organise an event in Lomé.\n")
    (tmp_path / "answer.eml").write_bytes(mail.as_bytes())
    assert outreach(workspace, "replies", "import", str(tmp_path / "answer.eml")).exit_code == 0
    [shown] = _shown(workspace, "3")
    found = [(h["kind"], h["number"], h["what"], h["detail"]) for h in shown["happenings"]]
    assert found[:2] == [
        ("event", 1, "delivered, says sendgrid", "250 OK"),
        ("suppression", 0, "complaint", "sendgrid: complained 2014-02-26T09:01:40Z"),
    ]
    assert {kind for kind, *_ in found} == {"event", "mail", "follow_up", "suppression"}
    assert ("mail", 1, "volunteer", "") in found
    moments = [h["happened_at"] for h in shown["happenings"]]
    assert moments == sorted(moments)
    said = outreach(workspace, "deliveries", "show", "3").stdout
    assert "2014-02-26T09:00:00Z attempt 1: delivered, says sendgrid: 250 OK" in said
    assert "mail 1: volunteer" in said


def test_what_is_known_of_a_doubt_stands_with_it(
    workspace: Path, db: Database, settings: Settings
) -> None:
    """Such as that an earlier attempt has arrived."""
    db.conn.execute("UPDATE deliveries SET state = 'in_doubt', attempts = 2 WHERE delivery_id = 3")
    _events(db, settings, posting.event("delivered", "3-1", "p3@example.org"))
    said = outreach(workspace, "campaigns", "doubtful", "spring", "--json")
    [doubt] = json.loads(said.stdout)
    assert doubt["told"] == ["2014-02-26T09:00:00Z attempt 1: delivered, says sendgrid"]
    assert "attempt 1: delivered" in outreach(workspace, "campaigns", "doubtful", "spring").stdout
    _events(db, settings, posting.event("processed", "3-2", "p3@example.org"))
    assert "Nothing is in doubt" in outreach(workspace, "campaigns", "doubtful", "spring").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("abc",), 65, "neither an address nor the id"),
        (("99999999999999999999",), 65, "neither an address nor the id"),
        (("a b@c",), 65, "no email address"),
        (("stranger@example.org",), 66, "nobody on the list"),
        (("4711",), 66, "no delivery with this id"),
        (("3-2",), 66, "has had 1 attempt"),
        (("3", "--campaign", "winter"), 66, "campaigns list"),
        (("25", "--message", "-"), 65, "no message of delivery 25"),
        (("3", "--message", "no/where/at/all"), 65, "can't be written"),
    ],
)
def test_errors_say_what_to_do_next(
    workspace: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """One sentence, a code from the table."""
    said = outreach(workspace, "deliveries", "show", *arguments)
    assert (said.exit_code, words in said.stderr) == (code, True), said.stderr
    assert "Traceback" not in said.stderr


def test_a_message_of_several_must_be_named(workspace: Path) -> None:
    """By its id, or by the campaign."""
    create = [word if word != "spring" else "summer" for word in CREATE]
    outreach(workspace, *create)
    outreach(workspace, "campaigns", "plan", "summer")
    show = ("deliveries", "show", "p3@example.org", "--message", "-")
    said = outreach(workspace, *show)
    assert (said.exit_code, "there are 2 deliveries" in said.stderr) == (65, True)
    assert outreach(workspace, *show, "--campaign", "spring").exit_code == 0


def test_a_proof_is_written_and_verified(workspace: Path, db: Database, tmp_path: Path) -> None:
    """As the person at the terminal meets it; 1 where it is contradicted, or was changed."""
    file = tmp_path / "spring.proof"
    said = outreach(workspace, "campaigns", "proof", "spring", "--out", str(file))
    last = json.loads(file.read_bytes().splitlines()[-1])["chain"]
    assert (said.exit_code, said.stdout) == (0, f"Wrote 25 deliveries.\nLast hash: {last}\n")
    verify = ("campaigns", "verify", str(file))
    good = outreach(workspace, *verify, "--person", "p3@example.org")
    assert good.exit_code == 0
    assert "The ledger says the same." in good.stdout
    assert "This person, line 4: delivery 3 was accepted by outbox" in good.stdout
    assert json.loads(outreach(workspace, *verify, "--json").stdout)["counts"] == {
        "accepted": 23,
        "excluded": 2,
    }
    assert "says nothing" in outreach(workspace, *verify, "--person", "x@example.org").stdout
    db.conn.execute("UPDATE deliveries SET state = 'refused' WHERE delivery_id = 3")
    bad = outreach(workspace, *verify)
    assert bad.exit_code == 1
    assert "line 4, delivery 3: accepted in the proof, refused in the ledger" in bad.stdout
    file.write_bytes(file.read_bytes().replace(b"outbox", b"inbox", 1))
    changed = outreach(workspace, *verify)
    assert (changed.exit_code, "Line 2: " in changed.stdout) == (1, True)
    again = outreach(workspace, "campaigns", "proof", "spring", "--out", str(file))
    assert again.exit_code == 73
