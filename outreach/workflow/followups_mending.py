"""Put right what was understood of a person, and act on a wish that waits for somebody's word."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from outreach import addresses, places
from outreach.dispatch import campaigns
from outreach.errors import IllegalMove, InputError
from outreach.followups import arrivals, changes, inferences, merging, queue, staff, unproven, view
from outreach.followups.changes import BY_RULE
from outreach.followups.stages import DONE
from outreach.model import CloseReason, ReplyKind, Suppression
from outreach.replies import corrections, inbox
from outreach.settings import Settings
from outreach.store import Database, atomic
from outreach.supporters import consent, roll

#: what of a follow-up may be put right
MENDABLE: Final = ("name", "email", "country", "language")

#: the mail that a field was taken from: the last that says what stands there, else the last
_SOURCE: Final = """
    SELECT r.inbound_id FROM followup_replies AS m JOIN replies AS r USING (inbound_id)
      JOIN inbound AS i USING (inbound_id)
     WHERE m.followup_id = :id
     ORDER BY r.{field} = :standing DESC, i.received_at DESC, r.inbound_id DESC LIMIT 1
"""


def mend_followup(
    db: Database,
    settings: Settings,
    followup_id: int,
    field: str,
    value: str,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> str:
    """Put a field of a follow-up right, and of the mail that it was taken from: it stays so.

    A country may be given by its name in any language. Another country may mean another working
    week, so the due time follows, unless somebody set it; and where new ones go to teams and nobody
    has it yet, its team gets it. One transaction.

    Returns:
        what stands there now; '' was cleared.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it was merged into another, or changed since `version`.
        InputError: the field is none that can be put right, or the value none that it can have.
    """
    if field not in MENDABLE:
        raise InputError(f"what can be put right are {', '.join(MENDABLE)}", value=field)
    text = _checked(field, value)
    by = staff.called(settings, by)
    with atomic(db):
        standing = changes.read(db, followup_id, version, wanted=f"{field} → {text or '-'}")
        if standing["merged_into"] is not None:
            raise IllegalMove(
                f"follow-up {followup_id} was merged into {standing['merged_into']}",
                next_step="put it right there",
            )
        if standing[field] != text:
            _mend(db, settings, standing, field, text, by, now)
    return text


def _mend(
    db: Database,
    settings: Settings,
    standing: dict[str, Any],
    field: str,
    text: str,
    by: str,
    now: datetime,
) -> None:
    followup_id = standing["followup_id"]
    source = db.conn.execute(
        _SOURCE.format(field=field), {"id": followup_id, "standing": standing[field]}
    ).fetchone()
    if source is not None:
        old = inbox.put_right(db, source[0], field, text)
        corrections.note(db, source[0], field, old, text, by, now)
    untold = inferences.put_right(json.loads(standing["inferred"]), field)
    news = {field: (standing[field], text)}
    changes.change(db, followup_id, news, by, now, untold=untold)
    if field != "country":
        return
    follows = arrivals.due_again(db, standing, settings, text)
    if settings.followups.assignment == "team" and not standing["assignee"]:
        who = staff.by_rule(db, settings, text, standing["language"])
        follows |= {"assignee": ("", who)} if who and standing["stage"] not in DONE else {}
    if follows:
        changes.change(db, followup_id, follows, BY_RULE, now)


def link_followup(
    db: Database,
    settings: Settings,
    followup_id: int,
    *,
    supporter: str = "",
    campaign: str = "",
    by: str,
    now: datetime,
    version: int | None = None,
) -> tuple[str, ...]:
    """Say whose a follow-up is, or which campaign it answers, where no mail says so.

    `supporter` is an id or an address. Only what is open is filled: what a mail proved stays. What
    the list says of the supporter fills what is empty. Its mails count for the campaign from now
    on; for the supporter only those that came from them, or from its own address, as others who
    were merged into it stay who they are. One transaction.

    Returns:
        what was linked, in words; empty where it was so already.

    Raises:
        NotFound: there is no such follow-up, supporter or campaign.
        IllegalMove: it is linked to another, was merged, or changed since `version`; or the person
            has a follow-up for that campaign already.
        InputError: neither was named, or the supporter is neither an id nor an address.
    """
    if not (supporter or campaign):
        raise InputError(
            "there is nothing to link it to",
            next_step="name --supporter, --campaign or both",
            at_desk="name a supporter, a campaign or both",
        )
    by = staff.called(settings, by)
    with atomic(db):
        standing = changes.read(db, followup_id, version, wanted="it linked")
        person = roll.named(db, supporter) if supporter else None
        asked = {
            "supporter_id": person.supporter_id if person else None,
            "campaign_id": campaigns.get(db, campaign).campaign_id if campaign else None,
        }
        _refuse_other(standing, asked)
        whole = {column: asked[column] or standing[column] for column in asked}
        _refuse_second(db, followup_id, whole)
        told = {c: ("", str(n)) for c, n in asked.items() if n and standing[c] is None}
        if not told:
            return ()
        (delivery_id,) = db.conn.execute(_DELIVERY, whole).fetchone() or (None,)
        if standing["supporter_id"] is not None:
            delivery_id = standing["delivery_id"] or delivery_id
        # else what they answer may be what somebody else got, whose token our letters must not bear
        changes.belong(db, followup_id, **whole, delivery_id=delivery_id)
        known = {**whole, "delivery_id": delivery_id}
        for inbound_id, theirs in merging.senders_of(db, standing, whole["supporter_id"]).items():
            # who else wrote there took part in the campaign, and is nobody whom we know
            filled = known if theirs else {"campaign_id": whole["campaign_id"]}
            _link_mail(db, inbound_id, filled, by, now)
        listed = {"name": person.given_name, "country": person.country} if person else {}
        news = {c: ("", text) for c, text in listed.items() if text and not standing[c]}
        changes.change(db, followup_id, {**told, **news}, by, now)
        return tuple(column.removesuffix("_id") for column in told)


def _link_mail(
    db: Database, inbound_id: int, known: dict[str, int | None], by: str, now: datetime
) -> None:
    """Let a mail count for a campaign and a person, whatever is understood later.

    A mail that names its own stays with it.
    """
    for column, number in inbox.link(db, inbound_id, known).items():
        corrections.note(db, inbound_id, column, "", str(number), by, now)


#: what they got of it
_DELIVERY: Final = """
    SELECT delivery_id FROM deliveries
     WHERE supporter_id = :supporter_id AND campaign_id = :campaign_id
