"""The text of a body in compressed RTF, which Outlook sends to those it takes for colleagues.

MS-OXRTFCP, https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxrtfcp. Of HTML
inside RTF (MS-OXRTFEX) the text is read too. Writes nothing, never raises.
"""

from __future__ import annotations

from typing import Final

from compressed_rtf import decompress
from striprtf.striprtf import rtf_to_text

#: bytes that are read; a letter's are some thousand, and what expands takes its time
_MOST: Final = 200_000
_MOST_EXPANDED: Final = 500_000


def text_of_rtf(compressed: bytes) -> str:
    """Give the text; '' for any other bytes."""
    if len(compressed) > _MOST:
        return ""
    try:
        # RTF is ASCII: other letters are escaped, in a charset that the file names
        rtf = decompress(compressed).decode("latin-1")
        return str(rtf_to_text(rtf[:_MOST_EXPANDED], errors="replace"))  # type: ignore[no-untyped-call]
    # the libraries raise ValueError, LookupError and more on hostile bytes; the raw mail is kept
    except Exception:
        return ""
