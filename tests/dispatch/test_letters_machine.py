"""Whatever a transport does, run after run: nobody gets a letter twice, and nothing is lost."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import letters as made
import pytest
from corresponding import Writing
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlite_utils import Database

from outreach.errors import TransportError
from outreach.model import Letter, Outcome, Refusal, Verdict
from outreach.settings import load
from outreach.store import open_database
from outreach.workflow.letters import list_letters, settle_letter
from outreach.workflow.workspace import create_workspace

#: what a transport does with a letter; those with `takes` in it truly have it afterwards
WAYS = (
    "takes",
    "takes and says nothing",
    "takes and breaks",
    "refuses",
    "refuses the address",
    "later",
    "can't",
    "doubts",
)

_SAYS: Final[dict[str, tuple[Verdict, Refusal | None, str]]] = {
    "takes": (Verdict.ACCEPTED, None, ""),
    "refuses": (Verdict.REFUSED, Refusal.POLICY, "554 no"),
    "refuses the address": (Verdict.REFUSED, Refusal.DEAD_ADDRESS, "550 who?"),
    "later": (Verdict.TRY_LATER, None, "451"),
    "doubts": (Verdict.IN_DOUBT, None, "?"),
}


class Fickle:
    """Does with each letter what comes next in its list, and then takes the rest."""

    name = "fickle"

    def __init__(self, ways: Iterable[str], took: Counter[str]) -> None:
        self._ways = iter(ways)
        self._took = took

    def send(self, letters: Iterable[Letter]) -> Iterator[Outcome]:
        """Take, refuse, fail."""
        silent = False
        for letter in letters:
            way = next(self._ways, "takes")
            if "takes" in way:
                self._took[letter.message.recipient.email] += 1
            silent = silent or way == "takes and says nothing"
            if way == "can't" and not silent:
                # by its promise, nothing without an outcome has left us
                raise TransportError("no route")
            if way in ("can't", "takes and breaks"):
                raise RuntimeError(way)
            if way in _SAYS:
                verdict, refusal, detail = _SAYS[way]
                yield Outcome(letter.delivery_id, verdict, refusal, detail=detail)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which four letters are written."""
    folder = tmp_path_factory.mktemp("letters") / "w"
    create_workspace(folder)
    workspace = load(folder, environment={})
    db = open_database(workspace.database)
    for number in range(4):
        Writing(db, workspace).write(f"p{number}@example.org")
    db.close()
    return folder


@hypothesis_settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from(WAYS), max_size=8), max_size=5), st.booleans())
def test_any_mixture_of_faults(written: Path, runs: list[list[str]], resent: bool) -> None:
    """The ledger and what was truly taken agree, but for what is in doubt."""
    workspace = load(written, environment={})
    db = Database(memory=True)
    with closing(sqlite3.connect(workspace.database)) as source:
        source.backup(db.conn)
    db.conn.isolation_level = None
    clock, took = made.Clock(), Counter[str]()
    writing = Writing(db, workspace, clock=clock)
    for ways in runs:
        writing.transport = Fickle(ways, took)
        with suppress(TransportError, RuntimeError):
            writing.send()
        clock.advance(hours=5)
        _check(writing, took)
    if resent:
        # by the word of a person who looked: they never left
        for letter in list_letters(db):
            if letter.state == "in_doubt" and not took[letter.email]:
                settle_letter(db, letter.letter_id, "resend", by="Maria", now=clock())
    writing.transport = Fickle((), took)
    writing.send()
    _check(writing, took)
    assert "planned" not in writing.states
    assert "claimed" not in writing.states
    db.close()


def _check(writing: Writing, took: Counter[str]) -> None:
    for letter in writing.letters:
        copies = took[letter.email]
        assert copies <= 1
        if letter.state == "accepted":
            assert copies == 1
        elif letter.state in ("planned", "refused", "withdrawn"):
            assert copies == 0
        else:
            assert letter.state == "in_doubt"
