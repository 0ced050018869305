"""The shipped messages as a browser lays them out: at 360 pixels, in light and dark, enlarged."""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape
from pathlib import Path

import pytest
from services import need
from shipping import TELLING, versions

#: `preferredColorScheme` of Chromium's settings
SCHEMES = {"light": 1, "dark": 0}
#: measures each page: too wide anywhere? which text has too little contrast with what is under it?
MEASURE = """
const rgba = text => (text.match(/[0-9.]+/g) || [0, 0, 0, 0]).map(Number);
const part = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
function under(element, style) {
  for (let e = element; e; e = e.parentElement) {
    const colour = rgba(style(e).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour;
  }
  return [255, 255, 255];
}
function faint(doc) {
  const style = e => doc.defaultView.getComputedStyle(e), found = [];
  const texts = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode());) {
    const element = text.parentElement;
    if (!text.data.trim() || !element.getClientRects().length) continue;
    const ratio = contrast(light(rgba(style(element).color)), light(under(element, style)));
    if (ratio < 4.5) found.push(ratio.toFixed(2) + " " + text.data.trim().slice(0, 30));
  }
  return found;
}
const wide = doc => doc.documentElement.scrollWidth - doc.documentElement.clientWidth;
function enlarge(doc) {
  const sizes = [...doc.body.querySelectorAll("*")].map(
    e => [e, parseFloat(doc.defaultView.getComputedStyle(e).fontSize)]);
  for (const [e, size] of sizes) e.style.setProperty("font-size", 2 * size + "px", "important");
}
function overlapping(doc) {
  return [...doc.body.querySelectorAll("p, h1, h2, li")].filter(e => {
    const style = doc.defaultView.getComputedStyle(e);
    return parseFloat(style.lineHeight) < 1.15 * parseFloat(style.fontSize);
  }).length;
}
addEventListener("load", () => {
  const measured = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const doc = frame.contentDocument, of = measured[frame.name] = {};
    of.wide = wide(doc);
    of.faint = faint(doc);
    of.shown = doc.body.innerText.length;
    enlarge(doc);
    of.wide_enlarged = wide(doc);
    of.overlapping = overlapping(doc);
  }
  document.body.textContent = JSON.stringify(measured);
});
"""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_version_can_be_read_on_a_telephone(scheme: str, tmp_path: Path) -> None:
    """Nothing is cut off at 360 pixels, no text is faint, letters may be twice as large."""
    chromium = need("chromium", "chromium")
    frames = []
    for version in versions():
        for person in ("short name", "one word without end", "right to left"):
            file = tmp_path / f"{version}-{person.replace(' ', '-')}.html"
            file.write_text(version.compose(**TELLING[person]).html, "utf-8")
            frames.append(f'<iframe name="{version}, {person}" src="{file.name}"></iframe>')
    page = tmp_path / "all.html"
    page.write_text(
        '<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        "<style>iframe { width: 360px; height: 640px; border: 0 }</style>"
        f"<script>{MEASURE}</script>{''.join(frames)}",
        "utf-8",
    )
    measured = _measured(chromium, page, SCHEMES[scheme], tmp_path / "profile")
    assert len(measured) == len(frames)
    wanted = {"wide": 0, "faint": [], "wide_enlarged": 0, "overlapping": 0}
    found = {
        name: wrong
        for name, of in measured.items()
        if (wrong := {key: of[key] for key, value in wanted.items() if of[key] != value})
    }
    assert found == {}
    assert all(of["shown"] > 200 for of in measured.values())


def _measured(
    chromium: str, page: Path, scheme: int, profile: Path
) -> dict[str, dict[str, int | list[str]]]:
    """What the page's script found, read out of the page as it is in the end."""
    dumped = subprocess.run(
        [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--allow-file-access-from-files",
            f"--user-data-dir={profile}",
            f"--blink-settings=preferredColorScheme={scheme}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        timeout=120,
        check=True,
    ).stdout.decode()
    body = re.search(r"<body>(.*)</body>", dumped, re.DOTALL)
    assert body is not None
    found: dict[str, dict[str, int | list[str]]] = json.loads(unescape(body[1]))
    return found
