"""What organisers are written of our own accord, and what they answer."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from answering import VOLUNTEERS, Sent, send_campaign
from icalendar import Calendar
from sqlite_utils import Database

from outreach.dispatch import lettermoves
from outreach.dispatch.correspondence import attachments_of
from outreach.followups.gatheringstates import ResultState
from outreach.model import CloseReason
from outreach.settings import Settings
from outreach.workflow import gatherings
from outreach.workflow.followups import close_followup
from outreach.workflow.gatheringletters import calendar_files, write_due
from outreach.workflow.gatheringresults import check_result
from outreach.workflow.letters import list_letters
from outreach.workflow.reprocessing import reprocess_replies

HELD = {
    "kind": "debate",
    "place": "Lomé",
    "date": "2014-03-10",
    "begins": "18:30",
    "campaign": "write-for-rights-2014",
}


class Organiser:
    """Jean, who volunteered, and whose gathering is on 10 March 2014 in Lomé."""

    def __init__(self, sent: Sent) -> None:
        self.sent = sent
        sent.take_in(sent.mail(f"Count me in, I will host an event!\n{VOLUNTEERS}"))
        sent.db.conn.execute("UPDATE followups SET stage = 'confirmed', language = 'fr'")
        ((self.followup_id,),) = sent.all("SELECT followup_id FROM followups")

    def add(self, **said: str) -> int:
        """Plan a gathering."""
        done = gatherings.add_gathering(
            self.sent.db,
            self.sent.settings,
            {**HELD, **said},
            by="Amina",
            now=self.sent.now,
            followup_id=int(str(self.followup_id)),
        )
        return done.gathering.gathering_id

    def close(self, reason: CloseReason) -> tuple[int, ...]:
        """Close the follow-up; give the gatherings that it leaves."""
        followup_id = int(str(self.followup_id))
        sent = self.sent
        return close_followup(sent.db, sent.settings, followup_id, reason, by="Amina", now=sent.now)

    def cron(self, text: str) -> list[tuple[str, str]]:
        """Write what is due at a moment in UTC; give all letters there are."""
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
        assert write_due(self.sent.db, self.sent.settings, moment) == ()
        return [(each.purpose, each.email) for each in list_letters(self.sent.db)]

    def answer_to(self, address: str, text: str) -> None:
        """Answer one of our letters on 14 March."""
        self.sent.now = datetime(2014, 3, 14, 10, tzinfo=UTC)
        headers = "Date: Fri, 14 Mar 2014 10:00:00 +0000\n"
        self.sent.take_in(self.sent.mail(text, to=address, headers=headers))

    def answer(self, text: str, day: str = "2014-03-14") -> None:
        """Answer with the follow-up's own token; it comes in on that day."""
        self.sent.now = datetime.fromisoformat(f"{day} 10:00").replace(tzinfo=UTC)
        date = self.sent.now.strftime("Date: %a, %d %b %Y %H:%M:%S +0000\n")
        self.sent.take_in(self.sent.mail(text, headers=date))

    def results(self, gathering_id: int) -> list[Any]:
        """Give what was said of a gathering."""
        whole = gatherings.show_gathering(self.sent.db, self.sent.settings, gathering_id)
        return list(whole.results)


@pytest.fixture
def organiser(db: Database, settings: Settings, tmp_path: Path, now: datetime) -> Organiser:
    """Jean."""
    silent = replace(settings, replies=replace(settings.replies, acknowledge=""))
    return Organiser(send_campaign(db, silent, tmp_path / "mails", now))


