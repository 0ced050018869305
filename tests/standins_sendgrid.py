"""A stand-in for SendGrid's mail/send on a real socket, which can fail at every point.

It looks at requests as the API does and answers what the API would. What it truly accepted it keeps
for each person, with the substitutions put in, in `received`: the record to hold ours against.

    api = SendGridStandIn()
    api.script = [None, RESET_AFTER, says(503)]     # the first request passes, the second ...
    api.faults["ana@example.org"] = HANG            # any request that holds this person
    api.faults[""] = says(429, headers={"X-RateLimit-Reset": "1393405200"})
    SendGrid("SG.key", host=api.url)
    api.stop()

A `Fault` is one conversation: how much of the request is read, whether it is truly accepted, what
is answered, how much of the answer leaves, and how the connection ends.
"""

from __future__ import annotations

import json
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MOST_BYTES: Final = 30_000_000
MOST_PEOPLE: Final = 1000
RESERVED: Final = frozenset(
    {
        *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type"),
        *("content-transfer-encoding", "to", "from", "subject", "reply-to", "cc", "bcc"),
    }
)
_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+")
TOO_LARGE: Final = (
    b"<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n"
    b"<center><h1>413 Request Entity Too Large</h1></center>\r\n</body>\r\n</html>\r\n"
)


@dataclass(frozen=True)
class Fault:
    """One conversation that goes another way than it should."""

    #: bytes of the request's body that are read, headers before them; None: all
    read: int | None = None
    #: whether the request is accepted in truth, if it was read to its end
    taken: bool = False
    #: what is answered; None: what the API would say; 0: nothing
    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: a 400 that names the person whom the fault is for, and this of them
    person: str = ""
    #: bytes of the answer that leave; None: all
    cut: int | None = None
    #: bytes of the body that are promised and never come
    missing: int = 0
    #: "close", "reset", or "hang" until the stand-in stops
    end: str = "close"
    #: seconds before the answer, and between its bytes
    wait: float = 0
    drip: float = 0


