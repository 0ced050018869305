"""What the preview shows is what leaves, and nothing of it can do harm."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from desking import Browser, Staffed, attribute, words

from outreach import tokens
from outreach.dispatch.orders import NO_LIMITS
from outreach.dispatch.transports.memory import Memory, accept
from outreach.model import Letter, Outcome
from outreach.workflow.dispatching import dispatch_campaign

HELLO = "/messages/hello"


@pytest.fixture
def noor(desk: Staffed) -> Browser:
    """Somebody who may see people."""
    return desk.enter("Noor", "author")


def _page_of(mail: bytes) -> str:
    part = message_from_bytes(mail, policy=policy.default).get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def _alike(mail: bytes) -> bytes:
    """Without what is this moment's: the tokens, the date, and the boundary made of them."""
    text = re.sub(rb"(?m)^Date: .*$", b"Date: then", mail)
    found = set(re.findall(rb"[a-z2-7]{24}", text.replace(b"=\r\n", b"").replace(b"=\n", b"")))
    text = text.replace(b"=\r\n", b"").replace(b"=\n", b"")
    for token in found:
        text = text.replace(token, b"token")
    return re.sub(rb"===============\d+==|<[\w.-]+@", b"~", text)


class TestTheBytes:
    """Of the preview, and of dispatch."""

    def test_are_the_same(self, desk: Staffed, noor: Browser) -> None:
        """For everybody of a campaign, but for tokens, moment and the ids made of them."""
        left: dict[str, bytes] = {}

        def keep(letter: Letter) -> Outcome:
            left[letter.message.recipient.email] = letter.message.mime
            return accept(letter)

        dispatch_campaign(
            desk.db,
            "autumn",
            Memory(keep),
            batch_size=50,
            limits=NO_LIMITS,
            clock=lambda: datetime.now(UTC),
        )
        assert len(left) == 23
        for number in (1, 2, 23):
            shown = noor.get(f"{HELLO}/mail?as={number}").content
            assert _alike(shown) == _alike(left[f"p{number}@example.org"])

    def test_are_the_page_in_the_frame_and_the_text_beside_it(self, noor: Browser) -> None:
        """Frame, text and source are of one message."""
        mail = noor.get(f"{HELLO}/mail?as=1").content
        assert noor.get(f"{HELLO}/body?as=1").text.strip() == _page_of(mail).strip()
        shown = re.search(
            r"<pre[^>]*>(.*?)</pre>", noor.page(f"{HELLO}/preview?as=1&view=text"), re.S
        )
        body = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
        assert shown is not None
        assert body is not None
        assert html.unescape(shown[1]).split() == str(body.get_content()).split()

    def test_of_a_campaign_are_those_that_were_planned(self, desk: Staffed, noor: Browser) -> None:
        """Whatever its files say by now."""
        file = desk.settings.templates_dir / "hello" / "en.html"
        file.write_text(file.read_text("utf-8").replace("two million", "ten"), "utf-8")
        assert "ten people wrote" in noor.get(f"{HELLO}/body?as=1").text
        planned = noor.get(f"{HELLO}/body?as=1&campaign=autumn").text
        assert "two million people wrote" in planned
        found = noor.send("/campaigns/autumn", f"{HELLO}/as", who="1")
        assert found.headers["location"] == f"{HELLO}/preview?as=1&campaign=autumn"
        assert "as autumn is planned" in words(noor.page(found.headers["location"]))
        file.write_text(file.read_text("utf-8").replace("given_name", "given_nam"), "utf-8")
        findings = f"{HELLO}/preview?as=1&campaign=autumn&view=findings"
        assert "given_nam'" not in html.unescape(noor.page(findings))
        # the files can't be used any more: what is planned can
        file.write_text("{% if %}", "utf-8")
        asked = "segment=everybody&campaign=autumn"
        people = noor.page(f"{HELLO}/people?{asked}")
        assert "as autumn is planned" in words(people)
        assert "campaign=autumn" in people
        assert "as autumn is planned" in words(noor.page(f"{HELLO}/variants?{asked}"))
        assert noor.get(f"{HELLO}/variants?segment=everybody").status_code == 400
        other = noor.get("/messages/launch/preview?campaign=autumn")
        assert other.status_code == 404

    def test_hold_no_token_that_does_anything(self, desk: Staffed, noor: Browser) -> None:
        """Trying the links out changes nothing."""
        page = noor.get(f"{HELLO}/body?as=1").text
        keys = desk.db.conn.execute("SELECT key_id, secret FROM signing_keys").fetchall()
        signing = {number: tokens.SigningKey(number, secret) for number, secret in keys}
        found = tokens.TOKEN.findall(page)
        assert found
        assert all(tokens.is_harmless(signing, token) for token in found)


class TestSomebodyNamedScript:
    """A name is text, in every view."""

    NAME = "<script>alert(1)</script>\u202egnp"

    @pytest.mark.parametrize("view", ["page", "text", "source", "headers", "values"])
    def test_is_shown_as_it_is(self, desk: Staffed, noor: Browser, view: str) -> None:
        """And turns nothing around."""
        desk.db.conn.execute(
            "UPDATE supporters SET given_name = ? WHERE supporter_id = 1", [self.NAME]
        )
        page = noor.page(f"{HELLO}/preview?as=1&view={view}")
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        assert "\u202e" not in page
        assert "alert(1)" in html.unescape(re.findall(r"<title>(.*?)</title>", page)[0])

    def test_runs_nothing_in_the_frame(self, desk: Staffed, noor: Browser) -> None:
        """It is sandboxed from both sides, and loads pictures only where they are wanted."""
        desk.db.conn.execute(
            "UPDATE supporters SET given_name = ? WHERE supporter_id = 1", [self.NAME]
        )
        answer = noor.get(f"{HELLO}/body?as=1&images=off")
        assert "<script" not in answer.text
        policy_said = answer.headers["content-security-policy"]
        assert "sandbox" in policy_said
        assert "img-src 'none'" in policy_said
        assert "script-src" not in policy_said
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        (frame,) = re.findall(r"<iframe\b[^>]*>", noor.page(f"{HELLO}/preview?as=1"))
        assert re.search(r"\bsandbox(?=[\s>])", frame)
        assert attribute(frame, "src").startswith(f"{HELLO}/body?as=1&")


