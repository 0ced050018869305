"""Look after who works at the desk, and let them in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from outreach.addresses import of_mailbox
from outreach.errors import InputError, NotFound, StoreError, harmless
from outreach.names import mixes_scripts
from outreach.staff import Person, Role, acts, links, people, sessions
from outreach.staff.acts import Act, ActOutcome
from outreach.staff.sessions import Session
from outreach.store import Database, atomic, signing_keys, stored_keys, waiting
from outreach.tokens import SigningKey

_A_DAY: Final = timedelta(days=1)


def add_staff(
    db: Database, name: str, *, role: str, email: str = "", by: Person | None = None, now: datetime
) -> Person:
    """Add somebody to the staff, or back who was removed. `role` is one of `Role`.

    `by` is whoever does so at the desk; on the command line it is whoever may read the file.

    Raises:
        InputError: the name, role or address is none.
        AlreadyExists: somebody has this name or address.
    """
    name = " ".join(name.split())
    if not name or name != harmless(name) or len(name) > 100:
        raise InputError("this is no name that a person can go by", value=name, next_step="")
    if mixes_scripts(name):
        raise InputError(
            "this name mixes scripts whose letters look alike", value=name, next_step="use one"
        )
    _refuse_role(role)
    address = of_mailbox(email) if email.strip() else ""
    if email.strip() and not address:
        raise InputError("this is no email address", value=email)
    with atomic(db):
        person = people.put(db, name, Role(role), address, now)
        _note(db, by, "add to the staff", person, now)
    return person


def remove_staff(db: Database, name: str, *, by: Person | None = None, now: datetime) -> int:
    """Take somebody off the staff: sessions and links end at once. Give how many sessions ended.

    Raises:
        NotFound: nobody of this name is there.
        IllegalMove: they are the last admin.
    """
    with atomic(db):
        person = people.get(db, name)
        people.take_away(db, person, now)
        links.void(db, person)
        ended = sessions.end_all(db, person, now)
        _note(db, by, "remove from the staff", person, now)
    return ended


def change_role(
    db: Database, name: str, role: str, *, by: Person | None = None, now: datetime
) -> Person:
    """Give somebody another role, which counts from their next request on. Safe to call again.

    Raises:
        NotFound: nobody of this name is there.
        InputError: there is no such role.
        IllegalMove: they are the last admin.
    """
    _refuse_role(role)
    with atomic(db):
        person = people.get(db, name)
        people.set_role(db, person, Role(role))
        _note(db, by, f"change from {person.role} to {role}", person, now)
        return people.get(db, name)


def _refuse_role(role: str) -> None:
    if role not in set(Role):
        raise InputError(f"a role is one of {', '.join(Role)}", value=role)


def end_sessions(db: Database, name: str, *, by: Person | None = None, now: datetime) -> int:
    """Sign somebody out everywhere; their links end too. Give how many sessions ended.

    Raises:
        NotFound: nobody of this name is there.
    """
    with atomic(db):
        person = people.get(db, name)
        links.void(db, person)
        ended = sessions.end_all(db, person, now)
        _note(db, by, "sign out", person, now)
    return ended


def list_staff(db: Database) -> list[Person]:
    """List the staff by name."""
    return people.list_all(db)


def login_secret(db: Database, name: str, *, by: Person | None = None, now: datetime) -> str:
    """Make the secret part of a link that lets somebody in once, within 15 minutes.

    Their earlier links are worth nothing then.

    Raises:
        NotFound: nobody of this name is there.
    """
    with atomic(db):
        person = people.get(db, name)
        secret = links.make(db, person, now)
        _note(db, by, "make a login link", person, now)
    return secret


def link_holder(db: Database, secret: str, *, now: datetime) -> Person | None:
    """Say whom a login link lets in, without using it up; None where it does nobody any more."""
    return links.look(db, secret, now)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is in, and the cookie that says so."""

    person: Person
    cookie: str


def sign_in(db: Database, secret: str, *, now: datetime) -> SignedIn:
    """Use a login link up and begin a session.

    Raises:
        NotFound: it is too old, was used already, or is none of ours.
    """
    key, _ = signing_keys(db, now)
    with atomic(db):
        person = links.look(db, secret, now)
        if person is None:
            raise NotFound("this link lets nobody in any more", next_step="ask for a new one")
        links.void(db, person)
        cookie = sessions.begin(db, person, key, now)
        acts.note(db, person, "sign in", "by a link", ActOutcome.DONE, now=now)
    return SignedIn(person, cookie)


