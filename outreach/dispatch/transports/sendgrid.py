"""Twilio SendGrid's mail/send, by its `sendgrid` package; one request for each letter.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send. The API has no idempotency
key, so whatever may have been processed is in doubt and never sent again by itself.
"""

from __future__ import annotations

import http.client
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final
from urllib.error import URLError

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from outreach.dispatch.transports import plain_words
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Mailbox, Outcome, Refusal, Verdict


class Answer(StrEnum):
    """What a status of mail/send means."""

    ACCEPTED = "accepted"
    #: the request was not processed
    LATER = "later"
    ACCOUNT = "account"
    #: the parts that all letters have in common can't be used
    WRONG_MESSAGE = "wrong_message"
    #: this is not mail/send
    WRONG_PLACE = "wrong_place"
    #: processed or not, nobody says
    DOUBT = "doubt"


#: HTTP status -> what it means; of a 400 the field says it; further 4xx are refusals without a
#: known reason, everything else is a doubt
STATUSES: Final[Mapping[int, Answer | Refusal]] = {
    202: Answer.ACCEPTED,
    401: Answer.ACCOUNT,
    402: Answer.ACCOUNT,
    403: Answer.ACCOUNT,
    404: Answer.WRONG_PLACE,
    405: Answer.WRONG_PLACE,
    408: Answer.LATER,
    413: Refusal.MESSAGE,
    415: Answer.WRONG_PLACE,
    429: Answer.LATER,
}

#: field of the first error of a 400 -> what it means; all others speak of this one message
FIELDS: Final[Mapping[re.Pattern[str], Answer | Refusal]] = {
    re.compile(r"personalizations\.\d+\.to(\.\d+\.email)?"): Refusal.DEAD_ADDRESS,
    # what all letters have in common: no reader is to blame
    re.compile(r"(from|reply_to)\b.*"): Answer.ACCOUNT,
    re.compile(r"(subject|content)\b.*"): Answer.WRONG_MESSAGE,
}

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

#: answers in doubt, one after the other, after which asking on does harm
_MOST_DOUBTS: Final = 2

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

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Make one request for each letter.

        Raises:
            TransportError: the API can't be reached, asks us to wait or gives no clear answers, or
                something else answers in its place.
            AccountRefused: it refuses our key or our sender.
        """
        doubts = 0
        for letter in letters:
            if doubts == _MOST_DOUBTS:
                raise TransportError(f"{self._host} gives no clear answers")
            outcome = self._post(letter)
            doubts = doubts + 1 if outcome.verdict is Verdict.IN_DOUBT else 0
            yield outcome

    def close(self) -> None:
        """Nothing is kept open: the package connects for each request."""

    def _post(self, letter: Letter) -> Outcome:
        try:
            answer = self._mail_send.post(request_body=body(letter))
        except HTTPError as error:
            return self._judged(letter, error.status_code, error.body, {})
        except URLError as error:
            # While connecting or writing: no whole request has left, unless perhaps where a
            # connection that stood was cut.
            words = plain_words(str(error.reason))
            if isinstance(error.reason, ConnectionError) and not isinstance(
                error.reason, ConnectionRefusedError
            ):
                return _doubt(letter, words)
            raise TransportError(f"{self._host} can't be reached: {words}") from error
        except (ValueError, http.client.InvalidURL):
            # before the request; without the cause, whose words may hold the key
            raise TransportError(
                f"{self._host} can't be asked: a character in host or key is not allowed",
                next_step="check host in [sendgrid], and the key",
            ) from None
        except (OSError, http.client.HTTPException) as error:
            return _doubt(letter, f"{type(error).__name__} {plain_words(str(error))}".strip())
        return self._judged(letter, answer.status_code, answer.body, answer.headers)

    def _judged(
        self, letter: Letter, status: int, answered: bytes, headers: Mapping[str, str]
    ) -> Outcome:
        fallback = Refusal.UNKNOWN if 400 <= status < 500 else Answer.DOUBT
        answer = STATUSES.get(status, fallback)
        if answer is Answer.ACCEPTED:
            return Outcome(
                letter.delivery_id, Verdict.ACCEPTED, provider_id=headers.get("X-Message-Id") or ""
            )
        field, words = _first_error(answered)
        detail = plain_words(f"{status} {words} {field}")
        meaning = _of_field(field) if status == 400 else answer
        match meaning:
            case Answer.ACCOUNT:
                raise AccountRefused(f"SendGrid refuses us: {detail}")
            case Answer.WRONG_MESSAGE:
                raise TransportError(
                    f"SendGrid does not take this message: {detail}",
                    next_step="mend what it names, which is the same in every letter",
                )
            case Answer.WRONG_PLACE:
                raise TransportError(
                    f"{self._host} does not answer like SendGrid: {detail}",
                    next_step="check host in [sendgrid]",
                )
            case Answer.LATER:
                raise TransportError(
                    f"SendGrid asks us to wait: {detail}", next_step="dispatch again later"
                )
            case Refusal():
                return Outcome(letter.delivery_id, Verdict.REFUSED, meaning, detail=detail)
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


def _of_field(field: str) -> Answer | Refusal:
    known = (meaning for pattern, meaning in FIELDS.items() if pattern.fullmatch(field))
    return next(known, Refusal.MESSAGE)


def _doubt(letter: Letter, detail: str) -> Outcome:
    return Outcome(letter.delivery_id, Verdict.IN_DOUBT, detail=f"no clear answer: {detail}")
