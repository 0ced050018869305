"""What SendGrid's Inbound Parse posts is read as the mail that it was, or refused in our words."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from answering import Sent
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from posting import TIMESTAMP, public, sign

from outreach.errors import InputError, OutreachError, SettingsError
from outreach.replies import inbound_parse, inbox, understand
from outreach.replies.dedupe import dedupe_key
from outreach.replies.inbound_parse import Posted, parse, verify
from outreach.workflow.posted import take_posted_mail

TYPE = "multipart/form-data; boundary=xYzZY"


def form(fields: dict[str, bytes], *, files: dict[str, tuple[str, bytes]] | None = None) -> bytes:
    """Write a form as SendGrid does."""
    parts = [
        f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value
        for name, value in fields.items()
    ]
    parts += [
        f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.bin"\r\n'
        f"Content-Type: {kind}\r\n\r\n".encode()
        + value
        for name, (kind, value) in (files or {}).items()
    ]
    return b"\r\n".join([*parts, b"--xYzZY--\r\n"])


def envelope(*to: str, sender: str = "jean@example.org") -> bytes:
    """Write the envelope's field."""
    return json.dumps({"to": to, "from": sender}).encode()


MAIL = (
    "From: Jean <jean@example.org>\r\nTo: events@outreach.example.org\r\nSubject: Oui\r\n"
    "Message-ID: <1@mail.example.org>\r\nDate: Wed, 26 Feb 2014 10:00:00 +0100\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    "Ça marche, merci ! Où ?\r\n"
).encode()
HEADERS = MAIL.partition(b"\r\n\r\n")[0]


def test_raw_mode_gives_the_mail_byte_for_byte() -> None:
    """With whom it was for, and what was proven of its sender."""
    body = form(
        {
            "email": MAIL,
            "envelope": envelope("events+abc@outreach.example.org"),
            "SPF": b"pass",
            "dkim": b"{@example.org : pass, @other.example : fail}",
            "charsets": b"{}",
        }
    )
    posted = parse(body, TYPE)
    assert (posted.raw, posted.rebuilt) == (MAIL, False)
    assert posted.envelope.recipients == ("events+abc@outreach.example.org",)
    assert (posted.envelope.sender, posted.envelope.spf) == ("jean@example.org", "pass")
    assert posted.envelope.dkim == (("example.org", "pass"), ("other.example", "fail"))


def test_parsed_mode_decodes_each_field_in_its_own_charset() -> None:
    """The subject in UTF-8, the text in what the sender's program wrote."""
    body = form(
        {
            "headers": b"Message-ID: <2@x.org>\nContent-Type: text/plain; charset=windows-1251\n",
            "from": "Амина <amina@example.org>".encode("koi8-r"),
            "to": b"events@outreach.example.org",
            "subject": "Да, конечно".encode(),
            "text": "Я хочу помочь. Что делать?".encode("windows-1251"),
            "charsets": json.dumps(
                {"subject": "UTF-8", "text": "windows-1251", "from": "KOI8-R"}
            ).encode(),
        }
    )
    mail = understand(parse(body, TYPE).raw)
    assert (mail.from_name, mail.from_address) == ("Амина", "amina@example.org")
    assert (mail.subject, mail.reply) == ("Да, конечно", "Я хочу помочь. Что делать?")


def test_a_mail_in_both_modes_is_one_mail() -> None:
    """As it is when the same mail also lies in a mailbox or a file."""
    text = MAIL.partition(b"\r\n\r\n")[2]
    made = parse(form({"headers": HEADERS, "text": text, "charsets": b'{"text": "utf-8"}'}), TYPE)
    assert made.rebuilt
    assert dedupe_key(made.raw) == dedupe_key(MAIL)
    flowed = MAIL.replace(b"charset=utf-8", b"charset=utf-8; format=flowed; delsp=yes").replace(
        b"merci !", b"merci \r\nbien !"
    )
    head, _, text = flowed.partition(b"\r\n\r\n")
    made = parse(form({"headers": head, "text": text}), TYPE)
    assert dedupe_key(made.raw) == dedupe_key(flowed)


