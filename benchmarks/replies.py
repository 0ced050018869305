"""How much longer understanding a mail takes than the standard library's bare parse of it.

`python -m benchmarks.replies [--rounds N] [--json]` goes through the ordinary mails of the tests'
corpus, in turns with `understand` and with `email.message_from_bytes`, on one core.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

from outreach.replies import understand

CORPUS = Path(__file__).parent.parent / "tests" / "corpus" / "replies"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure(asked.rounds)
    if asked.json:
        json.dump(figures, sys.stdout, indent=2)
        print()
    else:
        for name, value in figures.items():
            print(f"{name:24} {value:>12,}")


def measure(rounds: int) -> dict[str, float]:
    """Give medians over the rounds, in seconds of this process."""
    mails = [path.read_bytes() for path in sorted(CORPUS.glob("*.eml"))]
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
