"""The cases in trims/ and how near a trimming comes to them."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from outreach.replies.htmltext import html_to_text
from outreach.replies.trim import Trimmed, trim

FOLDER: Final = Path(__file__).parent / "trims"
#: a reply with more words too many has kept some of the quote
MAX_EXTRA: Final = 12
#: a reply with a larger share of its words missing has lost some
MAX_MISSING: Final = 0.1


@dataclass(frozen=True, slots=True)
class Case:
    """A mail's text or page, and the words that belong to reply and signature."""

    name: str
    html: bool
    mail: str
    reply: tuple[str, ...]
    signature: tuple[str, ...]

    @property
    def set_aside(self) -> bool:
        """Whether the case was not looked at while the rules were made."""
        return zlib.crc32(self.name.encode()) % 2 == 1

    def trimmed(self) -> Trimmed:
        """Give what is made of the mail."""
        return trim(html_to_text(self.mail) if self.html else self.mail)


@dataclass(frozen=True, slots=True)
class Score:
    """How one trimming compares with what was expected."""

    exact: bool
    leaked: bool
    lost: bool
    signed: bool


def score(case: Case) -> Score:
    """Compare by words, so that line breaks don't count."""
    parts = case.trimmed()
    got, wanted = Counter(parts.reply.split()), Counter(case.reply)
    return Score(
        exact=tuple(parts.reply.split()) == case.reply,
        leaked=(got - wanted).total() > MAX_EXTRA,
        lost=(wanted - got).total() > MAX_MISSING * wanted.total(),
        signed=tuple(parts.signature.split()) == case.signature,
    )


def cases() -> list[Case]:
    """Read all cases, texts first."""
    found = []
    for path in sorted(FOLDER.glob("*.txt"), key=lambda path: (path.stem == "html", path.stem)):
        read = _page if path.stem == "html" else _text
        for block in re.split(r"(?m)^=== ", path.read_text("utf-8"))[1:]:
            name, _, body = block.partition("\n")
            found.append(read(f"{path.stem}/{name}", body))
    return found


def _text(name: str, body: str) -> Case:
    lines = [_seen(line) for line in body.rstrip("\n").split("\n")]
    of = {
        part: tuple(" ".join(line[2:] for line in lines if line.startswith(part)).split())
        for part in "rs"
    }
    return Case(name, False, "\n".join(line[2:] for line in lines), of["r"], of["s"])


def _seen(line: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), line)


def _page(name: str, body: str) -> Case:
    page, _, rest = body.partition("--- reply\n")
    reply, _, signature = rest.partition("--- signature\n")
    return Case(name, True, page, tuple(reply.split()), tuple(signature.split()))


def figures(chosen: list[Case]) -> str:
    """Give the shares of a list of cases in one line."""
    scores = [score(case) for case in chosen]
    shares = (
        f"{key} {100 * sum(getattr(one, key) for one in scores) / len(scores):.1f} %"
        for key in ("exact", "leaked", "lost", "signed")
    )
    return f"{len(chosen)} cases: {', '.join(shares)}"
