"""A real browser that looks at our pages: Debian's Chromium, asked by Playwright and axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Response,
    Route,
    expect,
    sync_playwright,
)
from services import need

#: a small phone
PHONE: Final = (360, 740)
DESKTOP: Final = (1280, 800)
#: what a full stop at each control may take at most, so that a trap for the keyboard is seen
_MOST_STOPS: Final = 400
#: milliseconds until what is waited for will never come: machines that run tests are shared
_PATIENCE: Final = 60_000
_AXE: Final = Axe()
#: targets that are too small for a thumb are not looked at without being asked for
_RULES: Final = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
_COLOURS: Final = {"resultTypes": ["violations"], "runOnly": ["cat.color"]}
#: how Chromium tells of an answer that is an error
_STATUS: Final = "Failed to load resource: the server responded with a status of"

#: the controls that Tab should reach, as one word each; of radio buttons of one name only one
_CONTROLS: Final = """() => {
  const found = [], seen = new Set();
  const any = 'a[href], button, input, select, textarea, summary, [tabindex="0"], iframe';
  for (const one of document.querySelectorAll(any)) {
    if (one.disabled || one.tabIndex < 0 || one.type === 'hidden') continue;
    if (!one.checkVisibility({visibilityProperty: true})) continue;
    if (one.type === 'radio') {
      const name = (one.form ? one.form.action : '') + one.name;
      const all = [...document.querySelectorAll('input[type=radio]')];
      const checked = all.some(other => other.name === one.name && other.checked);
      if (checked ? !one.checked : seen.has(name)) continue;
      seen.add(name);
    }
    one.dataset.stop = one.dataset.stop || String(found.length + 1);
    found.push(one.dataset.stop);
  }
  return found;
}"""

#: what has the focus, or was clicked on last, would be where Tab begins
_FROM_THE_TOP: Final = """() => {
  document.body.tabIndex = -1;
  document.body.focus({preventScroll: true});
  document.body.removeAttribute("tabindex");
  getSelection().removeAllRanges();
}"""

#: where the focus is, and what is wrong with how that is shown
_FOCUS: Final = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  let shown = one;
  if (one.matches('iframe')) return {stop: one.dataset.stop, html: one.outerHTML, wrong: ''};
  const style = getComputedStyle(shown), box = shown.getBoundingClientRect();
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  let wrong = '';
  if (!ring) wrong = 'its focus is not shown';
  else if (box.width < 1 || box.height < 1) wrong = 'it has no size';
  else if (box.right <= 0 || box.left >= innerWidth || box.bottom <= 0 || box.top >= innerHeight)
    wrong = 'it is outside of the window';
  return {stop: one.dataset.stop || '', html: one.outerHTML.slice(0, 120), wrong};
}"""

