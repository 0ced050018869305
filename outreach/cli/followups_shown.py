"""How one follow-up is shown in a terminal."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import click

from outreach.cli.output import mailbox, print_table, print_text, words
from outreach.followups.inferences import FROM_LIST, Inference
from outreach.followups.person import Past
from outreach.followups.view import Followup, FollowupMail
from outreach.workflow.followups import Case

_HOUR: Final = timedelta(hours=1)


def span(length: timedelta) -> str:
    """Say a length of time as people do: 40 min, 5 h, 3 d."""
    hours = length / _HOUR
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"


def since(moment: str, now: datetime) -> str:
    """Say how long ago a stored moment was; '' stays ''."""
    if not moment:
        return ""
    return span(max(now - datetime.fromisoformat(moment), timedelta()))


def until(moment: str, now: datetime) -> str:
    """Say how far a stored moment is: in 5 h, or 2 d ago; '' stays ''."""
    if not moment:
        return ""
    left = datetime.fromisoformat(moment) - now
    return f"in {span(left)}" if left > timedelta() else f"{span(-left)} ago"


def as_object(case: Case) -> Mapping[str, object]:
    """Give a follow-up as one object: its own fields, then what is known besides."""
    followup = {f.name: getattr(case.followup, f.name) for f in dataclasses.fields(Followup)}
    inferred = {field: found._asdict() for field, found in case.followup.inferred.items()}
    rest = {f.name: getattr(case, f.name) for f in dataclasses.fields(Case) if f.name != "followup"}
    return {**followup, "inferred": inferred, **rest}


def print_case(case: Case, now: datetime, *, history: bool) -> None:
    """Print the person, what was understood of them, what they did before, and their mails."""
    found = case.followup
    if case.claim is not None:
        print_text(f"{case.claim.who} has this open since {case.claim.since}.")
    if case.talk_needed:
        number = case.followup.line.followup_id
        click.echo(
            "Hosting is dangerous for them: talk the risks over before you confirm, then"
            f" `outreach gatherings safety-talk {number}`."
        )
    for label, value in _facts(case, now):
        if value:
            print_text(value, f"{label + ':':<11}")
    for mail in found.mails:
        click.echo()
        _print_mail(mail)
    if case.letters:
        click.echo()
    for letter in case.letters:
        became = f", came back: {words(letter.returned)}" if letter.returned else ""
        print_text(
            f"Letter {letter.letter_id}, {letter.created_at}, {letter.template or letter.purpose}"
            f" ({words(letter.state)}{became}), by {letter.created_by}: {letter.subject}"
        )
    if history:
        click.echo()
        print_table(
            ["when", "who", "what", "before", "after"],
            [
                [
                    c.changed_at,
                    c.changed_by,
                    words(c.field),
                    _told(c.field, c.old),
                    _told(c.field, c.new),
                ]
                for c in found.history
            ],
        )


def _told(field: str, value: str) -> str:
    return " ".join(json.loads(value)) if field == "tags" else value


def _facts(case: Case, now: datetime) -> Iterator[tuple[str, str]]:
    line, inferred = case.followup.line, case.followup.inferred
    reason = f" ({words(line.close_reason)})" if line.close_reason else ""
    into = f", merged into {line.merged_into}" if line.merged_into else ""
    stage = f"{words(line.stage)}{reason}{into}"
    yield "Follow-up", f"{line.followup_id}, {stage}, version {line.version}"
    for label, value in (
        ("Name", line.name),
        ("Email", line.email),
        ("Country", line.country),
        ("Language", line.language),
    ):
        yield label, value and value + _how(inferred.get(label.lower()))
    yield "Campaign", line.campaign
    if line.waiting_since:
        yield "Waiting", f"since {line.waiting_since}, {since(line.waiting_since, now)}"
    yield "Due", line.due_at and f"{line.due_at}, {until(line.due_at, now)}"
    yield "Asleep", line.snoozed_until and f"until {line.snoozed_until}"
    yield "Assignee", line.assignee
    yield "Tags", " ".join(line.tags)
    yield "Note", ", ".join(line.flags)
    if case.past is not None:
        yield from _past(case.past)
    for proposal in case.duplicates:
        other = proposal.other if proposal.keep == line.followup_id else proposal.keep
        yield "Perhaps", f"the same person as {other}: {proposal.why} ({proposal.shared})"


def _how(found: Inference | None) -> str:
    if found is None:
        return ""
    if found.source == FROM_LIST:
        return " (from the list)"
    return "" if found.certainty is None else f" ({found.certainty:.0%} certain)"


def _past(past: Past) -> Iterator[tuple[str, str]]:
    person = mailbox(past.name, past.email)
    joined = f", since {past.joined}" if past.joined else ""
    yield "Supporter", f"{past.supporter_id}, {person}{joined}, consent {past.consent}"
    if past.safety != "standard":
        yield "Safety", f"{past.safety}: name no organisation, campaign or case to them"
    yield "Suppressed", words(past.suppressed)
    yield "Did", ", ".join(f"{d.quantity:,} {words(d.kind)} ({d.campaign})" for d in past.actions)
    yield "Got", ", ".join(f"{g.campaign} ({words(g.state)} {g.at[:10]})" for g in past.letters)
    yield "Others", ", ".join(map(str, past.others))


def _print_mail(mail: FollowupMail) -> None:
    print_text(
        f"Mail {mail.inbound_id}, {mail.received_at}, {words(mail.kind)} ({mail.certainty:.0%}),"
        f" from {mailbox(mail.from_name, mail.from_address) or 'nobody'}: {mail.subject}"
    )
    print_text("\n".join(filter(None, [mail.reply, mail.signature])), "  ")
    said = {"country": mail.country_text, "telephone": mail.phone}
    for label, value in said.items():
        if value:
            print_text(f"({label}: {value})", "  ")
    if mail.why:
        print_text(f"({'; '.join(mail.why)})", "  ")
