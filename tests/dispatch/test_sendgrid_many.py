"""SendGrid with many people in a request: each gets exactly what was composed for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import composing
import letters as made
import msgspec
import pytest
from composing import LETTERHEAD
from hypothesis import given
from hypothesis import strategies as st
from standins_sendgrid import (
    RESET_AFTER,
    TOO_MUCH,
    Fault,
    Received,
    SendGridStandIn,
    error,
    received,
    refuses_person,
    says,
)

from outreach.dispatch.transports.sendgrid import SendGrid
from outreach.dispatch.transports.sendgrid_requests import Addressed, Groups, request
from outreach.errors import AccountRefused, TransportError
from outreach.model import Letter, Merge, Refusal, Verdict, Written

ACCEPTED, REFUSED, IN_DOUBT = Verdict.ACCEPTED, Verdict.REFUSED, Verdict.IN_DOUBT
COMPOSER = composing.composer()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[SendGridStandIn]:
    """The API's stand-in."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    api = SendGridStandIn()
    yield api
    api.stop()


def _sendgrid(api: SendGridStandIn, **options: Any) -> SendGrid:
    return SendGrid("SG.key", host=api.url, **{"timeout": 10, "requests_at_once": 1, **options})


def _known(api: SendGridStandIn, **options: Any) -> SendGrid:
    """A transport that has had a clear answer, and a clean record."""
    transport = _sendgrid(api, **options)
    script, api.script = api.script, []
    faults, api.faults = api.faults, {}
    assert made.handed(transport, _people(9999)).verdicts == [ACCEPTED]
    api.script, api.faults, api.connections, api.at_once = script, faults, 0, 0
    for record in (api.sizes, api.received, api.taken, api.keys):
        record.clear()
    return transport


def _people(*numbers: int, **supporter: Any) -> list[Letter]:
    return composing.letters(COMPOSER, numbers, **supporter)


def _said(letter: Letter, got: Received) -> list[tuple[str, str]]:
    """What a letter says beside what was received of it."""
    message = letter.message
    return [
        (message.recipient.email, got.email),
        (message.subject, got.subject),
        (message.text, got.text),
        (message.html, got.html),
        (letter.attempt_id, got.custom_args["oa_attempt"]),
        *((value, got.headers[name]) for name, value in message.headers if name != "Date"),
    ]


def _check(letters: Sequence[Letter], got: Sequence[Received]) -> None:
    by_email = {each.email: each for each in got}
    assert len(by_email) == len(got)
    for letter in letters:
        for own, theirs in _said(letter, by_email[letter.message.recipient.email]):
            assert own == theirs


def _verdicts(handed: made.Handed) -> dict[int, Verdict]:
    return {outcome.delivery_id: outcome.verdict for outcome in handed.outcomes}


def test_people_of_a_shape_go_in_one_request_and_get_their_own_message(
    api: SendGridStandIn,
) -> None:
    """Text, page, subject and headers are theirs; a second shape is a second request."""
    letters = [
        *_people(*range(1, 30)),
        *_people(*range(30, 50), country="TG", given_name="Ama & <b>", family_name="\"'~^|"),
    ]
    handed = made.handed(_known(api), letters)
    assert set(_verdicts(handed).values()) == {ACCEPTED}
    assert sorted(api.sizes) == [20, 29]
    _check(letters, api.received)


def test_a_message_id_of_their_own_and_one_click_for_everybody(api: SendGridStandIn) -> None:
    """Which SendGrid would otherwise give the whole request."""
    made.handed(_sendgrid(api), _people(*range(1, 6)))
    for name in ("Message-ID", "List-Unsubscribe"):
        assert len({each.headers[name] for each in api.received}) == 5
    assert {e.headers["List-Unsubscribe-Post"] for e in api.received} == {
        "List-Unsubscribe=One-Click"
    }
    assert api.sizes == [5]


def test_a_thousand_are_one_request_and_one_more_is_two(api: SendGridStandIn) -> None:
    """The API's own limit."""
    handed = made.handed(_known(api), _people(*range(1, 1002)))
    assert len(handed.outcomes) == 1001
    assert api.sizes == [1000, 1]


