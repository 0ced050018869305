"""Whose data it is: nobody's goes, and nobody's is given out, because somebody else was named."""

from __future__ import annotations

import json
from email.message import EmailMessage
from pathlib import Path

import erasable
import pytest
from erasable import ADDRESS, World

from outreach import tokens
from outreach.errors import NotFound
from outreach.followups import merging
from outreach.store import atomic, signing_keys
from outreach.workflow import erasing, gatherings
from outreach.workflow.givingout import export_person
from outreach.workflow.replies import import_replies

STATED = "bea@example.net"
WISH = "Yes, I would like to put on a debate in our village hall.\n"


def _mail(
    world: World, folder: Path, sender: str, text: str, *, delivery: int = 0, **headers: str
) -> int:
    """Let a mail come in, and give its number."""
    mail = EmailMessage()
    mail["From"], mail["Subject"] = sender, headers.pop("Subject", "Re: debate")
    mail["To"] = headers.pop("To", "news@outreach.example.org")
    if delivery:
        key, _ = signing_keys(world.db, world.now)
        token = tokens.sign(key, tokens.Purpose.REPLY, delivery)
        mail.replace_header("To", f"events+{token}@outreach.example.org")
    mail["Message-ID"] = f"<{world.count('inbound')}@mail.example.net>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text, cte="base64" if "base64" in text else None)
    path = folder / f"more{world.count('inbound')}.eml"
    path.write_bytes(mail.as_bytes())
    import_replies(world.db, world.settings, [path], now=world.now)
    return _newest(world, "inbound_id", "inbound")


def _newest(world: World, column: str, table: str) -> int:
    (number,) = world.db.conn.execute(f"SELECT max({column}) FROM {table}").fetchone()
    return int(number)


def _erase(world: World, who: str) -> erasing.Erased:
    return erasing.erase(world.db, world.settings, who, now=erasable.moment())


def _words(world: World) -> str:
    return "\n".join(erasable.unpacked(world.db).values())


def _is_open(world: World, followup: int) -> bool:
    return world.count("followups", f"followup_id = {followup} AND stage <> 'closed'") == 1


@pytest.fixture
def petra(world: World, tmp_path: Path) -> World:
    """She is on the list, states another address, puts something on and tells how it went."""
    (delivery,) = world.db.conn.execute(
        "SELECT delivery_id FROM deliveries JOIN supporters USING (supporter_id)"
        " WHERE email = 'p7@example.org'"
    ).fetchone()
    sender = "Petra Seven <p7@example.org>"
    text = f"{WISH}Name: Petra Seven\nEmail: {STATED}\nCountry: Togo\n"
    _mail(world, tmp_path, sender, text, delivery=delivery)
    said = {"place": "Petrahall", "date": "2014-02-21", "kind": "debate", "campaign": "write"}
    gatherings.add_gathering(
        world.db,
        world.settings,
        {**said, "country": "TG"},
        by="Fatou",
        now=world.now,
        followup_id=_newest(world, "followup_id", "followups"),
    )
    with atomic(world.db):
        world.db.conn.execute(
            "UPDATE gatherings SET quote = 'Petraquote' WHERE gathering_id ="
            " (SELECT max(gathering_id) FROM gatherings)"
        )
    told = "It went well: 55 people came, 60 letters written."
    _mail(world, tmp_path, sender, told, delivery=delivery)
    return world


def test_an_address_that_somebody_states_makes_nothing_its_owners(petra: World) -> None:
    """Her mails, follow-up, gathering and words stay as they are, and are told."""
    before = erasable.unpacked(petra.db)
    followup = _newest(petra, "followup_id", "followups")
    shown = erasing.look(petra.db, petra.settings, STATED)
    assert followup in shown.followups_of_others
    assert _newest(petra, "gathering_id", "gatherings") in shown.gatherings_of_others
    assert shown.mails_of_others
    done = _erase(petra, STATED)
    assert done.followups_of_others == shown.followups_of_others
    assert done.gatherings_of_others == shown.gatherings_of_others
    assert done.mails_of_others == shown.mails_of_others
    after = erasable.unpacked(petra.db)
    # letters to the address itself were its owner's
    kept = ("inbound", "replies", "followup", "gathering")
    assert {w: t for w, t in after.items() if w.startswith(kept)} == {
        w: t for w, t in before.items() if w.startswith(kept)
    }
    assert _is_open(petra, followup)


def test_who_states_another_address_is_erased_whole(petra: World) -> None:
    """What they sent and put on is theirs, whatever address they wrote into it."""
    followup = _newest(petra, "followup_id", "followups")
    done = _erase(petra, "p7@example.org")
    left = _words(petra)
    assert not any(word in left for word in ("Petra", "village hall", STATED, "p7@example.org"))
    assert not done.followups_of_others
    assert not done.gatherings_of_others
    assert not _is_open(petra, followup)


def test_a_neighbours_mail_that_names_her_is_the_neighbours(world: World, tmp_path: Path) -> None:
    """It is neither erased nor given out with hers; its number and its follow-up's are told."""
    text = f"{WISH}My neighbour is Aminatou, {ADDRESS}, call her. I am hiding, my phone +228 5555."
    number = _mail(world, tmp_path, "Bob <bob@example.net>", text)
    followup = _newest(world, "followup_id", "followups")
    given = export_person(world.db, ADDRESS)
    assert "hiding" not in given
    assert "bob@example.net" not in given
    done = _erase(world, ADDRESS)
    assert done.mails_of_others == (number,)
    assert done.followups_of_others == (followup,)
    assert "I am hiding" in _words(world)
    assert _is_open(world, followup)