class TestThePeople:
    """Whose message it is."""

    def test_are_found_by_address_which_stands_in_no_address(self, noor: Browser) -> None:
        """A form leads to the number."""
        answer = noor.send(HELLO, f"{HELLO}/as", who="P7@example.org")
        assert answer.headers["location"] == f"{HELLO}/preview?as=7"
        unknown = noor.send(HELLO, f"{HELLO}/as", who="nobody@example.org")
        assert unknown.status_code == 404
        assert f'href="{HELLO}"' in unknown.text

    def test_that_tell_most_follow_each_other(self, desk: Staffed, noor: Browser) -> None:
        """By links that a key follows too."""
        desk.db.conn.executescript(
            "UPDATE supporters SET given_name = 'Maximiliana Theodora' WHERE supporter_id = 2;"
            "UPDATE supporters SET given_name = 'محمد' WHERE supporter_id = 5;"
        )
        page = noor.page(f"{HELLO}/people?segment=everybody")
        links = [
            html.unescape(link) for link in re.findall(r'href="([^"]*preview\?as=[^"]*)"', page)
        ]
        assert len(links) > 1
        first = noor.page(links[0])
        assert f"1 of {len(links)} telling people" in words(first)
        assert 'rel="prev"' not in first.split("<main")[1]
        (following,) = re.findall(r'rel="next" href="([^"]*)"', first)
        assert f"2 of {len(links)} telling" in words(noor.page(html.unescape(following)))

    def test_are_made_up_where_nobody_is_named(self, desk: Staffed) -> None:
        """A viewer sees these, and nobody of the list."""
        vic = desk.enter("Vic", "viewer")
        page = vic.page(f"{HELLO}/preview")
        assert "made-up readers" in page
        assert "p1@example.org" not in page
        (following,) = re.findall(r'rel="next" href="([^"]*)"', page)
        assert "2 of" in words(vic.page(html.unescape(following)))
        assert vic.get(f"{HELLO}/preview?made=999").status_code == 404

    def test_are_told_what_became_of_their_values(self, desk: Staffed, noor: Browser) -> None:
        """Each with where it came from."""
        page = words(noor.page(f"{HELLO}/preview?as=1&view=values"))
        assert "given_name" in page
        assert "added by hand" in page or "imported" in page

    def test_can_be_asked_for_in_another_language_and_day(self, noor: Browser) -> None:
        """What was chosen before stays."""
        at = "/messages/one-in-two-million/preview"
        page = words(noor.page(f"{at}?as=1&language=fr&day=2014-02-26&view=headers"))
        assert "In fr, because you asked for fr" in page
        assert "States what is true on 2014-02-26" in page
        page = noor.page(f"{at}?as=1&view=text")
        form = re.findall(r'<form method="get"[^>]*>(.*?)</form>', page, re.S)[0]
        assert '<input type="hidden" name="view" value="text">' in form
        assert '<input type="hidden" name="as" value="1">' in form

    def test_who_would_not_get_it_are_told_so(self, noor: Browser) -> None:
        """The message is shown all the same."""
        assert "Would not get it: no consent." in words(noor.page(f"{HELLO}/preview?as=24"))


class TestTheLibrary:
    """Messages, and what is found in them."""

    def test_a_finding_stands_under_its_line(self, desk: Staffed, noor: Browser) -> None:
        """With how to mend it."""
        file = desk.settings.templates_dir / "hello" / "en.html"
        file.write_text(file.read_text("utf-8").replace("given_name", "given_nam"), "utf-8")
        page = noor.page(HELLO)
        line = re.search(r'<li class="found">(.*?)</li>', page, re.S)
        assert line is not None
        assert "given_nam" in line[1]
        assert 'class="finding error"' in line[1]

    def test_the_list_knows_what_was_checked(self, desk: Staffed, noor: Browser) -> None:
        """Until a file changes."""
        check = f'href="{HELLO}/check"'
        assert check in noor.page("/messages")
        noor.page(f"{HELLO}/check")
        assert check not in noor.page("/messages")
        file = desk.settings.templates_dir / "hello" / "en.html"
        file.write_text(file.read_text("utf-8") + "\n", "utf-8")
        assert check in noor.page("/messages")

    def test_one_that_is_broken_hides_no_other(self, desk: Staffed, noor: Browser) -> None:
        """It is listed with the reason."""
        (desk.settings.templates_dir / "hello" / "message.toml").write_text("title = ", "utf-8")
        page = noor.page("/messages")
        assert "can&#39;t be used" in page or "can't be used" in page
        assert "one-in-two-million" in page
        assert noor.get(f"{HELLO}/preview").status_code == 400

    def test_versions_are_counted(self, noor: Browser) -> None:
        """With one who gets each."""
        page = words(noor.page(f"{HELLO}/variants?segment=everybody"))
        assert "23 of 25 people would get it" in page
        assert noor.get(f"{HELLO}/variants?segment=nope").status_code == 404