def test_a_letter_without_a_shape_goes_whole(api: SendGridStandIn) -> None:
    """In a request of its own, with its own Reply-To."""
    slow = [
        Letter(n, f"{n}-1", COMPOSER.compose_slowly(composing.reader(n), composing.MOMENT))
        for n in (1, 2)
    ]
    made.handed(_sendgrid(api), [*slow, *_people(3, 4)])
    assert api.sizes == [1, 1, 2]
    _check(slow, api.received[:2])
    assert [each.reply_to for each in api.received[:2]] == [s.message.reply_to for s in slow]
    assert all("substitutions" not in r["personalizations"][0] for r in api.taken[:2])


def test_senders_are_not_mixed(api: SendGridStandIn) -> None:
    """A request has one From."""
    one, other = _people(1, 2)
    other = replace(
        other, message=replace(other.message, sender=replace(other.message.sender, name="Other"))
    )
    made.handed(_sendgrid(api), [one, other])
    assert [taken["from"]["name"] for taken in api.taken] == ["Sam Example", "Other"]


class TestReplyTo:
    """Where answers to a request for many go."""

    def test_shared_is_the_address_without_the_token(self, api: SendGridStandIn) -> None:
        """The token stays in the mailto link of each reader's content."""
        letters = _people(1, 2)
        made.handed(_sendgrid(api), letters)
        assert [each.reply_to for each in api.received] == ["events@outreach.example.org"] * 2
        for letter, got in zip(letters, api.received, strict=True):
            assert letter.message.reply_token in got.html

    def test_substituted_is_each_readers_own(self, api: SendGridStandIn) -> None:
        """By a tag that is a lawful part of an address."""
        letters = _people(1, 2)
        made.handed(_sendgrid(api, substituted_reply_to=True), letters)
        assert [each.reply_to for each in api.received] == [
            letter.message.reply_to for letter in letters
        ]
        assert api.sizes == [2]
        _check(letters, api.received)

    @pytest.mark.parametrize(
        ("pattern", "shared"),
        [
            ("events+{token}@r.example.org", "events@r.example.org"),
            ("ev+en+{token}@r.example.org", "ev+en@r.example.org"),
            ("events+r-{token}-x@r.example.org", "events@r.example.org"),
            ("{token}@r.example.org", LETTERHEAD.sender.email),
            ("r{token}@r.example.org", LETTERHEAD.sender.email),
        ],
    )
    def test_without_a_plus_it_is_the_senders_address(self, pattern: str, shared: str) -> None:
        """An address made of half a token would reach nobody."""
        letters = []
        for letter in _people(1, 2):
            token = letter.message.reply_token
            message = replace(letter.message, reply_to=pattern.replace("{token}", token))
            letters.append(replace(letter, message=message))
        (together,) = _by_group(letters)
        body = _as_json(request(together))
        assert body["reply_to"] == {"email": shared}


def _by_group(letters: list[Letter], *, tokens: bool = False) -> list[list[Addressed]]:
    groups = Groups(substituted_reply_to=tokens)
    found: dict[object, list[Addressed]] = {}
    for one in map(groups.addressed, letters):
        found.setdefault(one.group, []).append(one)
    return list(found.values())


