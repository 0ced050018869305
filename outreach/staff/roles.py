"""What each role may do at the desk: one table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    """What somebody is at the desk."""

    VIEWER = "viewer"
    AUTHOR = "author"
    APPROVER = "approver"
    FOLLOW_UP = "follow-up"
    ADMIN = "admin"


class May(StrEnum):
    """What a role may be allowed."""

    #: campaigns, messages, segments and reports, without anybody's address
    LOOK = "look at campaigns, messages and reports"
    #: supporters by name: their messages, their history
    SEE_PEOPLE = "see who supporters are"
    #: make, plan, schedule, send, resume and cancel campaigns
    PREPARE = "prepare campaigns, and send what is approved"
    #: send a test to somebody in the house
    TEST = "send tests"
    #: hold a campaign: whoever sees that something is wrong
    STOP = "pause campaigns"
    #: stand for a campaign by name
    APPROVE = "approve campaigns"
    #: say what became of letters in doubt
    SETTLE = "settle doubts"
    #: the queue, and gatherings
    FOLLOW_UP = "look after those who wrote back"
    #: change consent, and export
    CHANGE_PEOPLE = "change consent, and export supporters"
    #: add and remove staff, make their links, read what everybody did
    MANAGE_STAFF = "manage staff"


MAY: Final[Mapping[Role, frozenset[May]]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({May.LOOK}),
        Role.AUTHOR: frozenset(
            {May.LOOK, May.SEE_PEOPLE, May.PREPARE, May.TEST, May.STOP, May.SETTLE}
        ),
        Role.APPROVER: frozenset(
            {May.LOOK, May.SEE_PEOPLE, May.TEST, May.STOP, May.APPROVE, May.SETTLE}
        ),
        Role.FOLLOW_UP: frozenset({May.LOOK, May.SEE_PEOPLE, May.STOP, May.FOLLOW_UP}),
        Role.ADMIN: frozenset(May),
    }
)
