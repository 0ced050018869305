"""The same mail is one, however it came; different mails are two."""

from __future__ import annotations

import base64

from outreach.replies.dedupe import dedupe_key

MAIL = (
    "Message-ID: <1@example.org>\nFrom: Zoë <zoe@example.org>\n"
    "Date: Wed, 26 Feb 2014 10:00:00 +0000\n"
    "Subject: Hello\nContent-Type: text/plain; charset=utf-8\n\nGrüße,\nZoë\n"
)


def test_the_same_mail_by_another_way_is_the_same() -> None:
    """Line ends, relays' headers, transfer encoding and an mbox line change nothing."""
    one = MAIL.encode()
    head, _, body = MAIL.partition("\n\n")
    encoded = base64.encodebytes(body.encode()).decode()
    others = [
        one.replace(b"\n", b"\r\n"),
        b"Received: by mx.example.org; Wed, 26 Feb 2014 10:00:01 +0000\nX-Spam: no\n" + one,
        f"{head}\nContent-Transfer-Encoding: base64\n\n{encoded}".encode(),
        b"From zoe@example.org Wed Feb 26 10:00:00 2014\n" + one + b"\n\n",
    ]
    assert {dedupe_key(other) for other in others} == {dedupe_key(one)}


def test_two_mails_with_one_message_id_are_two() -> None:
    """Ids are reused by broken programs: another text or another sender is another mail."""
    one = MAIL.encode()
    assert dedupe_key(one) != dedupe_key(one.replace("Grüße".encode(), b"Bye"))
    assert dedupe_key(one) != dedupe_key(one.replace(b"zoe@", b"amy@"))


def test_mails_without_text_are_told_apart_by_their_bytes() -> None:
    """Two pictures sent without a word and without an id are two mails."""
    head = b"From: a@example.org\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n"
    assert dedupe_key(head + b"iVBORw0K") != dedupe_key(head + b"R0lGODlh")