def says(
    status: int,
    body: str = "",
    *,
    taken: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Fault:
    """Answer this."""
    return Fault(status=status, body=body.encode(), taken=taken, headers=headers or {})


def error(message: str, named: str | None = None) -> str:
    """Write the API's body of a refusal."""
    return json.dumps({"errors": [{"message": message, "field": named, "help": None}]})


def refuses_person(named: str = "to.0.email", message: str = "No valid address: %s") -> Fault:
    """Answer 400 and name the person whom the fault is for; %s is their address."""
    return Fault(status=400, body=message.encode(), person=named)


#: the connection is made and taken away before, during or after the request
RESET_BEFORE = Fault(read=0, end="reset")
RESET_DURING = Fault(read=100, end="reset")
RESET_AFTER = Fault(taken=True, status=0, end="reset")
#: read, and not accepted
RESET_UNTAKEN = Fault(status=0, end="reset")
CLOSED_AFTER = Fault(taken=True, status=0)
#: accepted or not, and no answer
HANG = Fault(taken=True, status=0, end="hang")
HANG_UNTAKEN = Fault(status=0, end="hang")
#: nothing is read at all
DEAF = Fault(read=0, end="hang")
#: 202, and then less than was promised
TRUNCATED = Fault(taken=True, status=202, missing=10)
TOO_MUCH = Fault(status=413, body=TOO_LARGE, headers={"Content-Type": "text/html"})

_WORDS: Final = {"reset": RESET_AFTER, "hang": HANG, "truncate": TRUNCATED}


@dataclass(frozen=True)
class Received:
    """What one person gets."""

    email: str
    name: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    reply_to: str
    custom_args: Mapping[str, str]
    request: str


@dataclass
class SendGridStandIn:
    """The API. `faults` and `script` order its failures, see above."""

    #: the one that is accepted; '': any
    key: str = ""
    #: bytes of substitutions for each person, and how they are counted
    substitution_bytes: int = 10_000
    counted: Callable[[Mapping[str, str]], int] = lambda values: len(json.dumps(values))
    #: bytes of a request
    most_bytes: int = MOST_BYTES
    #: errors that it tells of in one refusal
    tells: int = 1
    #: seconds before each answer
    latency: float = 0
    #: False: take everything unread and keep nothing, to measure others
    looks: bool = True
    #: by address; "" stands for everybody
    faults: dict[str, Fault | tuple[int, str] | str] = field(default_factory=dict)
    #: for one request after the other, before `faults`
    script: list[Fault | None] = field(default_factory=list)
    #: requests that it took
    taken: list[dict[str, Any]] = field(default_factory=list)
    #: what people get of them
    received: list[Received] = field(default_factory=list)
    #: the Authorization header of each request that was read
    keys: list[str] = field(default_factory=list)
    #: people in each request that was read, refused or not
    sizes: list[int] = field(default_factory=list)
    connections: int = 0
    #: most requests that were under way at a time
    at_once: int = 0

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.under_way = 0
        self.port = 0
        self._server: _Server | None = None
        self.listen()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def listen(self) -> None:
        """Take connections, at the same port as before."""
        self._server = _Server(("127.0.0.1", self.port), _Conversation)
        self._server.stand_in = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def refuse(self) -> None:
        """Refuse connections until `listen`."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def stop(self) -> None:
        """Stop listening, and end what hangs. Safe to call again."""
        self.ended.set()
        self.refuse()

    def fault_for(self, request: Mapping[str, Any]) -> Fault | None:
        """What is ordered for a request to these people."""
        addresses = [person["to"][0]["email"] for person in request["personalizations"]]
        for at, address in enumerate([*addresses, ""]):
            ordered = self.faults.get(address)
            if isinstance(ordered, tuple):
                return says(*ordered)
            fault = _WORDS[ordered] if isinstance(ordered, str) else ordered
            if fault is not None and fault.person:
                message = fault.body.decode().replace("%s", address)
                return says(400, error(message, f"personalizations.{at}.{fault.person}"))
            if fault is not None:
                return fault
        return None

    def take(self, request: dict[str, Any]) -> str:
        """Accept a request, and give its id."""
        with self.lock:
            self.taken.append(request)
            request_id = f"M{len(self.taken)}"
            self.received += [
                received(request, person, request_id) for person in request["personalizations"]
            ]
        return request_id


def received(request: Mapping[str, Any], person: Mapping[str, Any], request_id: str) -> Received:
    """Put a person's values into what they get, as the API does: one key after the other."""

    def filled(text: str) -> str:
        for key, value in (person.get("substitutions") or {}).items():
            text = text.replace(key, value or "")
        return text

    parts = {part["type"]: filled(part["value"]) for part in request["content"]}
    return Received(
        email=person["to"][0]["email"],
        name=person["to"][0].get("name", ""),
        subject=filled(person.get("subject") or request.get("subject", "")),
        text=parts.get("text/plain", ""),
        html=parts.get("text/html", ""),
        headers={**request.get("headers", {}), **person.get("headers", {})},
        reply_to=filled(request.get("reply_to", {}).get("email", "")),
        custom_args={**request.get("custom_args", {}), **person.get("custom_args", {})},
        request=request_id,
    )


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    stand_in: SendGridStandIn

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that broke off is nothing to print."""


class _Conversation(socketserver.BaseRequestHandler):
    """One connection with one request."""

    request: socket.socket
    server: _Server

    def handle(self) -> None:
        """Read, judge, answer."""
        api = self.server.stand_in
        with api.lock:
            api.connections += 1
            fault = api.script.pop(0) if api.script else None
            api.under_way += 1
            api.at_once = max(api.at_once, api.under_way)
        try:
            self._converse(api, fault)
        finally:
            with api.lock:
                api.under_way -= 1

    def _converse(self, api: SendGridStandIn, fault: Fault | None) -> None:
        if fault == DEAF:
            self._end(DEAF)
            return
        line, headers, body = self._read(None if fault is None else fault.read)
        if fault is not None and fault.read is not None:
            self._end(fault)
            return
        time.sleep(api.latency)
        if not api.looks:
            self._answer(Fault(status=202, headers={"X-Message-Id": "M"}))
            return
        answer = judged(api, line, headers, body)
        if answer.status == 202:
            request = json.loads(body)
            fault = fault or api.fault_for(request)
            if fault is None or fault.taken:
                answer = says(202, headers={"X-Message-Id": api.take(request)})
        self._answer_with(fault, answer)

    def _answer_with(self, fault: Fault | None, answer: Fault) -> None:
        if fault is None:
            self._answer(answer)
            return
        time.sleep(fault.wait)
        if fault.status is None:
            self._answer(answer, fault)
        elif fault.status:
            own = {**answer.headers, **fault.headers} if fault.taken else fault.headers
            self._answer(Fault(status=fault.status, body=fault.body, headers=own), fault)
        self._end(fault)

    def _read(self, most: int | None) -> tuple[str, dict[str, str], bytes]:
        """Read the request line, the headers, and so much of the body."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.request.recv(65536)
            if not more:
                raise ConnectionError
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (f.partition(":") for f in fields)}
        length = int(headers.get("content-length", "0"))
        wanted = length if most is None else min(most, length)
        parts, have = [body], len(body)
        while have < wanted:
            more = self.request.recv(1 << 20)
            if not more:
                raise ConnectionError
            parts.append(more)
            have += len(more)
        return line, headers, b"".join(parts)

    def _answer(self, answer: Fault, how: Fault | None = None) -> None:
        how = how or Fault()
        headers = {"Content-Length": str(len(answer.body) + how.missing), **answer.headers}
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        whole = f"HTTP/1.1 {answer.status} -\r\n{fields}\r\n".encode("latin-1") + answer.body
        whole = whole[: how.cut]
        if how.drip:
            for at in range(len(whole)):
                self.request.sendall(whole[at : at + 1])
                time.sleep(how.drip)
        else:
            self.request.sendall(whole)

    def _end(self, fault: Fault) -> None:
        if fault.end == "hang":
            self.server.stand_in.ended.wait(60)
        if fault.end == "reset":
            linger = struct.pack("ii", 1, 0)
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.request.close()


