"""Every home of personal data, and what becomes of it when somebody is erased: one table.

What belongs to one person is collected first, in the temporary table `theirs` (see `whose`); the
table below says for each table of the database which of its rows those are, and for each column
whether it is blanked or stays. A test walks the database's own schema, so no table and no column
can be forgotten. What is given out of a person is read along the same table.

Rows of the ledger and of what was counted stay, under a number that is nobody's any more: reports
and proofs add up as before. This module alone writes to the tables of all rooms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from outreach.replies.inbox import EMPTIED
from outreach.store import Database
from outreach.tracking import forgotten


@dataclass(frozen=True, slots=True)
class Home:
    """What becomes of one table's rows of a person."""

    #: SQL for their rows; '' where nothing in the table is any supporter's
    rows: str = ""
    #: whether the rows go altogether
    deleted: bool = False
    #: column -> the SQL expression that it becomes
    becomes: Mapping[str, str] = field(default_factory=dict)
    #: columns that stay as they are; none where the rows go, or are nobody's
    stays: str = ""
    #: what the rows are, for people; or why nothing of it is personal
    why: str = ""


def _of(what: str, column: str = "") -> str:
    column = column or f"{what}_id"
    return f"{column} IN (SELECT id FROM temp.theirs WHERE what = '{what}')"


#: the follow-ups of which a part is theirs
_SHARED: Final = _of("shared", "followup_id")


def _alone(column: str, empty: str) -> str:
    """Empty a column of a follow-up that is theirs alone."""
    return f"iif({_of('followup')}, '{empty}', {column})"


def _blank(columns: str, **others: str) -> dict[str, str]:
    return {**dict.fromkeys(columns.split(), "''"), **others}


def _unless(fields: str) -> dict[str, str]:
    """Blank what a history says, but for fields whose values are our own words and days."""
    kept = ", ".join(f"'{field}'" for field in fields.split())
    return {column: f"iif(field IN ({kept}), {column}, '')" for column in ("old", "new")}


#: names in a history of which the values say nothing of the person
_TOLD_OF_FOLLOWUPS: Final = (
    "stage close_reason assignee due_at snoozed_until merged_into opened_at country language"
)
_TOLD_OF_GATHERINGS: Final = "state held_on country kind campaign cases expected"
_OURS: Final = "[0-9a-f]"
#: a gathering's uid is ours, made with a key; others come from people's calendars
_OUR_UID: Final = "-".join(_OURS * size for size in (8, 4, 4, 4, 12))

