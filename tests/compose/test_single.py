"""A single letter as a mail: any words and any files come out as they went in."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.compose.single import single
from outreach.model import Attachment, Mailbox, Message

#: what the vocabulary lets through: no controls, no lone surrogates
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]))
FILE_NAMES = WORDS.map(str.strip).filter(
    lambda name: 0 < len(name) <= 80 and name.isprintable() and "/" not in name
)
FILES = st.builds(
    Attachment, FILE_NAMES, st.sampled_from(["application/pdf", "text/calendar"]), st.binary()
)


def _letter(
    subject: str = "A subject",
    name: str = "Zuhura",
    text: str = "Hello\n",
    files: tuple[Attachment, ...] = (),
    headers: tuple[tuple[str, str], ...] = (),
) -> Message:
    return single(
        language="en",
        subject=subject,
        sender=Mailbox("Sam", "sam@example.org"),
        recipient=Mailbox(name, "zuhura@example.org"),
        reply_to="events@example.org",
        headers=(("Message-ID", "<a@example.org>"), *headers),
        html=f"<p>{text}</p>\n",
        text=text,
        attachments=files,
    )


def _parsed(message: Message) -> EmailMessage:
    found = message_from_bytes(message.mime, policy=default)
    assert isinstance(found, EmailMessage)
    return found


@given(WORDS, WORDS, WORDS, st.lists(FILES, max_size=2).map(tuple))
def test_what_goes_in_comes_out(
    subject: str, name: str, text: str, files: tuple[Attachment, ...]
) -> None:
    """No line is too long, no part is lost, and the same is the same bytes."""
    subject, name = (" ".join(words.split()) for words in (subject, name))
    message = _letter(subject, name, f"{text}\n", files)
    assert max(map(len, message.mime.split(b"\r\n"))) <= 998
    assert b"\n" not in message.mime.replace(b"\r\n", b"")
    mail = _parsed(message)
    assert [part.get_content_type() for part in mail.walk()][-2 - len(files) :][:2] == [
        "text/plain",
        "text/html",
    ]
    attached = [part.get_payload(decode=True) for part in mail.iter_attachments()] if files else []
    assert attached == [file.content for file in files]
    assert message.mime == _letter(subject, name, f"{text}\n", files).mime
    assert message.digest() != _letter(subject + "x", name, f"{text}\n", files).digest()


def test_files_count_in_the_digest() -> None:
    """Of two letters that differ in a file alone, each has its own."""
    one, other = (Attachment("a.pdf", "application/pdf", content) for content in (b"1", b"2"))
    digests = {_letter(files=files).digest() for files in ((), (one,), (other,), (one, other))}
    assert len(digests) == 4


@pytest.mark.parametrize("value", ["a\r\nBcc: x@example.org", "a\nb", "é", "a\x00"])
def test_a_header_that_would_be_two_is_refused(value: str) -> None:
    """Nobody adds a recipient."""
    with pytest.raises(ValueError, match="In-Reply-To"):
        _letter(headers=(("In-Reply-To", value),))
