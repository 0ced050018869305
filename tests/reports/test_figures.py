"""The figures of a campaign."""

from __future__ import annotations

import pytest
from sqlite_utils import Database

from outreach.errors import NotFound
from outreach.model import ReplyKind
from outreach.reports.figures import BY_PEOPLE, NO_MESSAGE, Part, report


@pytest.fixture
def campaign(db: Database) -> Database:
    """Six people: three accepted, one of each refused, withdrawn and left out.

    Person 1 wrote three times, 2 is away, 4 has bounced, a stranger offers an event twice.
    """
    db.conn.executescript(
        """
        INSERT INTO supporters (supporter_id, email, country, language) VALUES
            (1, 'a@example.org', 'CD', ''), (2, 'b@example.org', 'CD', 'fr'),
            (3, 'c@example.org', 'TG', 'fr'), (4, 'd@example.org', 'TG', 'fr'),
            (5, 'e@example.org', '', ''), (6, 'f@example.org', 'PL', 'pl');
        INSERT INTO campaigns (campaign_id, name, template, segment, created_at, planned_at,
                               audience)
            VALUES (1, 'spring', 't', 's', '2014-02-25T09:00:00Z', '2014-02-26T09:00:00Z', 6),
                   (2, 'draft', 't', 's', '2014-02-25T09:00:00Z', '', 0);
        INSERT INTO deliveries (delivery_id, campaign_id, supporter_id, state, reason, language,
                                changed_at) VALUES
            (1, 1, 1, 'accepted', '', 'fr', ''), (2, 1, 2, 'accepted', '', 'fr', ''),
            (3, 1, 3, 'accepted', '', 'en', ''), (4, 1, 4, 'refused', 'dead_address', 'fr', ''),
            (5, 1, 5, 'withdrawn', 'opted_out', '', ''),
            (6, 1, 6, 'excluded', 'no_consent', '', '');
        """
    )
    mails = [
        ("volunteer", 1, 1, "a@example.org", ""),
        ("volunteer", 1, 1, "a@example.org", ""),
        ("question", 1, 1, "a@example.org", ""),
        ("thanks", 3, 3, "c@example.org", ""),
        # a friend to whom 3 forwarded the message
        ("volunteer", 3, None, "friend@example.org", ""),
        ("auto_reply", 2, 2, "b@example.org", ""),
        ("bounce", 4, 4, "mailer-daemon@example.org", ""),
        ("volunteer", None, None, "stranger@example.org", "BG"),
        ("volunteer", None, None, "Stranger@example.org", "BG"),
    ]
    for number, (kind, delivery, supporter, address, country) in enumerate(mails):
        db.conn.execute(
            "INSERT INTO inbound (inbound_id, dedupe_key, source, received_at, raw)"
            " VALUES (?, ?, 'file', '2014-02-27T09:00:00Z', x'')",
            [number, bytes([number])],
        )
        db.conn.execute(
            "INSERT INTO replies (inbound_id, kind, certainty, campaign_id, delivery_id,"
            " supporter_id, from_address, country, understood_at)"
            " VALUES (?, ?, 1, 1, ?, ?, ?, ?, '')",
            [number, kind, delivery, supporter, address, country],
        )
    return db


def test_the_ledger_is_told_with_its_reasons(campaign: Database) -> None:
    """Who got it, who didn't, and why."""
    figures = report(campaign, "spring")
    assert figures.audience == 6
    assert (figures.ledger.accepted, figures.ledger.refused) == (3, 1)
    assert figures.ledger.excluded == {"no_consent": 1}
    assert figures.refused_reasons == {"dead_address": 1}
    assert figures.withdrawn_reasons == {"opted_out": 1}


def test_mails_are_counted_by_kind_and_people_once(campaign: Database) -> None:
    """Machines are no people; readers' friends and strangers are, whatever their capitals."""
    figures = report(campaign, "spring")
    assert figures.replies == {
        "volunteer": 5,
        "auto_reply": 1,
        "bounce": 1,
        "question": 1,
        "thanks": 1,
    }
    assert (figures.replied, figures.volunteers) == (4, 3)
    assert figures.reply_rate == pytest.approx(1.3333)
    assert figures.volunteers_per_thousand == pytest.approx(1000)


def test_countries_are_those_of_the_people(campaign: Database) -> None:
    """A stranger's is what the mail says; the largest audience comes first."""
    assert report(campaign, "spring").countries == (
        Part("CD", audience=2, accepted=2, replied=1, volunteers=1),
        Part("TG", audience=2, accepted=1, replied=1, volunteers=0),
        Part("", audience=1, replied=1, volunteers=1),
        Part("PL", audience=1),
        Part("BG", replied=1, volunteers=1),
    )


def test_languages_are_those_of_the_messages(campaign: Database) -> None:
    """Whoever got none is counted apart, whatever their own language."""
    assert report(campaign, "spring").languages == (
        Part("fr", audience=3, accepted=2, replied=1, volunteers=1),
        Part(NO_MESSAGE, audience=2, replied=1, volunteers=1),
        Part("en", audience=1, accepted=1, replied=2, volunteers=1),
    )


def test_the_parts_add_up_to_the_whole(campaign: Database) -> None:
    """By country as by language."""
    figures = report(campaign, "spring")
    for parts in (figures.countries, figures.languages):
        assert sum(p.audience for p in parts) == figures.audience
        assert sum(p.accepted for p in parts) == figures.ledger.accepted
        assert sum(p.replied for p in parts) == figures.replied
        assert sum(p.volunteers for p in parts) == figures.volunteers


def test_a_campaign_that_is_not_planned_has_no_rates(campaign: Database) -> None:
    """Nothing is divided by nought."""
    figures = report(campaign, "draft")
    assert (figures.audience, figures.reply_rate, figures.countries) == (0, None, ())
    assert figures.volunteers_per_thousand is None


def test_an_unknown_campaign_is_not_found(db: Database) -> None:
    """Rather than reported as empty."""
    with pytest.raises(NotFound):
        report(db, "nothing")


@pytest.mark.parametrize("kind", list(ReplyKind))
def test_every_kind_of_mail_is_by_a_person_or_not(kind: ReplyKind) -> None:
    """A new kind has to be thought about here."""
    machines = {"auto_reply", "bounce", "complaint", "receipt", "newsletter", "spam", "own"}
    assert (kind in BY_PEOPLE) != (kind.value in machines)
