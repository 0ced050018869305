"""Send somebody in the house what a certain person would get. No campaign counts it.

Its links carry tokens that no reader accepts, so that trying them out changes nothing. May write
the first signing key, and that this content was tested: no ledger row, no trace with the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from outreach import addresses, tokens
from outreach.compose import Composer, FrozenMessage
from outreach.compose.library import Draft
from outreach.compose.marked import as_test
from outreach.dispatch import approvals, campaigns
from outreach.dispatch.transports import Transport
from outreach.errors import InputError
from outreach.model import Consent, Letter, Outcome, Reader, Safety, Suppression, Verdict
from outreach.settings import Settings
from outreach.store import Database, atomic, signing_keys
from outreach.supporters import consent, roll
from outreach.tokens import Purpose
from outreach.workflow.freezing import draft_message
from outreach.workflow.preview import Standing, asked_language, standing_of, why_in


@dataclass(frozen=True, slots=True)
class Handed:
    """What the transport said of one test."""

    address: str
    verdict: Verdict
    #: the transport's own id for it, as the outbox's file name
    provider_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class TestSent:
    """A test that was handed to the transport. Whether it arrives, nobody can say here."""

    #: pytest is not to take it for a test
    __test__ = False

    message: str
    #: whose message it is
    supporter: str
    language: str
    #: why it is in that language, in words that follow "because"
    language_reason: str
    #: whether it is the version for people who are discreet
    discreet: bool
    #: whether that person would get it from a campaign
    standing: Standing
    subject: str
    transport: str
    tests: tuple[Handed, ...]

    @property
    def all_taken(self) -> bool:
        """Whether the transport took every one of them."""
        return all(test.verdict is Verdict.ACCEPTED for test in self.tests)


def send_test(
    db: Database,
    settings: Settings,
    name: str,
    transport: Transport,
    *,
    email: str,
    to: Sequence[str],
    language: str = "",
    day: date | None = None,
    now: datetime,
) -> TestSent:
    """Send the message `name`, as the supporter `email` would get it, to the addresses `to`.

    `email` may be an id. `language`, a tag or a name, stands for the one they asked for. The
    supporter gets nothing unless named in `to`. `day` decides which facts are true; without it,
    that of `now` (UTC). Each test has an id of its own, so that sending it again shows it again.

    Raises:
        InputError: an address is none, or its owner has told us not to write to it.
        NotFound: there is no such message or supporter, or it isn't written in that language.
        TemplateError: the message can't be used, or not for this person.
        TransportError: the transport can't be used; nothing was sent.
    """
    day = day or now.date()
    draft = draft_message(db, settings, name, day=day)
    return _send(db, draft, day, transport, email=email, to=to, language=language, now=now)


def send_campaign_test(
    db: Database,
    name: str,
    transport: Transport,
    *,
    email: str,
    to: Sequence[str],
    by: str = "",
    now: datetime,
) -> TestSent:
    """Send a test of what the campaign `name` says as it is planned, whatever its files say now.

    Otherwise as `send_test`. The campaign's history says that it was sent, and `by` whom.

    Raises:
        NotFound: there is no such campaign or supporter.
        IllegalMove: the campaign is not planned yet.
        InputError: an address is none, or its owner has told us not to write to it.
        TemplateError: there is no message for this person.
        TransportError: the transport can't be used; nothing was sent.
    """
    campaign = campaigns.get(db, name)
    frozen = FrozenMessage.thaw(campaigns.frozen_content(db, campaign))
    day = date.fromisoformat(campaign.day)
    sent = _send(db, Draft(frozen), day, transport, email=email, to=to, now=now)
    whose = roll.named(db, email).supporter_id
    taken = sum(test.verdict is Verdict.ACCEPTED for test in sent.tests)
    # no address: a history outlives people's records
    detail = f"as supporter {whose}, {taken} of {len(sent.tests)} taken by {sent.transport}"
    with atomic(db):
        campaigns.note(db, campaign, by=by, what="test sent", detail=detail, now=now)
    return sent


def _send(
    db: Database,
    draft: Draft,
    day: date,
    transport: Transport,
    *,
    email: str,
    to: Sequence[str],
    language: str = "",
    now: datetime,
) -> TestSent:
    frozen = draft.frozen
    supporter = roll.named(db, email)
    recipients = _recipients(db, to)
    composer = Composer(frozen, day, unread=draft.unread)
    standing = standing_of(db, supporter, composer)
    language = asked_language(frozen.name, language, composer)
    if language:
        supporter = replace(supporter, language=language)
    key, _ = signing_keys(db, now)
    begun = int(now.timestamp() * 1000)
    letters = []
    for number, address in enumerate(recipients):
        token = tokens.sign(key, Purpose.NOTHING, (begun + number) % 2**40)
        message = composer.compose(Reader(supporter, token, token, token), now)
        # below all numbers of deliveries, as outcomes come in any order
        letters.append(Letter(-1 - number, f"test-{begun}-{number}", as_test(message, address)))
    outcomes = {outcome.delivery_id: outcome for outcome in transport.send(letters)}
    tests = tuple(
        _handed(address, outcomes[letter.delivery_id])
        for address, letter in zip(recipients, letters, strict=True)
    )
    if any(test.verdict is Verdict.ACCEPTED for test in tests):
        with atomic(db):
            approvals.note_test(db, frozen.content_hash, day, now)
    choice = composer.choose_language(supporter)
    return TestSent(
        message=frozen.name,
        supporter=supporter.email,
        language=choice.language,
        language_reason=why_in(choice, language),
        discreet=supporter.safety is Safety.DISCREET,
        standing=standing,
        subject=letters[0].message.subject,
        transport=transport.name,
        tests=tests,
    )


def _handed(address: str, outcome: Outcome) -> Handed:
    return Handed(address, outcome.verdict, outcome.provider_id, outcome.detail)


def _recipients(db: Database, to: Sequence[str]) -> list[str]:
    """Normalise the addresses, each once, and see that all may be written to."""
    found: list[str] = []
    for written in to:
        address = addresses.of_mailbox(written)
        if not address:
            raise InputError("this is no email address", value=written)
        if any(addresses.same(address, other) for other in found):
            continue
        reason = _closed(db, address)
        if reason:
            raise InputError(
                f"nothing goes to this address, not even a test: {reason}",
                value=address,
                next_step="send the test to another address",
            )
        found.append(address)
    if not found:
        raise InputError(
            "a test needs an address to go to",
            next_step="name one with --to",
            at_desk="say where it goes",
        )
    return found


def _closed(db: Database, address: str) -> str:
    """Say why an address is closed to us, or ''; staff get tests, and no campaigns."""
    suppression = consent.suppression_of(db, address)
    if suppression not in (None, Suppression.STAFF):
        return f"it is suppressed ({suppression.replace('_', ' ')})"
    owner = roll.find(db, address)
    if owner is not None and owner.consent is Consent.DENIED:
        return "its owner has said no"
    return ""
