"""A workspace as an organisation has it, used by our own commands and served by our servers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import IO, Final

from browsing import Window, window
from playwright.sync_api import Browser
from sqlite_utils import Database

from outreach.settings import FILE_NAME, Settings, default_file, load
from outreach.store import open_database
from outreach.workflow.workspace import create_workspace

#: somebody who wants to see what our pages do with a name
HOSTILE: Final = "<script>alert(1)</script>"
LIST: Final = f"""\
email,given_name,family_name,country,language,consent
awa@example.org,Awa,Lawson,Togo,fr,granted
hostile@example.org,{HOSTILE},<img src=x onerror=alert(2)>,DE,en,granted
zahra@example.org,زهرة,,Jordan,ar,granted
nameless@example.org,,,Poland,en,granted
said-no@example.org,Otto,,Austria,en,denied
said-nothing@example.org,Nana,,Ghana,en,
{"".join(f"p{n}@example.org,Person{n},,Poland,en,granted" + chr(10) for n in range(1, 9))}"""
SEGMENT: Final = "-- title: Everybody\n-- reason: a test\nSELECT supporter_id FROM supporters\n"
#: who may be written to
READERS: Final = 12
#: what messages are made of
_PARTS: Final = frozenset({"layouts", "styles", "facts"})
#: what a new workspace says -> what this one does
_SETTINGS: Final = {
    "over = 10000": "over = 5",
    "second_person_over = 500": "second_person_over = 5",
    'campaign = ""': 'campaign = "write-for-rights-2014"',
}
PAGE: Final = """\
{% extends "layouts/newsletter.html" %}
{% set ours = tally("write-for-rights-2014", default=0) %}
{% block subject %}What came of it{% endblock %}
{% block preheader %}And what you can do now, wherever you live.{% endblock %}
{% block content %}
<h1>What came of it</h1>
<p>Dear {% if supporter.given_name %}{{ supporter.given_name }}{% else %}friend{% endif %},</p>
<p>We count {{ ours|plural(one="{n} action", other="{n} actions") }} so far. Put on an event!</p>
<p><a href="{{ reply_link(subject="Yes", body="Name: \\nCountry: \\n") }}">Answer us</a>
or <a href="{{ take_part_url }}">fill in a form</a>.
<a href="{{ preferences_url }}">Choose what you get</a>.</p>
{% endblock %}
"""


@dataclass
class Place:
    """A workspace, and where its two sides are served."""

    settings: Settings
    db: Database
    desk: str = ""
    public: str = ""
    mails: int = 0

    def outreach(self, *command: str) -> str:
        """Run one of our commands, which must work, and give what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "outreach", "--workspace", str(self.settings.root), *command],
            capture_output=True,
            text=True,
            env=_ENVIRONMENT,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def hire(self, name: str, role: str) -> str:
        """Add somebody to the staff; give the path of the login link that is printed."""
        said = self.outreach("staff", "add", name, "--role", role)
        found = re.search(r"http://\S+(/sign-in/\S+)", said)
        assert found is not None
        return found[1]

    def write(self, name: str, page: str = PAGE) -> Path:
        """Write a message as an author does: two files in a folder."""
        folder = self.settings.templates_dir / name
        folder.mkdir(exist_ok=True)
        (folder / "message.toml").write_text(
            'title = "What came of it"\ndefault_language = "en"\nkind = "news"\n', "utf-8"
        )
        (folder / "en.html").write_text(page, "utf-8")
        return folder / "en.html"

    def outbox(self, email: str) -> list[bytes]:
        """Give the letters to somebody that are in the outbox, the oldest first."""
        files = sorted((self.settings.root / "outbox" / "new").glob("*.eml"), key=_age)
        letters = [file.read_bytes() for file in files]
        return [one for one in letters if email in str(parsed(one)["To"])]

    def one(self, sql: str, *values: object) -> tuple[object, ...]:
        """Give the one row of a query."""
        (row,) = self.db.conn.execute(sql, values)
        return tuple(row)

    def take_in(self, letter: bytes, text: str, *, html: str = "", sender: str = "") -> int:
        """Answer a letter by a mail, and take that in; give the number of its follow-up."""
        self.mails += 1
        got, mail = parsed(letter), EmailMessage()
        mail["From"], mail["To"] = sender or str(got["To"]), str(got["Reply-To"])
        mail["Subject"] = f"Re: {got['Subject']}"
        mail["Message-ID"] = f"<{self.mails}@mail.example.org>"
        mail.set_content(text)
        if html:
            mail.add_alternative(html, subtype="html")
        folder = self.settings.root / "incoming"
        folder.mkdir(exist_ok=True)
        (folder / f"{self.mails}.eml").write_bytes(mail.as_bytes())
        self.outreach("replies", "import", str(folder / f"{self.mails}.eml"))
        (number,) = self.one("SELECT max(followup_id) FROM followups")
        assert isinstance(number, int)
        return number