#: how much wider than the window a page is, and what sticks out
_WIDER: Final = """() => {
  const wide = document.documentElement.scrollWidth;
  if (wide <= innerWidth) return '';
  const out = [...document.body.querySelectorAll('*')].filter(one => {
    const box = one.getBoundingClientRect();
    return box.right > innerWidth + 1 || box.left < -1;
  }).slice(0, 3).map(one => one.outerHTML.slice(0, 100));
  return `${wide} pixels wide: ${out.join(' … ')}`;
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the system's Chromium until the end of the block, else skip the test."""
    program = need("chromium", "chromium")
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@dataclass
class Window:
    """One window on a site; whatever it asks another host for is refused and written down."""

    page: Page
    origin: str
    elsewhere: list[str] = field(default_factory=list)
    #: what the browser itself said, with the address that it spoke of
    said: list[tuple[str, str]] = field(default_factory=list)
    #: pages that were answered by an error, as some tests want
    refused: set[str] = field(default_factory=set)

    @property
    def complaints(self) -> list[str]:
        """What the browser itself complains of, as of a script that the policy forbids."""
        return [
            text
            for text, url in self.said
            if not (text.startswith(_STATUS) and url in self.refused)
        ]

    def go(self, path: str) -> Response:
        """Go to a page of the site."""
        answer = self.page.goto(f"{self.origin}{path}")
        assert answer is not None
        return answer

    def press(self, words: str) -> None:
        """Press the button with these words, and wait for what comes of it."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=True).click()

    def faults(self) -> list[str]:
        """What is wrong with the page for those who see little, use no mouse, or have a phone."""
        return [*self._unseen(), *self.unreached()]

    def faults_everywhere(self) -> list[str]:
        """The same, also on a large screen, whose colours are no others."""
        page, small = self.page, self.faults()
        before = page.viewport_size
        page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        large = _violations(_AXE.run(page, options=_RULES).response, "desktop: ")
        large += [f"desktop: {wider}" for wider in [page.evaluate(_WIDER)] if wider]
        if before is not None:
            page.set_viewport_size(before)
        return small + large

    def _unseen(self) -> list[str]:
        """Give what axe-core finds, light and dark, and whether the page is too wide."""
        page = self.page
        found = _violations(_AXE.run(page, options=_RULES).response, "")
        page.emulate_media(color_scheme="dark")
        found += _violations(_AXE.run(page, options=_COLOURS).response, "dark: ")
        page.emulate_media(color_scheme="null")
        wider = page.evaluate(_WIDER)
        return [*found, *([wider] if wider else [])]

    def unreached(self) -> list[str]:
        """Give what Tab does not reach in the order of the page, or not visibly."""
        page = self.page
        wanted: list[str] = page.evaluate(_CONTROLS)
        page.evaluate(_FROM_THE_TOP)
        reached: list[str] = []
        found: list[str] = []
        astray = False
        for _ in range(_MOST_STOPS):
            page.keyboard.press("Tab")
            focus = page.evaluate(_FOCUS)
            if focus is None and not astray:
                # on its way out of a frame, which is another process, or at the end
                astray = True
                page.wait_for_timeout(100)
                focus = page.evaluate(_FOCUS)
                if focus is None:
                    continue
            if focus is None or (reached and focus["stop"] == reached[0] != reached[-1]):
                break
            astray = False
            if reached and reached[-1] == focus["stop"]:
                if len(wanted) == 1:
                    break
                # a field for a date is several stops
                continue
            reached.append(focus["stop"])
            if focus["wrong"]:
                found.append(f"{focus['wrong']}: {focus['html']}")
        # a part that can be scrolled is a stop too, and no control
        reached = [stop for stop in reached if stop]
        if reached != wanted:
            found.append(f"Tab goes to {reached} and not to {wanted}")
        return found


@contextmanager
def window(
    browser: Browser, origin: str, size: tuple[int, int] = PHONE, *, scripts: bool = True
) -> Iterator[Window]:
    """Open a window of its own, with no cookies, until the end of the block."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=scripts,
        # what is emulated would hold in the frames of previews too, whatever their own colours are
        color_scheme="null",
    )
    context.set_default_timeout(_PATIENCE)
    one = Window(context.new_page(), origin)

    def look(route: Route, request: Request) -> None:
        if urlsplit(request.url).netloc == urlsplit(origin).netloc:
            route.continue_()
        else:
            one.elsewhere.append(request.url)
            route.abort()

    # what a page carries in itself asks nobody
    context.route(lambda url: not url.startswith(("data:", "blob:")), look)
    one.page.on("console", lambda said: _hear(one, said))
    one.page.on("pageerror", lambda error: one.said.append((str(error), "")))
    one.page.on("dialog", lambda dialog: _dismiss(one, dialog))
    one.page.on("response", lambda answer: _note(one, answer))
    try:
        yield one
    finally:
        context.close()


def _hear(one: Window, said: ConsoleMessage) -> None:
    if said.type == "error":
        one.said.append((said.text, said.location["url"]))


def _dismiss(one: Window, dialog: Dialog) -> None:
    one.said.append((f"a dialog: {dialog.message}", ""))
    dialog.dismiss()


def _note(one: Window, answer: Response) -> None:
    if answer.status >= 400 and answer.request.is_navigation_request():
        one.refused.add(answer.url)


def _violations(response: dict[str, Any], prefix: str) -> list[str]:
    return [
        f"{prefix}{violation['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for violation in response["violations"]
        for node in violation["nodes"][:3]
    ]
