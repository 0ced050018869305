"""Mails as they come: charsets by other names, fields in every form, parts that are broken."""

from __future__ import annotations

import base64
import struct

import pytest
from compressed_rtf import compress

from outreach.replies import mime
from outreach.replies.secondopinion import failed_recipients

HEAD = b"From: Ana <ana@example.org>\nSubject: x\n"
PARTS = b"Content-Type: multipart/mixed; boundary=b\n\n"
TEXT = b"--b\nContent-Type: text/plain; charset=utf-8\n\nhello\n"


def based(raw: bytes) -> bytes:
    """Encode as base64."""
    return base64.b64encode(raw)


def text_of(raw: bytes) -> str:
    """Give the text of a mail."""
    return mime.parse(raw).text.strip()


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("windows-874", "cp874", "สวัสดี"),
        ("x-sjis", "cp932", "①日本"),
        ("windows-31j", "cp932", "髙橋"),
        ("x-gbk", "gbk", "你好"),
        ("gb2312", "gb18030", "朱镕基"),
        ("ks_c_5601-1987", "cp949", "안녕똠"),
        ("tis-620", "cp874", "สวัสดี"),
        ("iso-8859-8-i", "iso8859-8", "שלום"),
        ("iso-2022-jp-ms", "iso2022_jp_ext", "日本"),
        ("cp-850", "cp850", "é"),
        ("x-mac-cyrillic", "mac_cyrillic", "Привет"),
        ("unknown-8bit", "utf-8", "é"),
        ("utf8mb4", "utf-8", "é"),
        ("iso-8859-1", "utf-8", "é ☺"),
        ("iso-8859-1", "cp1252", "“é”"),
        ("us-ascii", "cp1252", "“é”"),
        ("binary", "utf-8", "é"),
        ("", "iso2022_jp", "日本語"),
    ],
)
def test_a_charset_is_known_by_whatever_name(declared: str, codec: str, text: str) -> None:
    """Names that Python lacks, names that mean a wider charset, and wrong ones."""
    kind = f"Content-Type: text/plain; charset={declared}\n".encode() if declared else b""
    raw = kind + b"Content-Transfer-Encoding: base64\n\n" + based(text.encode(codec))
    assert text_of(HEAD + raw) == text


@pytest.mark.parametrize("codec", ["cp1251", "koi8_r", "utf-8", "iso8859-5"])
def test_headers_of_eight_bits_are_read_in_the_charset_of_the_mail(codec: str) -> None:
    """Programs of two decades put them there without encoding them."""
    raw = (
        f"From: Иван <ivan@example.org>\nSubject: Привет\nContent-Type: text/plain; charset={codec}"
    )
    found = mime.parse(f"{raw}\n\nДа\n".encode(codec))
    assert (found.from_name, found.subject, found.text.strip()) == ("Иван", "Привет", "Да")


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (b"=?utf-8?B?5pel5g==?= =?UTF-8?B?nKw=?=", "日本"),
        (b"Re:=?utf-8?Q?caf=C3=A9?=!", "Re:café!"),
        (b"=?utf-8?Q?who? me?=", "who? me"),
        (b"=?x-unknown?Q?caf=C3=A9?=", "café"),
        (b"=?utf-8*fr?Q?caf=C3=A9?=", "café"),
        (b"=?utf-8?B?Y2Fm\n w6k=?=", "café"),
        (b"he\0llo", "hello"),
    ],
)
def test_a_subject_is_decoded(subject: bytes, expected: str) -> None:
    """Encoded words in every broken form that programs write."""
    assert mime.parse(b"Subject: " + subject + b"\n\nx").subject == expected


@pytest.mark.parametrize(
    ("fields", "name", "address"),
    [
        ("From: =?utf-8?Q?M=C3=BCller=2C_Jan?= <jo@b.org>", "Müller, Jan", "jo@b.org"),
        ("From: =?utf-8?Q?Jan_=3Cjo=40b.org=3E?=", "Jan", "jo@b.org"),
        ("From: Doe, Jo <jo@b.org>", "Doe, Jo", "jo@b.org"),
        ("From: Friends: Jo <jo@b.org>, al@b.org;", "Jo", "jo@b.org"),
        ("From: undisclosed-recipients:;", "", ""),
        ("From: Jo <jo@b.org.>", "Jo", "jo@b.org"),
        ("From: Jo < jo @ b.org >", "Jo", "jo@b.org"),
        ("From: Jo Doe <jo@b.org", "Jo Doe", "jo@b.org"),
        ("From: Jo <<jo@b.org>>", "Jo", "jo@b.org"),
        ("From: Jo <mailto:jo@b.org>", "Jo", "jo@b.org"),
        ("From: Jo <@relay.net,@r2.net:jo@b.org>", "Jo", "jo@b.org"),
        ("From: jo@b.org (Jo Doe)", "Jo Doe", "jo@b.org"),
        ("From : jo@b.org", "", "jo@b.org"),
        ("From: <>\nReply-To: Jo <jo@b.org>", "Jo", "jo@b.org"),
        ("Sender: jo@b.org", "", "jo@b.org"),
        ("From jo@b.org Wed Feb 26 10:00:00 2014\nFrom: jo@b.org", "", "jo@b.org"),
    ],
)
def test_the_sender_is_taken_apart(fields: str, name: str, address: str) -> None:
    """Names with commas, groups, routes, brackets that nobody closed, and no From at all."""
    found = mime.parse(f"{fields}\nSubject: s\n\nx".encode())
    assert (found.from_name, found.from_address) == (name, address)


