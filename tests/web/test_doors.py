"""What both applications promise of every request: headers, sizes, patience, logs."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from time import monotonic, sleep

import httpx
import pytest
from readers import Public
from serving import command, served, until
from starlette.applications import Starlette

from outreach import errors
from outreach.errors import InputError
from outreach.settings import Settings
from outreach.store import open_database, stored_keys
from outreach.tokens import Purpose, sign
from outreach.web import serving
from outreach.web.limiter import Limiter
from outreach.web.public.app import public_app
from outreach.web.statuses import STATUSES, status_of

SAFE = {
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "x-robots-tag",
    "cross-origin-opener-policy",
}


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/subscribe", "/static/x", "/u/x", "/webhooks/mail"]
)
def test_every_answer_has_the_headers_that_keep_others_out(public: Public, path: str) -> None:
    """Also an error; and none allows a script that stands in a page."""
    headers = public.at.client.get(path).headers
    assert set(headers) >= SAFE
    assert "unsafe" not in headers["content-security-policy"]
    assert "server" not in headers


def test_pages_load_only_our_own_files_and_those_may_be_kept(public: Public) -> None:
    """By a name that changes with them."""
    page = public.at.client.get("/").text
    assert "http" not in page.replace("https://outreach.example.org", "")
    names = {part for part in page.split('"') if part.startswith("/static/")}
    answers = [public.at.client.get(name) for name in sorted(names)]
    kinds = [answer.headers["content-type"] for answer in answers]
    assert kinds == ["image/svg+xml", "text/css; charset=utf-8"]
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)
    # where a page names none, browsers ask for an icon here
    icon = public.at.client.get("/favicon.ico")
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")


@pytest.mark.parametrize("cls", [c for c in vars(errors).values() if isinstance(c, type)])
def test_every_error_has_a_status(cls: type) -> None:
    """That of its own class or of the one above."""
    if issubclass(cls, errors.OutreachError):
        assert any(base in STATUSES for base in cls.__mro__[:2])
        assert 400 <= status_of(cls("x")) < 600


def test_an_error_page_tells_nothing_of_why(public: Public) -> None:
    """Not the error's words, which may hold an address."""
    public.db.conn.execute("ALTER TABLE suppressions RENAME TO p1_at_example_org")
    answer = public.at.client.post(public.leave())
    assert answer.status_code == 500
    assert "p1_at" not in answer.text
    assert "not your fault" in answer.text


@pytest.mark.parametrize("form", ["a=" + "x" * 70_000, "&".join(f"f{n}=1" for n in range(60))])
def test_a_form_has_an_end(public: Public, form: str) -> None:
    """In bytes and in fields."""
    answer = public.at.client.post(
        "/subscribe", content=form, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /subscribe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_request_is_refused(public: Public, request_: bytes) -> None:
    """And the next one is answered."""
    with public.at.connection() as connection:
        connection.settimeout(15)
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4096)
    assert answer == b"" or answer.split()[1] in (b"400", b"404", b"405")
    assert public.at.client.get("/").status_code == 200


@contextmanager
def hasty(seconds: float) -> Iterator[None]:
    """Have less patience for headers."""
    usual = serving.Patient.head_seconds
    serving.Patient.head_seconds = seconds
    try:
        yield
    finally:
        serving.Patient.head_seconds = usual


def test_who_sends_headers_byte_by_byte_is_hung_up_on(sent: Settings) -> None:
    """In the first request of a connection and in those after it; others are served meanwhile."""
    whole = b"GET /static/x HTTP/1.1\r\nHost: x\r\n\r\n"
    with hasty(0.5), served(public_app(sent)) as at:
        for before in (b"", whole):
            with at.connection() as slow:
                slow.settimeout(10)
                slow.sendall(before)
                if before:
                    assert slow.recv(65_536).startswith(b"HTTP/1.1 404")
                begun = monotonic()
                assert at.client.get("/").status_code == 200
                gone = False
                while not gone and monotonic() - begun < 10:
                    try:
                        slow.sendall(b"G")
                        slow.settimeout(0.1)
                        gone = slow.recv(4096) == b""
                    except TimeoutError:
                        pass
                    except OSError:
                        gone = True
                assert gone


def test_who_never_reads_is_hung_up_on(sent: Settings) -> None:
    """Who asks for more than lies between us, and takes none of it."""
    usual = serving.Patient.reading_seconds
    serving.Patient.reading_seconds = 0.3
    ask = b"GET /subscribe HTTP/1.1\r\nHost: x\r\n\r\n"
    try:
        with served(public_app(sent)) as at, socket.socket() as silent:
            silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            host, port = at.url.removeprefix("http://").split(":")
            silent.connect((host, int(port)))
            silent.settimeout(0.5)
            with suppress(TimeoutError):
                silent.sendall(ask * 1000)
            until(lambda: _is_gone(silent))
            assert at.client.get("/").status_code == 200
    finally:
        serving.Patient.reading_seconds = usual