def test_texts_and_attachments_are_put_together_again() -> None:
    """The text is what is read; the attachments are kept."""
    body = form(
        {
            "headers": b"From: jean@example.org\nSubject: Photos\n"
            b'Content-Type: multipart/mixed;\n boundary="abc"',
            "text": b"Here they are. Is that enough?",
            "html": b"<p>Here they are. Is that enough?</p>",
            "attachment-info": json.dumps(
                {"attachment1": {"filename": 'a"b\r\nBcc: x.jpg', "type": "image/jpeg"}}
            ).encode(),
        },
        files={"attachment1": ("image/jpeg", b"\xff\xd8\r\n--xYzZZ\0")},
    )
    posted = parse(body, TYPE)
    assert understand(posted.raw).reply == "Here they are. Is that enough?"
    assert b"Bcc:" not in posted.raw
    assert base64.b64encode(b"\xff\xd8\r\n--xYzZZ\0") in posted.raw
    assert parse(body, TYPE) == posted


def test_a_report_in_parsed_mode_is_still_a_report() -> None:
    """Its machine-readable part comes as an attachment."""
    status = (
        b"Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; jean@example.org\r\n"
        b"Action: failed\r\nStatus: 5.1.1\r\n"
    )
    body = form(
        {
            "headers": b"From: MAILER-DAEMON@example.net\nSubject: Undelivered\n"
            b"Content-Type: multipart/report; report-type=delivery-status;\n boundary=abc",
            "text": b"Sorry.",
        },
        files={
            "attachment1": ("message/delivery-status", status),
            "attachment2": ("message/rfc822", MAIL),
        },
    )
    mail = understand(parse(body, TYPE).raw)
    assert mail.bounce is not None
    assert (mail.kind, mail.bounce.bounce_class) == ("bounce", "dead_address")


def test_30_megabytes_are_read_and_far_more_is_refused() -> None:
    """SendGrid posts mails of up to 30 MB."""
    raw = MAIL + bytes(30 * 1024 * 1024)
    assert parse(form({"email": raw}), TYPE).raw == raw
    with pytest.raises(InputError, match="bytes"):
        parse(bytes(inbound_parse.MAX_BODY + 1), TYPE)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", TYPE),
        (form({"email": MAIL}), "multipart/form-data"),
        (form({"email": MAIL}), "application/json; boundary=xYzZY"),
        (form({"email": MAIL}), "multipart/form-data; boundary=other"),
        (form({"email": MAIL})[:-20], TYPE),
        (form({"to": b"x@example.org"}), TYPE),
        (b"--xYzZY\r\nX: y\r\n\r\nz\r\n--xYzZY--", TYPE),
        (b"--xYzZY\r\nno headers\r\n--xYzZY--", TYPE),
        (form({f"f{number}": b"" for number in range(1001)}), TYPE),
    ],
)
def test_what_is_no_form_with_a_mail_is_refused(body: bytes, content_type: str) -> None:
    """With what is wrong with it."""
    with pytest.raises(InputError, match="no body of SendGrid's Inbound Parse"):
        parse(body, content_type)


SAID = st.dictionaries(
    st.sampled_from(
        [
            *("email", "headers", "text", "html", "from", "to", "subject", "charsets", "envelope"),
            *("dkim", "SPF", "attachment-info", "attachment1"),
        ]
    ),
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["to", "from", "text", "attachment1"]), inner)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    ),
)


@given(SAID, st.binary(max_size=100), st.integers(0, 2000))
def test_hostile_forms_raise_nothing_but_our_errors(
    fields: dict[str, bytes], noise: bytes, cut: int
) -> None:
    """Whatever its fields hold, wherever it is cut, whatever stands between."""
    whole = form(fields)
    for body in (whole, whole[:cut], whole[:cut] + noise + whole[cut:], noise):
        try:
            posted = parse(body, TYPE)
        except OutreachError:
            continue
        assert isinstance(posted, Posted)
        assert understand(posted.raw).fault is None
        assert posted.envelope == replace(posted.envelope)
        posted.envelope.as_json().encode()


