"""Previews of a segment, and its versions: who is shown, why, and how many there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlite_utils import Database

from outreach.compose import Composer
from outreach.compose.ways import Ways
from outreach.errors import InputError, NotFound, SegmentError
from outreach.model import Exclusion, Suppression
from outreach.settings import Settings
from outreach.supporters.consent import suppress
from outreach.workflow import survey
from outreach.workflow.freezing import freeze_message
from outreach.workflow.preview import explained_preview
from outreach.workflow.previews import MOST_VERSIONS, made_up_previews, segment_previews
from outreach.workflow.variants import variants

NAME, MESSAGE = "everyone", "one-in-two-million"
COLUMNS = (
    "email", "given_name", "family_name", "country", "language", "consent", "safety", "tags",
    "attributes",
)  # fmt: skip


@pytest.fixture
def add(db: Database) -> Callable[..., int]:
    """Add a supporter who agreed to be written to; give their id."""

    def added(email: str, **columns: Any) -> int:
        row = {
            "given_name": "",
            "family_name": "",
            "country": "",
            "language": "",
            "consent": "granted",
            "safety": "standard",
            "tags": "[]",
            "attributes": "{}",
            **columns,
            "email": f"{email}@example.org",
        }
        marks = ", ".join("?" * len(COLUMNS))
        cursor = db.conn.execute(
            f"INSERT INTO supporters ({', '.join(COLUMNS)}) VALUES ({marks})",
            [row[column] for column in COLUMNS],
        )
        return int(cursor.lastrowid or 0)

    return added


@pytest.fixture
def write(settings: Settings) -> Callable[..., str]:
    """Write a message of one's own; give its name."""

    def written(content: str, **files: str) -> str:
        folder = settings.templates_dir / "own"
        folder.mkdir()
        (folder / "message.toml").write_text('title = "Own"\ndefault_language = "en"\n', "utf-8")
        page = (
            '{% extends "layouts/letter.html" %}{% block subject %}S{% endblock %}'
            "{% block preheader %}P{% endblock %}{% block content %}CONTENT{% endblock %}"
        )
        for name, text in {"en.html": content, **files}.items():
            (folder / name).write_text(page.replace("CONTENT", text), "utf-8")
        return "own"

    return written


