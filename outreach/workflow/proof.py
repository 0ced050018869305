"""Whether a message will do, before a plan stands on it. Reads only.

Everybody who gets it must be able to leave the list, and to see who writes and from where.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from outreach.compose import Composer, FrozenMessage
from outreach.compose.translations import Standing, translations
from outreach.dispatch import plan
from outreach.dispatch.campaigns import Campaign
from outreach.dispatch.orders import on_trial, problem
from outreach.errors import TemplateError
from outreach.model import Message, Safety
from outreach.store import Database
from outreach.supporters import roll
from outreach.workflow.preview import MADE_UP

#: people of a plan whose message is made to see whether it can be
SAMPLE: Final = 20

_TAG: Final = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Sample:
    """What came of making some people's messages."""

    tried: int
    failed: int
    first_problem: str


def prove_languages(frozen: FrozenMessage, composer: Composer, moment: datetime) -> None:
    """Make a made-up reader's message in each language, discreet ones too, and look at it.

    Raises:
        TemplateError: one of them lacks the unsubscribe link or the postal address.
    """
    safeties = (Safety.STANDARD, Safety.DISCREET) if composer.discreet else (Safety.STANDARD,)
    for safety in safeties:
        for language in composer.languages:
            reader = replace(MADE_UP, language=language, safety=safety)
            try:
                message = on_trial(composer.compose, reader, moment)
            except TemplateError:
                # a message may need what only the people of its segment have
                continue
            _prove(frozen, message, " (discreet)" if safety is Safety.DISCREET else "")


def prove_sample(
    db: Database, campaign: Campaign, frozen: FrozenMessage, composer: Composer, moment: datetime
) -> Sample:
    """Make the messages of some planned people, from all over the plan, and look at them.

    Raises:
        TemplateError: one of them lacks the unsubscribe link or the postal address.
    """
    people = roll.fetch(db, plan.spread(db, campaign, SAMPLE))
    problems = []
    for supporter in people.values():
        try:
            message = on_trial(composer.compose, supporter, moment)
        except Exception as error:
            problems.append(problem(error))
        else:
            _prove(frozen, message, "")
    return Sample(len(people), len(problems), next(iter(problems), ""))


def older_languages(frozen: FrozenMessage) -> tuple[str, ...]:
    """Name the languages that say what the default language said before it was changed."""
    found = translations(frozen.name, frozen.files)
    return tuple(sorted({one.language for one in found if one.standing is Standing.OLDER}))


def _prove(frozen: FrozenMessage, message: Message, version: str) -> None:
    page = html.unescape(message.html)
    address = frozen.letterhead.postal_address
    for part, content in (("HTML", page), ("text", message.text)):
        if _unsubscribe_url(message) not in content:
            lacks, name = "link to unsubscribe", "unsubscribe_url"
        elif _letters(address) not in _letters(_TAG.sub("", content)):
            lacks, name = "postal address", "postal_address"
        else:
            continue
        raise TemplateError(
            f"the message {frozen.name} in {message.language}{version} has no {lacks}"
            f" in its {part} part",
            next_step=f"put {{{{ {name} }}}} into it, or into its layout, and plan again",
        )


def _unsubscribe_url(message: Message) -> str:
    header = dict(message.headers)["List-Unsubscribe"]
    return header[1 : header.index(">")]


def _letters(text: str) -> str:
    """Give letters and digits only: an address may be set in several lines."""
    return "".join(filter(str.isalnum, text))
