"""The demo's answers: mails as people's programs write them, to letters that were really sent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

import outreach
from outreach.compose import Composer, freeze
from outreach.demo.answers import answers
from outreach.demo.people import Person, people
from outreach.errors import InputError
from outreach.model import Letterhead, Mailbox, Reader, Supporter
from outreach.places import country_code, language_tag
from outreach.tokens import Purpose, SigningKey, sign

NOW = datetime(2014, 2, 26, 12, tzinfo=UTC)
KEY = SigningKey(1, b"k" * 32)
TEMPLATES = Path(outreach.__file__).parent.parent / "templates"
#: the countries that the answers come from
HOMES = [
    *("CD", "CM", "MG", "LK", "BD", "CO", "GT", "EG", "JO", "LB", "TZ", "ET", "BG"),
    *("RO", "GE", "RS", "AM"),
]


@pytest.fixture(scope="module")
def persons() -> tuple[Person, ...]:
    """The demo's people."""
    return people()


@pytest.fixture(scope="module")
def letters(persons: tuple[Person, ...]) -> list[bytes]:
    """A dozen letters to each country, as dispatch would send them."""
    letterhead = Letterhead(
        "Example Rights Network",
        "1 Example Street",
        Mailbox("Sam Example", "news@outreach.example.org"),
        "events+{token}@outreach.example.org",
        "https://outreach.example.org",
    )
    composer = Composer(
        freeze(TEMPLATES, "one-in-two-million", letterhead), date.fromisoformat("2014-02-26")
    )
    found: list[bytes] = []
    for home in HOMES:
        living = [p for p in persons if p.home == home and "@" in p.email][:12]
        for number, person in enumerate(living, 100 * len(found)):
            supporter = Supporter(
                number,
                person.email.strip(),
                given_name=person.given_name.strip(),
                family_name=person.family_name,
                country=country_code(person.country),
                language=language_tag(person.language),
            )
            token = sign(KEY, Purpose.REPLY, number)
            found.append(composer.compose(Reader(supporter, token, token), NOW).mime)
    return found


def test_25_mails_come_back(letters: list[bytes], persons: tuple[Person, ...]) -> None:
    """Each can be parsed without a defect, has an address it is from and one it is to."""
    mails = answers(letters, persons, NOW)
    assert len(mails) == 25
    for raw in mails:
        mail = message_from_bytes(raw, policy=policy.default)
        assert not mail.defects
        assert not [part for part in mail.walk() if part.defects]
        assert mail["From"].addresses[0].domain
        assert mail["To"].addresses[0].domain == "outreach.example.org"
        assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_they_answer_different_letters(letters: list[bytes], persons: tuple[Person, ...]) -> None:
    """Only the mail that came twice has another's token; the two bounces come to the sender."""
    tos = [
        str(message_from_bytes(raw, policy=policy.default)["To"])
        for raw in answers(letters, persons, NOW)
    ]
    assert tos.count("news@outreach.example.org") == 2
    assert len(set(tos)) == 23
    assert tos[-1] == tos[0]


def test_they_are_written_in_four_languages(
    letters: list[bytes], persons: tuple[Person, ...]
) -> None:
    """The asked-for lines come back filled in, in English, French, Spanish and Arabic."""
    texts = [
        body.get_content()
        for raw in answers(letters, persons, NOW)
        if (body := message_from_bytes(raw, policy=policy.default).get_body()) is not None
    ]
    for line in ("Country: Bangladesh", "Pays : Madagascar", "País: Guatemala", "البلد: مصر"):
        assert any(line in text for text in texts), line
    assert not any("{" in text.split("<")[0] for text in texts)


def test_the_same_letters_get_the_same_answers(
    letters: list[bytes], persons: tuple[Person, ...]
) -> None:
    """In whatever order the files of the outbox are found."""

    def senders(found: list[bytes]) -> list[str]:
        return [
            str(message_from_bytes(raw, policy=policy.default)["From"])
            for raw in answers(found, persons, NOW)
        ]

    assert senders(letters) == senders(letters[::-1])


def test_too_few_letters_are_an_error(letters: list[bytes], persons: tuple[Person, ...]) -> None:
    """An outbox that somebody emptied can't be answered, and that is said."""
    with pytest.raises(InputError, match="too few letters"):
        answers(letters[:3], persons, NOW)