"""


def _refuse_other(standing: dict[str, Any], asked: dict[str, int | None]) -> None:
    """What a mail proved, or somebody said, stays."""
    followup_id = standing["followup_id"]
    if standing["merged_into"] is not None:
        raise IllegalMove(
            f"follow-up {followup_id} was merged into {standing['merged_into']}",
            next_step="link that one",
        )
    for column, number in asked.items():
        if number is not None and standing[column] not in (None, number):
            raise IllegalMove(
                f"follow-up {followup_id} is of another {column.removesuffix('_id')} already",
                value=standing[column],
                next_step="where its mails are several people's, `outreach followups split`",
                at_desk="where its mails are several people's, split it",
            )


def _refuse_second(db: Database, followup_id: int, whole: dict[str, int | None]) -> None:
    """One follow-up for each person and campaign."""
    row = db.conn.execute(
        "SELECT followup_id FROM followups WHERE supporter_id = :supporter_id"
        " AND campaign_id = :campaign_id AND merged_into IS NULL AND followup_id <> :id",
        {**whole, "id": followup_id},
    ).fetchone()
    if row is not None:
        raise IllegalMove(
            f"this person has follow-up {row[0]} for that campaign",
            next_step=f"`outreach followups merge {row[0]} {followup_id}`",
            at_desk="compare the two, and merge them if they are one person",
        )


def _checked(field: str, value: str) -> str:
    value = value.strip()
    if not value:
        return ""
    match field:
        case "country":
            found, what = places.country_code(value), "country; give its code, such as CD"
        case "language":
            found, what = places.language_tag(value), "language; give its code, such as fr"
        case "email":
            found, what = addresses.normalise(value), "email address"
        case _:
            return staff.checked_name(value)
    if not found:
        raise InputError(f"this is no {what}", value=value)
    return found


def confirm_opt_out(
    db: Database,
    settings: Settings,
    followup_id: int,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> tuple[str, ...]:
    """Never write again to the person of a follow-up, and close it as declined. One transaction.

    Counts for the address that the wish came from and, where the supporter is certain, theirs;
    where no mail says so, for the follow-up's own. Anybody may state anybody's address, so an
    address that stands in a mail doesn't count.

    Returns:
        the addresses that were written to until now.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: it is done, or was changed since `version`.
    """
    by = staff.called(settings, by)
    with atomic(db):
        queue.close(db, followup_id, CloseReason.DECLINED, by, now, version=version)
        theirs = _addresses(db, followup_id)
        source = f"follow-up {followup_id}, {by}"
        return tuple(
            address
            for address in theirs
            if address and consent.suppress(db, address, Suppression.UNSUBSCRIBED, source, now)
        )


def undo_opt_out(
    db: Database,
    settings: Settings,
    followup_id: int,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
) -> tuple[str, ...]:
    """Take back the wish to get no more of a follow-up's mails, where nothing proved it.

    One transaction. What somebody proved that they wish, only they take back; and what they
    wished in another follow-up stands.

    Returns:
        the addresses that may be written to again.

    Raises:
        NotFound: there is no such follow-up.
        IllegalMove: no such wish stands, it was closed for safety, or it was changed since
            `version`.
    """
    by = staff.called(settings, by)
    with atomic(db):
        standing = changes.read(db, followup_id, version, wanted="the opt-out undone")
        if standing["close_reason"] == CloseReason.SAFETY:
            raise IllegalMove(
                f"follow-up {followup_id} was closed for safety: nothing is sent there",
                next_step="open it again first, if it is certain that they are safe:"
                f" `outreach followups move {followup_id} new`",
            )
        found = unproven.wishes(db, followup_id)
        if not found:
            raise IllegalMove(
                f"no opt-out of follow-up {followup_id} stands that nothing proves",
                next_step="who left themself comes back by the page of their letter, or by"
                " subscribing again",
            )
        freed: list[str] = []
        for source in {wish.source: None for wish in found}:
            freed += consent.take_back_unproven(db, source)
        wished = unproven.wished(db, freed)
        ours = {mail.inbound_id for mail in view.mails_of(db, followup_id)}
        for inbound_id in sorted({each.inbound_id for each in [*found, *wished]} & ours):
            undone = {unproven.FIELD: (str(inbound_id), "")}
            changes.change(db, followup_id, undone, by, now)
        for other in wished:
            if other.inbound_id not in ours:
                # granted at once, as it would have been without the one that is undone
                consent.suppress(db, other.email, Suppression.UNSUBSCRIBED, other.source, now)
        return tuple(email for email in freed if not consent.is_shut(db, email))


def _addresses(db: Database, followup_id: int) -> list[str]:
    rows = db.conn.execute(
        "SELECT r.from_address FROM followup_replies AS m JOIN replies AS r USING (inbound_id)"
        " WHERE m.followup_id = :id AND r.kind = :kind"
        " UNION ALL SELECT s.email FROM followups AS f JOIN supporters AS s USING (supporter_id)"
        " WHERE f.followup_id = :id",
        {"id": followup_id, "kind": ReplyKind.UNSUBSCRIBE},
    )
    found: list[str] = []
    for (address,) in rows:
        if address and not any(addresses.same(address, other) for other in found):
            found.append(address)
    return found or [str(changes.read(db, followup_id)["email"])]
