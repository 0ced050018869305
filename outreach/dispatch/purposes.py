"""What single letters are for, and what each says of how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class LetterPurpose(StrEnum):
    """What a letter to one person is for."""

    #: says by itself that a mail came in
    ACKNOWLEDGEMENT = "acknowledgement"
    #: what somebody of the staff writes to one person
    ANSWER = "answer"
    REMINDER = "reminder"
    RESULTS_REQUEST = "results_request"
    #: to somebody of the staff
    DIGEST = "digest"
    #: asks whether an address is really that of whoever typed it into a form
    CONFIRMATION = "confirmation"
    #: asks, as somebody of the staff wished, whether a wish that nothing proves was meant
    OPT_OUT_CHECK = "opt_out_check"


#: Auto-Submitted (RFC 3834 §5) of letters that nobody wrote; what somebody wrote has none
AUTO_SUBMITTED: Final[Mapping[LetterPurpose, str]] = {
    LetterPurpose.ACKNOWLEDGEMENT: "auto-replied",
    LetterPurpose.REMINDER: "auto-generated",
    LetterPurpose.RESULTS_REQUEST: "auto-generated",
    LetterPurpose.DIGEST: "auto-generated",
    LetterPurpose.CONFIRMATION: "auto-generated",
}
