"""The desk as staff meet it: a browser's headers, a session, forms that are read and sent."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from serving import Served
from sqlite_utils import Database

from outreach.settings import Settings
from outreach.workflow import staff

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_FIELD = re.compile(r'<input\b[^>]*type="hidden"[^>]*>')


def attribute(tag: str, name: str) -> str:
    """Read one attribute of a tag; '' where it lacks that."""
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


@dataclass
class Browser:
    """One of the staff at the desk."""

    client: httpx.Client
    origin: str

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Look at a page."""
        return self.client.get(path, headers=headers)

    def page(self, path: str) -> str:
        """Look at a page that is there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def form(self, path: str, action: str) -> dict[str, str]:
        """Read the hidden fields of the form on a page that leads to `action`."""
        for tag, inside in _FORM.findall(self.page(path)):
            if (attribute(tag, "action"), attribute(tag, "method")) == (action, "post"):
                return {
                    attribute(field, "name"): attribute(field, "value")
                    for field in _FIELD.findall(inside)
                }
        raise AssertionError(f"{path} has no form for {action}")

    def post(
        self, action: str, fields: dict[str, str], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send fields, as a browser does."""
        own = {"origin": self.origin, "sec-fetch-site": "same-origin"}
        return self.client.post(action, data=fields, headers=own if headers is None else headers)

    def send(self, path: str, action: str, **fields: str) -> httpx.Response:
        """Fill in the form of a page and send it."""
        return self.post(action, self.form(path, action) | fields)

    def result(self, answer: httpx.Response) -> str:
        """Follow to the page that tells what came of it, and give its words."""
        assert answer.status_code == 303, (answer.status_code, words(answer.text))
        found = re.search(
            r'<p class="\w+" role="status">(.*?)</p>', self.page(answer.headers["location"]), re.S
        )
        assert found is not None
        return html.unescape(found[1])


def words(page: str) -> str:
    """Give the text of a page without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@dataclass
class Staffed:
    """A desk that is served, and its database."""

    db: Database
    settings: Settings
    at: Served
    opened: list[httpx.Client] = field(default_factory=list)

    def browser(self) -> Browser:
        """Open one that nobody has signed in with."""
        client = httpx.Client(base_url=self.at.url, trust_env=False, timeout=60)
        self.opened.append(client)
        return Browser(client, self.at.url)

    def close(self) -> None:
        """Close every browser."""
        for client in self.opened:
            client.close()

    def link(self, name: str) -> str:
        """Make the path of a login link."""
        return f"/sign-in/{staff.login_secret(self.db, name, now=datetime.now(UTC))}"

    def enter(self, name: str, role: str = "admin") -> Browser:
        """Add somebody and sign them in."""
        if name not in {person.name for person in staff.list_staff(self.db)}:
            staff.add_staff(self.db, name, role=role, now=datetime.now(UTC))
        browser = self.browser()
        assert browser.post(self.link(name), {"x": ""}).status_code == 303
        return browser

    def acts(self) -> list[tuple[str, str, str, str]]:
        """What is written down: who, what, on what, outcome; the oldest first."""
        query = "SELECT who, what, subject, outcome FROM acts WHERE what NOT IN (?, ?, ?)"
        hidden = ["sign in", "make a login link", "add to the staff"]
        return list(self.db.conn.execute(f"{query} ORDER BY act_id", hidden))