class TestVariants:
    """Every distinct version that would go out."""

    def test_counts_the_people_of_each_version(
        self, db: Database, settings: Settings, now: datetime, add: Callable[..., int]
    ) -> None:
        """By language and ifs, the commonest first, with what is different in words."""
        first = add("ada", given_name="Ada")
        for number in range(3):
            add(f"p{number}", given_name="Zoë")
        nameless = add("nameless")
        add("fr", given_name="Amélie", language="fr")
        found = variants(db, settings, MESSAGE, segment=NAME, now=now)
        told = [(v.people, v.language, v.supporter_id, v.differences) for v in found.versions]
        assert told[0] == (4, "en", first, None)
        assert (1, "en", nameless, ("“Dear friend,” in place of “Dear …,”",)) in told
        assert (found.audience, found.people, len(told)) == (6, 6, 3)
        assert found.versions[0].example == "a…@example.org"

    def test_people_who_would_be_left_out_are_counted_with_the_reason(
        self, db: Database, settings: Settings, now: datetime, add: Callable[..., int]
    ) -> None:
        """A version that nobody would get is none."""
        add("ada", given_name="Ada")
        add("no", consent="denied")
        add("unknown", consent="unknown", language="fr")
        add("discreet", safety="discreet")
        add("gone")
        suppress(db, "gone@example.org", Suppression.DEAD_ADDRESS, "test", now)
        found = variants(db, settings, MESSAGE, segment=NAME, now=now)
        assert [version.people for version in found.versions] == [1]
        assert found.excluded == {
            "no_consent": 1,
            "no_discreet_version": 1,
            "opted_out": 1,
            "suppressed": 1,
        }

    def test_discreet_people_get_a_version_of_their_own(
        self, db: Database, settings: Settings, now: datetime, add: Callable[..., int]
    ) -> None:
        """It has nothing in common with the other, so nothing is compared."""
        add("ada", given_name="Ada")
        add("eve", given_name="Eve", safety="discreet")
        found = variants(db, settings, "good-news", segment=NAME, now=now)
        assert [(v.discreet, v.differences) for v in found.versions] == [
            (False, None),
            (True, None),
        ]

    def test_people_without_a_message_are_counted_with_the_first_reason(
        self,
        db: Database,
        settings: Settings,
        now: datetime,
        add: Callable[..., int],
        write: Callable[..., str],
    ) -> None:
        """With file and line, and nobody else is lost for it."""
        own = write('<p>x</p>\n{{ supporter.attributes["Size"] }}')
        add("a", attributes='{"Size": "L"}')
        add("b")
        add("c")
        found = variants(db, settings, own, segment=NAME, now=now)
        assert (found.people, found.not_composable) == (1, 2)
        assert "templates/own/en.html, line 2: 'Size'" in found.first_problem

    def test_more_versions_than_can_be_told_apart_are_counted_together(
        self,
        db: Database,
        settings: Settings,
        now: datetime,
        add: Callable[..., int],
        write: Callable[..., str],
    ) -> None:
        """What is remembered stays small, and nobody is lost."""
        own = write("{% for i in range(supporter.family_name|int) %}<p>x</p>{% endfor %}y")
        for number in range(survey.MOST_WAYS + 5):
            add(f"p{number}", family_name=str(number))
        frozen = freeze_message(db, settings, own, day=now.date())
        composer = Composer(frozen, now.date())
        ways = Ways(composer)
        seen = survey.survey(db, settings, survey.Question(NAME), composer, ways)
        assert (len(seen.ways), seen.beyond) == (survey.MOST_WAYS, 5)
        assert seen.people == survey.MOST_WAYS + 5

    def test_a_long_segment_is_read_in_batches(
        self, db: Database, settings: Settings, now: datetime, add: Callable[..., int]
    ) -> None:
        """And tells how far it is."""
        for number in range(1203):
            add(f"p{number}")
        told: list[tuple[int, int | None]] = []
        found = variants(
            db,
            settings,
            MESSAGE,
            segment=NAME,
            now=now,
            progress=lambda done, total: told.append((done, total)),
        )
        assert told == [(500, 1203), (1000, 1203), (1203, 1203)]
        assert found.people == 1203

    def test_writes_nothing_to_the_database(
        self, db: Database, settings: Settings, now: datetime, add: Callable[..., int]
    ) -> None:
        """It works beside somebody who writes: no lock is taken."""
        add("ada")
        writer = Database(settings.database)
        writer.conn.execute("BEGIN IMMEDIATE")
        try:
            assert variants(db, settings, MESSAGE, segment=NAME, now=now).people == 1
        finally:
            writer.conn.rollback()
            writer.close()

    @pytest.mark.parametrize(
        ("sql", "error", "words"),
        [
            ("SELECT supporter_id FROM supporters WHERE 0", InputError, "nobody is in this"),
            ("SELECT supporter_id FROM supporters", InputError, "2 opted out"),
            ("SELECT supporter_id FROM no_such_table", SegmentError, "no_such_table"),
        ],
    )
    def test_a_segment_without_readers_is_an_error(
        self,
        db: Database,
        settings: Settings,
        now: datetime,
        add: Callable[..., int],
        sql: str,
        error: type[Exception],
        words: str,
    ) -> None:
        """It says why: nobody is in it, or nobody may be written to."""
        add("a", consent="denied")
        add("b", consent="denied")
        (settings.segments_dir / "own.sql").write_text(f"-- title: T\n-- reason: R\n{sql}\n")
        for call in (variants, segment_previews):
            with pytest.raises(error, match=words):
                call(db, settings, MESSAGE, segment="own", now=now)


