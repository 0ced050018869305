"""A proof shows whatever was done to it, and outlives the people of whom it speaks."""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import letters as made
import pytest
from hypothesis import given
from hypothesis import settings as configured
from hypothesis import strategies as st
from sqlite_utils import Database

from outreach.dispatch import campaigns
from outreach.dispatch.proof import (
    Chain,
    End,
    Header,
    ProofRow,
    canonical,
    following,
    keep_hash,
    person_hash,
    proof_key,
)
from outreach.errors import AlreadyExists, IllegalMove, InputError, NotFound
from outreach.store import atomic, signing_keys
from outreach.tokens import SigningKey
from outreach.workflow.ledgerproof import Verified, verify_proof, write_proof

MOMENT = "2014-02-26T09:00:01Z"


@pytest.fixture
def ledger(db: Database) -> Database:
    """A campaign to nine people, in every state that there is."""
    made.add_people(db, range(1, 9))
    made.add_people(db, [9], consent="unknown")
    made.planned_campaign(db)
    states = ["planned", "claimed", "accepted", "refused", "in_doubt", "withdrawn", "cancelled"]
    for number, state in enumerate(states, 1):
        db.conn.execute(
            "UPDATE deliveries SET state = ?, changed_at = ?, attempts = 1, digest = ?,"
            " composed_at = ?, shape = 'abcd', language = 'en', provider = 'memory'"
            " WHERE delivery_id = ?",
            [state, MOMENT, bytes([number]) * 32, MOMENT, number],
        )
    return db


def _proof(db: Database, tmp_path: Path, name: str = "proof.jsonl") -> Path:
    file = tmp_path / name
    write_proof(db, "spring", file, now=made.START)
    return file


def _entries(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("ascii").splitlines()]


def test_a_proof_has_a_line_for_everybody_and_no_address(ledger: Database, tmp_path: Path) -> None:
    """Those left out too; the counts add up to the audience."""
    file = _proof(ledger, tmp_path)
    header, *rows, end = _entries(file)
    assert (header["campaign"], header["audience"]) == ("spring", 9)
    assert [row["delivery_id"] for row in rows] == list(range(1, 10))
    assert rows[2]["digest"] == "03" * 32
    assert rows[8]["reason"] == "no_consent"
    assert sum(end["counts"].values()) == end["rows"] == 9
    assert end["counts"]["planned"] == 2
    assert "@" not in file.read_text("ascii")
    found = verify_proof(ledger, file)
    assert found.good
    assert found.not_compared == ""


def test_a_proof_replaces_nothing(ledger: Database, tmp_path: Path) -> None:
    """And where it fails nothing is left behind."""
    file = _proof(ledger, tmp_path)
    before = file.read_bytes()
    with pytest.raises(AlreadyExists, match="replaces nothing"):
        write_proof(ledger, "spring", file, now=made.START)
    with pytest.raises(InputError, match="can't be written"):
        write_proof(ledger, "spring", tmp_path / "no" / "where", now=made.START)
    assert file.read_bytes() == before
    with atomic(ledger):
        campaigns.create(ledger, "later", template="t", segment="s", now=made.START)
    with pytest.raises(IllegalMove, match="not planned"):
        write_proof(ledger, "later", tmp_path / "later", now=made.START)
    ledger.conn.execute("DELETE FROM deliveries WHERE delivery_id = 4")
    with pytest.raises(IllegalMove, match="8 rows for an audience of 9"):
        write_proof(ledger, "spring", tmp_path / "short", now=made.START)
    assert list(tmp_path.glob("*proof*")) == [file]
    assert not (tmp_path / "short").exists()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_same_ledger_gives_the_same_bytes(ledger: Database, tmp_path: Path) -> None:
    """Whenever it is exported, also with a newer key."""
    one = _proof(ledger, tmp_path, "one")
    ledger.conn.execute(
        "INSERT INTO signing_keys (key_id, secret, created_at) VALUES (2, ?, '')", [b"2" * 32]
    )
    assert _proof(ledger, tmp_path, "two").read_bytes() == one.read_bytes()


def test_a_proof_is_the_same_after_somebody_was_erased(ledger: Database, tmp_path: Path) -> None:
    """By the hash that is kept in place of the address; and they can still be looked for."""
    one = _proof(ledger, tmp_path, "one")
    key = proof_key(signing_keys(ledger, made.START)[1])
    with atomic(ledger):
        assert keep_hash(ledger, 3, "p3@example.org", key) == 1
        ledger.conn.execute("UPDATE supporters SET email = 'erased-3' WHERE supporter_id = 3")
    assert _proof(ledger, tmp_path, "two").read_bytes() == one.read_bytes()
    found = verify_proof(ledger, one, person="P3@Example.org")
    assert found.good
    assert found.person is not None
    assert [(p.line, p.row.state) for p in found.person] == [(4, "accepted")]