def test_a_mail_that_staff_linked_to_her_is_its_senders(world: World, tmp_path: Path) -> None:
    """Perhaps it is hers from elsewhere: it is told, and not given out."""
    number = _mail(world, tmp_path, "Bob <bob@example.net>", f"{WISH}I am hiding.\n")
    linked = [world.amina, number]
    with atomic(world.db):
        world.db.conn.execute("UPDATE replies SET supporter_id = ? WHERE inbound_id = ?", linked)
    assert "hiding" not in export_person(world.db, ADDRESS)
    assert _erase(world, ADDRESS).mails_of_others == (number,)
    assert "I am hiding" in _words(world)


def test_who_was_only_named_is_not_written_to(petra: World) -> None:
    """Nothing is theirs, but no list puts them on from now on; a slip of the pen is told."""
    _erase(petra, STATED)
    assert erasing.look(petra.db, petra.settings, STATED).before
    with pytest.raises(NotFound):
        _erase(petra, "nobody@example.net")


def test_who_answers_a_letter_to_her_keeps_their_mail(world: World, tmp_path: Path) -> None:
    """It was forwarded; their wish stands in her follow-up, which stays open without her."""
    (message_id,) = world.db.conn.execute(
        "SELECT message_id FROM letters WHERE followup_id = ?", [world.followup]
    ).fetchone()
    text = f"{WISH}Name: Bea Bystander\nPhone: +228 77777777\n"
    headers = {"In_Reply_To": message_id, "References": message_id}
    _mail(world, tmp_path, f"Bea Bystander <{STATED}>", text, **headers)
    assert world.count("followup_replies", f"followup_id = {world.followup}") > 1
    assert "Bystander" not in json.dumps(export_person(world.db, ADDRESS))
    assert erasing.look(world.db, world.settings, ADDRESS).followups_of_others == (world.followup,)
    done = _erase(world, ADDRESS)
    assert done.followups_of_others == (world.followup,)
    left = _words(world)
    assert "Bea Bystander" in left
    assert "77777777" in left
    assert ADDRESS.lower() not in left.lower()
    row = world.db.conn.execute(
        "SELECT name, email FROM followups WHERE followup_id = ?", [world.followup]
    ).fetchone()
    assert row == ("", "")
    assert _is_open(world, world.followup)


@pytest.mark.parametrize("who", ["friend@example.net", ADDRESS])
def test_a_gathering_of_her_followup_with_another_organiser_is_in_doubt(
    world: World, tmp_path: Path, who: str
) -> None:
    """It stays and is told; a mail on how it went is its sender's."""
    world.db.conn.execute(
        "UPDATE gatherings SET email = 'friend@example.net', organiser = 'Fred'"
        " WHERE gathering_id = ?",
        [world.gathering],
    )
    text = "It went well: 55 people came, 60 letters written. Grandmotherly weather."
    mail = _mail(world, tmp_path, f"Aminatou <{ADDRESS}>", text, delivery=world.delivery)
    assert world.count("gathering_results", f"inbound_id = {mail}") == 1
    done = _erase(world, who)
    assert done.gatherings_of_others == (world.gathering,)
    kept = world.count("gatherings", f"gathering_id = {world.gathering} AND quote <> ''")
    assert kept == 1
    hers = world.count("gathering_results", f"inbound_id = {mail} AND said <> ''")
    assert hers == (who != ADDRESS)
    assert ("Grandmotherly weather" in _words(world)) == (who != ADDRESS)


@pytest.mark.parametrize("keep_hers", [True, False])
@pytest.mark.parametrize("who", [ADDRESS, STATED])
def test_of_two_people_who_were_merged_each_loses_their_own(
    world: World, tmp_path: Path, who: str, keep_hers: bool
) -> None:
    """The mails of one go, those of the other stay, and the record loses only who was erased."""
    text = f"{WISH}Name: Bea Bystander\nPhone: +228 77777777\n"
    _mail(world, tmp_path, f"Bea Bystander <{STATED}>", text)
    beas = _newest(world, "followup_id", "followups")
    with atomic(world.db):
        one, other = (world.followup, beas) if keep_hers else (beas, world.followup)
        world.db.conn.execute("UPDATE followups SET stage = 'contacted'")
        merging.merge(world.db, one, other, "Fatou", world.now)
    assert one in erasing.look(world.db, world.settings, who).followups_of_others
    given = export_person(world.db, who)
    assert ("77777777" in given) == (who == STATED)
    assert ("90112233" in given) == (who == ADDRESS)
    done = _erase(world, who)
    assert one in done.followups_of_others
    left = _words(world)
    assert ("77777777" in left) == (who == ADDRESS)
    assert ("90112233" in left) == (who == STATED)
    rows = dict(world.db.conn.execute("SELECT followup_id, email FROM followups").fetchall())
    hers, theirs = rows[world.followup], rows[beas]
    assert (hers, theirs) == (("", STATED) if who == ADDRESS else (hers, ""))
    if who == STATED:
        assert hers.lower() == ADDRESS.lower()
    assert world.count("followups", f"followup_id = {one} AND stage = 'contacted'") == 1


def test_a_mention_in_an_encoded_mail_is_told_with_its_number(world: World, tmp_path: Path) -> None:
    """What came in base64 is searched as it was understood."""
    text = f"{WISH}Name: Bob\nEmail: bob@example.net\n\nMy neighbour has {ADDRESS}. (base64)"
    number = _mail(world, tmp_path, "Bob <bob@example.net>", text)
    done = _erase(world, ADDRESS)
    assert done.mails_of_others == (number,)