def judged(api: SendGridStandIn, line: str, headers: Mapping[str, str], body: bytes) -> Fault:
    """What the API answers to a request; 202 where it would take it."""
    method, path, *_ = line.split(" ")
    if path != "/v3/mail/send":
        return says(404, error("not found"))
    if method != "POST":
        return says(405, error("method not allowed"))
    key = headers.get("authorization", "")
    with api.lock:
        api.keys.append(key)
    if not key.startswith("Bearer ") or (api.key and key != f"Bearer {api.key}"):
        return says(401, error("The provided authorization grant is invalid"))
    if headers.get("content-type", "").partition(";")[0] != "application/json":
        return says(415, error("Content-Type should be application/json."))
    if len(body) > api.most_bytes:
        return TOO_MUCH
    try:
        request = json.loads(body)
    except ValueError:
        return says(400, error("Bad Request"))
    with api.lock:
        api.sizes.append(len(request.get("personalizations", ())))
    found = faults_of(request, api)[: api.tells]
    errors = [{"message": words, "field": named, "help": None} for named, words in found]
    return says(400, json.dumps({"errors": errors})) if found else says(202)


def faults_of(request: dict[str, Any], api: SendGridStandIn) -> list[tuple[str | None, str]]:
    """What the API finds wrong with a request: the field, and what it says of it."""
    people = request.get("personalizations")
    if not isinstance(people, list) or not people:
        return [("personalizations", "The personalizations field is required")]
    if len(people) > MOST_PEOPLE:
        words = f"The personalization block is limited to {MOST_PEOPLE} personalizations"
        return [("personalizations", f"{words} per API request. You have provided {len(people)}.")]
    known = {"personalizations", "from", "reply_to", "subject", "content", "tracking_settings"}
    known |= {"headers", "custom_args", "attachments"}
    found = [(None, "Bad Request")] if set(request) - known else []
    for at, file in enumerate(request.get("attachments", ())):
        for name in ("filename", "type"):
            if not file.get(name) or set(file[name]) & {";", "\r", "\n"}:
                words = f"The attachment {name} cannot contain ';', or CRLF characters."
                found.append((f"attachments.{at}.{name}", words))
    return [*found, *_of_what_all_share(request, people), *_of_people(people, api)]