def test_a_person_is_found_by_address_and_only_with_the_key(
    ledger: Database, tmp_path: Path
) -> None:
    """Whoever has the file alone can't look for anybody."""
    file = _proof(ledger, tmp_path)
    assert verify_proof(ledger, file, person="stranger@example.org").person == ()
    assert verify_proof(ledger, file).person is None
    with pytest.raises(InputError, match="without the key"):
        verify_proof(None, file, person="p3@example.org")
    with pytest.raises(InputError, match="no email address"):
        verify_proof(ledger, file, person="p3")
    ledger.conn.execute("UPDATE signing_keys SET secret = ?", [b"x" * 32])
    with pytest.raises(InputError, match="without the key"):
        verify_proof(ledger, file, person="p3@example.org")
    assert verify_proof(ledger, file).not_compared == (
        "this workspace doesn't have the key that it was made with"
    )


def test_what_went_on_since_is_told_apart_from_what_contradicts(
    ledger: Database, tmp_path: Path
) -> None:
    """By the legal moves, however many lie between."""
    file = _proof(ledger, tmp_path)
    later = "2014-02-26T10:00:00Z"
    for number, state in ((1, "accepted"), (2, "in_doubt"), (5, "accepted"), (8, "cancelled")):
        ledger.conn.execute(
            "UPDATE deliveries SET state = ?, changed_at = ?, attempts = 2 WHERE delivery_id = ?",
            [state, later, number],
        )
    found = verify_proof(ledger, file)
    assert found.good
    assert found.moved_on == {
        "planned -> accepted": 1,
        "claimed -> in_doubt": 1,
        "in_doubt -> accepted": 1,
        "planned -> cancelled": 1,
    }
    ledger.conn.execute("UPDATE deliveries SET state = 'refused' WHERE delivery_id = 3")
    ledger.conn.execute("UPDATE deliveries SET digest = x'00' WHERE delivery_id = 4")
    ledger.conn.execute("UPDATE deliveries SET changed_at = '2014' WHERE delivery_id = 5")
    ledger.conn.execute("UPDATE supporters SET email = 'x@example.org' WHERE supporter_id = 6")
    ledger.conn.execute("DELETE FROM deliveries WHERE delivery_id = 7")
    found = verify_proof(ledger, file)
    assert not found.good
    assert [(d.line, d.delivery_id, d.what) for d in found.shown] == [
        (4, 3, "accepted in the proof, refused in the ledger"),
        (5, 4, "digest in the ledger as the proof does not have it"),
        (6, 5, "in_doubt in the proof, accepted in the ledger"),
        (7, 6, "is of another address in the ledger"),
        (8, 7, "is not in the ledger"),
    ]


def test_a_row_that_was_put_into_the_ledger_contradicts(ledger: Database, tmp_path: Path) -> None:
    """Also behind the last."""
    file = _proof(ledger, tmp_path)
    made.add_people(ledger, [30])
    ledger.conn.execute(
        "INSERT INTO deliveries (campaign_id, supporter_id, state, changed_at)"
        " VALUES (1, 30, 'accepted', '')"
    )
    [difference] = verify_proof(ledger, file).shown
    assert difference.what == "is in the ledger and not in the proof"


def test_another_plan_is_not_compared_unless_letters_had_left(db: Database, tmp_path: Path) -> None:
    """Until then a plan may be replaced; afterwards nobody does that honestly."""
    made.add_people(db, [1, 2])
    made.planned_campaign(db)
    file = _proof(db, tmp_path, "planned")
    db.conn.execute("UPDATE campaigns SET planned_at = 'later'")
    found = verify_proof(db, file)
    assert (found.good, found.not_compared) == (True, "the campaign was planned again since")
    db.conn.execute("UPDATE deliveries SET state = 'accepted' WHERE delivery_id = 1")
    file = _proof(db, tmp_path, "left")
    db.conn.execute("UPDATE campaigns SET planned_at = 'later still'")
    found = verify_proof(db, file)
    assert found.fault is not None
    assert "letters had left" in found.fault.problem


def test_a_proof_of_another_workspace_is_verified_by_itself(
    ledger: Database, tmp_path: Path
) -> None:
    """Without the campaign, or without any workspace."""
    file = _proof(ledger, tmp_path)
    ledger.conn.execute("UPDATE campaigns SET name = 'autumn'")
    found = verify_proof(ledger, file)
    assert (found.good, found.not_compared) == (
        True,
        "this workspace has no campaign of that name",
    )
    assert verify_proof(None, file).good


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"{}\n",
        b"\x00\xff\xfe",
        b"hello\n" * 3,
        b"[" * 100_000,
        b"PK\x03\x04",
        b"x" * 1_000_000,
    ],
)
def test_what_is_no_proof_is_said_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    """Whatever the file holds."""
    file = tmp_path / "junk"
    file.write_bytes(content)
    with pytest.raises(InputError, match="no proof of a campaign") as raised:
        verify_proof(None, file)
    assert "\n" not in str(raised.value)


