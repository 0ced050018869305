"""What a file says of consent, and what an import makes of it: a yes is never made up."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from outreach.csvfiles import RowProblem
from outreach.errors import InputError
from outreach.model import Consent, Safety, Supporter, Suppression
from outreach.supporters import consents, roll
from outreach.supporters.consent import suppression_of
from outreach.supporters.refusal import Refusal
from outreach.workflow.supporters import ImportReport, import_supporters

WHO = "a@example.org"
UNREAD = "could not be read: 'bitte nicht'"
PENDING = "never confirmed: 'Pending'"


@pytest.fixture
def take(db: Database, tmp_path: Path, now: datetime):
    """Give a function that writes lines to a file and imports it."""

    def take_in(*lines: str, **options: object) -> ImportReport:
        path = tmp_path / "list.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return import_supporters(db, path, **{"now": now, **options})

    return take_in


def found(db: Database, email: str = WHO) -> Supporter:
    """Read a person who is there."""
    person = roll.find(db, email)
    assert person is not None
    return person


def consent(db: Database, email: str = WHO) -> tuple[str, str]:
    """Read whether and on what ground somebody may be written to."""
    person = found(db, email)
    return person.consent.value, person.consent_ground


GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"


def test_the_guide_has_the_table_that_the_code_has() -> None:
    """And names every reason for which a row is rejected."""
    guide = GUIDE.read_text("utf-8")
    rows = [line for line in str(consents.__doc__).splitlines() if line.startswith("|")]
    assert len(rows) == 7
    assert "\n".join(rows) in guide
    for reason in (*RowProblem, *Refusal):
        assert f"| `{reason}` |" in guide


#: what was said one after another, each an import of its own; "+" is an empty cell with --consent
STORIES = [
    (["yes"], ("granted", "")),
    (["no"], ("denied", "")),
    ([""], ("unknown", "")),
    (["+"], ("granted", "members")),
    (["Pending"], ("unknown", PENDING)),
    (["bitte nicht"], ("unknown", UNREAD)),
    # a no wins over everything, for ever
    (["yes", "no"], ("denied", "")),
    (["no", "yes"], ("denied", "")),
    (["no", "+"], ("denied", "")),
    (["no", "bitte nicht"], ("denied", "")),
    (["bitte nicht", "no"], ("denied", "")),
    (["Pending", "no", "yes"], ("denied", "")),
    # nothing said is nothing changed
    (["yes", ""], ("granted", "")),
    (["Pending", ""], ("unknown", PENDING)),
    (["", "yes"], ("granted", "")),
    (["", "+"], ("granted", "members")),
    # who never confirmed is filled by nobody, but keeps an earlier yes and may still say one
    (["Pending", "+"], ("unknown", PENDING)),
    (["Pending", "", "+"], ("unknown", PENDING)),
    (["Pending", "yes"], ("granted", "")),
    (["yes", "Pending"], ("granted", "")),
    (["+", "Pending"], ("granted", "members")),
    # what can't be read may be a no: a yes is taken back until the next word that can be read
    (["bitte nicht", "+"], ("unknown", UNREAD)),
    (["yes", "bitte nicht"], ("unknown", UNREAD)),
    (["yes", "bitte nicht", "+"], ("unknown", UNREAD)),
    (["+", "bitte nicht", "+"], ("unknown", UNREAD)),
    (["bitte nicht", "yes"], ("granted", "")),
    (["bitte nicht", "Pending"], ("unknown", UNREAD)),
    (["Pending", "bitte nicht"], ("unknown", UNREAD)),
    (["bitte nicht", "lieber nicht"], ("unknown", "could not be read: 'lieber nicht'")),
]


@pytest.mark.parametrize(("story", "end"), STORIES, ids=lambda value: " ".join(map(str, value)))
def test_what_was_said_later_counts_by_its_kind(
    db: Database, take, story: list[str], end: tuple[str, str]
) -> None:
    """The whole table of `consents`, file after file."""
    for word in story:
        said = word.replace("+", "")
        take("email,consent", f"{WHO},{said}", consent_ground="members" if word == "+" else "")
    assert consent(db) == end


@pytest.mark.parametrize(("story", "end"), STORIES, ids=lambda value: " ".join(map(str, value)))
def test_rows_of_one_file_count_as_said_one_after_another(
    db: Database, take, now: datetime, story: list[str], end: tuple[str, str]
) -> None:
    """And --consent fills nobody of whom any row says that they never confirmed."""
    rows = [f"{WHO},{word.replace('+', '')}" for word in story]
    ground = "members" if "+" in story else ""
    if story == ["+", "Pending"]:
        end = ("unknown", PENDING)
    take("email,consent", *rows, consent_ground=ground)
    assert consent(db) == end
    before = found(db)
    take("email,consent", *rows, consent_ground=ground, now=now + timedelta(days=1))
    assert found(db) == before


def test_consent_fills_only_those_of_whom_the_file_says_nothing(db: Database, take) -> None:
    """An empty cell, or no column; any word is a word."""
    words = ["", "unknown", "?", "-", "n/a", "pending", "unconfirmed", "no", "2013-05-01", "yes"]
    rows = [f"p{number}@example.org,{word}" for number, word in enumerate(words)]
    report = take("email,consent", *rows, consent_ground="a stall")
    people = [consent(db, f"p{number}@example.org") for number in range(len(words))]
    assert people == [
        ("granted", "a stall"),
        *[("unknown", f"never confirmed: '{word}'") for word in words[1:7]],
        ("denied", ""),
        ("unknown", "could not be read: '2013-05-01'"),
        ("granted", ""),
    ]
    assert report.notes == {"consent_not_given": 6, "consent_unclear": 1}
    assert take("email", WHO).notes == {"no_consent": 1}
    assert take("email", WHO, consent_ground="members").notes == {}
    assert consent(db) == ("granted", "members")
    assert found(db).consent_at == "2014-02-26T09:00:00Z"


def test_an_address_in_another_case_is_the_same_person(db: Database, take) -> None:
    """Whoever is not filled, is not filled as somebody else."""
    take("email,consent", "A@Example.org,", f"{WHO},Pending", consent_ground="members")
    take("email", "A@EXAMPLE.org", consent_ground="members")
    assert consent(db) == ("unknown", PENDING)


def test_words_that_can_not_be_read_are_named(db: Database, take) -> None:
    """The first few, each once; and each is kept with the person."""
    words = ["nur Post", "nur Post", "by fax", "by hand", "call me", "write", "ask first"]
    report = take("email,consent", *(f"p{n}@example.org,{word}" for n, word in enumerate(words)))
    assert report.notes == {"consent_unclear": 7}
    assert report.unclear_words == ("nur Post", "by fax", "by hand", "call me", "write")
    assert found(db, "p0@example.org").attributes == {"consent": "nur Post"}


def test_a_ground_is_of_a_yes_or_a_no(db: Database, take) -> None:
    """Beside nothing it is no statement, fills nobody's consent, and is kept as an attribute."""
    report = take(
        "email,consent,consent_ground",
        "yes@example.org,yes,petition",
        "no@example.org,no,by letter",
        "never@example.org,unknown,paper form",
        "nothing@example.org,,petition",
        "unclear@example.org,maybe,petition",
    )
    grounds = {person.email[:-12]: person.consent_ground for person in roll.list_supporters(db)}
    assert grounds == {
        "yes": "petition",
        "no": "by letter",
        "never": "paper form",
        "nothing": "",
        "unclear": "could not be read: 'maybe'",
    }
    assert found(db, "nothing@example.org").attributes == {"consent_ground": "petition"}
    assert report.notes["ground_without_consent"] == 2
    take("email", "nothing@example.org", "never@example.org", consent_ground="members")
    assert consent(db, "nothing@example.org") == ("granted", "members")
    assert consent(db, "never@example.org") == ("unknown", "paper form")


