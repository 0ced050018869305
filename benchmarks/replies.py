"""How much longer understanding a mail takes than the standard library's bare parse of it.

`python -m benchmarks.replies [--rounds N] [--json]` goes through the mails of the tests' corpus and
through answers in forty languages above a whole newsletter, as HTML, as text and as both: in turns
with `understand` and with `email.message_from_bytes`, on one core.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
import tomllib
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from html import escape
from pathlib import Path

from outreach.replies import understand

TESTS = Path(__file__).parent.parent / "tests"
CORPUS = TESTS / "corpus" / "replies"
ANSWERS = TESTS / "replies" / "aside"
#: letters of a newsletter as mail programs quote it
NEWSLETTER = 24_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = {
        name: measure(mails, asked.rounds)
        for name, mails in {"corpus": corpus(), **answers()}.items()
    }
    if asked.json:
        json.dump(figures, sys.stdout, indent=2)
        print()
    else:
        for name, found in figures.items():
            for key, value in found.items():
                print(f"{name:12} {key:24} {value:>12,}")


def corpus() -> list[bytes]:
    """Give the mails of the tests' corpus: short ones of every kind."""
    return [path.read_bytes() for path in sorted(CORPUS.glob("*.eml"))]


def answers() -> dict[str, list[bytes]]:
    """Give, by the parts that a mail has, answers above a newsletter of ours."""
    chance = random.Random(1)
    words = ("letter", "person", "prison", "country", "because", "freedom", "trial", "support")
    line = [" ".join(chance.choices(words, k=11)) for _ in range(NEWSLETTER // 80)]
    quoted = "\n".join(f"> {text}" for text in line)
    style = "padding:0 24px 16px 24px;font-family:Helvetica,Arial,sans-serif;font-size:16px"
    cell = f'<tr><td style="{style}"><p>{{}} <a href="https://x.example">more</a></p></td></tr>'
    # cells of a newsletter hold some lines each
    texts = (" ".join(line[n : n + 4]) for n in range(0, len(line), 4))
    rows = "".join(map(cell.format, texts))
    page = '<div dir="ltr">{}</div><div class="gmail_quote"><div class="gmail_attr">{}</div>'
    page += f'<blockquote class="gmail_quote"><table>{rows}</table></blockquote></div>'
    mails: dict[str, list[bytes]] = {"html": [], "text": [], "both": []}
    for path in sorted(ANSWERS.glob("*.toml")):
        for said in tomllib.loads(path.read_text("utf-8")).values():
            own, intro = said["prose"].strip(), said["intro"]
            html = page.format(escape(own).replace("\n", "<br>"), escape(intro))
            for kind, found in mails.items():
                mail = EmailMessage()
                mail["From"] = f'"{said["form"][0]}" <person@mail.example>'
                mail["Subject"] = "Re: Letters"
                if kind != "html":
                    mail.set_content(f"{own}\n\n{intro}\n\n{quoted}\n")
                    if kind == "both":
                        mail.add_alternative(html, subtype="html")
                else:
                    mail.set_content(html, subtype="html")
                found.append(mail.as_bytes())
    return mails


def measure(mails: list[bytes], rounds: int) -> dict[str, float]:
    """Give medians over the rounds, in seconds of this process."""
    # the tables of words are read with the first mails
    _seconds(understand, mails)
    bare: list[float] = []
    understood: list[float] = []
    for _ in range(rounds):
        bare.append(_seconds(message_from_bytes, mails))
        understood.append(_seconds(understand, mails))
    bare_s, understood_s = statistics.median(bare), statistics.median(understood)
    ratios = [u / b for u, b in zip(understood, bare, strict=True)]
    return {
        "mails": len(mails),
        "mean_bytes": round(sum(map(len, mails)) / len(mails)),
        "bare_ms_a_mail": round(1000 * bare_s / len(mails), 3),
        "understand_ms_a_mail": round(1000 * understood_s / len(mails), 3),
        "times_bare": round(statistics.median(ratios), 1),
        "mails_a_second": round(len(mails) / understood_s),
    }


def _seconds(read: Callable[[bytes], object], mails: list[bytes]) -> float:
    start = time.process_time()
    for raw in mails:
        read(raw)
    return time.process_time() - start


if __name__ == "__main__":
    main()