class Signed:
    """A key of SendGrid's, and what it signs."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.public = public(self._key)

    def headers(self, body: bytes, timestamp: str = TIMESTAMP) -> dict[str, str]:
        """Sign a body."""
        return {
            "Content-Type": TYPE,
            "X-Twilio-Email-Event-Webhook-Signature": sign(body, self._key, timestamp),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }


def test_a_signature_is_over_exactly_the_body_and_its_moment() -> None:
    """A byte more or another key proves nothing; while keys change, either counts."""
    key, other = Signed(), Signed()
    body = form({"email": MAIL})
    said = key.headers(body)
    signature = said["X-Twilio-Email-Event-Webhook-Signature"]
    assert verify(key.public, signature, "1393405200", body)
    assert verify(f"{other.public} {key.public}", signature, "1393405200", body)
    assert not verify(key.public, signature, "1393405201", body)
    assert not verify(key.public, signature, "1393405200", body + b"\n")
    assert not verify(other.public, signature, "1393405200", body)
    assert not verify(key.public, "", "", body)
    with pytest.raises(SettingsError, match="inbound_key"):
        verify("bm8=", signature, "1393405200", body)


def signing(sent: Sent, key: Signed) -> Sent:
    """The same workspace with a key in its settings."""
    sendgrid = replace(sent.settings.sendgrid, inbound_key=key.public)
    return replace(sent, settings=replace(sent.settings, sendgrid=sendgrid))


def test_a_posted_mail_is_stored_matched_by_its_envelope_and_a_repeat_is_nothing(
    sent: Sent,
) -> None:
    """Its To names nobody of ours; the envelope has the token."""
    key = Signed()
    sent = signing(sent, key)
    body = form(
        {
            "email": MAIL,
            "envelope": envelope(f"events+{sent.token(11)}@outreach.example.org"),
        }
    )
    taken = take_posted_mail(sent.db, sent.settings, body, key.headers(body), sent.now)
    assert taken.inbound_id == 1
    assert sent.one("SELECT delivery_id, supporter_id, matched_by FROM replies") == (
        (11, 1, "address_token")
    )
    again = take_posted_mail(
        sent.db, sent.settings, body, key.headers(body, "1393405999"), sent.now
    )
    assert again.inbound_id is None
    path = sent.folder / "same.eml"
    path.write_bytes(MAIL.replace(b"\r\n", b"\n"))
    assert sent.take_in(path).repeated == 1


def test_what_nobody_signed_is_not_even_read(sent: Sent) -> None:
    """Unless it is said that it is believed."""
    key = Signed()
    body = form({"email": MAIL})
    with pytest.raises(SettingsError, match="inbound_key is empty"):
        take_posted_mail(sent.db, sent.settings, body, {"Content-Type": TYPE}, sent.now)
    signed = signing(sent, key)
    for headers in ({"Content-Type": TYPE}, key.headers(body + b" ")):
        with pytest.raises(InputError, match="not signed"):
            take_posted_mail(sent.db, signed.settings, body, headers, sent.now)
    assert sent.all("SELECT * FROM inbound") == []
    headers = {"content-type": TYPE}
    assert take_posted_mail(sent.db, sent.settings, body, headers, sent.now, unsigned=True)


def test_what_sendgrid_signed_and_we_can_not_read_is_kept_for_staff(sent: Sent) -> None:
    """Byte for byte, with the error, once."""
    key = Signed()
    sent = signing(sent, key)
    body = b"what is this?"
    for _ in range(2):
        taken = take_posted_mail(sent.db, sent.settings, body, key.headers(body), sent.now)
        assert taken.unreadable
    assert inbox.raw_mail(sent.db, 1).endswith(body)
    assert "boundary is not in it" in str(sent.one("SELECT error FROM reply_failures"))
    with pytest.raises(InputError):
        take_posted_mail(sent.db, sent.settings, body, {}, sent.now, unsigned=True)


def test_a_posted_wish_in_somebodys_name_is_not_granted_unread(sent: Sent) -> None:
    """Where the sender's domain disowns the mail and no token speaks for it, staff look."""

    def post(dkim: bytes, number: int, to: str = "news@outreach.example.org") -> None:
        raw = MAIL.replace("Ça marche, merci ! Où ?".encode(), b"STOP").replace(
            b"<1@", f"<{number}@".encode()
        )
        body = form({"email": raw, "envelope": envelope(to), "dkim": dkim, "SPF": b"softfail"})
        headers = {"content-type": TYPE}
        take_posted_mail(sent.db, sent.settings, body, headers, sent.now, unsigned=True)

    post(b"{@example.org : fail}", 2)
    assert sent.suppressed == []
    assert sent.one("SELECT campaign_id, supporter_id FROM replies") == (5, None)
    assert sent.one("SELECT count(*) FROM followups") == (1,)
    post(b"{@mail.example.org : pass}", 3)
    assert sent.suppressed == [("Jean@example.org", "unsubscribed")]


def test_with_a_token_a_wish_counts_whatever_is_proven_of_its_sender(sent: Sent) -> None:
    """Only who got the letter has it."""
    raw = MAIL.replace("Ça marche, merci ! Où ?".encode(), b"STOP")
    to = envelope(f"events+{sent.token(11)}@outreach.example.org")
    body = form({"email": raw, "envelope": to, "dkim": b"{@example.org : fail}"})
    headers = {"content-type": TYPE}
    take_posted_mail(sent.db, sent.settings, body, headers, sent.now, unsigned=True)
    assert sent.suppressed == [("Jean@example.org", "unsubscribed")]