def _of_what_all_share(
    request: dict[str, Any], people: list[dict[str, Any]]
) -> list[tuple[str | None, str]]:
    found: list[tuple[str | None, str]] = []
    for name in ("from", "reply_to"):
        box = request.get(name, {"email": ""} if name == "from" else None)
        if box is not None and not _EMAIL.fullmatch(str(box.get("email"))):
            found.append((f"{name}.email", "Does not contain a valid address."))
    if not request.get("subject") and not all(person.get("subject") for person in people):
        found.append(("subject", "The subject is required."))
    content = request.get("content") or []
    kinds = [part.get("type") for part in content]
    if kinds not in (["text/plain"], ["text/html"], ["text/plain", "text/html"]):
        found.append(("content", "If present, text/plain must be first, followed by text/html."))
    for at, part in enumerate(content):
        if not isinstance(part.get("value"), str) or not part["value"]:
            found.append((f"content.{at}.value", "must be a string at least one character long."))
    for setting in request.get("tracking_settings", {}).values():
        if not all(type(value) is bool for value in setting.values()):
            found.append((None, "Bad Request"))
    return found


def _of_people(people: list[dict[str, Any]], api: SendGridStandIn) -> list[tuple[str | None, str]]:
    found: list[tuple[str | None, str]] = []
    known = {"to", "subject", "headers", "substitutions", "custom_args"}
    if sum(len(person.get("to", ())) for person in people) > MOST_PEOPLE:
        found.append(("personalizations", "There is a limit of 1000 total recipients."))
    for at, person in enumerate(people):
        for where, message in _of_person(person, api.substitution_bytes, api.counted):
            found.append((f"personalizations.{at}.{where}" if where else None, message))
        if set(person) - known:
            found.append((None, "Bad Request"))
    return found


def _of_person(
    person: dict[str, Any], most_bytes: int, counted: Callable[[Mapping[str, str]], int]
) -> list[tuple[str, str]]:
    found = _of_addresses(person.get("to") or [])
    if "subject" in person and not person["subject"]:
        found.append(("subject", "The subject must be at least one character."))
    for name, value in person.get("headers", {}).items():
        if name.lower() in RESERVED:
            found.append((f"headers.{name}", "This header is reserved."))
        if not isinstance(value, str) or re.search(r"[\r\n]", value):
            found.append(("", "Bad Request"))
    values = person.get("substitutions") or {}
    if not all(isinstance(value, str) for value in values.values()) or len(values) > 10_000:
        found.append(("", "Bad Request"))
    elif counted(values) > most_bytes:
        words = f"Substitutions are limited to {most_bytes} bytes per personalization block."
        found.append(("substitutions", words))
    own = person.get("custom_args", {})
    if not all(isinstance(value, str) for value in own.values()):
        found.append(("", "Bad Request"))
    elif len(json.dumps(own)) >= 10_000:
        found.append(("custom_args", "custom_args are limited to 10000 bytes."))
    return found


def _of_addresses(to: list[dict[str, str]]) -> list[tuple[str, str]]:
    found = []
    emails = [box["email"].lower() for box in to]
    if not to:
        found.append(("to", "The to array is required."))
    if len(set(emails)) < len(emails):
        found.append(("to", "Each email address in the personalization block should be unique."))
    for at, box in enumerate(to):
        if not _EMAIL.fullmatch(box["email"]):
            found.append((f"to.{at}.email", f"Does not contain a valid address: {box['email']}"))
        if set(box.get("name", "")) & {";", ","}:
            found.append((f"to.{at}.name", "The name must not contain ; or ,"))
    return found
