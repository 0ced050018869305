"""All transports keep the contract."""

from __future__ import annotations

import json
import mailbox
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from standins_sendgrid import SendGridStandIn
from standins_smtp import EVERYTHING, Fault, FaultySmtp
from transport_contract import (
    AsksToWait,
    JudgesAddresses,
    KnowsAccounts,
    LosesAnswers,
    Rig,
    TransportContract,
)

from outreach.dispatch.transports.memory import Memory, accept
from outreach.dispatch.transports.outbox import Outbox
from outreach.dispatch.transports.sendgrid import SendGrid
from outreach.dispatch.transports.smtp import Smtp
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Outcome, Refusal, Verdict


def _text(mime: bytes) -> str:
    part = message_from_bytes(mime, policy=default).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


class MemoryRig:
    """The list is the far side."""

    at_once = 1
    most_doubts = 0

    def __init__(self) -> None:
        self.transport = Memory(self._answer)
        self._answers: dict[str, Outcome | TransportError] = {}

    def _answer(self, letter: Letter) -> Outcome:
        answer = self._answers.get(letter.message.recipient.email) or self._answers.get("")
        if isinstance(answer, TransportError):
            raise answer
        if answer is None:
            return accept(letter)
        return Outcome(letter.delivery_id, answer.verdict, answer.refusal, detail=answer.detail)

    def taken(self) -> list[str]:
        """Addresses."""
        return [letter.message.recipient.email for letter in self.transport.accepted]

    def texts(self) -> list[str]:
        """Texts."""
        return [letter.message.text for letter in self.transport.accepted]

    def ids(self) -> list[str]:
        """Ids."""
        return [letter.attempt_id for letter in self.transport.accepted]

    def refuse(self, address: str) -> None:
        """Refuse."""
        self._answers[address] = Outcome(
            0, Verdict.REFUSED, Refusal.DEAD_ADDRESS, detail="nobody there"
        )

    def put_off(self, address: str) -> None:
        """Put off."""
        self._answers[address] = Outcome(0, Verdict.TRY_LATER, detail="later")

    def lose(self, address: str) -> None:
        """Not in its power."""

    def refuse_account(self) -> None:
        """Refuse us."""
        self._answers[""] = AccountRefused("no")

    def vanish(self) -> None:
        """Be gone."""
        self._answers[""] = TransportError("gone")


