"""The tables, as migrations in order, an era a file. One that has landed is never edited.

Each says which module writes which of its tables; anyone may read.
"""
# ruff: noqa: I001 -- the eras stand in the order in which they are applied

from __future__ import annotations

from outreach.store.migrations.registry import migrations
from outreach.store.migrations import (
    pipeline,
    dispatch,
    replies,
    marks,
    correspondence,
    followups,
    gatherings,
    web,
    desk,
    erasure,
    events,
    leftout,
    results,
    forms,
    asleep,
)

__all__ = [
    "asleep",
    "correspondence",
    "desk",
    "dispatch",
    "erasure",
    "events",
    "followups",
    "forms",
    "gatherings",
    "leftout",
    "marks",
    "migrations",
    "pipeline",
    "replies",
    "results",
    "web",
]
