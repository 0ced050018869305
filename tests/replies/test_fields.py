"""Names, countries, addresses and telephones, over labelled mails in many languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from outreach.replies import Understanding, understand

CASES = Path(__file__).parent.parent / "corpus" / "fields" / "people.txt"


@dataclass(frozen=True)
class Case:
    """A mail's text, and what it says of its writer."""

    number: int
    client: str
    sender: str
    text: str
    expected: dict[str, str]


def cases() -> list[Case]:
    """Read the file of cases."""
    found = []
    pieces = re.split(r"^@ ", CASES.read_text("utf-8"), flags=re.M)[1:]
    for number, piece in enumerate(pieces):
        head, _, text = piece.partition("\n")
        about, _, wanted = head.partition(" || ")
        client, _, sender = about.partition(" | ")
        pairs = (pair.partition("=") for pair in wanted.split("; "))
        expected = {key: value for key, _, value in pairs}
        found.append(Case(number, client, sender, text, expected))
    return found


def understood(case: Case) -> Understanding:
    """Understand the case as the mail that it stands for."""
    mail = EmailMessage()
    mail["From"] = case.sender
    mail["To"] = "events@outreach.example.org"
    mail["Subject"] = "Re: You're 1 in 2 million"
    mail.set_content(case.text)
    return understand(mail.as_bytes(policy=SMTP))


def seen(mail: Understanding) -> dict[str, str]:
    """Give what was found under the keys of the cases."""
    return {
        "name": mail.name,
        "email": mail.email,
        "phone": mail.phone,
        "country": mail.country,
        "text": mail.country_text,
    }


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.number}-{case.client}")
def test_what_people_say_of_themselves_is_found(case: Case) -> None:
    """As they wrote it, and nothing where they said nothing or two things."""
    found = seen(understood(case))
    assert {key: found[key] for key in case.expected} == case.expected


def test_there_are_cases_enough() -> None:
    """In several scripts and of several mail programs."""
    assert len(cases()) >= 150
    assert len({case.client for case in cases()}) >= 10