class TestTellingPeople:
    """One person for each version, and those in whose message something may look wrong."""

    @staticmethod
    def reasons(
        db: Database, settings: Settings, now: datetime, name: str = MESSAGE
    ) -> dict[int, tuple[str, ...]]:
        """Who is shown, and why."""
        found = segment_previews(db, settings, name, segment=NAME, now=now)
        return {telling.supporter_id: telling.reasons for telling in found.telling}

    def test_each_is_shown_once_with_all_reasons(
        self, db: Database, settings: Settings, now: datetime, add: Callable[..., int]
    ) -> None:
        """Whoever is telling anyway stands for their version too."""
        for number in range(5):
            add(f"p{number}", given_name="Ada")
        long = add("long", given_name="Bartholomea", family_name="Featherstonehaugh")
        found = self.reasons(db, settings, now)
        assert found == {
            long: (
                "1 of 6 who get this version",
                "the longest name, 29 characters",
                "the longest given name, 11 characters",
            )
        }

    @pytest.mark.parametrize(
        ("person", "reason"),
        [
            ({}, "no name at all"),
            ({"family_name": "Ng"}, "a family name and no given name"),
            ({"given_name": "محمد"}, "a name written from right to left"),
            ({"given_name": "李"}, "a name in other than Latin letters"),
            ({"given_name": "Олена"}, "a name in other than Latin letters"),
            ({"given_name": "Lu", "language": "ar"}, "a message written from right to left"),
        ],
    )
    def test_names_and_messages_that_are_easily_forgotten(
        self,
        db: Database,
        settings: Settings,
        now: datetime,
        add: Callable[..., int],
        person: dict[str, str],
        reason: str,
    ) -> None:
        """Whether they have none, or one in another script."""
        add("usual", given_name="Zoë", family_name="Ünsal")
        other = add("other", **person)
        found = self.reasons(db, settings, now)
        assert [number for number, reasons in found.items() if reason in reasons] == [other]

    def test_the_longest_of_each_value_that_the_message_uses(
        self,
        db: Database,
        settings: Settings,
        now: datetime,
        add: Callable[..., int],
        write: Callable[..., str],
    ) -> None:
        """A country by its name in that language; not what the message doesn't use."""
        own = write('{{ supporter.country|country }} {{ supporter.attributes.get("Sh{}irt", "") }}')
        add("a", country="FR", attributes='{"Hat": "very large indeed"}')
        togo = add("b", country="TG", attributes='{"Sh{}irt": "XXXL"}')
        congo = add("c", country="CD")
        found = self.reasons(db, settings, now, own)
        assert "the longest 'Sh{}irt', 4 characters" in found[togo]
        assert any(reason.startswith("the longest country, 1") for reason in found[congo])
        assert not any("Hat" in reason for reasons in found.values() for reason in reasons)

    def test_people_who_would_not_get_it_are_not_shown(
        self, db: Database, settings: Settings, now: datetime, add: Callable[..., int]
    ) -> None:
        """However long their names."""
        ada = add("ada", given_name="Ada")
        add("long", given_name="Bartholomea" * 5, consent="denied")
        assert list(self.reasons(db, settings, now)) == [ada]

    def test_the_first_without_a_message_is_shown_with_the_reason(
        self,
        db: Database,
        settings: Settings,
        now: datetime,
        add: Callable[..., int],
        write: Callable[..., str],
    ) -> None:
        """In the place of their message."""
        own = write("{{ supporter.joined|date }}{{ 'x' * 2 if not supporter.country }}")
        add("a", country="TG")
        failed = add("b")
        found = segment_previews(db, settings, own, segment=NAME, now=now)
        last = found.telling[-1]
        assert (last.supporter_id, last.preview, found.not_composable) == (failed, None, 1)
        assert last.reasons == ("1 of 1 for whom it can't be made",)
        assert "templates/own/en.html, line 1" in last.problem

    def test_rarer_versions_are_counted_and_not_shown(
        self,
        db: Database,
        settings: Settings,
        now: datetime,
        add: Callable[..., int],
        write: Callable[..., str],
    ) -> None:
        """A list of a hundred is not looked at."""
        own = write("{% for i in range(supporter.family_name|int) %}<p>x</p>{% endfor %}y")
        for number in range(MOST_VERSIONS + 7):
            add(f"p{number:03}", family_name=f"{number:03}")
        found = segment_previews(db, settings, own, segment=NAME, now=now)
        assert len(found.telling) >= MOST_VERSIONS
        assert found.unshown == 7

    def test_a_language_stands_for_the_one_that_each_asked_for(
        self, db: Database, settings: Settings, now: datetime, add: Callable[..., int]
    ) -> None:
        """To read a translation over with real names; one that isn't there is refused first."""
        add("a", given_name="Ada", language="fr")
        add("b", given_name="Bo", country="EG")
        found = segment_previews(db, settings, MESSAGE, segment=NAME, language="es", now=now)
        shown = [telling.preview.message.language for telling in found.telling if telling.preview]
        assert set(shown) == {"es"}
        with pytest.raises(NotFound, match="there are en, ar, es, fr"):
            segment_previews(db, settings, MESSAGE, segment="none", language="sw", now=now)

    def test_made_up_readers_try_every_language_and_discreetness(
        self, db: Database, settings: Settings, now: datetime
    ) -> None:
        """Where there is no list yet."""
        found = made_up_previews(db, settings, "good-news", now=now)
        shown = {
            (telling.preview.message.language, telling.preview.discreet)
            for telling in found.telling
            if telling.preview
        }
        assert shown == {("en", False), ("fr", False), ("en", True), ("fr", True)}
        only = made_up_previews(db, settings, "good-news", language="fr", now=now)
        assert {t.preview.message.language for t in only.telling if t.preview} == {"fr"}