class OutboxRig:
    """The folder is the far side, read by the standard library's mailbox."""

    most_doubts = 0

    def __init__(self, folder: Path, *, fsync: bool) -> None:
        self._folder = folder
        # their names are put on the disk together
        self.at_once = 1_000 if fsync else 1
        self.transport = Outbox(folder, fsync=fsync)

    def _mails(self) -> dict[str, bytes]:
        found = mailbox.Maildir(self._folder, create=False)
        mails = {key: found.get_bytes(key) for key in found.keys()}  # noqa: SIM118
        in_order = sorted(mails, key=lambda k: (self._folder / "new" / k).stat().st_mtime_ns)
        return {key: mails[key] for key in in_order}

    def taken(self) -> list[str]:
        """Addresses."""
        mails = self._mails().values()
        return [message_from_bytes(m, policy=default)["To"].addresses[0].addr_spec for m in mails]

    def texts(self) -> list[str]:
        """Texts."""
        return [_text(mail) for mail in self._mails().values()]

    def ids(self) -> list[str]:
        """File names."""
        return list(self._mails())

    def refuse(self, address: str) -> None:
        """Not in its power."""

    put_off = lose = refuse

    def refuse_account(self) -> None:
        """Not in its power."""

    def vanish(self) -> None:
        """Put a file where the folder would be."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._folder.write_text("in the way", encoding="utf-8")


class SmtpRig:
    """A mail server is the far side."""

    def __init__(self, connections: int, *, pipelining: bool) -> None:
        offers = EVERYTHING if pipelining else ()
        self.server = FaultySmtp(offers=offers, login=("sam", "secret"))
        self.at_once = self.most_doubts = 2 * connections
        self._connections = connections
        self.transport = self._transport("secret")

    def _transport(self, password: str) -> Smtp:
        return self.server.client(user="sam", password=password, connections=self._connections)

    def taken(self) -> list[str]:
        """Addresses."""
        return [mail.rcpt_to for mail in self.server.taken]

    def texts(self) -> list[str]:
        """Texts."""
        return [_text(mail.content) for mail in self.server.taken]

    def ids(self) -> list[str]:
        """Queue ids."""
        return [mail.queue_id for mail in self.server.taken]

    def refuse(self, address: str) -> None:
        """Refuse."""
        self.server.faults["RCPT", address] = f"550 5.1.1 <{address}>: no such user"

    def put_off(self, address: str) -> None:
        """Put off."""
        self.server.faults["RCPT", address] = f"450 4.2.1 <{address}>: greylisted"

    def lose(self, address: str) -> None:
        """Lose."""
        self.server.faults["DOT", address] = Fault(cut="after")

    def refuse_account(self) -> None:
        """Refuse us."""
        self.transport = self._transport("wrong")

    def vanish(self) -> None:
        """Be gone."""
        self.server.stop()


class SendGridRig:
    """The API is the far side."""

    at_once = 1_000
    most_doubts = 2

    def __init__(self) -> None:
        self.server = SendGridStandIn()
        # one request after the other, so that the outcomes come in the letters' order
        self.transport = SendGrid("SG.key", host=self.server.url, timeout=10, requests_at_once=1)

    def taken(self) -> list[str]:
        """Addresses."""
        return [r["personalizations"][0]["to"][0]["email"] for r in self.server.taken]

    def texts(self) -> list[str]:
        """Texts."""
        return [r["content"][0]["value"] for r in self.server.taken]

    def ids(self) -> list[str]:
        """Message ids."""
        return [f"M{n}" for n in range(1, len(self.server.taken) + 1)]

    def refuse(self, address: str) -> None:
        """Refuse."""
        error = {
            "message": f"Does not contain a valid address: {address}",
            "field": "personalizations.0.to.0.email",
            "help": None,
        }
        self.server.faults[address] = (400, json.dumps({"errors": [error]}))

    def put_off(self, address: str) -> None:
        """Put off."""
        self.server.faults[address] = (
            429,
            '{"errors":[{"field":null,"message":"too many requests"}]}',
        )

    def lose(self, address: str) -> None:
        """Lose."""
        self.server.faults[address] = "reset"

    def refuse_account(self) -> None:
        """Refuse us."""
        self.server.faults[""] = (401, '{"errors":[{"field":null,"message":"unauthorized"}]}')

    def vanish(self) -> None:
        """Be gone."""
        self.server.stop()


class TestMemory(TransportContract, JudgesAddresses, AsksToWait, KnowsAccounts):
    """The transport for tests."""

    @pytest.fixture
    def rig(self) -> Rig:
        """A list."""
        return MemoryRig()


class TestOutbox(TransportContract):
    """The embedded outbox."""

    @pytest.fixture(params=[False, True], ids=["", "fsync"])
    def rig(self, tmp_path: Path, request: pytest.FixtureRequest) -> Rig:
        """A folder."""
        return OutboxRig(tmp_path / "deep" / "outbox", fsync=request.param)


class TestSmtp(TransportContract, JudgesAddresses, AsksToWait, LosesAnswers, KnowsAccounts):
    """A mail server, over one connection or several, with PIPELINING and without."""

    @pytest.fixture(
        params=[(1, False), (1, True), (4, False), (4, True)],
        ids=["one", "one-pipelining", "four", "four-pipelining"],
    )
    def rig(self, request: pytest.FixtureRequest) -> Iterator[Rig]:
        """A stand-in server."""
        connections, pipelining = request.param
        rig = SmtpRig(connections, pipelining=pipelining)
        yield rig
        rig.server.stop()
        assert rig.server.violations == []


class TestSendGrid(TransportContract, JudgesAddresses, AsksToWait, LosesAnswers, KnowsAccounts):
    """The API."""

    @pytest.fixture
    def rig(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
        """A stand-in server."""
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        rig = SendGridRig()
        yield rig
        rig.server.stop()
