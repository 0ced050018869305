"""`understand`: one mail's bytes to everything that can be said of it without the database.

A pure function of its arguments, so it can be run again over stored mails when it has learnt more.
Which person and campaign the mail belongs to, `match` finds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from outreach.model import ReplyKind
from outreach.replies import mime
from outreach.replies.bounces import Bounce
from outreach.replies.classify import classify
from outreach.replies.extract import Details, extract
from outreach.replies.language import language_of_text
from outreach.replies.returning import return_date, sent_on
from outreach.replies.traces import Traces, candidates, traces
from outreach.replies.trim import trim
from outreach.replies.verdict import BY_PEOPLE


@dataclass(frozen=True, slots=True)
class Understanding:
    """What one mail says. Text that is not known is ''."""

    kind: ReplyKind
    #: 0 to 1
    certainty: float
    #: the reasons for the kind, in words for staff; no personal data
    why: tuple[str, ...]
    from_name: str = ""
    #: normalised
    from_address: str = ""
    subject: str = ""
    #: what the person wrote; never '' where the mail holds any text
    reply: str = ""
    quoted: str = ""
    signature: str = ""
    #: what the person says of themselves, else what the mail's sender field says
    name: str = ""
    email: str = ""
    #: ISO 3166-1 alpha-2, only where there is no doubt
    country: str = ""
    country_text: str = ""
    #: 0 to 1, by how the country was named
    country_certainty: float = 0.0
    #: BCP 47, of the person's own words
    language: str = ""
    #: as the person wrote it
    phone: str = ""
    #: of an automatic answer: the day (YYYY-MM-DD) from which the person reads mail again
    return_date: str = ""
    bounce: Bounce | None = None
    #: the first thing in recipients, thread or report that looks like a token of ours; unproven
    token: str = ""
    traces: Traces = field(default_factory=Traces)
    #: why nothing is understood, where that is our fault
    fault: Exception | None = field(default=None, compare=False)


def understand(raw: bytes, sent: str = "") -> Understanding:
    """Understand a mail; `sent` is the text of the message that it answers, where that is known.

    Takes any bytes and never raises. A fault of ours gives kind UNKNOWN with the error in `why`.
    """
    try:
        return _understood(mime.parse(raw), sent)
    # one mail that we can't read must not stop the mails behind it
    except Exception as error:
        return _not_understood(error)


def understand_parsed(parsed: mime.Parsed, sent: str = "") -> Understanding:
    """Do as `understand` with what `mime.parse` gave, for who has parsed the mail already."""
    try:
        return _understood(parsed, sent)
    except Exception as error:
        return _not_understood(error)


def _not_understood(error: Exception) -> Understanding:
    why = f"this mail could not be understood ({type(error).__name__})"
    return Understanding(ReplyKind.UNKNOWN, certainty=0.0, why=(why,), fault=error)


def _return_date(parsed: mime.Parsed, text: str) -> str:
    sent = sent_on(parsed.headers.get("date"))
    return return_date(f"{parsed.subject}\n{text}", sent, language_of_text(text))


def _is_no_text(parsed: mime.Parsed) -> bool:
    """Whether it is a file of another sort: bytes that no text has, and no field of a mail."""
    return not parsed.headers.fields and b"\0" in parsed.raw


def _understood(parsed: mime.Parsed, sent: str) -> Understanding:
    parts = trim(parsed.text, sent)
    own = "" if parts.only_quoted or _is_no_text(parsed) else parts.reply
    details = extract(own, parsed.from_name, parsed.from_address, parts.signature)
    verdict = classify(parsed, own, details.filled)
    if verdict.kind not in BY_PEOPLE:
        # of machines' mail no name, address or country is a person's
        details = Details()
    leads = traces(parsed, verdict.kind, verdict.bounce)
    tokens = candidates((*leads.recipients, *leads.thread, *leads.returned))
    return Understanding(
        kind=verdict.kind,
        certainty=verdict.certainty,
        why=(*verdict.why, *details.notes),
        from_name=parsed.from_name,
        from_address=parsed.from_address,
        subject=parsed.subject,
        reply=parts.reply,
        quoted=parts.quoted,
        signature=parts.signature,
        name=details.name,
        email=details.email,
        country=details.country,
        country_text=details.country_text,
        country_certainty=details.country_certainty,
        language=language_of_text(own),
        phone=details.phone,
        return_date=_return_date(parsed, parts.reply)
        if verdict.kind is ReplyKind.AUTO_REPLY
        else "",
        bounce=verdict.bounce,
        token=tokens[0] if tokens else "",
        traces=leads,
    )
