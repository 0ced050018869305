"""Leaving takes one press, works for everybody for ever, and nobody leaves by being looked at."""

from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from readers import Public
from serving import served

from outreach import tokens
from outreach.settings import Settings
from outreach.store import atomic, open_database, signing_keys, utc_text
from outreach.tokens import Purpose
from outreach.web.bounds import Bounds
from outreach.web.public.app import public_app
from outreach.workflow import unsubscribing

ONE_CLICK = "List-Unsubscribe=One-Click"
BODIES: dict[str, tuple[bytes, str]] = {
    "one click": (ONE_CLICK.encode(), "application/x-www-form-urlencoded"),
    "multipart": (
        b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--',
        "multipart/form-data; boundary=x",
    ),
    "nothing": (b"", ""),
    "nonsense": (b"\xff\xfe{" * 40_000, "application/json"),
}


def _undo(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'name="(at|seal)" value="([^"]+)"', page.text))


@pytest.mark.parametrize("body", BODIES)
def test_a_post_acts_at_once_whatever_its_body(public: Public, body: str) -> None:
    """By RFC 8058: no redirect, no cookie, no question."""
    content, kind = BODIES[body]
    answer = public.at.client.post(
        public.leave(), content=content, headers={"content-type": kind} if kind else {}
    )
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert public.suppressed == [("p1@example.org", "unsubscribed")]


def test_a_post_acts_before_its_body_has_come(public: Public) -> None:
    """A client that hangs in the midst of it has left all the same."""
    with public.at.connection() as connection:
        head = f"POST {public.leave()} HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nList-"
        connection.sendall(head.encode())
        connection.settimeout(10)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert public.suppressed == [("p1@example.org", "unsubscribed")]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
def test_looking_changes_nothing(public: Public, method: str) -> None:
    """Programs that look for viruses follow every link."""
    answer = public.at.client.request(method, public.leave())
    assert answer.status_code == (200 if method in ("GET", "HEAD") else 405)
    assert public.suppressed == []
    if method == "GET":
        assert answer.text.count("<button") == 1
        assert "<script" not in answer.text


def test_twice_is_once(public: Public) -> None:
    """By a second press, or where the page is loaded again; both can be undone, for a while."""
    first, second = (public.at.client.post(public.leave()) for _ in range(2))
    assert _undo(first) == _undo(second) != {}
    assert public.suppressed == [("p1@example.org", "unsubscribed")]
    assert public.one("SELECT count(*) FROM choices") == (1,)
    late, token = datetime.now(UTC) + timedelta(minutes=31), public.token(Purpose.UNSUBSCRIBE)
    assert not unsubscribing.unsubscribe(public.db, token, late).seal
    public.at.client.post(f"{public.leave()}/undo", data=_undo(second))
    assert public.suppressed == []


def test_a_mistake_is_undone_on_the_spot(public: Public) -> None:
    """By the page that told of it; the person gets letters again."""
    done = public.at.client.post(public.leave())
    back = public.at.client.post(f"{public.leave()}/undo", data=_undo(done))
    assert back.status_code == 200
    assert "You stay with us" in back.text
    assert public.suppressed == []
    again = public.at.client.post(f"{public.leave()}/undo", data=_undo(done))
    assert again.status_code == 200


def test_nothing_else_can_be_undone(public: Public) -> None:
    """Not with another's seal, not later, not what a mail said since."""
    done = public.at.client.post(public.leave(1))
    other = public.at.client.post(public.leave(2))
    undo = _undo(done)
    for bad in (_undo(other), undo | {"seal": "a" * 24}, undo | {"at": "2014-01-01T00:00:00Z"}):
        answer = public.at.client.post(f"{public.leave(1)}/undo", data=bad)
        assert (answer.status_code, len(public.suppressed)) == (200, 2)
    late = datetime.now(UTC) + timedelta(minutes=31)
    token = public.token(Purpose.UNSUBSCRIBE)
    unsubscribing.undo(public.db, token, undo["at"], undo["seal"], late)
    assert len(public.suppressed) == 2
    public.db.conn.execute("UPDATE suppressions SET reason = 'complaint'")
    public.at.client.post(f"{public.leave(1)}/undo", data=undo)
    assert len(public.suppressed) == 2


def test_who_was_suppressed_before_has_nothing_to_undo(public: Public) -> None:
    """Undoing would bring a dead address back to life."""
    with atomic(public.db):
        public.db.conn.execute(
            "INSERT INTO suppressions VALUES ('p1@example.org', 'dead_address', 'x', '2014')"
        )
    for _ in range(2):
        assert not _undo(public.at.client.post(public.leave()))
    assert public.suppressed == [("p1@example.org", "unsubscribed")]


def test_works_for_whoever_was_erased(public: Public) -> None:
    """There is nobody to write to any more, and the page says so."""
    public.db.conn.execute("UPDATE supporters SET email = 'erased-1' WHERE email LIKE 'p1@%'")
    public.db.conn.execute("UPDATE deliveries SET address_hash = x'01' WHERE delivery_id = 1")
    for method in ("GET", "POST"):
        answer = public.at.client.request(method, public.leave())
        assert answer.status_code == 200
        assert "nobody we could write to" in answer.text
    assert public.suppressed == []


def test_works_years_later_with_the_keys_of_then(public: Public) -> None:
    """A new key signs new letters; the old ones are still read."""
    path = public.leave()
    public.db.conn.execute(
        "INSERT INTO signing_keys VALUES (2, ?, ?)", [b"n" * 32, utc_text(datetime.now(UTC))]
    )
    assert public.leave() != path
    assert public.at.client.post(path).status_code == 200
    assert len(public.suppressed) == 1