class TestWhatWeWrite:
    """A reminder before, a question after."""

    def test_each_is_written_once_at_its_time(self, organiser: Organiser) -> None:
        """By the clocks of the place."""
        organiser.add()
        assert organiser.cron("2014-03-02 23:59") == []
        reminder = ("reminder", "jean.mbuyi@example.org")
        for _ in range(2):
            assert organiser.cron("2014-03-03 00:01") == [reminder]
        assert organiser.cron("2014-03-11 23:59") == [reminder]
        for _ in range(2):
            assert organiser.cron("2014-03-12 00:01") == [
                ("results_request", "jean.mbuyi@example.org"),
                reminder,
            ]

    def test_the_reminder_is_in_their_language_with_the_day_for_their_calendar(
        self, organiser: Organiser
    ) -> None:
        """And late it isn't sent."""
        organiser.add()
        organiser.cron("2014-03-04 09:00")
        (letter,) = list_letters(organiser.sent.db)
        (file,) = attachments_of(organiser.sent.db, letter.letter_id)
        assert (letter.language, letter.not_after) == ("fr", "2014-03-10T18:30:00Z")
        assert (file.name, file.content_type.split(";")[0]) == ("event.ics", "text/calendar")
        (event,) = Calendar.from_ical(file.content).walk("VEVENT")
        assert str(event["SUMMARY"]) == "Débat, Lomé"

    def test_where_it_is_dangerous_only_the_discreet_version_goes(
        self, organiser: Organiser
    ) -> None:
        """Without a file that a phone would keep."""
        organiser.add(country="BY")
        organiser.cron("2014-03-04 09:00")
        (letter,) = list_letters(organiser.sent.db)
        assert letter.discreet
        assert attachments_of(organiser.sent.db, letter.letter_id) == ()
        assert calendar_files(
            organiser.sent.db, organiser.sent.settings, int(str(organiser.followup_id)),
            organiser.sent.now,
        ) == ()  # fmt: skip

    def test_nobody_is_asked_of_what_was_told_or_is_cancelled_or_long_past(
        self, organiser: Organiser
    ) -> None:
        """Lists of old gatherings are read in, too."""
        told = organiser.add(kind="concert")
        organiser.add(date="2013-03-10", begins="")
        gatherings.move_gathering(
            organiser.sent.db,
            organiser.sent.settings,
            organiser.add(kind="vigil"),
            gatherings.GatheringState.CANCELLED,
            by="Amina",
            now=organiser.sent.now,
        )
        organiser.answer("It was great: 40 letters.", day="2014-03-11")
        assert len(organiser.results(told)) == 1
        assert organiser.cron("2014-03-20 09:00") == []

    @pytest.mark.parametrize("reason", list(CloseReason))
    def test_whom_staff_are_done_with_no_machine_writes(
        self, organiser: Organiser, reason: CloseReason
    ) -> None:
        """Neither before nor after; and whoever closes is told that it is still planned."""
        gathering_id = organiser.add()
        assert organiser.close(reason) == (gathering_id,)
        assert organiser.cron("2014-03-04 09:00") == []
        assert organiser.cron("2014-03-12 09:00") == []

    def test_what_was_written_before_it_was_closed_does_not_leave(
        self, organiser: Organiser
    ) -> None:
        """It waits behind other mail; the last door takes it out, however it was merged since."""
        organiser.add()
        organiser.cron("2014-03-04 09:00")
        (letter,) = list_letters(organiser.sent.db)
        moment = datetime(2014, 3, 4, 9, tzinfo=UTC)
        assert lettermoves.shut(organiser.sent.db, [letter.letter_id], moment) == {}
        organiser.close(CloseReason.UNREACHABLE)
        shut = lettermoves.shut(organiser.sent.db, [letter.letter_id], moment)
        assert shut == {letter.letter_id: lettermoves.DONE_WITH}

    def test_whoever_was_closed_for_safety_hears_of_us_by_hand_alone(
        self, organiser: Organiser
    ) -> None:
        """Also when the follow-up is open again, and in their other follow-ups."""
        organiser.add()
        organiser.close(CloseReason.SAFETY)
        organiser.sent.db.conn.execute("UPDATE followups SET stage = 'new', close_reason = ''")
        assert organiser.cron("2014-03-04 09:00") == []

    def test_one_letter_asks_about_all_that_are_due_together(self, organiser: Organiser) -> None:
        """It names each, with lines to fill in; what is due another day is asked about then."""
        organiser.add()
        organiser.add(kind="concert", place="Kara")
        organiser.add(kind="vigil", date="2014-03-12")
        organiser.cron("2014-03-12 00:01")
        asked = [each for each in list_letters(organiser.sent.db) if "request" in each.purpose]
        (letter,) = asked
        assert "Débat, Lomé (2014-03-10)" in letter.text
        assert "Concert, Kara (2014-03-10)" in letter.text
        (page,) = organiser.sent.one("SELECT html FROM letters WHERE purpose LIKE '%request'")
        html = zlib.decompress(page).decode()
        assert quote("2014-03-10 Kara:\nPersonnes : ") in html.replace("%0D", "")
        assert "2014-03-12" not in letter.text
        assert organiser.sent.all(
            "SELECT gathering_id, letter_id FROM gathering_letters WHERE what = 'results'"
        ) == [(1, letter.letter_id), (2, letter.letter_id)]
        assert len(organiser.cron("2014-03-12 00:02")) == len(list_letters(organiser.sent.db))
        organiser.cron("2014-03-14 00:01")
        later = list_letters(organiser.sent.db)[0]
        assert "Vous avez organisé plus" not in later.text

    def test_a_letter_names_no_gathering_to_whom_it_would_endanger(
        self, organiser: Organiser
    ) -> None:
        """One discreet letter for all, which says of none what it was."""
        organiser.add(country="BY")
        organiser.add(country="BY", kind="concert")
        organiser.cron("2014-03-12 09:00")
        (letter,) = [each for each in list_letters(organiser.sent.db) if each.purpose != "reminder"]
        assert letter.discreet
        assert "2014-03-10" not in letter.text

    def test_what_can_t_be_written_is_told_once_and_tried_again(self, organiser: Organiser) -> None:
        """A broken message stops no other, and is sent once it is mended."""
        organiser.add()
        folder = organiser.sent.settings.templates_dir / "organiser-reminder"
        whole = {path: path.read_bytes() for path in folder.iterdir()}
        for path in folder.glob("*.html"):
            path.write_text("{{ broken", encoding="utf-8")
        moment = datetime(2014, 3, 4, 9, tzinfo=UTC)
        (event,) = write_due(organiser.sent.db, organiser.sent.settings, moment)
        assert "gathering 1" in event.detail
        assert write_due(organiser.sent.db, organiser.sent.settings, moment) == ()
        for path, content in whole.items():
            path.write_bytes(content)
        assert len(organiser.cron("2014-03-04 09:05")) == 1


