"""Mails damaged on their way, and by people who want to do harm."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz_replies import damaged, fault_of, seeds

MAILS = seeds()


@settings(max_examples=300, deadline=None)
@given(st.integers())
def test_a_damaged_mail_is_understood_as_far_as_it_goes(seed: int) -> None:
    """Nothing is raised, and no text is emptied; the benchmark does the same a hundred thousand
    times.
    """
    assert fault_of(damaged(MAILS, random.Random(seed))) == ""


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    """Whatever arrives is kept and shown."""
    assert fault_of(raw) == ""