#: in the order in which they are done
HOMES: Final[Mapping[str, Home]] = {
    "supporters": Home(
        rows=_of("supporter"),
        becomes=_blank(
            "given_name family_name language timezone joined consent_ground consent_at",
            email="'erased-' || supporter_id",
            tags="'[]'",
            attributes="'{}'",
            consent="'unknown'",
            tracking="'unknown'",
            safety="'standard'",
            import_id="NULL",
        ),
        stays="supporter_id country",
        why="the person on the list; a number without a person stays for what is counted",
    ),
    "preferences": Home(rows=_of("supporter"), deleted=True, why="how often they wanted letters"),
    "unwanted_kinds": Home(rows=_of("supporter"), deleted=True, why="what they did not want"),
    "choices": Home(rows=_of("supporter"), deleted=True, why="what they chose, and when"),
    "suppressions": Home(
        rows=_of("suppression", "email"),
        deleted=True,
        why="that nothing goes to their address: a keyed hash says so from now on",
    ),
    "signups": Home(rows=_of("signup"), deleted=True, why="forms that wait to be confirmed"),
    "deliveries": Home(
        rows=_of("delivery"),
        becomes=_blank("detail"),
        stays="delivery_id campaign_id supporter_id state reason language attempts deferrals"
        " holder not_before provider provider_id changed_at composed_at shape digest address_hash",
        why="the ledger: what was sent to a number; what servers said of the address goes",
    ),
    "provider_bodies": Home(
        rows=_of("body"),
        # their events are cut out of `raw`; see `tracking.forgetting`
        stays="body_id body_key provider source signed received_at understood_at raw",
        why="what providers posted: events that name them are cut out",
    ),
    "provider_events": Home(
        rows=f"{_of('event')} OR {_of('delivery')} OR {_of('letter')} OR {_of('supporter')}",
        # a provider may give whatever it likes as ids
        becomes=_blank("detail provider_id", event_key="forgotten_key(event_key)"),
        stays="event_id body_id provider kind bounce refusal delivery_id attempt supporter_id"
        " occurred_at letter_id",
        why="that a letter arrived or came back; what servers said of the address goes",
    ),
    "counted": Home(
        rows=_of("delivery"),
        stays="delivery_id what target first_at",
        why="that a letter was opened, of those who agreed: the number is nobody's now",
    ),
    "inbound": Home(
        rows=_of("mail", "inbound_id"),
        becomes=_blank("message_id envelope", source="'erased'", raw=EMPTIED),
        stays="inbound_id dedupe_key received_at bytes_key whole_size",
        why="their mails, whole; hashes stay, so that none is fetched again",
    ),
    "replies": Home(
        rows=_of("mail", "inbound_id"),
        becomes=_blank(
            "from_name from_address subject reply quoted signature name email country_text phone"
            " return_date",
            why="'[]'",
        ),
        stays="inbound_id kind certainty campaign_id delivery_id supporter_id matched_by country"
        " language bounce_class understood_at letter_id country_certainty",
        why="what was understood of their mails; that one came, and its kind, is counted",
    ),
    "reply_failures": Home(
        rows=_of("mail", "inbound_id"), deleted=True, why="why a mail could not be understood"
    ),
    "reply_corrections": Home(
        rows=_of("mail", "inbound_id"), deleted=True, why="what staff put right of their mails"
    ),
    "followups": Home(
        rows=f"{_of('followup')} OR {_SHARED}",
        # of a record of two people only what says who they are
        becomes=_blank("name email", tags=_alone("tags", "[]"), inferred=_alone("inferred", "{}")),
        stays="followup_id campaign_id delivery_id supporter_id country language stage"
        " close_reason assignee opened_at version snoozed_until waiting_since due_at answered_at"
        " certainty merged_into",
        why="their place in the queue; that there was one is counted",
    ),
    "followup_replies": Home(
        rows=_of("mail", "inbound_id"),
        stays="inbound_id followup_id",
        why="which mail was whose turn: numbers",
    ),
    "followup_history": Home(
        rows=_of("history"),
        becomes=_unless(_TOLD_OF_FOLLOWUPS),
        stays="history_id followup_id changed_at changed_by field version",
        why="what was changed, and notes; stages and who had it stay",
    ),
    "followup_claims": Home(rows=_of("followup"), deleted=True, why="who has it open"),
    "safety_talks": Home(
        rows=_of("followup"),
        becomes=_blank("note"),
        stays="talk_id followup_id held_at held_by",
        why="that their safety was talked about; the note goes",
    ),
    "gatherings": Home(
        rows=_of("gathering"),
        becomes=_blank(
            "place organiser email quote quote_by",
            quote_allowed="0",
            public="0",
            uid=f"iif(uid GLOB '{_OUR_UID}', uid, '')",
        ),
        stays="gathering_id followup_id supporter_id country held_on kind campaign language state"
        " begins minutes zone cases expected version changed_at",
        why="events that they put on; country, day, kind and what was counted stay",
    ),
    "gathering_photos": Home(rows=_of("gathering"), deleted=True, why="where photographs are"),
    "gathering_history": Home(
        rows=_of("gathering"),
        becomes=_unless(_TOLD_OF_GATHERINGS),
        stays="history_id gathering_id changed_at changed_by field",
        why="what was changed; states and days stay",
    ),
    "gathering_results": Home(
        rows=_of("result"),
        becomes=_blank("said why reported_by"),
        stays="result_id gathering_id state inbound_id about events attended reported_at"
        " checked_by checked_at ended_by ended_at",
        why="their words on how it went; what was counted of it stays",
    ),
    "gathering_counts": Home(
        rows=_of("result"),
        stays="result_id kind case_key quantity",
        why="what was counted",
    ),
    "gathering_letters": Home(
        rows=_of("gathering"),
        stays="gathering_id what letter_id written_at",
        why="which letters were written: numbers",
    ),
    "letters": Home(
        rows=_of("letter"),
        becomes=_blank(
            "name subject text in_reply_to thread detail",
            email="'erased'",
            html=EMPTIED,
        ),
        stays="letter_id purpose once inbound_id followup_id delivery_id campaign_id supporter_id"
        " language template discreet sender_name sender_email reply_to message_id state reason"
        " attempts deferrals holder not_before not_after provider provider_id composed_at digest"
        " returned returned_at created_by created_at changed_at",
        why="letters to them alone, whole; that one left is counted",
    ),
    "letter_attachments": Home(rows=_of("letter"), deleted=True, why="what went with them"),
    "letter_files": Home(
        rows="file_key IN (SELECT file_key FROM temp.their_files)",
        deleted=True,
        why="files that went to nobody else",
    ),
    "actions": Home(
        rows=_of("supporter"),
        stays="action_id supporter_id campaign case_key country kind quantity done_on row_key"
        " gathering_id",
        why="what was done for campaigns, as a number: it is counted",
    ),
    "erased": Home(why="keyed hashes of those who were erased"),
    "erased_people": Home(why="which numbers were theirs"),
    "signing_keys": Home(why="keys"),
    "imports": Home(why="names of files and where lists are from"),
    "campaigns": Home(why="which message goes to which segment"),
    "frozen_messages": Home(why="messages before anybody's name is in them"),
    "campaign_history": Home(why="what staff did with campaigns; people by number"),
    "approvals": Home(why="who of the staff stands for what"),
    "test_sends": Home(why="that a test was sent"),
    "schedules": Home(why="when campaigns leave"),
    "paces": Home(why="how many letters left"),
    "leases": Home(why="which process sends"),
    "learnt": Home(why="what providers allow"),
    "newest_claim": Home(why="a number"),
    "imap_cursors": Home(why="how far mailboxes are read"),
    "imap_skipped": Home(why="numbers of mails that a server did not give"),
    "staff": Home(why="those who work here"),
    "login_links": Home(why="of staff"),
    "sessions": Home(why="of staff"),
    "acts": Home(why="what staff did; people by number"),
    "asked_once": Home(why="which forms were sent"),
}