class TestWhatTheyAnswer:
    """Understood where it is plain, asked of staff elsewhere."""

    def test_a_plain_answer_waits_to_be_checked_then_counts(self, organiser: Organiser) -> None:
        """In the words that it came in."""
        gathering_id = organiser.add()
        organiser.answer("5 debates, 1.800 letters and 250 signatures. 60 people came!")
        (result,) = organiser.results(gathering_id)
        assert (result.state, result.collected) == (ResultState.REPORTED, 2050)
        assert (result.events, result.attended) == (5, 60)
        assert organiser.sent.all("SELECT * FROM actions") == []
        check_result(
            organiser.sent.db,
            organiser.sent.settings,
            result.result_id,
            by="Amina",
            now=organiser.sent.now,
        )
        assert organiser.sent.one("SELECT sum(quantity), country FROM actions") == (2050, "TG")
        assert organiser.sent.one("SELECT stage FROM followups") == ("gathering_held",)

    def test_what_is_not_plain_waits_as_a_question(self, organiser: Organiser) -> None:
        """Nobody guesses how many of each."""
        gathering_id = organiser.add()
        organiser.answer("5 debates, 1800 letters and signatures")
        (result,) = organiser.results(gathering_id)
        assert result.state is ResultState.UNCLEAR
        assert "how many of each" in result.why

    def test_a_mail_before_the_day_is_no_result(self, organiser: Organiser) -> None:
        """They tell what they plan."""
        gathering_id = organiser.add()
        organiser.answer("I have paper for 300 letters", day="2014-03-07")
        assert organiser.results(gathering_id) == []

    def test_an_answer_without_numbers_is_a_mail_like_any_other(self, organiser: Organiser) -> None:
        """It stands in the queue."""
        gathering_id = organiser.add()
        organiser.answer("Thank you, it was wonderful!")
        assert organiser.results(gathering_id) == []

    def test_of_several_gatherings_staff_say_which(self, organiser: Organiser) -> None:
        """Unless one was told of before."""
        first = organiser.add()
        second = organiser.add(kind="concert", date="2014-03-11")
        organiser.answer("300 letters")
        found = [*organiser.results(first), *organiser.results(second)]
        assert [result.state for result in found] == [ResultState.UNCLEAR]
        assert f"{second}, {first}" in found[0].why

    @pytest.mark.parametrize(
        "said",
        [
            "2014-03-10 Lomé:\nPersonnes: 60\nLettres et cartes: 300\n"
            "2014-03-10 Kara:\nPersonnes: 12\nLettres et cartes: 40\nCe qui a bien marché: tout\n",
            "Bonjour!\n- lomé : 60 personnes, 300 lettres\n- Kara - 12 personnes et 40 lettres",
            "2014-03-10, in Kara we were 12 people, with 40 letters.\n\n"
            "2014-03-10 Lomé, 60 people, 300 letters",
        ],
    )
    def test_what_is_told_of_each_is_each_ones(self, organiser: Organiser, said: str) -> None:
        """In the lines that we gave, or in their own that begin with the place."""
        lome, kara = organiser.add(), organiser.add(kind="concert", place="Kara")
        organiser.answer(said)
        found = [*organiser.results(lome), *organiser.results(kara)]
        assert [(each.state, each.attended, each.collected) for each in found] == [
            (ResultState.REPORTED, 60, 300),
            (ResultState.REPORTED, 12, 40),
        ]
        reprocess_replies(organiser.sent.db, organiser.sent.settings, now=organiser.sent.now)
        assert len(organiser.sent.all("SELECT 1 FROM gathering_results")) == 2

    @pytest.mark.parametrize(
        "said",
        [
            "300 letters",
            "In all 340 letters.\nLomé: 60 people\nKara: 12 people",
            "Lomé: 300 letters\nLomé: 40 letters",
            "2014-03-10: 300 letters",
        ],
    )
    def test_what_is_not_told_of_each_staff_are_asked(
        self, organiser: Organiser, said: str
    ) -> None:
        """Also where the letter that they answer asked about both."""
        organiser.add()
        organiser.add(kind="concert", place="Kara")
        organiser.cron("2014-03-12 09:00")
        (letter,) = [each for each in list_letters(organiser.sent.db) if each.purpose != "reminder"]
        organiser.answer_to(letter.reply_to, said)
        (state, why) = organiser.sent.one("SELECT state, why FROM gathering_results")
        assert state == ResultState.UNCLEAR
        assert "of which of the gatherings" in str(why)

    def test_a_gathering_that_is_left_out_is_asked_about(self, organiser: Organiser) -> None:
        """Of those that the letter was about: what is told may be its own in part."""
        organiser.add()
        kara = organiser.add(kind="concert", place="Kara")
        organiser.cron("2014-03-12 09:00")
        (letter,) = [each for each in list_letters(organiser.sent.db) if each.purpose != "reminder"]
        organiser.answer_to(letter.reply_to, "Lomé: 300 letters and two songs")
        (state, why) = organiser.sent.one("SELECT state, why FROM gathering_results")
        assert state == ResultState.UNCLEAR
        assert f"nothing is told of {kara}" in str(why)

    def test_what_names_another_is_not_the_last_ones(self, organiser: Organiser) -> None:
        """Though that is the only one of which nothing was told yet."""
        lome, kara = organiser.add(), organiser.add(kind="concert", place="Kara")
        organiser.answer("Lomé: 300 letters")
        organiser.answer("Lome, 77 letters! They sang.")
        assert [each.state for each in organiser.results(lome)] == [ResultState.REPORTED]
        assert [each.state for each in organiser.results(kara)] == [ResultState.UNCLEAR]

    def test_a_long_answer_is_cut_at_no_number(self, organiser: Organiser) -> None:
        """What is stored of it is cut, what is understood is not."""
        lome, kara = organiser.add(), organiser.add(kind="concert", place="Kara")
        above, below = "Lomé: 30 letters\n", "\nKara: "
        songs = ("We sang and were happy to be there. " * 200)[: 4_998 - len(above + below)]
        organiser.answer(f"{above}{songs}{below}1800 letters")
        assert [each.collected for each in organiser.results(lome)] == [30]
        assert [each.collected for each in organiser.results(kara)] == [1800]

    def test_a_mail_is_heard_once(self, organiser: Organiser) -> None:
        """Whatever way it comes by."""
        gathering_id = organiser.add()
        organiser.sent.now = datetime(2014, 3, 14, tzinfo=UTC)
        mail = organiser.sent.mail("300 letters")
        for _ in range(2):
            organiser.sent.take_in(mail)
        assert len(organiser.results(gathering_id)) == 1
