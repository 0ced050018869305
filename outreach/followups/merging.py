"""Make one follow-up of two, or two of one. Writes through `changes`, `inbox` and `corrections`,
inside the caller's transaction.

A follow-up that was merged stays, closed, and points to the one that has all of it; mails that
would come to it go there.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from outreach import addresses
from outreach.errors import IllegalMove, InputError
from outreach.followups import changes, inferences
from outreach.followups.staff import checked_name
from outreach.followups.stages import DONE
from outreach.model import Stage
from outreach.replies import corrections, inbox
from outreach.store import Database, utc_text

#: what the one that is kept has of the other where it has nothing itself
_FILLED: Final = ("name", "email", "country", "language", "assignee")


def merge(
    db: Database,
    keep: int,
    other: int,
    by: str,
    now: datetime,
    *,
    version: int | None = None,
) -> tuple[int, ...]:
    """Put all of `other` into `keep`, and give the mails that moved.

    What `keep` says stays; what it lacks is taken from the other. Whoever waits in either, waits.

    Raises:
        NotFound: one of them does not exist.
        IllegalMove: one was merged before, or `keep` is done and the other isn't, or `keep` was
            changed since `version`.
        InputError: they are the same one.
    """
    if keep == other:
        raise InputError("a follow-up can't be merged with itself", value=keep)
    kept = changes.read(db, keep, version, wanted=f"{other} merged into it")
    gone = changes.read(db, other)
    _refuse(kept, gone)
    by = checked_name(by)
    mails = mails_of(db, other)
    for inbound_id in mails:
        changes.move_mail(db, inbound_id, keep)
    news = {c: ("", gone[c]) for c in _FILLED if gone[c] and not kept[c]}
    news["merged"] = ("", str(other))
    tags = json.dumps(
        sorted({*json.loads(kept["tags"]), *json.loads(gone["tags"])}), ensure_ascii=False
    )
    if tags != kept["tags"]:
        news["tags"] = (kept["tags"], tags)
    untold: dict[str, object] = {}
    if gone["stage"] not in DONE:
        untold = _wait(kept, gone, news)
    untold |= inferences.joined(
        json.loads(kept["inferred"]), inferences.read(gone["inferred"]), {*news}
    )
    changes.change(db, keep, news, by, now, untold=untold)
    _belong(db, kept, gone)
    _close(db, gone, keep, by, now)
    return mails


def _belong(db: Database, kept: dict[str, Any], gone: dict[str, Any]) -> None:
    """Let the one that is kept be of the person and the campaign of the other, if it has none."""
    whole = {c: kept[c] or gone[c] for c in ("supporter_id", "campaign_id", "delivery_id")}
    if kept["supporter_id"] not in (None, gone["supporter_id"]):
        # what somebody else got
        whole["delivery_id"] = kept["delivery_id"]
    changes.belong(db, kept["followup_id"], **whole)


#: what was merged into the one, and is of the person of the other
_THEIRS: Final = """
    SELECT f.followup_id FROM followups AS f JOIN followups AS n ON n.followup_id = :new
     WHERE f.merged_into = :old
       AND (f.supporter_id = n.supporter_id OR (f.email = n.email AND n.email <> ''))