@pytest.mark.parametrize(
    "rest",
    [
        PARTS + TEXT,
        PARTS + TEXT + b"--b--",
        b"Content-Type: multipart/mixed\n\n" + TEXT + b"--b--\n",
        b"Content-Type: multipart/alternative; boundary=other\n\n" + TEXT + b"--b--\n",
        PARTS + b"hello",
        b"Content-Transfer-Encoding: base64\n\naGVs *\nbG8=\n",
        b"Content-Transfer-Encoding: base64\n\n" + based(b"hello").rstrip(b"="),
        b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n%:&5L;&\\ \n`\nend\n",
        b"\nhello\n\nbegin 644 a.txt\n#0V%T\n`\nend\n",
        b"Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nhello\n",
        b"Content-Type: text/enriched\n\n<bold>hello</bold>\n",
        b"Content-Type: message/rfc822\n\nFrom: c@d.org\n\nhello\n",
        b"Content-Type: text\n\nhello",
        b"Content-Type: ;;;\n\nhello",
        b"Content-Type: text/plain charset=utf-8\n\nhello",
    ],
)
def test_the_text_is_found_in_a_broken_mail(rest: bytes) -> None:
    """Boundaries that are wrong or missing, encodings with rubbish in them, bodies as files."""
    assert text_of(HEAD + rest) == "hello"


def test_a_lists_footer_after_base64_is_kept() -> None:
    """Lists add it as plain text, whatever the part says of itself."""
    raw = (
        HEAD + b"Content-Transfer-Encoding: base64\n\n" + based(b"hello world") + b"\n__\nfooter!\n"
    )
    assert text_of(raw) == "hello world\n\n__\nfooter!"


def test_a_page_says_its_own_charset() -> None:
    """Some programs declare it nowhere else."""
    page = '<html><head><meta charset="windows-1251"></head><body>Привет</body></html>'
    assert text_of(HEAD + b"Content-Type: text/html\n\n" + page.encode("cp1251")) == "Привет"


def test_a_text_that_only_announces_the_html_is_no_answer() -> None:
    """The words are in the other part."""
    notice = (
        b"--b\nContent-Type: text/plain\n\nThis is an HTML mail. Your program can't show HTML.\n"
    )
    page = b"--b\nContent-Type: text/html\n\n<p>Count me in for the evening in Lome</p>\n--b--\n"
    kind = b"Content-Type: multipart/alternative; boundary=b\n\n"
    assert text_of(HEAD + kind + notice + page) == "Count me in for the evening in Lome"


def test_an_encoded_mail_inside_a_report_is_read() -> None:
    """RFC 2046 forbids it, and some systems do it."""
    inner = based(b"From: news@o.org\nMessage-ID: <t@o.org>\n\nhi")
    raw = b"--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + inner
    assert mime.parse(HEAD + PARTS + raw).returned.get("message-id") == "<t@o.org>"


def winmail(*attributes: tuple[int, bytes]) -> bytes:
    """Make a winmail.dat: each attribute is its id and its data."""
    body = b"".join(struct.pack("<BII", 1, i, len(d)) + d + b"\0\0" for i, d in attributes)
    part = b"Content-Type: application/ms-tnef; name=winmail.dat\n"
    part += b"Content-Transfer-Encoding: base64\n\n"
    return HEAD + part + based(struct.pack("<IH", 0x223E9F78, 1) + body)


def test_winmail_dat_is_opened() -> None:
    """Outlook wraps the whole mail in it for those whom it takes for colleagues."""
    assert text_of(winmail((0x0002800C, b"Count me in\0"))) == "Count me in"
    html = b"<p>Count me in</p>"
    value = struct.pack("<IHHII", 1, 258, 0x1013, 1, len(html)) + html + b"\0\0"
    assert text_of(winmail((0x00069003, value))) == "Count me in"
    assert text_of(winmail((0x00069003, value[:8]))) == ""


RTF = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\*\htmltag18 <html>}"
    rb"\htmlrtf {\htmlrtf0 {\*\htmltag64 <p>}Caf\'e9, \u1076?\u1072?{\*\htmltag116 <br>}"
    rb"\htmlrtf \line\htmlrtf0 in Lome\htmlrtf }\htmlrtf0 }"
)


@pytest.mark.parametrize("squeezed", [True, False])
def test_a_letter_in_compressed_rtf_is_read(squeezed: bool) -> None:
    """Where Outlook's wrapping holds neither plain text nor HTML, that holds the words."""
    packed = compress(RTF, compressed=squeezed)
    value = struct.pack("<IHHII", 1, 258, 0x1009, 1, len(packed)) + packed + b"\0" * 4
    assert text_of(winmail((0x00069003, value))).split() == ["Café,", "да", "in", "Lome"]
    if squeezed:
        assert text_of(winmail((0x00069003, value[:40] + b"\xff" * 60))) == ""


def test_the_second_opinion_never_raises() -> None:
    """The library does, on senders of these forms."""
    for sender in (b"From: \n", b"From: \xe4\xf6 <>\n", b""):
        raw = b"Content-Type: multipart/report; boundary=b\n" + sender + b"\n--b\n\n--b--\n"
        assert failed_recipients(raw) == ()