def rows_of(db: Database) -> dict[str, int]:
    """Count the rows of whoever stands in `theirs`, by table; those that have any."""
    counts = {}
    for table, home in HOMES.items():
        if home.rows:
            query = f"SELECT count(*) FROM main.{table} WHERE {home.rows}"
            (number,) = db.conn.execute(query).fetchone()
            counts[table] = int(number)
    return {table: number for table, number in counts.items() if number}


def forget(db: Database) -> None:
    """Blank and delete all of whoever stands in `theirs`, inside the caller's transaction."""
    forgotten.register(db)
    for table, home in HOMES.items():
        if home.deleted:
            db.conn.execute(f"DELETE FROM main.{table} WHERE {home.rows}")
        elif home.becomes:
            sets = ", ".join(f"{column} = {value}" for column, value in home.becomes.items())
            db.conn.execute(f"UPDATE main.{table} SET {sets} WHERE {home.rows}")


def held(db: Database) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Give all rows of whoever stands in `theirs`, whole, by table; those that have any."""
    for table, home in HOMES.items():
        if home.rows:
            cursor = db.conn.execute(f"SELECT * FROM main.{table} WHERE {home.rows}")
            columns = [column[0] for column in cursor.description]
            rows = [dict(zip(columns, row, strict=True)) for row in cursor]
            if rows:
                yield table, rows


def standing_in(db: Database, words: Sequence[str]) -> dict[str, int]:
    """Count the rows in whose text one of some words stands, in any ASCII case, by table.

    Reads everything that is not compressed.
    """
    found = {}
    for table in HOMES:
        # 2: a generated column
        columns = [
            row[1] for row in db.conn.execute(f"PRAGMA main.table_xinfo({table})") if row[6] != 2
        ]
        text = " || char(10) || ".join(
            f"iif(typeof({column}) = 'text', {column}, '')" for column in columns
        )
        (rows,) = db.conn.execute(
            f"SELECT count(*) FROM main.{table} WHERE EXISTS"
            f" (SELECT 1 FROM json_each(?) WHERE instr(lower({text}), lower(value)))",
            [json.dumps(list(words))],
        ).fetchone()
        if rows:
            found[table] = int(rows)
    return found
