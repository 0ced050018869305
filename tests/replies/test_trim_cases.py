"""Mails of many programs and languages are cut where a reader would cut them."""

from __future__ import annotations

import pytest
from trimcases import Case, cases, score

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mail_is_cut_into_its_three_parts(case: Case) -> None:
    """Reply and signature have the words that were marked so, in their order."""
    got = score(case)
    assert (got.exact, got.signed) == (True, True), case.trimmed()


def test_every_part_of_the_mail_stays_somewhere() -> None:
    """No word of a text is lost between the parts, but for what divides them."""
    for case in (one for one in CASES if not one.html):
        parts = case.trimmed()
        kept = f"{parts.reply} {parts.quoted} {parts.signature}".split()
        lost = [word for word in case.mail.split() if word.isalpha() and word not in kept]
        assert lost == [], case.name