_ENVIRONMENT: Final = {
    **{key: value for key, value in os.environ.items() if not key.startswith("OUTREACH_")},
    "PYTHONUNBUFFERED": "1",
}


def parsed(letter: bytes) -> EmailMessage:
    """Read a letter as a mail program does."""
    mail = message_from_bytes(letter, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def link_in(letter: bytes, kind: str) -> str:
    """Give the path of the link of a kind, as `u`, that a letter holds."""
    part = parsed(letter).get_body(("plain",))
    assert part is not None
    found = re.search(rf"https?://\S+?(/{kind}/[a-z2-7]{{24}})", str(part.get_content()))
    assert found is not None
    return found[1]


@contextmanager
def opened(root: Path, messages: Collection[str] = ()) -> Iterator[Place]:
    """Make a workspace, take its list in, and serve both sides of it until the end of the block.

    Of the messages that a new one has only those in `messages` stay: to check each takes a moment.
    """
    create_workspace(root)
    said = default_file()
    for default, ours in _SETTINGS.items():
        assert default in said
        said = said.replace(default, ours)
    (root / FILE_NAME).write_text(said, "utf-8")
    settings = load(root, environment={})
    for folder in settings.templates_dir.iterdir():
        if folder.name not in _PARTS.union(messages):
            shutil.rmtree(folder)
    (settings.segments_dir / "everybody.sql").write_text(SEGMENT, "utf-8")
    (root / "list.csv").write_text(LIST, "utf-8")
    with ExitStack() as stack:
        db = stack.enter_context(closing(open_database(settings.database)))
        place = Place(settings, db)
        place.outreach("supporters", "import", str(root / "list.csv"))
        place.desk = stack.enter_context(_served(root, "--by", "Ada"))
        place.public = stack.enter_context(_served(root, "--public"))
        yield place


@contextmanager
def _served(root: Path, *more: str) -> Iterator[str]:
    """Run `outreach serve` until the end of the block; give its address."""
    log = (root / f"serve{'-'.join(more)}.log").open("wb")
    arguments = ["--workspace", str(root), "serve", "--port", "0", *more]
    with (
        log,
        subprocess.Popen(
            [sys.executable, "-m", "outreach", *arguments],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=_ENVIRONMENT,
        ) as process,
    ):
        output: IO[str] | None = process.stdout
        assert output is not None
        try:
            said = output.readline()
            assert ": http://127.0.0.1:" in said
            yield said.split()[-1]
        finally:
            process.terminate()
            process.communicate()


@contextmanager
def staffed(browser: Browser, place: Place, link: str, size: tuple[int, int]) -> Iterator[Window]:
    """Open a window in which somebody signs in by a login link."""
    with window(browser, place.desk, size) as one:
        one.go(link)
        one.press("Sign in")
        yield one


def _age(file: Path) -> tuple[int, str]:
    return file.stat().st_mtime_ns, file.name
