"""Until when somebody is away who waits for our answer, as their automatic answer says.

It hides nobody: it stands in the history, and with the follow-up until that day or until their next
mail. Writes nothing; `arrivals` does.
"""

from __future__ import annotations

from typing import Final

#: how the history calls it
FIELD: Final = "away"
#: of `followups AS f`: the day, which may be over; '' where their last mail says nothing of it
SAID: Final = f"""coalesce((
    SELECT iif(h.field = '{FIELD}', h.new, '') FROM followup_history AS h
     WHERE h.followup_id = f.followup_id AND h.field IN ('{FIELD}', 'mail')
     ORDER BY h.history_id DESC LIMIT 1), '')"""