def test_a_no_to_tracking_and_a_need_for_discretion_stay(db: Database, take, now: datetime) -> None:
    """No import's yes or no turns them back; a later no always counts, and has its moment."""
    header = "email,consent,tracking,safety"
    take(header, "a@example.org,no,no,discreet", "b@example.org,yes,yes,standard")
    take(header, "a@example.org,yes,yes,no", "b@example.org,,,", consent_ground="a stall")
    person = found(db)
    assert (person.tracking, person.safety) == (Consent.DENIED, Safety.DISCREET)
    take(header, "b@example.org,no,no,", now=now + timedelta(days=1))
    changed = found(db, "b@example.org")
    assert (changed.consent, changed.tracking) == (Consent.DENIED, Consent.DENIED)
    assert changed.consent_at == "2014-02-27T09:00:00Z"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("2013-05-01 08:00:00", "granted"),
        ("01/05/2013 08:00", "granted"),
        ("", "unknown"),
        ("unsubscribed", "denied"),
        *((word, "never confirmed") for word in ("pending", "never", "-", "0", "no", "Archived")),
        ("0000-00-00 00:00:00", "never confirmed"),
        *(
            (word, "could not be read")
            for word in ("yes", "1970-01-01 00:00:00", "2013-05-01 left")
        ),
    ],
)
def test_opted_in_at_is_a_yes_only_where_it_is_a_moment(
    db: Database, take, cell: str, said: str
) -> None:
    """Mailchimp's OPTIN_TIME: no other word is taken for one."""
    take("Email Address,OPTIN_TIME", f"{WHO},{cell}")
    state, ground = consent(db)
    assert said in (state, ground.partition(":")[0])
    assert (state == "granted") == (said == "granted")