def _is_gone(connection: socket.socket) -> bool:
    """Whether the other side hung up, without reading anything of it."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    established = 1
    return info[0] != established


def test_who_reads_slowly_gets_all_of_it(sent: Settings) -> None:
    """A bad line is no attack."""
    usual = serving.Patient.reading_seconds
    serving.Patient.reading_seconds = 0.2
    ask = b"GET /subscribe HTTP/1.1\r\nHost: x\r\n\r\n"
    count = 200
    try:
        with served(public_app(sent)) as at, at.connection() as slow:
            slow.sendall(ask * (count - 1) + ask.replace(b"Host", b"Connection: close\r\nHost"))
            read = b""
            for _ in range(20):
                sleep(0.05)
                read += slow.recv(30_000)
            while part := slow.recv(65_536):
                read += part
            assert read.count(b"HTTP/1.1 200 OK") == count
    finally:
        serving.Patient.reading_seconds = usual


def test_a_request_of_two_lengths_is_refused_with_all_behind_it(sent: Settings) -> None:
    """A proxy may have believed the other one (RFC 9112, section 6.3)."""
    smuggled = b"GET /take-part HTTP/1.1\r\nHost: x\r\n\r\n"
    for path, status in ((b"/subscribe", 400), (b"/webhooks/mail", 503), (b"/", 400)):
        request = (
            b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % path
        )
        with served(public_app(sent)) as at:
            answer = at.raw(request + smuggled)
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_address_leads_to_whatever_name_a_request_gives(public: Public, method: str) -> None:
    """A slash behind a link is another address, of nothing."""
    for path in (f"{public.leave()}/", "/subscribe/", f"/p/{public.token(Purpose.UNSUBSCRIBE)}/"):
        answer = public.at.client.request(method, path, headers={"host": "evil.example"})
        assert (answer.status_code, "location" in answer.headers) == (404, False)


class TestLimiter:
    """So many tries, and no more."""

    def allowed(self, limiter: Limiter, *networks: str) -> bool:
        """Try once."""

        async def tried() -> bool:
            return limiter.allows(*networks)

        return asyncio.run(tried())

    def test_forgets_one_and_never_all(self) -> None:
        """Whoever comes from very many networks doesn't begin anew with all of them."""
        limiter = Limiter(1, 3600, clients=3)
        assert [self.allowed(limiter, name) for name in "abc"] == [True] * 3
        assert [self.allowed(limiter, name) for name in "cbdc"] == [False, False, True, False]
        assert self.allowed(limiter, "a")

    def test_whoever_is_over_uses_up_nothing_of_their_neighbours(self) -> None:
        """What a network is refused doesn't count for its site."""
        limiter = Limiter(1, 3600)
        assert [self.allowed(limiter, "a", "site") for _ in range(20)] == [True] + [False] * 19
        assert self.allowed(limiter, "b", "site")

    def test_each_begins_anew_in_its_own_time(self) -> None:
        """A count ends so long after its first try."""
        limiter = Limiter(1, 0.0)
        assert [self.allowed(limiter, "a") for _ in range(3)] == [True] * 3


def test_many_slow_clients_keep_nobody_out(sent: Settings) -> None:
    """Each holds a connection and nothing else."""
    with served(public_app(sent)) as at:
        slow = [at.connection() for _ in range(300)]
        for connection in slow:
            connection.sendall(
                b"POST /webhooks/mail HTTP/1.1\r\nHost: x\r\nContent-Length: 36000000\r\n\r\n--"
            )
        assert at.client.get("/subscribe").status_code == 200
        assert at.client.post("/webhooks/events", content=b"[]").status_code == 403
        for connection in slow:
            connection.close()


def test_a_port_that_is_taken_is_told() -> None:
    """With what to do."""
    with (
        serving.listen("127.0.0.1", 0) as taken,
        pytest.raises(InputError, match=r"Address already in use.*--port"),
    ):
        serving.listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(InputError, match="--host"):
        serving.listen("no.such.host.invalid", 0)


def test_the_desk_and_the_public_side_are_two(sent: Settings) -> None:
    """Nothing of the one answers on the other's port."""
    ours = {getattr(route, "path", "") for route in public_app(sent).routes}
    assert not [path for path in ours if path.startswith(("/login", "/campaigns", "/supporters"))]
    assert isinstance(public_app(sent), Starlette)


def test_the_command_serves_until_it_is_stopped(sent: Settings) -> None:
    """Ctrl-C ends it, with a log that names nobody."""
    with closing(open_database(sent.database)) as db:
        token = sign(stored_keys(db)[1], Purpose.UNSUBSCRIBE, 1)
    with command(sent) as (process, url):
        answer = httpx.post(f"{url}/u/{token}", trust_env=False)
        assert answer.status_code == 200
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "POST unsubscribe 200" in log
    assert log.endswith("Stopped.\n")
    assert token not in log
    assert "127.0.0.1" not in log