def test_line_ends_that_a_mail_changed_are_told_and_no_fault(
    ledger: Database, tmp_path: Path
) -> None:
    """All of them; one alone is a changed line."""
    file = _proof(ledger, tmp_path)
    lines = file.read_bytes().splitlines()
    file.write_bytes(b"".join(line + b"\r\n" for line in lines))
    found = verify_proof(ledger, file)
    assert (found.good, found.line_ends_changed) == (True, True)
    for odd in range(len(lines)):
        for end, other in ((b"\n", b"\r\n"), (b"\r\n", b"\n")):
            ends = [other if place == odd else end for place in range(len(lines))]
            file.write_bytes(b"".join(map(bytes.__add__, lines, ends)))
            with suppress(InputError):
                assert not verify_proof(ledger, file).good


def test_a_file_that_is_not_there_or_of_a_newer_version_says_so(
    ledger: Database, tmp_path: Path
) -> None:
    """With what to do."""
    with pytest.raises(NotFound):
        verify_proof(None, tmp_path / "nowhere")
    with pytest.raises(InputError, match="can't be read"):
        verify_proof(None, tmp_path)
    newer = Header("spring", "", "", "", 0, 1, "", format="outreach proof 2")
    file = tmp_path / "newer"
    file.write_bytes(Chain().written(newer))
    with pytest.raises(InputError, match="form that we don't know"):
        verify_proof(None, file)


def _written(file: Path, lines: list[bytes]) -> Verified | InputError:
    file.write_bytes(b"".join(lines))
    try:
        return verify_proof(None, file)
    except InputError as error:
        return error


def _fault(file: Path, lines: list[bytes]) -> tuple[int, str]:
    found = _written(file, lines)
    assert isinstance(found, Verified)
    assert found.fault is not None
    return found.fault.line, found.fault.problem


class TestTampering:
    """Every kind of it is found, with the line's number."""

    @pytest.fixture
    def file(self, ledger: Database, tmp_path: Path) -> Path:
        """A proof."""
        return _proof(ledger, tmp_path)

    def test_a_line_that_was_changed(self, file: Path) -> None:
        """Also by somebody who wrote its own hash anew."""
        lines = file.read_bytes().splitlines(keepends=True)
        changed = lines[4].replace(b'"refused"', b'"planned"')
        line, problem = _fault(file, [*lines[:4], changed, *lines[5:]])
        assert (line, "does not follow" in problem) == (5, True)

    def test_a_first_line_that_was_changed(self, file: Path) -> None:
        """Nothing below it is believed."""
        content = file.read_bytes()
        for changed in (content.replace(b"spring", b"autumn", 1), content[:20], b'{"audience":9}'):
            file.write_bytes(changed)
            with pytest.raises(InputError, match=r"line 1: this line was changed or cut off"):
                verify_proof(None, file)

    def test_a_line_whose_hash_was_made_anew(self, file: Path) -> None:
        """The line below no longer follows."""
        lines = file.read_bytes().splitlines(keepends=True)
        chain = Chain()
        chain.end = json.loads(lines[3])["chain"]
        entry = json.loads(lines[4])
        del entry["chain"]
        entry["state"] = "planned"
        forged = chain.written(ProofRow(**entry))
        assert _fault(file, [*lines[:4], forged, *lines[5:]])[0] == 6

    def test_a_file_that_was_cut_off(self, file: Path) -> None:
        """At the end of a line, or in its midst."""
        lines = file.read_bytes().splitlines(keepends=True)
        assert _fault(file, lines[:6]) == (7, "the proof ends here, before its last line")
        line, problem = _fault(file, [*lines[:6], lines[6][:-10]])
        assert (line, "cut off" in problem) == (7, True)
        line, problem = _fault(file, [*lines[:-1], lines[-1][:-1]])
        assert (line, "cut off" in problem) == (11, True)

    def test_a_line_that_stands_twice(self, file: Path) -> None:
        """It is called that."""
        lines = file.read_bytes().splitlines(keepends=True)
        assert _fault(file, [*lines[:5], *lines[4:]]) == (6, "this line stands here twice")

    def test_lines_behind_the_last(self, file: Path) -> None:
        """Even a good one."""
        lines = file.read_bytes().splitlines(keepends=True)
        assert _fault(file, [*lines, b"\n"]) == (12, "there is more after the last line")

    @pytest.mark.parametrize(
        ("end", "words"),
        [
            (End(1, {"accepted": 2}), "not those of the lines above"),
            (End(2, {"accepted": 1}), "not those of the lines above"),
            (End(1, {"accepted": 1}), "don't add up to the audience, 2"),
        ],
    )
    def test_counts_that_are_not_true(self, file: Path, end: End, words: str) -> None:
        """Written with a chain that is right."""
        row = ProofRow(1, "", "accepted", "", 1, "", "", "", "", "", "", "")
        header = Header("spring", "", "", "", 2, 1, "")
        chain = Chain()
        lines = [chain.written(line) for line in (header, row, end)]
        line, problem = _fault(file, lines)
        assert (line, words in problem) == (3, True)

    @pytest.mark.parametrize(
        "entry",
        [
            {"delivery_id": 1},
            {"delivery_id": "1", "state": "accepted"},
            {"counts": 3},
            {"counts": {}, "rows": True},
        ],
    )
    def test_lines_that_say_something_else(self, file: Path, entry: dict[str, object]) -> None:
        """Although their chain is right."""
        chain = Chain()
        head = chain.written(Header("spring", "", "", "", 2, 1, ""))
        line = canonical({**entry, "chain": following(chain.end, entry)}) + b"\n"
        assert _fault(file, [head, line])[0] == 2

    @pytest.mark.parametrize("numbers", [(1, 1), (2, 1)])
    def test_deliveries_out_of_order(self, file: Path, numbers: tuple[int, ...]) -> None:
        """No delivery can be told of twice."""
        chain = Chain()
        lines = [chain.written(Header("spring", "", "", "", 2, 1, ""))]
        for n, number in enumerate(numbers):
            row = ProofRow(number, str(n), "accepted", "", 1, "", "", "", "", "", "", "")
            lines.append(chain.written(row))
        assert _fault(file, lines) == (3, "this delivery is out of order")


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """A proof of three people, and a place for what is made of it."""
    chain = Chain()
    lines = [chain.written(Header("spring", "ab", "2014-02-26", MOMENT, 3, 1, "cd"))]
    for n in range(1, 4):
        person = person_hash(SigningKey(1, b"k" * 32), f"p{n}@example.org").hex()
        row = ProofRow(n, person, "accepted", "", 1, "memory", "x", "en", "ab", MOMENT, MOMENT, "")
        lines.append(chain.written(row))
    lines.append(chain.written(End(3, {"accepted": 3})))
    file = tmp_path_factory.mktemp("proofs") / "proof"
    assert isinstance(_written(file, lines), Verified)
    return file, lines


