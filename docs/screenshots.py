"""Renew the pictures in docs/pictures from the demo: `make screenshots`.

The demo's people are the same each time. So that days and hours are too, the one clock that our
program looks at is set before anything else of it is imported; and tokens, which are others each
time, are written over in what is shown.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Final

from playwright.sync_api import Browser, sync_playwright
from starlette.applications import Starlette

from outreach import wiring

#: when the pictures were taken, as those on them see it
MOMENT: Final = datetime(2014, 2, 26, 9, 0, tzinfo=UTC)
PICTURES: Final = Path(__file__).parent / "pictures"
WIDE: Final = (1180, 760)
PHONE: Final = (360, 640)
CAMPAIGN: Final = "one-in-two-million"
NEXT: Final = "so-far"
MESSAGE: Final = ("--template", "running-tally", "--segment", "everyone")
BY: Final = ("--by", "Maria")
_looks = count(1)


def _clock() -> datetime:
    """Let a thousandth of a second pass with each look."""
    return MOMENT + timedelta(milliseconds=next(_looks))


wiring.utc_now = _clock

from outreach import tokens  # noqa: E402
from outreach.cli import main  # noqa: E402
from outreach.settings import Settings, load  # noqa: E402
from outreach.store import open_database, signing_keys  # noqa: E402
from outreach.tokens import Purpose  # noqa: E402
from outreach.web import serving  # noqa: E402
from outreach.web.desk.app import desk_app  # noqa: E402
from outreach.web.public.app import public_app  # noqa: E402
from outreach.workflow import staff  # noqa: E402

#: somebody who reads French
READER: Final = (
    "SELECT min(delivery_id) FROM deliveries JOIN supporters USING (supporter_id)"
    " WHERE supporters.language = 'fr' AND state = 'accepted'"
)
#: in the page, not in the frames of it: tokens, which are others each time
_SAME_TOKENS: Final = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    text.data = text.data.replace(/[a-z2-7]{24}/g, "w7xk2mqa5nub3czt6hedy4vr");
  }
}"""


@dataclass(frozen=True)
class Shown:
    """Where the demo is served, and how one gets in."""

    desk: str
    public: str
    login: str
    #: of somebody's letter
    token: str


def demo(folder: Path) -> Settings:
    """Run the demo, and plan a second campaign, which waits for somebody to stand for it."""
    at = ("--workspace", str(folder))
    for command in (
        ("demo", "--dir", str(folder)),
        (*at, "letters", "send"),
        (*at, "campaigns", "create", NEXT, *MESSAGE, *BY),
        (*at, "campaigns", "plan", NEXT, "--day", "2014-02-26", *BY),
        (*at, "campaigns", "test", NEXT, "--as", "1", "--to", "maria@outreach.example.org", *BY),
    ):
        if main.main(list(command), prog_name="outreach", standalone_mode=False):
            raise SystemExit(f"the demo did not work: {command}")
    return load(folder, environment={})


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve an application until the end of the block; give its address."""
    with serving.listen("127.0.0.1", 0) as listener:
        server = serving.server(app)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            sleep(0.01)
        try:
            yield serving.address_of(listener)
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def shown(folder: Path) -> Iterator[Shown]:
    """Serve both sides of the demo."""
    settings = demo(folder)
    with ExitStack() as stack:
        db = stack.enter_context(closing(open_database(settings.database)))
        desk = stack.enter_context(served(desk_app(settings)))
        public = stack.enter_context(served(public_app(settings)))
        staff.add_staff(db, "Noor", role="admin", now=_clock())
        secret = staff.login_secret(db, "Noor", now=_clock())
        key = signing_keys(db, _clock())[0]
        (number,) = db.conn.execute(READER).fetchone()
        token = tokens.sign(key, Purpose.UNSUBSCRIBE, number)
        yield Shown(desk, public, f"{desk}/sign-in/{secret}", token)


class Camera:
    """Takes pictures, each of the size that it is asked for."""

    def __init__(self, browser: Browser, where: Shown) -> None:
        self._where = where
        # dark previews are dark by themselves: what is emulated would hold for all of them
        self._page = browser.new_context(color_scheme="null", locale="en").new_page()
        self._page.goto(where.login)
        self._page.get_by_role("button", name="Sign in").click()
        self._page.wait_for_url("**/")

    def take(
        self,
        name: str,
        address: str,
        size: tuple[int, int],
    ) -> None:
        """Take a picture of a page."""
        page = self._page
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.evaluate(_SAME_TOKENS)
        file = PICTURES / f"{name}.png"
        page.screenshot(path=file, animations="disabled", caret="hide")
        print(f"{file.name}: {file.stat().st_size // 1024} KB")  # noqa: T201 -- it is a script

    def take_all(self) -> None:
        """Take all that the docs and the README show."""
        desk, public = self._where.desk, self._where.public
        preview = f"{desk}/messages/{CAMPAIGN}/preview?made=0&day=2014-02-26"
        self.take("preview", preview, (WIDE[0], 880))
        self.take("campaign", f"{desk}/campaigns/{NEXT}", WIDE)
        self.take("queue", f"{desk}/followups", WIDE)
        self.take("follow-up", f"{desk}/followups/1", PHONE)
        self.take("unsubscribe", f"{public}/u/{self._where.token}?lang=en", PHONE)
        self.take("preferences", f"{public}/p/{self._where.token}?lang=fr", PHONE)
        self.take("take-part", f"{public}/take-part?lang=ar", PHONE)


def renew() -> None:
    """Take all pictures anew."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("pictures need chromium: apt-get install chromium (or `make services`)")
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        shown(Path(folder) / "demo") as where,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program)
        Camera(browser, where).take_all()
        browser.close()


if __name__ == "__main__":
    renew()
