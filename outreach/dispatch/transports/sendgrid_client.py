"""One request to mail/send by the `sendgrid` package, and what is known of it afterwards.

The package follows redirects with an empty GET, loses the status of an answer that breaks off,
says in the same words that nothing was sent and that nobody knows, and tells its log the key. Of it
are kept the address, the headers and the client that these belong to.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import msgspec
import python_http_client
from sendgrid import SendGridAPIClient

from outreach.dispatch.transports import plain_error

#: of an answer's body, in bytes
_MOST_READ: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said."""

    status: int
    #: names in any case
    headers: Mapping[str, str]
    #: as much of it as arrived
    body: bytes


class NotSent(Exception):
    """No connection was made: the request has not left us."""


class NotAllowed(Exception):
    """The key or the host holds a character that no request can have."""


class Unanswered(Exception):
    """The request was on its way and no answer came: nobody knows what became of it."""


class Client:
    """Posts to `host`/v3/mail/send. Each request is a connection of its own.

    May be used by several threads. `timeout` is in seconds for connecting, and for each wait for
    something of the answer; the whole request has twice as long, however little comes at a time.
    """

    def __init__(self, api_key: str, host: str, timeout: float) -> None:
        if not api_key:
            raise ValueError("without a key the package would look for one in the environment")
        package = SendGridAPIClient(api_key, host=host.rstrip("/"))
        package.client = _Wire(
            host=package.host,
            request_headers=package.client.request_headers,
            version=3,
            # without one the package waits for ever
            timeout=timeout,
        )
        # what its `send` does with a dict
        self._send: Callable[[_Body], Answer] = package.client.mail.send.post
        self._overall = 2 * timeout

    def post(self, request: dict[str, Any]) -> Answer:
        """Make one request.

        Raises:
            NotSent: no connection was made.
            NotAllowed: likewise, for a fault in key or host.
            Unanswered: it may have been processed or not.
        """
        body = _Body(msgspec.json.encode(request))
        attempt = _Attempt()
        # a thread of its own, as looking up a name and reading what drips know no deadline; a
        # daemon, as it may have to be left behind
        threading.Thread(target=attempt.make, args=(self._send, body), daemon=True).start()
        if not attempt.over.wait(self._overall):
            words = f"no whole answer within {self._overall:g} seconds"
            raise NotSent(words) if body.forbid() else Unanswered(words)
        if isinstance(attempt.error, ValueError):
            raise NotAllowed from None
        if attempt.answer is None:
            raise attempt.error or Unanswered
        return attempt.answer


@dataclass(slots=True)
class _Attempt:
    """A request that is made in another thread."""

    over: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None
    error: BaseException | None = None

    def make(self, send: Callable[[_Body], Answer], body: _Body) -> None:
        """Make it, and keep what came of it."""
        try:
            self.answer = send(body)
        except BaseException as error:
            self.error = error
        self.over.set()


class _Wire(python_http_client.Client):  # type: ignore[misc]
    """The package's client, but for how it posts and what it makes of answers."""

    def _build_client(self, name: str | None = None) -> _Wire:
        """Do as the package does, which would make a client of its own class."""
        return _Wire(
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
            append_slash=self.append_slash,
            timeout=self.timeout,
        )

    def post(self, request_body: _Body) -> Answer:
        """Open a connection, write the request and read the answer, whatever its status.

        The package's own way writes key and messages into the debug log, and formats them for it
        even where nobody logs.
        """
        body = request_body
        own = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        request = Request(  # noqa: S310 - the host comes from the settings
            self._build_url(None), body, {**self.request_headers, **own}, method="POST"
        )
        try:
            response = build_opener(_NoRedirects()).open(request, timeout=self.timeout)
        except HTTPError as error:
            response = error
        except (OSError, http.client.HTTPException, ValueError) as error:
            if not body.begun and isinstance(error, (ValueError, http.client.InvalidURL)):
                # without the cause, whose words may hold the key
                raise NotAllowed from None
            reason = error.reason if isinstance(error, URLError) else error
            words = plain_error(reason if isinstance(reason, BaseException) else error)
            raise (Unanswered if body.begun else NotSent)(words) from error
        with response:
            return Answer(int(response.status), response.headers, _read(response))


def _read(response: Any) -> bytes:
    """Read an answer's body as far as it comes."""
    if response.status == http.client.ACCEPTED:
        # that is all there is to know: a body that breaks off makes no difference
        return b""
    try:
        read: bytes = response.read(_MOST_READ)
    except http.client.IncompleteRead as error:
        return error.partial
    except (OSError, http.client.HTTPException):
        return b""
    return read


class _Body:
    """A request's body that knows whether its first byte may have left us."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._lock = threading.Lock()
        self._forbidden = False
        self.begun = False

    def forbid(self) -> bool:
        """Have it never leave us; False: it may have begun to."""
        with self._lock:
            self._forbidden = True
            return not self.begun

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        with self._lock:
            if self._forbidden:
                raise TimeoutError
            self.begun = True
        yield self._data


class _NoRedirects(HTTPRedirectHandler):
    """A redirect is an answer, and a wrong one."""

    def redirect_request(self, *asked: Any) -> None:
        """Follow none."""
