"""From a message's files, the facts of a day and one person to a finished message.

It is a function of values: no database and no clock. `freeze` reads everything that a message can
need into one text with a hash; a `Composer` over it makes any number of people's messages.
What preview shows and what dispatch sends is the same call. Writes no table.
"""

from outreach.compose.composer import Composer
from outreach.compose.library import FrozenMessage, MessageInfo, freeze, list_messages, read_draft

__all__ = ["Composer", "FrozenMessage", "MessageInfo", "freeze", "list_messages", "read_draft"]
