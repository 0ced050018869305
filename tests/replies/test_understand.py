"""`understand` takes anything, and what it gives can always be stored and shown."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.model import ReplyKind
from outreach.replies import Understanding, understand
from outreach.replies.dedupe import dedupe_key

CORPUS = Path(__file__).parent.parent / "corpus" / "replies"
MAILS = [path.read_bytes() for path in sorted(CORPUS.glob("*.eml"))]
#: what breaks readers of mail: in the middle of any mail it must not break ours
SHARDS = [
    b"=?utf-8?B?",
    b"=?idna?Q?=FF?=",
    b"\0",
    b"\xff\xfe",
    b"\n\n",
    b'Content-Type: multipart/mixed; boundary=""\n',
    b"Content-Type: text/plain; charset=utf-7\n\n+2AA-",
    b"Content-Type: text/html\n\n<blockquote>&#xD800;",
    b"Content-Type: message/delivery-status\n\n",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Transfer-Encoding: x-uuencode\n\nbegin 666 x\n",
    b"; charset*0=x; charset*=y",
    b"; format=flowed; delsp=yes",
    b"From: <>\n",
    b"Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22\0\0",
    b"Content-Transfer-Encoding: base64\n",
    b"--b\nContent-Type: text/plain\n\n",
    b"Final-Recipient: rfc822;",
    b"\x1b$B",
    b'"(<',
]


def check(mail: Understanding) -> None:
    """Nothing of ours failed, and the database can hold what was found."""
    assert not any("could not be understood" in why for why in mail.why)
    assert 0 <= mail.certainty <= 1
    for text in (mail.subject, mail.from_name, mail.reply, mail.quoted, mail.name, mail.why):
        assert "\0" not in text
        str(text).encode("utf-8")


@given(st.binary(max_size=500))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_understood(raw: bytes) -> None:
    """Bytes that are no mail at all raise nothing."""
    check(understand(raw))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_mails_are_understood(data: st.DataObject) -> None:
    """Real mails with a piece cut out, and pieces put in anywhere, raise nothing."""
    raw = data.draw(st.sampled_from(MAILS))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        cut = data.draw(st.integers(0, 40))
        shard = data.draw(st.one_of(st.sampled_from(SHARDS), st.binary(max_size=20)))
        raw = raw[:at] + shard + raw[at + cut :]
    check(understand(raw))
    assert len(dedupe_key(raw)) == 32


@given(st.text(max_size=300), st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_a_reply_is_never_empty_where_there_is_text(text: str, sent: str) -> None:
    """Whatever the rules cut away, something of a mail with text is left to read."""
    raw = b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode("utf-8", "replace")
    mail = understand(raw, sent)
    visible = "".join(c for c in text if c.isalnum())
    assert mail.reply or not visible


def test_parts_nested_without_end_are_read_in_time() -> None:
    """Thousands of parts inside each other neither exhaust the stack nor the processor."""
    part = b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n'
    check(understand(part * 5000 + b"word\n" * 10_000))
    check(understand(b"Content-Type: message/rfc822\n\n" * 5000))


def test_what_we_sent_is_not_the_persons_own_words() -> None:
    """Lines of our own message count as quoted even where nothing marks them."""
    ours = "To unsubscribe me from this list, please remove me from it by the link below."
    raw = f"From: a@example.org\n\nGreetings from Lomé.\n{ours}\n".encode()
    assert understand(raw).kind is ReplyKind.UNSUBSCRIBE
    mail = understand(raw, sent=f"Hello,\n{ours}\nBye")
    assert (mail.kind, mail.reply) == (ReplyKind.UNKNOWN, "Greetings from Lomé.")
    assert ours in mail.quoted


def test_our_own_mail_sent_back_untouched_is_nobodys_wish() -> None:
    """Pressing reply and send quotes our footer, but says nothing."""
    raw = (
        b"From: a@example.org\n\nOn 2014-02-26 10:00, Sam <news@outreach.example.org> wrote:\n"
        b"> Please unsubscribe me\n> Name: Sam\n> Country: Togo\n"
    )
    mail = understand(raw)
    assert (mail.kind, mail.country) == (ReplyKind.UNKNOWN, "")
    assert "unsubscribe" in mail.reply