def sign_in_trusted(db: Database, said: str, *, now: datetime) -> SignedIn | None:
    """Begin a session for whom a single-sign-on proxy names; None where that is nobody of ours."""
    key, _ = signing_keys(db, now)
    with atomic(db):
        person = people.known_as(db, said)
        if person is None:
            return None
        cookie = sessions.begin(db, person, key, now)
        acts.note(db, person, "sign in", "by single sign-on", ActOutcome.DONE, now=now)
    return SignedIn(person, cookie)


def sign_out(db: Database, session: Session, *, now: datetime) -> None:
    """End a session."""
    with atomic(db):
        sessions.end(db, session, now)
        acts.note(db, session.person, "sign out", "", ActOutcome.DONE, now=now)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request to the desk comes from."""

    #: None where nobody is signed in
    session: Session | None
    #: number -> key, with which forms and cookies are sealed
    keys: Mapping[int, SigningKey]
    #: for the browser to keep, where the session has just begun; else ''
    cookie: str = ""


def caller(db: Database, cookie: str, *, said: str = "", kept: str = "", now: datetime) -> Caller:
    """Give the session of a cookie, if it lives. Now and then notes that it was seen.

    Where that can't be written at once, it is left for the next time. `said` is whom a
    single-sign-on proxy names by address: it is their session then, that of the cookie that was
    `kept` of theirs for clients that keep none, or a new one.
    """
    keys = stored_keys(db)
    found = sessions.find(db, keys, cookie, now) if cookie else None
    if said and (found is None or found.person != people.known_as(db, said)):
        found = sessions.find(db, keys, kept, now) if kept else None
        if found is not None and found.person == people.known_as(db, said):
            return Caller(found, keys, kept)
        signed_in = sign_in_trusted(db, said, now=now)
        if signed_in is None:
            return Caller(None, keys)
        keys = stored_keys(db)
        return Caller(sessions.find(db, keys, signed_in.cookie, now), keys, signed_in.cookie)
    if found is not None and sessions.is_stale(found, now):
        with suppress(StoreError), waiting(db, 0), atomic(db):
            sessions.see(db, found, now)
    return Caller(found, keys)


def why_out(db: Database, cookie: str) -> str:
    """Say why a cookie that once let somebody in does so no more: removed, ended, or over.

    '' where it never did, or nobody knows by now.
    """
    return sessions.why_over(db, stored_keys(db), cookie)


def list_acts(db: Database, *, before: int = 0) -> list[Act]:
    """List what staff did and tried to, a hundred at a time, the newest first."""
    return acts.latest(db, before=before)


def forget_over(db: Database, now: datetime) -> int:
    """Delete what lets nobody in and keeps nothing from being sent twice any more; give how much.

    Sessions and links that are over, and that forms were used whose sessions are over by now. What
    was done stays written down. One transaction; safe to call again.
    """
    with atomic(db):
        return (
            sessions.forget_over(db, now)
            + links.forget_over(db, now)
            + acts.forget_forms(db, now - sessions.LONGEST)
        )


def forget_daily(db: Database, now: datetime) -> int:
    """Do as `forget_over`, where something has been over for a day; else only look."""
    since = now - _A_DAY
    is_any = (
        sessions.any_over(db, since)
        or links.any_over(db, since)
        or acts.any_forms(db, since - sessions.LONGEST)
    )
    return forget_over(db, now) if is_any else 0


def first_admin(db: Database, name: str, *, now: datetime) -> Person | None:
    """Make the first of the staff, an admin, where there is nobody yet; else give None.

    Raises:
        InputError: the name is none.
    """
    with atomic(db):
        if people.list_all(db):
            return None
        return add_staff(db, name, role=Role.ADMIN, now=now)


def has_admin(db: Database) -> bool:
    """Whether there is somebody who can let others in."""
    return any(person.role is Role.ADMIN for person in people.list_all(db))


def _note(db: Database, by: Person | None, what: str, whom: Person, now: datetime) -> None:
    """Write down what was done with one of the staff, where it wasn't done at the desk."""
    if by is None:
        detail = "on the command line"
        acts.note(db, None, what, f"staff {whom.name}", ActOutcome.DONE, detail=detail, now=now)
