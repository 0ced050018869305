"""Mails in forty languages that the rules were not made with, and how well they are understood.

`python tests/replies/volunteers.py [--missed]` prints the shares. The words are in aside/.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import Any, Final

from outreach.replies import Understanding, understand

FOLDER: Final = Path(__file__).parent / "aside"
SENT: Final = "Mon, 2 Nov 2026 10:30:00 +0100"
OURS: Final = """\
Dear friend,

This December we write letters for people who are in prison for what they said.
Please write back with your name, email address and country, and we will send
you all that an evening needs. Last year people in Georgia, Chad and Jordan took part.

You get this because you signed up. To unsubscribe, write STOP to this address.
"""
ENCODINGS: Final = ("8bit", "quoted-printable", "base64")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, and what a reader would say of it; a value may be several, parted by `|`."""

    name: str
    raw: bytes
    expected: dict[str, str] = field(default_factory=dict)


def letters() -> Iterator[Letter]:
    """Give five mails for each language: a form, prose, two short ones, an automatic answer."""
    number = 0
    for path in sorted(FOLDER.glob("*.toml")):
        for language, said in tomllib.loads(path.read_text("utf-8")).items():
            number += 1
            yield from _letters(language, said, number)


def _letters(language: str, said: dict[str, Any], number: int) -> Iterator[Letter]:
    sender = f"person{number}@mail.example"
    marked = "".join(f"> {line}".rstrip() + "\n" for line in OURS.splitlines())
    name, country, code = said["form"]
    encoding = ENCODINGS[number % 3]

    values = (name, f"other{number}@post.example", country)
    form = "\n".join(f"{k}: {v}" for k, v in zip(said["labels"], values, strict=True))
    yield Letter(
        f"{language}-form",
        _text("", sender, f"{form}\n\n{said['intro']}\n\n{marked}", encoding),
        {"kind": "volunteer", "name": name, "email": values[1], "country": code, "reply": form},
    )
    prose = said["prose"].strip()
    who, where, phone = said["prose_is"]
    shown = ("", f"person{number}", who.partition("|")[0])[number % 3]
    values = ("Letters Team <events@letters.example>", "2.11.2026 9:12", sender, "Letters")
    above = "\n".join(f"{k}: {v}" for k, v in zip(said["headers"], values, strict=True))
    yield Letter(
        f"{language}-prose",
        _text(shown, sender, f"{prose}\n\n{above}\n\n{OURS}", encoding),
        {"kind": "volunteer", "name": who, "email": sender, "country": where, "phone": phone}
        | {"reply": prose},
    )
    yield Letter(
        f"{language}-short",
        _page(name, sender, said["short"], said["intro"]),
        {"kind": "volunteer", "name": name, "country": said["short_is"], "reply": said["short"]},
    )
    kind, text = said["other"]
    yield Letter(
        f"{language}-{kind}",
        _text(name, sender, f"{text}\n\n{said['intro']}\n\n{marked}", encoding),
        {"kind": kind, "name": name, "email": sender, "reply": text},
    )
    subject, text, back = said["away"]
    yield Letter(
        f"{language}-away",
        _text(name, sender, text, encoding, subject, is_marked=number % 2 == 0),
        {"kind": "auto_reply", "return_date": back, "reply": text},
    )


def _mail(name: str, sender: str, subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f'"{name}" <{sender}>' if name else sender
    mail["To"] = "events@letters.example"
    mail["Subject"] = subject
    mail["Date"] = SENT
    return mail


def _text(
    name: str,
    sender: str,
    text: str,
    encoding: str,
    subject: str = "Re: Write letters with us",
    *,
    is_marked: bool = False,
) -> bytes:
    mail = _mail(name, sender, subject)
    if is_marked:
        mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(text, cte=encoding)
    return mail.as_bytes()


def _page(name: str, sender: str, text: str, intro: str) -> bytes:
    mail = _mail(name, sender, "Re: Write letters with us")
    ours = "".join(f"<p>{escape(block)}</p>" for block in OURS.split("\n\n"))
    mail.set_content(
        f'<div dir="auto">{escape(text)}</div><br><div class="gmail_quote">'
        f'<div dir="ltr" class="gmail_attr">{escape(intro)}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{ours}</blockquote></div>',
        subtype="html",
    )
    return mail.as_bytes()


def judged(letter: Letter) -> Iterator[tuple[str, str, str, str]]:
    """Give field, judgement, what was expected and what was made of it."""
    mail = understand(letter.raw)
    for key, wanted in letter.expected.items():
        got = _read(mail, key)
        wishes = wanted.split("|")
        if key == "reply":
            got, wishes = " ".join(got.split()), [" ".join(wanted.split())]
        yield key, "right" if got in wishes else "wrong" if got else "none", wanted, got


def _read(mail: Understanding, key: str) -> str:
    got = str(getattr(mail, key))
    return "" if got == "unknown" else got


def shares() -> dict[str, Counter[str]]:
    """Count right, wrong and none by field."""
    found: dict[str, Counter[str]] = {}
    for letter in letters():
        for key, judgement, _, _ in judged(letter):
            found.setdefault(key, Counter())[judgement] += 1
    return found


def main() -> None:
    """Print the shares, and with --missed what was missed."""
    if "--missed" in sys.argv:
        for letter in letters():
            for key, judgement, wanted, got in judged(letter):
                if judgement != "right":
                    sys.stdout.write(f"{letter.name} {key} {wanted!r} {got!r}\n")
    for key, counts in shares().items():
        total = counts.total()
        right, wrong = counts["right"], counts["wrong"]
        sys.stdout.write(f"{key:12} {right:4} of {total:4} right, {wrong:3} wrong\n")


if __name__ == "__main__":
    main()
