"""Read a stored mail with what it answers in mind, once. Writes nothing.

What a mail says depends a little on what we wrote to the person, as our words in it are not theirs.
Whom it answers is mostly plain from its headers, so that is looked up first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from outreach.model import ReplyKind
from outreach.replies import Understanding, mime
from outreach.replies.inbox import StoredMail
from outreach.replies.match import match
from outreach.replies.mime import Parsed
from outreach.replies.traces import traces
from outreach.replies.understand import understand_parsed
from outreach.settings import Settings
from outreach.store import Database
from outreach.tokens import SigningKey
from outreach.workflow.sent import SentTexts

#: what reports come from, of which our words are a part
_REPORTERS: Final = ("mailer-daemon", "postmaster")


@dataclass(frozen=True, slots=True)
class Read:
    """A stored mail and what it says."""

    stored: StoredMail
    parsed: Parsed
    mail: Understanding
    #: the text of ours that was taken out of its quotes; '' where none was
    sent: str = ""

    def with_sent(self, sent: str) -> Read:
        """Give it as it reads where it answers `sent`.

        Raises:
            Exception: whatever kept us from it.
        """
        if sent == self.sent:
            return self
        return replace(self, mail=_understood(self.parsed, sent), sent=sent)


@dataclass(frozen=True, slots=True)
class MailReader:
    """Reads stored mails; takes no lock."""

    db: Database
    settings: Settings
    keys: Mapping[int, SigningKey]
    sent: SentTexts

    def read(self, stored: StoredMail, parsed: Parsed | None = None) -> Read:
        """Understand a mail; `parsed` is what `mime.parse` gave for it, where that is at hand.

        Raises:
            Exception: whatever kept us from it.
        """
        if parsed is None or parsed.raw != stored.raw:
            parsed = mime.parse(stored.raw)
        sent = self._likely_answered(stored, parsed)
        return Read(stored, parsed, _understood(parsed, sent), sent)

    def _likely_answered(self, stored: StoredMail, parsed: Parsed) -> str:
        """Give the text that a mail answers, as far as can be told without reading it."""
        if _is_report(parsed):
            return ""
        leads = traces(parsed, ReplyKind.UNKNOWN)
        unread = Understanding(
            ReplyKind.UNKNOWN, 0.0, (), from_address=parsed.from_address, traces=leads
        )
        found = match(
            self.db,
            self.keys,
            self.settings,
            unread,
            stored.received_at,
            envelope=stored.envelope,
        )
        return self.sent.answered_by(found)


def _is_report(parsed: Parsed) -> bool:
    kind = parsed.headers.get("content-type").lower()
    local = parsed.from_address.partition("@")[0].lower()
    return bool(parsed.report) or "report" in kind or local in _REPORTERS


def _understood(parsed: Parsed, sent: str) -> Understanding:
    mail = understand_parsed(parsed, sent)
    if mail.fault is not None:
        raise mail.fault
    return mail
