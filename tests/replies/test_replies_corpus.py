"""Every mail of the corpus is understood as the file beside it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from outreach.replies import Understanding, understand

CORPUS = Path(__file__).parent.parent / "corpus" / "replies"
MAILS = sorted(CORPUS.glob("*.eml"))


def seen(mail: Understanding, key: str) -> Any:
    """Give the value under a key of the .json."""
    if key in ("bounce_class", "status", "recipients"):
        assert mail.bounce is not None
        value = getattr(mail.bounce, key)
        return list(value) if isinstance(value, tuple) else value
    return getattr(mail, key)


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_corpus_mail_is_understood_as_expected(path: Path) -> None:
    """The fields named in the .json have the values given there."""
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    mail = understand(path.read_bytes())
    for wanted in expected.pop("reply_has", []):
        assert wanted in mail.reply
    for unwanted in expected.pop("reply_lacks", []):
        assert unwanted not in mail.reply
    assert {key: seen(mail, key) for key in expected} == expected


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_line_ends_change_nothing(path: Path) -> None:
    """A mail with CRLF, as it comes over the wire, is understood like the file with LF."""
    raw = path.read_bytes().replace(b"\r\n", b"\n")
    assert understand(raw.replace(b"\n", b"\r\n")) == understand(raw)


def test_the_corpus_holds_every_kind_that_is_told() -> None:
    """A kind without an example here would be untested."""
    kinds = {json.loads(p.with_suffix(".json").read_text("utf-8"))["kind"] for p in MAILS}
    assert kinds == {
        "volunteer",
        "question",
        "thanks",
        "unsubscribe",
        "decline",
        "auto_reply",
        "bounce",
        "complaint",
        "receipt",
        "newsletter",
        "spam",
        "unknown",
    }