@pytest.mark.parametrize("status", ["Non-Subscribed", "Pending", "Archived", "Transactional"])
def test_mailchimps_words_for_people_who_never_agreed(db: Database, take, status: str) -> None:
    """They are no ground to write, beside whatever time."""
    header = "Email Address,OPTIN_TIME,Email Marketing Status"
    take(header, f"{WHO},2013-05-01 08:00:00,{status}", consent_ground="our members")
    assert consent(db) == ("unknown", f"never confirmed: '{status}'")


NO = ["no", "0", "false", "FALSCH", "FAUX", "FALSO", "NULL", "NONE", "never", "-", "n/a", ""]
NO += ["0000-00-00", "0000-00-00 00:00:00"]
YES = ["yes", "1", "x", "TRUE", "WAHR", "VRAI", "VERDADERO", "2014-01-01", "03/04/2013 10:00"]


@pytest.mark.parametrize("word", [*NO, *YES, "bitte nicht", "moved away"])
def test_an_opt_out_column_says_no_yes_or_something_unclear(db: Database, take, word: str) -> None:
    """A no in it says nothing, a yes or a day is a no, and any other word is not passed over."""
    take("email,consent,opt_out", f"{WHO},yes,{word}")
    expected = "granted" if word in NO else "denied" if word in YES else "unknown"
    assert consent(db)[0] == expected


OPT_OUTS = [
    *("unsubscribed", "opt_out", "HasOptedOutOfEmail", "opt_out_at", "abgemeldet", "Abgemeldet am"),
    *("Désinscription", "desinscrit", "Désabonné", "baja", "Suppressed", "Deceased", "UNSUB_TIME"),
    *("do not email", "Do-Not-Contact", "unsubscribed_at", "is_deceased"),
]
BOUNCES = ["hard_bounce", "Bounced", "cleaned", "CLEAN_TIME", "email1_is_bad", "bounced at"]