def test_a_single_letter_has_a_link_too(public: Public) -> None:
    """It suppresses the address that the letter went to, whoever's it is."""
    public.db.conn.execute(
        "INSERT INTO letters (purpose, email, subject, text, html, sender_name, sender_email,"
        " reply_to, message_id, state, created_by, created_at, changed_at)"
        " VALUES ('answer', 'new@example.org', '', '', x'', '', '', '', '', 'accepted', '', '', '')"
    )
    token = public.token(Purpose.LEAVE_LETTER)
    assert public.at.client.post(f"/u/{token}").status_code == 200
    assert public.suppressed == [("new@example.org", "unsubscribed")]


def test_the_page_shows_no_whole_address(public: Public) -> None:
    """Neither before nor after."""
    for method in ("GET", "POST"):
        page = public.at.client.request(method, public.leave()).text
        assert "p…@example.org" in page
        assert "p1@" not in page


def test_a_copy_of_a_letter_does_nothing_and_says_so(public: Public) -> None:
    """What stands in previews, tests and the page in the browser."""
    key, _ = signing_keys(public.db, datetime.now(UTC))
    for token in (tokens.harmless(1), tokens.sign(key, Purpose.NOTHING, 1)):
        answer = public.at.client.post(f"/u/{token}")
        assert answer.status_code == 200
        assert "This is a copy" in answer.text
    assert public.suppressed == []


@pytest.mark.parametrize("purpose", [Purpose.REPLY, Purpose.VIEW, Purpose.OPEN, Purpose.CONFIRM])
def test_a_token_for_something_else_is_worth_nothing(public: Public, purpose: Purpose) -> None:
    """Whoever is sent the link to a page can't unsubscribe its owner."""
    assert public.at.client.post(f"/u/{public.token(purpose)}").status_code == 404
    assert public.suppressed == []


def test_guesses_get_nowhere_and_are_slowed_down(public: Public) -> None:
    """While a right token works, whoever else is behind the same address."""
    good = public.token(Purpose.UNSUBSCRIBE)
    statuses = []
    for number in range(100):
        letter = "abcdefghijklmnopqrstuvwxyz234567"[number % 32]
        guess = good[: number % 23] + letter * (24 - number % 23)
        if guess != good:
            statuses.append(public.at.client.post(f"/u/{guess}").status_code)
    assert set(statuses) == {404, 429}
    assert statuses.index(429) == 30
    limited = public.at.client.get("/u/" + "a" * 24)
    assert limited.headers["retry-after"] == "600"
    assert public.suppressed == []
    assert public.at.client.post(public.leave()).status_code == 200


@pytest.mark.parametrize(
    "path", ["/u/", "/u/x", "/u/" + "a" * 4000, "/u/%00", "/u/%F0%9F%92%A9", "/u/..%2F..%2Fetc"]
)
def test_no_link_is_too_odd(public: Public, path: str) -> None:
    """A page that tells what to do."""
    answer = public.at.client.get(path)
    assert answer.status_code == 404
    assert "news@outreach.example.org" in answer.text


def test_guesses_are_counted_for_the_site_too(sent: Settings) -> None:
    """Whoever rents 65,536 networks has not as many tries."""
    with served(public_app(sent, Bounds(guesses=2)), proxies="127.0.0.1") as at:

        def guess(client: str) -> int:
            headers = {"x-forwarded-for": client}
            return at.client.post(f"/u/{'a' * 24}", headers=headers).status_code

        assert [guess(f"2001:db8:7:{n:x}::1") for n in range(12)] == [404] * 10 + [429] * 2
        assert guess("2001:db8:8::1") == 404


def test_guesses_never_have_the_turn_to_write(sent: Settings) -> None:
    """Others wait for that, and how long they do tells what somebody else is doing."""
    with (
        closing(sqlite3.connect(sent.database, isolation_level=None)) as other,
        served(public_app(sent)) as at,
    ):
        other.execute("BEGIN IMMEDIATE")
        for path in ("/u/{}", "/u/{}/undo", "/p/{}", "/c/{}"):
            answer = at.client.post(path.format("a" * 24), data={"at": "x"})
            assert answer.status_code == 404


def test_a_busy_database_is_told_and_nothing_is_claimed(public: Public) -> None:
    """The page says that nothing was changed, and when to come again."""
    aside = public.settings.database.with_suffix(".aside")
    public.settings.database.rename(aside)
    answer = public.at.client.post(public.leave())
    aside.rename(public.settings.database)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Nothing was changed" in answer.text


def test_many_who_leave_while_the_database_is_locked_are_all_answered(sent: Settings) -> None:
    """That it is not done yet; nobody waits behind all the others."""
    with (
        closing(sqlite3.connect(sent.database, isolation_level=None)) as other,
        closing(open_database(sent.database)) as db,
        served(public_app(sent, Bounds(busy_seconds=0.2))) as at,
        ThreadPoolExecutor(20) as people,
    ):
        key, _ = signing_keys(db, datetime.now(UTC))
        paths = [f"/u/{tokens.sign(key, Purpose.UNSUBSCRIBE, n)}" for n in range(1, 21)]
        other.execute("BEGIN IMMEDIATE")
        locked = list(people.map(lambda path: at.client.post(path).status_code, paths))
        other.execute("ROLLBACK")
        free = list(people.map(lambda path: at.client.post(path).status_code, paths[:5]))
    assert set(locked) == {503}
    assert set(free) == {200}