def _as_json(request: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(msgspec.json.encode(request))
    return said


#: what tries to be taken for a key, or to break out
_HOSTILE = st.sampled_from(
    ["~", "~h0001", "~t0000~", "^", "|", "`", "~^|`¦", "h0001", "<b>&", "\\u007e", "{{", "%", "-x-"]
)
_NAMES = st.lists(st.text(max_size=8) | _HOSTILE, max_size=4).map("".join)


@given(st.lists(st.tuples(_NAMES, _NAMES, _NAMES), min_size=2, max_size=5), st.booleans())
def test_no_name_is_taken_for_a_key(people: list[tuple[str, str, str]], tokens: bool) -> None:
    """Whatever names hold, each person gets their very message."""
    letters = [
        composing.letter(COMPOSER, n, given_name=given, family_name=family, tags=(tag,))
        for n, (given, family, tag) in enumerate(people)
    ]
    for together in _by_group(letters, tokens=tokens):
        body = _as_json(request(together))
        got = [received(body, person, "") for person in body["personalizations"]]
        _check([one.letter for one in together], got)


@given(st.lists(st.tuples(_NAMES, _NAMES), min_size=2, max_size=4), st.booleans())
def test_the_bytes_of_values_are_never_more_than_we_count(
    people: list[tuple[str, str]], tokens: bool
) -> None:
    """However the API counts: as JSON with escapes, or as UTF-8."""
    letters = [
        composing.letter(COMPOSER, n, given_name=given, family_name=family)
        for n, (given, family) in enumerate(people)
    ]
    for together in _by_group(letters, tokens=tokens):
        body = _as_json(request([*together, together[0]]))
        for one, person in zip(together, body["personalizations"], strict=False):
            assert len(json.dumps(person["substitutions"])) <= one.size


def test_keys_begin_with_what_stands_nowhere_and_none_begins_another() -> None:
    """All have the same length, and their first character is nobody's."""
    (together,) = _by_group(_people(1, 2), tokens=True)
    body = _as_json(request(together))
    keys = list(body["personalizations"][0]["substitutions"])
    assert len({len(key) for key in keys}) == 1
    (beginning,) = {key[0] for key in keys}
    values = [v for p in body["personalizations"] for v in p["substitutions"].values()]
    assert not any(beginning in value for value in values)
    said = [part["value"] for part in body["content"]]
    assert all(any(key in text for text in said) for key in keys if "r" not in key)


def test_where_no_character_is_left_each_goes_whole(api: SendGridStandIn) -> None:
    """Nothing is risked for speed."""
    every = "~^|`¦" + "".join(map(chr, range(0xE000, 0xE040)))
    letters = _people(1, 2, tags=(every,))
    made.handed(_sendgrid(api), letters)
    assert api.sizes == [1, 1]
    _check(letters, api.received)


class TestBytes:
    """The cap on one person's values."""

    def test_a_person_whose_values_do_not_fit_goes_whole(self, api: SendGridStandIn) -> None:
        """The others share their request; no refusal was needed to know."""
        letters = [*_people(1, 2), *_people(3, tags=("é" * 2000,))]
        handed = made.handed(_sendgrid(api), letters)
        assert set(_verdicts(handed).values()) == {ACCEPTED}
        assert sorted(api.sizes) == [1, 2]
        _check(letters, api.received)

    def test_a_smaller_cap_is_learnt_and_told(self, api: SendGridStandIn) -> None:
        """Those beyond it go whole, the others together; the next request knows."""
        api.substitution_bytes = 1500
        learnt: list[int] = []
        transport = _sendgrid(api, learnt=learnt.append)
        letters = [*_people(*range(1, 8)), *_people(8, 9, given_name="x" * 400)]
        handed = made.handed(transport, letters)
        assert set(_verdicts(handed).values()) == {ACCEPTED}
        assert learnt == [1500]
        assert sorted(api.sizes) == [1, 1, 7, 9]
        made.handed(transport, [*_people(11, 12), *_people(13, given_name="x" * 400)])
        assert sorted(api.sizes[4:]) == [1, 2]
        _check(letters, [got for got in api.received if int(got.email[1:-12]) < 10])

    @pytest.mark.parametrize("said", [0, 1, 499])
    def test_a_cap_that_nobody_could_keep_is_not_believed(
        self, api: SendGridStandIn, said: int
    ) -> None:
        """It would have everybody go alone for good."""
        learnt: list[int] = []
        words = f"Substitutions are limited to {said} bytes"
        api.script = [says(400, error(words, "personalizations.0.substitutions"))]
        transport = _sendgrid(api, learnt=learnt.append)
        made.handed(transport, _people(*range(1, 6)))
        assert learnt == []
        handed = made.handed(transport, _people(*range(11, 21)))
        assert set(_verdicts(handed).values()) == {ACCEPTED}
        assert api.sizes[-1] == 10

    def test_who_counts_otherwise_is_believed(self, api: SendGridStandIn) -> None:
        """The person refused goes whole even if by our count they fit."""
        api.counted = lambda values: 10 * len(json.dumps(values))
        learnt: list[int] = []
        letters = [*_people(1, 2, 3), *_people(4, given_name="x" * 500)]
        handed = made.handed(_sendgrid(api, learnt=learnt.append), letters)
        assert set(_verdicts(handed).values()) == {ACCEPTED}
        assert learnt
        assert learnt[0] < 10_000
        _check(letters, api.received)


class TestRefusals:
    """A 400 fails a whole request; the good ones go all the same."""

    @pytest.mark.parametrize(
        ("named", "refusal"),
        [
            ("to.0.email", Refusal.DEAD_ADDRESS),
            ("to", Refusal.DEAD_ADDRESS),
            ("to.0.name", Refusal.MESSAGE),
            ("headers", Refusal.MESSAGE),
        ],
    )
    def test_who_is_named_is_refused_and_the_rest_go(
        self, api: SendGridStandIn, named: str, refusal: Refusal
    ) -> None:
        """One after the other, as the API names them."""
        letters = _people(*range(1, 21))
        for number in (4, 17):
            api.faults[f"p{number}@example.org"] = refuses_person(named)
        handed = made.handed(_known(api), letters)
        refused = {o.delivery_id: o for o in handed.outcomes if o.verdict is REFUSED}
        assert set(refused) == {4, 17}
        assert {outcome.refusal for outcome in refused.values()} == {refusal}
        assert all("@" not in outcome.detail for outcome in refused.values())
        assert api.sizes == [20, 19, 18]
        _check([each for each in letters if each.delivery_id not in refused], api.received)

    def test_all_who_are_named_at_once_are_taken_out_at_once(self, api: SendGridStandIn) -> None:
        """An answer may have many errors."""
        api.tells = 100
        letters = _people(*range(1, 6))
        bad = [Letter(n, f"{n}-1", _to(letters[n - 1], "no address")) for n in (2, 4)]
        handed = made.handed(_sendgrid(api), [letters[0], bad[0], letters[2], bad[1], letters[4]])
        assert _verdicts(handed) == {1: ACCEPTED, 2: REFUSED, 3: ACCEPTED, 4: REFUSED, 5: ACCEPTED}
        assert api.sizes == [5, 3]

    @pytest.mark.parametrize("fault", [says(400, error("Bad Request")), says(422), TOO_MUCH])
    def test_an_unnamed_cause_is_found_by_halves(self, api: SendGridStandIn, fault: Fault) -> None:
        """And costs only whom it is about."""
        api.faults["p77@example.org"] = fault
        letters = _people(*range(1, 101))
        handed = made.handed(_sendgrid(api), letters)
        assert [o.delivery_id for o in handed.outcomes if o.verdict is REFUSED] == [77]
        assert len(api.received) == 99
        assert len(api.sizes) < 20

    def test_a_request_that_is_too_large_is_halved(self, api: SendGridStandIn) -> None:
        """Until it isn't."""
        api.most_bytes = 20_000
        letters = _people(*range(1, 101))
        handed = made.handed(_sendgrid(api), letters)
        assert set(_verdicts(handed).values()) == {ACCEPTED}
        assert len(handed.outcomes) == 100
        _check(letters, api.received)

    def test_a_letter_that_is_too_large_alone_is_refused(self, api: SendGridStandIn) -> None:
        """There is nothing left to split."""
        api.most_bytes = 1000
        handed = made.handed(_sendgrid(api), _people(1, 2))
        assert {o.refusal for o in handed.outcomes} == {Refusal.MESSAGE}
        assert all("413" in o.detail for o in handed.outcomes)

    @pytest.mark.parametrize("fault", [says(400, error("Bad Request")), refuses_person("headers")])
    def test_what_nobody_gets_through_is_nobodys_fault(
        self, api: SendGridStandIn, fault: Fault
    ) -> None:
        """The run ends, and nobody is refused."""
        for number in range(1, 1001):
            api.faults[f"p{number}@example.org"] = fault
        handed = made.handed(_sendgrid(api), _people(*range(1, 1001)))
        assert handed.outcomes == []
        assert isinstance(handed.error, TransportError)
        assert len(api.sizes) < 1100

    @pytest.mark.parametrize("named", ["from.email", "reply_to.email", "content.1.value"])
    def test_what_all_share_refuses_nobody(self, api: SendGridStandIn, named: str) -> None:
        """It is said at once."""
        api.faults["p3@example.org"] = says(400, error("no", named))
        handed = made.handed(_sendgrid(api), _people(*range(1, 11)))
        assert handed.outcomes == []
        assert isinstance(handed.error, TransportError)
        assert len(api.sizes) == 1


class TestNobodyIsBelieved:
    """An API that names people wrongly: always the first of those in a request."""

    WRONG = says(400, error("no valid address", "personalizations.0.to.0.email"))

    def _alone(self, *numbers: int) -> list[Letter]:
        """Letters that share no request."""
        return [
            Letter(n, f"{n}-1", COMPOSER.compose_slowly(composing.reader(n), composing.MOMENT))
            for n in numbers
        ]

    @pytest.mark.parametrize("people", [4, 10, 1500])
    def test_an_api_that_refuses_everybody_by_name_costs_nobody_anything(
        self, api: SendGridStandIn, people: int
    ) -> None:
        """However few there are: nobody is refused, and the run ends."""
        api.faults[""] = self.WRONG
        transport = _sendgrid(api, requests_at_once=2)
        for letters in (_people(*range(1, people + 1)), self._alone(*range(1, people + 1))):
            handed = made.handed(transport, letters[:60])
            assert handed.outcomes == []
            assert isinstance(handed.error, TransportError)
        assert len(api.sizes) < 80

    def test_of_the_very_first_no_address_is_called_dead(self, api: SendGridStandIn) -> None:
        """One who is refused alone may be what is wrong, and may be not."""
        api.faults[""] = self.WRONG
        handed = made.handed(_sendgrid(api), _people(1))
        assert [(o.verdict, o.refusal) for o in handed.outcomes] == [(REFUSED, Refusal.UNKNOWN)]

    def test_an_api_that_begins_to_name_wrongly_is_not_believed_for_long(
        self, api: SendGridStandIn
    ) -> None:
        """Also where each send has one letter only."""
        transport = _sendgrid(api)
        assert made.handed(transport, _people(1, 2)).verdicts == [ACCEPTED] * 2
        api.faults[""] = self.WRONG
        outcomes, errors = [], []
        for number in range(10, 50):
            handed = made.handed(transport, _people(number))
            outcomes += handed.outcomes
            errors.append(handed.error)
        assert len(outcomes) <= 20
        assert isinstance(errors[-1], TransportError)

    def test_dead_addresses_are_told_once_somebody_got_through(self, api: SendGridStandIn) -> None:
        """They are refused in requests of their own, before and after."""
        for number in (1, 3):
            api.faults[f"p{number}@example.org"] = refuses_person()
        handed = made.handed(_sendgrid(api), self._alone(1, 2, 3))
        assert _verdicts(handed) == {1: REFUSED, 2: ACCEPTED, 3: REFUSED}
        refusals = {o.refusal for o in handed.outcomes if o.verdict is REFUSED}
        assert refusals == {Refusal.DEAD_ADDRESS}

    def test_a_refusal_that_was_not_told_is_none_later(self, api: SendGridStandIn) -> None:
        """Those letters are planned again, so no outcome of theirs comes with the next send."""
        transport = _sendgrid(api)
        api.script = [self.WRONG, says(401)]
        first = made.handed(transport, self._alone(1, 2))
        assert (first.outcomes, type(first.error)) == ([], AccountRefused)
        assert _verdicts(made.handed(transport, self._alone(3))) == {3: ACCEPTED}


def _to(letter: Letter, email: str) -> Any:
    return replace(letter.message, recipient=replace(letter.message.recipient, email=email))


class TestWaiting:
    """429 and its reset time."""

    def test_the_reset_time_is_told_and_nobody_is_lost(self, api: SendGridStandIn) -> None:
        """None of the request has left us."""
        wait = says(429, error("too many requests"), headers={"X-RateLimit-Reset": "1393405200"})
        api.script = [None, wait]
        handed = made.handed(_known(api), _people(*range(1, 1101)))
        assert len(handed.outcomes) == len(api.received) == 1000
        assert isinstance(handed.error, TransportError)
        assert handed.error.retry_at == datetime(2014, 2, 26, 9, 0, tzinfo=UTC)

    def test_who_puts_us_off_again_and_again_is_not_waited_for(self, api: SendGridStandIn) -> None:
        """A moment of the past, or one that moves on, would be asked for without an end."""
        transport = _sendgrid(api)
        wait = says(429, headers={"X-RateLimit-Reset": "1393405200"})
        api.faults[""] = wait
        errors = [made.handed(transport, _people(n)).error for n in range(1, 7)]
        named = [isinstance(e, TransportError) and e.retry_at is not None for e in errors]
        assert named == [True] * 4 + [False] * 2
        api.faults.clear()
        assert made.handed(transport, _people(7)).verdicts == [ACCEPTED]
        api.faults[""] = wait
        error = made.handed(transport, _people(8)).error
        assert isinstance(error, TransportError)
        assert error.retry_at is not None

    def test_being_put_off_is_no_proof_of_clear_answers(self, api: SendGridStandIn) -> None:
        """After a doubt, few are still at stake."""
        transport = _sendgrid(api)
        api.script = [says(500), says(429), None]
        assert made.handed(transport, _people(1)).verdicts == [IN_DOUBT]
        assert made.handed(transport, _people(*range(2, 102))).outcomes == []
        assert len(made.handed(transport, _people(*range(2, 102))).outcomes) == 100
        assert api.sizes == [1, 10, 10, 90]

    @pytest.mark.parametrize("reset", ["", "60", "soon", "-1", "99999999999999999", "1e10"])
    def test_a_reset_time_that_is_none_is_not_made_up(
        self, api: SendGridStandIn, reset: str
    ) -> None:
        """Then a later run tries again."""
        api.script = [says(429, headers={"X-RateLimit-Reset": reset})]
        handed = made.handed(_sendgrid(api), _people(1))
        assert isinstance(handed.error, TransportError)
        assert handed.error.retry_at is None


class TestDoubts:
    """Requests of which nobody knows what became."""

    def test_after_a_doubt_few_are_put_at_stake(self, api: SendGridStandIn) -> None:
        """Until an answer is clear again."""
        api.script = [RESET_AFTER]
        handed = made.handed(_known(api), _people(*range(1, 2001)))
        verdicts = list(_verdicts(handed).values())
        assert (verdicts.count(IN_DOUBT), verdicts.count(ACCEPTED)) == (1000, 1000)
        assert api.sizes == [1000, 10, 100, 890]

    def test_two_in_a_row_end_the_run(self, api: SendGridStandIn) -> None:
        """At most a thousand and a few are in doubt; the others have not left us."""
        api.script = [says(503), says(500)]
        handed = made.handed(_known(api), _people(*range(1, 3001)))
        assert isinstance(handed.error, TransportError)
        assert list(_verdicts(handed).values()) == [IN_DOUBT] * 1010
        assert api.received == []

    def test_a_run_begins_with_few_at_stake(self, api: SendGridStandIn) -> None:
        """Whatever runs are begun while the API only says 500, few are in doubt."""
        api.faults[""] = says(500)
        for _ in range(5):
            handed = made.handed(_sendgrid(api, requests_at_once=4), _people(*range(1, 2001)))
            assert handed.verdicts == [IN_DOUBT] * 20
            assert isinstance(handed.error, TransportError)
        assert api.sizes == [10] * 10

    def test_the_first_request_is_small_and_the_second_is_not(self, api: SendGridStandIn) -> None:
        """One clear answer is enough where there was no doubt."""
        handed = made.handed(_sendgrid(api, requests_at_once=4), _people(*range(1, 2001)))
        assert handed.verdicts == [ACCEPTED] * 2000
        assert api.sizes[0] == 10
        assert sorted(api.sizes[1:]) == [990, 1000]

    def test_a_doubt_counts_in_the_next_batch_too(self, api: SendGridStandIn) -> None:
        """A batch may be a single request."""
        transport = _sendgrid(api)
        api.script = [RESET_AFTER, RESET_AFTER, None]
        first = made.handed(transport, _people(1, 2))
        assert (first.verdicts, first.error) == ([IN_DOUBT] * 2, None)
        second = made.handed(transport, _people(*range(11, 31)))
        assert second.verdicts == [IN_DOUBT] * 10
        assert isinstance(second.error, TransportError)
        third = made.handed(transport, _people(*range(41, 61)))
        assert third.verdicts == [ACCEPTED] * 20


class TestAtOnce:
    """Several requests under way."""

    def test_as_many_as_the_settings_say(self, api: SendGridStandIn) -> None:
        """And no more."""
        api.latency = 0.05
        letters = [
            Letter(n, f"{n}-1", COMPOSER.compose_slowly(composing.reader(n), composing.MOMENT))
            for n in range(1, 10)
        ]
        handed = made.handed(_known(api, requests_at_once=3), letters)
        assert handed.verdicts == [ACCEPTED] * 9
        assert api.at_once == 3

    def test_letters_are_taken_while_a_request_is_under_way(self, api: SendGridStandIn) -> None:
        """Composing does not wait for the API."""
        api.latency = 0.3
        taken: list[int] = []

        def offered() -> Iterator[Letter]:
            for letter in _people(*range(1, 1011)):
                taken.append(len(api.received))
                yield letter

        handed = made.handed(_known(api), offered())
        assert len(handed.outcomes) == 1010
        assert taken[-1] == 0

    def test_the_first_error_ends_it_and_what_is_under_way_is_told(
        self, api: SendGridStandIn
    ) -> None:
        """No request is begun any more, and no outcome is lost."""
        slow = Fault(taken=True, status=202, wait=0.3)
        api.script = [slow, says(401)]
        handed = made.handed(_known(api, requests_at_once=2), _people(*range(1, 5001)))
        assert isinstance(handed.error, AccountRefused)
        assert handed.verdicts == [ACCEPTED] * 1000
        assert len(api.received) == 1000
        assert api.connections == 2

    def test_letters_are_not_held_without_bound(self, api: SendGridStandIn) -> None:
        """Shapes that hardly anybody shares don't pile up."""
        letters = (
            composing.letter(COMPOSER, n, given_name="" if n % 2 else "x", country="TG" * (n % 3))
            for n in range(1, 4001)
        )
        outcomes = _known(api).send(letters)
        assert len(list(islice(outcomes, 1))) == 1
        assert len(list(letters)) >= 4000 - 3010
        outcomes.close()

    def test_letters_that_run_out_by_a_fault_leave_nobody_in_doubt(
        self, api: SendGridStandIn
    ) -> None:
        """Those that wait for others have not left us; the fault is passed on."""

        def offered() -> Iterator[Letter]:
            yield from _people(*range(1, 1006))
            raise RuntimeError("disk full")

        verdicts = []

        def settle() -> None:
            verdicts.extend(outcome.verdict for outcome in _known(api).send(offered()))

        with pytest.raises(RuntimeError, match="disk full"):
            settle()
        assert verdicts == [ACCEPTED] * 1000 + [Verdict.TRY_LATER] * 5
        assert len(api.received) == 1000

    @pytest.mark.parametrize("people", [1010, 4000])
    def test_who_breaks_off_leaves_only_the_requests_under_way_in_doubt(
        self, api: SendGridStandIn, people: int
    ) -> None:
        """What waits was in no request, also when the letters have ended; no answer is awaited."""
        transport = _known(api)
        api.latency = 0.5
        outcomes = transport.send(_people(*range(1, people + 1)))
        assert next(outcomes).verdict is ACCEPTED
        told = [outcomes.throw(KeyboardInterrupt)]
        with pytest.raises(KeyboardInterrupt):
            told.extend(iter(lambda: next(outcomes), None))
        assert {outcome.verdict for outcome in told} == {Verdict.TRY_LATER}
        # whatever was taken by then, and each once
        assert [outcome.delivery_id for outcome in told] == list(range(1001, 1001 + len(told)))
        assert len(told) == 10 if people == 1010 else len(told) >= 1000
        assert api.connections == 1


def test_a_merge_without_values_needs_no_substitutions(api: SendGridStandIn) -> None:
    """The same page for everybody."""
    content = Written("<p>x</p>", "x", b"", "ab", Merge(("<p>x</p>",), ("x",), (), ()))
    letters = [
        replace(letter, message=replace(letter.message, content=content))
        for letter in made.letters("a@example.org", "b@example.org")
    ]
    assert made.handed(_sendgrid(api), letters).verdicts == [ACCEPTED] * 2
    assert api.sizes == [2]
    assert [(got.text, got.html) for got in api.received] == [("x", "<p>x</p>")] * 2