class TestStanding:
    """Whether a person would get it, told with their preview."""

    def test_says_why_somebody_would_be_left_out(
        self, db: Database, settings: Settings, now: datetime, add: Callable[..., int]
    ) -> None:
        """And shows their message all the same."""
        add("gone")
        suppress(db, "gone@example.org", Suppression.COMPLAINT, "test", now)
        shown = explained_preview(db, settings, MESSAGE, email="gone@example.org", now=now)
        assert shown.standing is not None
        assert shown.standing.exclusion is Exclusion.SUPPRESSED
        assert shown.standing.suppression is Suppression.COMPLAINT
        assert shown.standing.in_segment is None
        assert shown.message.recipient.email == "gone@example.org"

    @pytest.mark.parametrize(("country", "is_in"), [("TG", True), ("US", False)])
    def test_says_whether_somebody_is_in_the_segment(
        self,
        db: Database,
        settings: Settings,
        now: datetime,
        add: Callable[..., int],
        country: str,
        is_in: bool,
    ) -> None:
        """Neither is an error."""
        (settings.segments_dir / "togo.sql").write_text(
            "-- title: T\n-- reason: R\nSELECT supporter_id FROM supporters WHERE country = 'TG'\n"
        )
        add("ada", country=country)
        shown = explained_preview(
            db, settings, MESSAGE, email="ada@example.org", segment="togo", now=now
        )
        assert shown.standing is not None
        assert (shown.standing.exclusion, shown.standing.in_segment) == (None, is_in)

    def test_a_made_up_reader_has_every_column(
        self, db: Database, settings: Settings, now: datetime, write: Callable[..., str]
    ) -> None:
        """Else a message with further columns could not be looked at without a list."""
        own = write('<p>{{ supporter.attributes["Shirt size"] }}</p>')
        shown = explained_preview(db, settings, own, now=now)
        assert "Example" in shown.message.text
        assert shown.standing is None
