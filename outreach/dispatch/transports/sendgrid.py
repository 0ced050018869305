"""Twilio SendGrid's mail/send, by its `sendgrid` package; one request for each letter.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send. The API has no idempotency
key, so whatever may have been processed is in doubt and never sent again by itself.
"""

from __future__ import annotations

import http.client
import json
import logging
import socket
import ssl
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final
from urllib.error import URLError

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from outreach.dispatch.transports import plain_words, put_off
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Mailbox, Outcome, Refusal, Verdict


class Answer(StrEnum):
    """What a status of mail/send means."""

    ACCEPTED = "accepted"
    #: the request was judged and not taken
    REFUSED = "refused"
    #: the request was not processed
    LATER = "later"
    ACCOUNT = "account"
    #: this is not mail/send
    WRONG_PLACE = "wrong_place"
    #: processed or not, nobody says
    DOUBT = "doubt"


#: HTTP status -> what it means; further 4xx are refusals, everything else is a doubt
STATUSES: Final[Mapping[int, Answer]] = {
    202: Answer.ACCEPTED,
    400: Answer.REFUSED,
    401: Answer.ACCOUNT,
    402: Answer.ACCOUNT,
    403: Answer.ACCOUNT,
    404: Answer.WRONG_PLACE,
    405: Answer.WRONG_PLACE,
    408: Answer.LATER,
    413: Answer.REFUSED,
    415: Answer.WRONG_PLACE,
    429: Answer.LATER,
}

#: field of the first error of a 400, as it begins -> why; all others speak of the message
FIELDS: Final[Mapping[str, Refusal]] = {"personalizations.0.to": Refusal.DEAD_ADDRESS}

#: what SendGrid keeps for itself, and Date, which it writes anew
RESERVED_HEADERS: Final = frozenset(
    {
        *("x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type"),
        *("content-transfer-encoding", "to", "from", "subject", "reply-to", "cc", "bcc"),
        *("date", "mime-version"),
    }
)

#: ours is the only unsubscribe link, and nobody is watched
TRACKING: Final = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}

#: what urllib wraps in URLError when no request was made whole: the others leave a doubt
_NOT_SENT: Final = (
    ConnectionRefusedError,
    TimeoutError,
    socket.gaierror,
    ssl.SSLCertVerificationError,
)

# The package's debug log shows the key and every reader's message.
logging.getLogger("python_http_client").setLevel(logging.INFO)


class SendGrid:
    """Hands letters to the API at `host` (https://...); `timeout` is in seconds for each answer."""

    name = "sendgrid"

    def __init__(
        self, api_key: str, *, host: str = "https://api.sendgrid.com", timeout: float = 30
    ) -> None:
        if not api_key:
            raise ValueError("without a key the package would look for one in the environment")
        client = SendGridAPIClient(api_key, host=host.rstrip("/")).client
        # without one the package waits for ever; children of the client inherit it
        client.timeout = timeout
        self._host = host
        self._mail_send = client.mail.send

    def send(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Make one request for each letter.

        After an answer that tells of trouble at their end the rest of the batch is put off.

        Raises:
            TransportError: the API can't be reached, or something else answers in its place.
            AccountRefused: it refuses our key or our sender.
        """
        outcomes: list[Outcome] = []
        for number, letter in enumerate(letters):
            try:
                outcome = self._post(letter)
            except TransportError as error:
                if not outcomes:
                    raise
                return outcomes + put_off(letters[number:], error.problem)
            outcomes.append(outcome)
            if outcome.verdict in {Verdict.TRY_LATER, Verdict.IN_DOUBT}:
                return outcomes + put_off(letters[number + 1 :], f"after {outcome.detail}")
        return outcomes

    def close(self) -> None:
        """Nothing is kept open: the package connects for each request."""

    def _post(self, letter: Letter) -> Outcome:
        try:
            answer = self._mail_send.post(request_body=body(letter))
        except HTTPError as error:
            return self._judged(letter, error.status_code, error.body, {})
        except URLError as error:
            words = plain_words(str(error.reason))
            if isinstance(error.reason, _NOT_SENT):
                raise TransportError(f"{self._host} can't be reached: {words}") from error
            return _doubt(letter, words)
        except (OSError, http.client.HTTPException) as error:
            return _doubt(letter, f"{type(error).__name__} {plain_words(str(error))}".strip())
        return self._judged(letter, answer.status_code, answer.body, answer.headers)

    def _judged(
        self, letter: Letter, status: int, answered: bytes, headers: Mapping[str, str]
    ) -> Outcome:
        fallback = Answer.REFUSED if 400 <= status < 500 else Answer.DOUBT
        answer = STATUSES.get(status, fallback)
        if answer is Answer.ACCEPTED:
            return Outcome(
                letter.delivery_id, Verdict.ACCEPTED, provider_id=headers.get("X-Message-Id") or ""
            )
        field, words = _first_error(answered)
        detail = plain_words(f"{status} {words} {field}")
        match answer:
            case Answer.ACCOUNT:
                raise AccountRefused(f"SendGrid refuses us: {detail}")
            case Answer.WRONG_PLACE:
                raise TransportError(
                    f"{self._host} does not answer like SendGrid: {detail}",
                    next_step="check host in [sendgrid]",
                )
            case Answer.REFUSED:
                refusal = _refusal(status, field)
                return Outcome(letter.delivery_id, Verdict.REFUSED, refusal, detail=detail)
            case Answer.LATER:
                return Outcome(letter.delivery_id, Verdict.TRY_LATER, detail=detail)
            case _:
                return _doubt(letter, detail)


def body(letter: Letter) -> dict[str, Any]:
    """Write the request for one letter. What SendGrid keeps and shows of it is opaque."""
    message = letter.message
    request: dict[str, Any] = {
        "personalizations": [
            {
                "to": [_mailbox(message.recipient)],
                "headers": {
                    name: value
                    for name, value in message.headers
                    if name.lower() not in RESERVED_HEADERS
                },
                "custom_args": {"oa_attempt": letter.attempt_id},
            }
        ],
        "from": _mailbox(message.sender),
        "subject": message.subject,
        # plain text first, and nothing empty: the API insists on both
        "content": [
            {"type": kind, "value": value}
            for kind, value in (("text/plain", message.text), ("text/html", message.html))
            if value
        ],
        "tracking_settings": TRACKING,
    }
    if message.reply_to:
        request["reply_to"] = {"email": message.reply_to}
    return request


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    # the API refuses a name that holds one of these
    name = " ".join(mailbox.name.replace(";", " ").replace(",", " ").split())
    return {"email": mailbox.email} | ({"name": name} if name else {})


def _first_error(answered: bytes) -> tuple[str, str]:
    """Give field and words of the first error, or as much of the body as is text."""
    try:
        first = json.loads(answered)["errors"][0]
        return str(first.get("field") or ""), str(first["message"])
    except (ValueError, LookupError, TypeError, AttributeError):
        return "", answered[:200].decode("utf-8", "replace")


def _refusal(status: int, field: str) -> Refusal:
    if status == 413:
        return Refusal.MESSAGE
    if status != 400:
        return Refusal.UNKNOWN
    for beginning, refusal in FIELDS.items():
        if field.startswith(beginning):
            return refusal
    return Refusal.MESSAGE


def _doubt(letter: Letter, detail: str) -> Outcome:
    return Outcome(letter.delivery_id, Verdict.IN_DOUBT, detail=f"no clear answer: {detail}")