def _is_found(file: Path, lines: list[bytes]) -> bool:
    found = _written(file, lines)
    return isinstance(found, InputError) or not found.good


@given(st.data())
@configured(max_examples=150)
def test_any_byte_that_is_changed_put_in_or_taken_out_is_found(
    proof: tuple[Path, list[bytes]], data: st.DataObject
) -> None:
    """Wherever it is."""
    file, lines = proof
    whole = b"".join(lines)
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = bytes([data.draw(st.integers(0, 255))])
    cut = data.draw(st.sampled_from([0, 1]))
    edited = whole[:place] + byte + whole[place + cut :]
    assert _is_found(file, [edited]) == (edited != whole)
    assert _is_found(file, [whole[:place] + whole[place + 1 :]])


@given(st.data())
def test_any_line_that_is_dropped_doubled_or_swapped_is_found(
    proof: tuple[Path, list[bytes]], data: st.DataObject
) -> None:
    """Whichever it is, and wherever it is put."""
    file, lines = proof
    one, other = data.draw(st.permutations(range(len(lines))))[:2]
    swapped = [*lines]
    swapped[one], swapped[other] = swapped[other], swapped[one]
    assert _is_found(file, lines[:one] + lines[one + 1 :])
    assert _is_found(file, [*lines[:other], lines[one], *lines[other:]])
    assert _is_found(file, swapped)
    assert _is_found(file, lines[:one])


def test_nobody_waits_while_a_proof_is_written(ledger: Database, tmp_path: Path) -> None:
    """A dispatcher writes on, and the proof shows the ledger as it stood."""
    path = ledger.conn.execute("PRAGMA database_list").fetchone()[2]
    other = sqlite3.connect(path, timeout=0, isolation_level=None)

    def meanwhile(done: int, total: int | None) -> None:
        other.execute("UPDATE deliveries SET state = 'cancelled' WHERE state = 'planned'")

    with atomic(ledger):
        made_rows = [(n, f"q{n}@example.org", "granted") for n in range(100, 1200)]
        ledger.conn.executemany(
            "INSERT INTO supporters (supporter_id, email, consent) VALUES (?, ?, ?)", made_rows
        )
    made.planned_campaign(ledger, "summer")
    file = tmp_path / "summer"
    write_proof(ledger, "summer", file, now=made.START, progress=meanwhile)
    other.close()
    assert verify_proof(ledger, file).moved_on == {"planned -> cancelled": 1108}
