"""Whether any mail, however damaged, stops the reading of mails or loses its words.

`python -m benchmarks.fuzz_replies [--count N] [--seed N]` damages the tests' mails in every way
that mail systems and strangers do. It prints how long the slowest took, and keeps in the current
folder those at which we failed.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from outreach.replies import mime, understand

TESTS = Path(__file__).parent.parent / "tests"
#: pieces that parsers trip over
ODD = (
    b"\0",
    b"\r",
    b"\n\n",
    b"\n.\n",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"=?utf-8?b?",
    b"?=",
    b"=?",
    b"<",
    b">",
    b"> ",
    b"-- \n",
    b"--b",
    b"--b--",
    b"\nFrom ",
    b"\nContent-Type: multipart/mixed; boundary=b\n\n",
    b"=\n",
    b"=3D",
    b"&#0;",
    b"\nContent-Transfer-Encoding: base64\n",
    b"charset=unknown-8bit",
    b"<div class=gmail_quote>",
    b"<blockquote>",
    b"</html>",
    b"<!--",
    b"@",
    b"<@>",
    b":",
    b"5.1.1",
    b"begin 644 x\n",
    b"\x1b$B",
    b"\xf0\x9f\x87\xb0",
    b"Country: Congo\n",
    b"Name:\n",
    b"On 1.2.2024 A <a@b.cd> wrote:\n",
    b"a" * 300,
    b"\xd8\xa7" * 50,
    b"9" * 40,
    b"\t" * 40,
)


def main() -> None:
    """Damage and read."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    mails = seeds()
    chance = random.Random(asked.seed)
    slowest: list[tuple[float, int]] = []
    bad = 0
    for number in range(asked.count):
        raw = damaged(mails, chance)
        start = time.process_time()
        fault = fault_of(raw)
        slowest = sorted([(time.process_time() - start, number), *slowest], reverse=True)[:5]
        if fault:
            bad += 1
            print(f"{number}: {fault}")
            Path(f"fuzz-{asked.seed}-{number}.eml").write_bytes(raw)
    print(f"{asked.count} mails, {bad} bad; slowest: {[round(s, 3) for s, _ in slowest]} seconds")
    sys.exit(bad > 0)


def seeds() -> list[bytes]:
    """Give the mails of the tests, and what is told there of people's in forty languages."""
    corpus = [path.read_bytes() for path in sorted((TESTS / "corpus" / "replies").glob("*.eml"))]
    head = "From: Ana <ana@p.example>\nSubject: {}\nContent-Type: text/plain; charset=utf-8\n\n"
    for path in sorted((TESTS / "replies" / "aside").glob("*.toml")):
        for said in tomllib.loads(path.read_text("utf-8")).values():
            form = "\n".join(f"{label}: {said['form'][0]}" for label in said["labels"])
            texts = (said["prose"], said["short"], said["other"][1], said["away"][1], form)
            corpus += [f"{head.format(said['away'][0])}{text}".encode() for text in texts]
    for path in sorted((TESTS / "replies").glob("*.txt")):
        blocks = re.split(r"(?m)^=== .*\n|\n", path.read_text("utf-8"))
        corpus += [f"{head.format('Re: x')}{block}".encode() for block in blocks if block]
    return corpus


def fault_of(raw: bytes) -> str:
    """Say what is wrong with how a mail is understood, or ''."""
    found = understand(raw)
    if found.fault is not None:
        return repr(found.fault)
    if not found.reply and mime.parse(raw).text.strip():
        return "its text was emptied"
    if not 0 <= found.certainty <= 1 or not 0 <= found.country_certainty <= 1:
        return "a certainty that is none"
    try:
        repr(found).encode("utf-8")
    except UnicodeEncodeError:
        return "text that no database holds"
    return ""


def damaged(mails: list[bytes], chance: random.Random) -> bytes:
    """Give a mail damaged in one to six ways."""
    raw = chance.choice(mails)
    for _ in range(chance.randint(1, 6)):
        raw = chance.choice(WAYS)(raw, mails, chance)
    return raw[:400_000]


Way = Callable[[bytes, list[bytes], random.Random], bytes]


def _cut(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    start, end = sorted(chance.randint(0, len(raw)) for _ in range(2))
    return raw[:start] + raw[end:]


def _put(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    at = chance.randint(0, len(raw))
    return raw[:at] + chance.choice(ODD) * chance.choice((1, 1, 1, 2, 50)) + raw[at:]


def _flip(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(chance.randint(1, 30) if changed else 0):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _repeat(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    start, end = sorted(chance.randint(0, len(raw)) for _ in range(2))
    return raw[:end] + raw[start:end] * chance.choice((1, 1, 5, 20)) + raw[end:]


def _join(raw: bytes, mails: list[bytes], chance: random.Random) -> bytes:
    other = chance.choice(mails)
    return raw[: chance.randint(0, len(raw))] + other[chance.randint(0, len(other)) :]


def _ends(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    return raw.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n", b"\r\r\n", b" \n", b"")))


def _lines(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    lines = raw.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def _recoded(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    codec = chance.choice(("utf-16", "utf-7", "cp1252", "gb18030", "cp037"))
    return raw.decode("utf-8", "replace").encode(codec, "replace")


WAYS: tuple[Way, ...] = (_cut, _put, _put, _flip, _repeat, _join, _ends, _lines, _recoded)


if __name__ == "__main__":
    main()
