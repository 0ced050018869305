"""Which rows are one person's: the queries, in the order in which `whose` collects them.

An address that a text states proves nothing: anybody may state anybody's. So a mail is of its
sender; a follow-up is of those who wrote its mails, and of the supporter to whom it is linked; a
gathering is of its own organiser. Where it is two people's, or in doubt, it stays, and is told.
Writes temporary tables only.
"""

from __future__ import annotations

from typing import Final

from outreach.replies.inbox import EMPTIED
from outreach.supporters.consent import of_mailbox_sql


def _is_theirs(column: str) -> str:
    """SQL for an address that is theirs; no spelling changes its first letter, which is quicker."""
    return (
        f"(substr({column}, 1, 1) LIKE substr(:mailbox, 1, 1) AND mailbox_of({column}) = :mailbox)"
    )


def _in(what: str) -> str:
    return f"IN (SELECT id FROM temp.theirs WHERE what = '{what}')"


#: a supporter who is somebody else, and was not erased
_ANOTHERS: Final = f"""
    IN (SELECT supporter_id FROM supporters
        WHERE instr(email, '@') AND supporter_id NOT {_in("supporter")})
"""
_REPORTS: Final = f"""
    SELECT 'mail', inbound_id FROM replies WHERE kind IN ('bounce', 'complaint', 'receipt') AND (
        delivery_id {_in("delivery")} OR letter_id {_in("letter")}
        OR supporter_id {_in("supporter")}
    )
"""
#: the mails of somebody else under follow-up `f`
_MAILS_OF_OTHERS: Final = f"""
    FROM followup_replies AS m JOIN inbound AS i USING (inbound_id)
    JOIN replies AS r USING (inbound_id)
    WHERE m.followup_id = f.followup_id AND m.inbound_id NOT {_in("mail")} AND i.raw <> {EMPTIED}
"""
#: what their own mails state of them
_STATED: Final = f"SELECT r.{{}} FROM replies AS r WHERE r.inbound_id {_in('mail')}"
#: of gathering `g`: its follow-up, and whether that is theirs alone
_FOLLOWUP: Final = "SELECT f.email FROM followups AS f WHERE f.followup_id = g.followup_id"