"""


def split(
    db: Database,
    followup_id: int,
    mails: Collection[int],
    by: str,
    now: datetime,
    *,
    version: int | None = None,
) -> int:
    """Take mails out of a follow-up into one of their own, and give its id.

    It is new, has the same campaign and what its mails say of their sender, and is linked to no
    supporter unless all its mails are. What somebody linked the old one to is said of no mail that
    another person wrote. What was merged before, and is of their sender, goes along.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it was changed since `version`.
        InputError: a mail is not one of its mails, or none would be left.
    """
    standing = changes.read(db, followup_id, version, wanted="mails taken out")
    ours = mails_of(db, followup_id)
    chosen = sorted(set(mails))
    strange = [mail for mail in chosen if mail not in ours]
    if strange or not chosen:
        raise InputError(
            f"follow-up {followup_id} has the mails {', '.join(map(str, ours)) or '(none)'}",
            value=" ".join(map(str, strange)),
            next_step="name some of those",
        )
    if len(chosen) == len(ours):
        raise InputError(
            f"all mails of follow-up {followup_id} would leave it",
            next_step="leave one, or mend its fields instead",
        )
    by = checked_name(by)
    _unlink(db, standing, chosen, by, now)
    new = changes.insert(db, _said(db, standing, chosen, now), now, by=by)
    for inbound_id in chosen:
        changes.move_mail(db, inbound_id, new)
    changes.change(db, new, {"split_from": ("", str(followup_id))}, by, now)
    for (theirs,) in db.conn.execute(_THEIRS, {"old": followup_id, "new": new}).fetchall():
        # a wrong merge is undone: answers to what went out from there come to the right person
        changes.change(db, theirs, {"merged_into": (str(followup_id), str(new))}, by, now)
    left = {"split_off": (" ".join(map(str, chosen)), str(new))}
    changes.change(db, followup_id, left, by, now)
    return new


def keep_apart(db: Database, one: int, other: int, by: str, now: datetime) -> None:
    """Write down that two follow-ups are two people's: they are proposed no more.

    Raises:
        NotFound: one of them does not exist.
        InputError: they are the same one.
    """
    if one == other:
        raise InputError("a follow-up can't be kept apart from itself", value=one)
    for this, that in ((one, other), (other, one)):
        changes.read(db, this)
        changes.change(db, this, {"another": ("", str(that))}, checked_name(by), now)


def _refuse(kept: dict[str, Any], gone: dict[str, Any]) -> None:
    for standing in (kept, gone):
        if standing["merged_into"] is not None:
            raise IllegalMove(
                f"follow-up {standing['followup_id']} was merged into {standing['merged_into']}",
                next_step="name that one",
            )
    if kept["stage"] in DONE and gone["stage"] not in DONE:
        raise IllegalMove(
            f"follow-up {kept['followup_id']} is {kept['stage']}, and {gone['followup_id']} is not",
            next_step=f"merge the other way round: `outreach followups merge {gone['followup_id']}"
            f" {kept['followup_id']}`",
            at_desk="merge the other way round",
        )


def _wait(
    kept: dict[str, Any], gone: dict[str, Any], news: dict[str, tuple[str, str]]
) -> dict[str, object]:
    """Let the person wait as long as in either; adds to `news`, gives what changes untold."""
    due = min(filter(None, (kept["due_at"], gone["due_at"])), default="")
    if due != kept["due_at"]:
        news["due_at"] = (kept["due_at"], due)
    if kept["snoozed_until"] and (gone["due_at"] and not gone["snoozed_until"]):
        news["snoozed_until"] = (kept["snoozed_until"], "")
    since = min(filter(None, (kept["waiting_since"], gone["waiting_since"])), default="")
    return {"waiting_since": since}


def _close(db: Database, gone: dict[str, Any], keep: int, by: str, now: datetime) -> None:
    news = {"merged_into": ("", str(keep))}
    if gone["stage"] != Stage.CLOSED:
        news["stage"] = (gone["stage"], Stage.CLOSED)
    for column in ("due_at", "snoozed_until"):
        if gone[column]:
            news[column] = (gone[column], "")
    other = gone["followup_id"]
    changes.change(db, other, news, by, now, untold={"waiting_since": ""})
    # who was merged into it earlier is there now too
    for (earlier,) in db.conn.execute(
        "SELECT followup_id FROM followups WHERE merged_into = ?", [other]
    ).fetchall():
        changes.change(db, earlier, {"merged_into": (str(other), str(keep))}, by, now)


def mails_of(db: Database, followup_id: int) -> tuple[int, ...]:
    """Give the ids of the mails of a follow-up."""
    rows = db.conn.execute(
        "SELECT inbound_id FROM followup_replies WHERE followup_id = ? ORDER BY inbound_id",
        [followup_id],
    )
    return tuple(inbound_id for (inbound_id,) in rows)


def senders_of(db: Database, standing: dict[str, Any], supporter_id: int | None) -> dict[int, bool]:
    """Give of each mail of a follow-up whether it is of that supporter, so far as one can see.

    It is where it came from their mailbox or from the follow-up's own address, or where nobody else
    wrote.
    """
    rows = db.conn.execute(
        "SELECT r.inbound_id, r.from_address FROM followup_replies AS m"
        " JOIN replies AS r USING (inbound_id) WHERE m.followup_id = ? ORDER BY r.inbound_id",
        [standing["followup_id"]],
    ).fetchall()
    (listed,) = db.conn.execute(
        "SELECT email FROM supporters WHERE supporter_id = ?", [supporter_id]
    ).fetchone() or ("",)
    senders = {inbound_id: addresses.mailbox(address) for inbound_id, address in rows}
    known = {addresses.mailbox(each) for each in (listed, standing["email"]) if each}
    alone = len({*senders.values()}) == 1
    return {inbound_id: alone or sender in known for inbound_id, sender in senders.items()}


#: what `link` filled in of a mail, which did not say so
_LINKED: Final = """
    SELECT DISTINCT field FROM reply_corrections
     WHERE inbound_id = ? AND field IN ('supporter_id', 'delivery_id') AND old = ''
"""


def _unlink(
    db: Database, standing: dict[str, Any], mails: Collection[int], by: str, now: datetime
) -> None:
    """Take back what was said of the mails of others when the whole was linked to somebody."""
    theirs = senders_of(db, standing, standing["supporter_id"])
    for inbound_id in mails:
        if theirs[inbound_id]:
            continue
        for (column,) in db.conn.execute(_LINKED, [inbound_id]).fetchall():
            number = inbox.unlink(db, inbound_id, column)
            if number:
                corrections.note(db, inbound_id, column, number, "", by, now)


def _said(
    db: Database, standing: dict[str, Any], mails: Collection[int], now: datetime
) -> dict[str, object]:
    """The columns of a follow-up that is made of some mails."""
    rows = db.conn.execute(
        "SELECT r.name, coalesce(nullif(r.email, ''), r.from_address), r.country, r.language,"
        " r.supporter_id, r.delivery_id, i.received_at, r.certainty"
        " FROM json_each(?) AS j JOIN replies AS r ON r.inbound_id = j.value"
        " JOIN inbound AS i ON i.inbound_id = r.inbound_id ORDER BY i.received_at DESC",
        [json.dumps(list(mails))],
    ).fetchall()

    def latest(place: int) -> object:
        return next((row[place] for row in rows if row[place]), "")

    supporters = {row[4] for row in rows}
    kind = inferences.Inference(inferences.FROM_MAIL, max(row[7] for row in rows))
    return {
        "campaign_id": standing["campaign_id"],
        "delivery_id": next((row[5] for row in rows if row[5]), None),
        "supporter_id": supporters.pop() if len(supporters) == 1 else None,
        "name": latest(0),
        "email": latest(1),
        "country": latest(2),
        "language": latest(3),
        "stage": Stage.NEW,
        "opened_at": rows[-1][6],
        "waiting_since": rows[-1][6],
        "due_at": standing["due_at"] or utc_text(now),
        "assignee": standing["assignee"],
        **inferences.columns({"kind": kind}),
    }