@pytest.mark.parametrize(
    "header",
    [
        "email,can2_subscription_status",
        "Email Address,Email Marketing Status",
        "Email,Sort Name,consent",
        "email,nationbuilder_id,email_opt_in",
        "email,given_name,consent",
        "E-Mail,Newsletter",
    ],
)
def test_opt_outs_and_bounces_count_in_every_format(db: Database, take, header: str) -> None:
    """Whatever the program that wrote the file calls its own columns."""
    yes = "subscribed" if "tatus" in header else "yes"
    for number, column in enumerate([*OPT_OUTS, *BOUNCES]):
        person = f"p{number}@example.org"
        cells = [person, *[""] * (header.count(",") - 1), yes, "2014-01-01"]
        take(f"{header},{column}", ",".join(cells))
        if column in BOUNCES:
            assert suppression_of(db, person) is Suppression.DEAD_ADDRESS, column
        else:
            assert found(db, person).consent is Consent.DENIED, column


def test_a_dead_address_is_neither_filled_nor_told_to_want_consent(db: Database, take) -> None:
    """A bounce is no silence."""
    header = "email,can2_subscription_status"
    assert take(header, f"{WHO},bouncing", consent_ground="members").notes == {}
    assert consent(db) == ("unknown", "")


@pytest.mark.parametrize(
    "column",
    [
        *(
            "Optout reason",
            "UNSUB_REASON",
            "Consent form",
            "Suppression list",
            "deceased?? (staff)",
        ),
        *("Bounce count", "Newsletter FR", "is_subscriber", "Opt-in source"),
    ],
)
def test_consent_can_not_be_filled_beside_a_column_that_may_say_no(
    db: Database, take, column: str
) -> None:
    """It is an error, that names the column and how to say what it is."""
    lines = ("email,name,shoe size," + column, f"{WHO},,,")
    with pytest.raises(InputError) as caught:
        take(*lines, consent_ground="members")
    for words in (column, "opt_out=4", "consent=4", "attribute=4"):
        assert words in str(caught.value)
    assert take(*lines).doubtful_columns == (column,)
    assert take(*lines, consent_ground="members", columns=[("attribute", "4")]).merged == 1
    assert consent(db) == ("granted", "members")


def test_columns_about_other_channels_do_not_get_in_the_way(take) -> None:
    """NationBuilder's own exports have them."""
    lines = ("email,nationbuilder_id,mobile_opt_in,phone_opt_in", f"{WHO},1,,")
    assert take(*lines, consent_ground="members").doubtful_columns == ()


def test_an_opt_out_column_can_be_named(db: Database, take) -> None:
    """Several, too; none of them can be named a consent, nor a consent an opt-out."""
    header = "email,Kein Kontakt,Sperre,Unsubscribed,Newsletter,Unsub form"
    named = [("opt_out", "Kein Kontakt"), ("opt_out", "Sperre")]
    take(header, "a@example.org,x,,,,", "b@example.org,,x,,,", "c@example.org,,,,,", columns=named)
    states = [person.consent.value for person in roll.list_supporters(db)]
    assert states == ["denied", "denied", "unknown"]
    for role, column, words in [
        ("consent", "Unsubscribed", "opt_out=4"),
        ("consent", "Unsub form", "opt_out=6"),
        ("opt_out", "Newsletter", "consent=5"),
    ]:
        with pytest.raises(InputError, match=words):
            take(header, "a@example.org,x,,yes,,", columns=[(role, column)])


def test_a_status_that_is_not_about_consent_can_be_set_aside(db: Database, take) -> None:
    """As an attribute its words mean nothing."""
    lines = ("email,status", f"{WHO},active")
    take(*lines)
    assert consent(db) == ("unknown", "could not be read: 'active'")
    take("email,status", "b@example.org,active", columns=[("attribute", "status")])
    assert consent(db, "b@example.org") == ("unknown", "")
    assert found(db, "b@example.org").attributes == {"status": "active"}