#: each into `theirs`, one after the other; `:mailbox` is the person's
COLLECT: Final = (
    f"SELECT 'supporter', s.supporter_id FROM supporters AS s"
    f" WHERE {of_mailbox_sql('s', ':mailbox')}",
    f"SELECT 'suppression', x.email FROM suppressions AS x WHERE {of_mailbox_sql('x', ':mailbox')}",
    f"SELECT 'signup', signup_id FROM signups WHERE {_is_theirs('email')}",
    # through the campaigns, which are few: no index of deliveries begins with the person
    "SELECT 'delivery', d.delivery_id FROM temp.theirs AS t CROSS JOIN campaigns AS c"
    " CROSS JOIN deliveries AS d ON d.campaign_id = c.campaign_id AND d.supporter_id = t.id"
    " WHERE t.what = 'supporter'",
    "SELECT 'letter', letter_id FROM letters WHERE mailbox = :mailbox",
    f"SELECT 'mail', inbound_id FROM replies WHERE {_is_theirs('from_address')}",
    _REPORTS,
    # one that was merged, and the one that it was merged into, go together
    f"SELECT 'touched', coalesce(merged_into, followup_id) FROM followups"
    f" WHERE {_is_theirs('email')} OR supporter_id {_in('supporter')} OR followup_id IN"
    f" (SELECT followup_id FROM followup_replies WHERE inbound_id {_in('mail')})",
    f"SELECT 'group', f.followup_id FROM followups AS f"
    f" WHERE coalesce(f.merged_into, f.followup_id) {_in('touched')}",
    # those in which somebody else is as well
    f"SELECT 'mixed', coalesce(f.merged_into, f.followup_id) FROM followups AS f"
    f" WHERE f.followup_id {_in('group')} AND (f.supporter_id {_ANOTHERS}"
    f" OR EXISTS (SELECT 1 {_MAILS_OF_OTHERS})"
    f" OR (f.merged_into IS NOT NULL AND f.supporter_id IS NULL AND f.email <> ''"
    f"  AND NOT {_is_theirs('f.email')} AND f.email NOT IN ({_STATED.format('email')})"
    f"  AND f.email NOT IN ({_STATED.format('from_address')})))",
    f"SELECT 'followup', f.followup_id FROM followups AS f WHERE f.followup_id {_in('group')}"
    f" AND coalesce(f.merged_into, f.followup_id) NOT {_in('mixed')}",
    # in a record of two people what says who they are is theirs, if nothing says otherwise
    f"SELECT 'shared', f.followup_id FROM followups AS f WHERE f.followup_id {_in('group')}"
    f" AND f.followup_id NOT {_in('followup')} AND ((f.supporter_id {_in('supporter')}"
    f"  AND NOT EXISTS (SELECT 1 {_MAILS_OF_OTHERS} AND f.email IN (r.from_address, r.email)))"
    f" OR ({_is_theirs('f.email')} AND (f.supporter_id {_in('supporter')} OR EXISTS"
    "   (SELECT 1 FROM followup_replies AS m JOIN replies AS r USING (inbound_id)"
    f"   WHERE m.followup_id = coalesce(f.merged_into, f.followup_id)"
    f"   AND m.inbound_id {_in('mail')} AND r.from_address = f.email))"
    f"  AND NOT EXISTS (SELECT 1 {_MAILS_OF_OTHERS} AND r.name = f.name AND f.name <> '')))",
    f"SELECT 'letter', l.letter_id FROM letters AS l"
    f" WHERE (l.supporter_id {_in('supporter')} OR l.followup_id {_in('followup')})"
    f" AND (l.inbound_id IS NULL OR l.inbound_id {_in('mail')} OR l.followup_id {_in('followup')})"
    f" AND l.email NOT IN (SELECT r.from_address FROM followups AS f"
    f"  JOIN followup_replies AS m USING (followup_id) JOIN replies AS r USING (inbound_id)"
    f"  WHERE f.followup_id {_in('group')} AND r.inbound_id NOT {_in('mail')})",
    _REPORTS,
    f"SELECT 'history', h.history_id FROM followup_history AS h JOIN followups AS f"
    f" USING (followup_id) WHERE f.followup_id {_in('followup')} OR (f.followup_id {_in('group')}"
    f" AND ((h.field = 'email' AND ({_is_theirs('h.old')} OR {_is_theirs('h.new')}))"
    f" OR (h.field = 'name' AND f.followup_id {_in('shared')} AND f.name IN (h.old, h.new))))",
    f"SELECT 'gathering', g.gathering_id FROM gatherings AS g"
    f" WHERE NOT coalesce(g.supporter_id {_ANOTHERS}, 0) AND ("
    f"  ({_is_theirs('g.email')} AND (g.supporter_id {_in('supporter')} OR g.followup_id IS NULL"
    f"   OR g.followup_id {_in('followup')} OR g.followup_id {_in('shared')}))"
    f"  OR (g.email = '' AND g.supporter_id {_in('supporter')})"
    f"  OR (g.followup_id {_in('followup')} AND g.email IN ('', ({_FOLLOWUP}))))",
    # their word on how it went is theirs, wherever it is, and that of nobody else
    f"SELECT 'result', result_id FROM gathering_results WHERE inbound_id {_in('mail')}"
    f" OR (gathering_id {_in('gathering')} AND inbound_id IS NULL)",
)
#: what names them, and stays: it is somebody else's too, or in doubt
DOUBTFUL: Final = {
    "followup": f"SELECT followup_id FROM followups AS f WHERE f.followup_id {_in('group')}"
    f" AND f.followup_id NOT {_in('followup')}"
    " AND (f.merged_into IS NULL OR f.email <> '' OR f.name <> '') ORDER BY 1",
    "gathering": f"SELECT gathering_id FROM gatherings AS g WHERE g.gathering_id NOT"
    f" {_in('gathering')} AND ({_is_theirs('g.email')} OR g.supporter_id {_in('supporter')}"
    f" OR g.followup_id {_in('followup')}) ORDER BY 1",
}
FILES: Final = f"""
    INSERT INTO temp.their_files
    SELECT DISTINCT file_key FROM letter_attachments AS a
    WHERE a.letter_id {_in("letter")}
        AND NOT EXISTS (SELECT 1 FROM letter_attachments AS o WHERE o.file_key = a.file_key
            AND o.letter_id NOT {_in("letter")})
"""
#: where addresses are, to know how theirs is spelt
SPELT: Final = f"""
    SELECT email FROM supporters WHERE supporter_id {_in("supporter")}
    UNION SELECT id FROM temp.theirs WHERE what = 'suppression'
    UNION SELECT email FROM signups WHERE signup_id {_in("signup")}
    UNION SELECT email FROM followups WHERE followup_id {_in("followup")}
        OR followup_id {_in("shared")}
    UNION SELECT email FROM gatherings WHERE gathering_id {_in("gathering")}
    UNION SELECT email FROM letters WHERE letter_id {_in("letter")}
    UNION SELECT from_address FROM replies WHERE kind NOT IN ('bounce', 'complaint', 'receipt')
        AND inbound_id {_in("mail")}
    UNION SELECT email FROM replies WHERE inbound_id {_in("mail")}
    UNION SELECT email FROM replies WHERE {_is_theirs("email")}
    UNION SELECT email FROM followups WHERE {_is_theirs("email")}
"""
#: mails in whose text one of some words, as JSON, stands once it is decoded
SPEAKING: Final = """
    SELECT inbound_id FROM replies AS r WHERE EXISTS (SELECT 1 FROM json_each(?) AS w WHERE
        instr(lower(r.subject || char(10) || r.reply || char(10) || r.quoted || char(10)
            || r.signature || char(10) || r.email || char(10) || r.from_name), w.value))
"""
#: whoever sent them, staff linked them to the person
LINKED: Final = f"SELECT inbound_id FROM replies WHERE supporter_id {_in('supporter')}"
