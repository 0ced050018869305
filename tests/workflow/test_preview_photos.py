"""Photographs of pages, by the browser that is installed."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from services import need

from outreach.errors import InputError
from outreach.workflow import photos
from outreach.workflow.photos import SCHEMES, WIDTHS, Camera

PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8">
<meta name="color-scheme" content="light dark"><style>body {{ margin: 0; background: #fff }}
.wide {{ height: 50px }} @media (max-width: 480px) {{ .wide {{ height: 200px }} }}
@media (prefers-color-scheme: dark) {{ body {{ background: #123 !important }} }}</style></head>
<body><div class="wide"></div><div style="height: 300px">{}</div></body></html>"""


@pytest.fixture(scope="module")
def camera() -> Iterator[Camera]:
    """One browser for all."""
    need("chromium", "chromium")
    with photos.opened() as opened:
        yield opened


def test_every_width_and_scheme_in_the_whole_height(camera: Camera) -> None:
    """Media queries see the width of a telephone, though no window is so narrow."""
    taken = camera.photograph(PAGE.format("Grüße, سلام"))
    assert [(photo.width, photo.scheme) for photo in taken] == [
        (width, scheme) for width in WIDTHS for scheme in SCHEMES
    ]
    sizes = [struct.unpack(">II", photo.png[16:24]) for photo in taken]
    assert sizes == [(600, 350), (600, 350), (360, 500), (360, 500)]
    assert len({photo.png for photo in taken}) == 4


def test_one_after_the_other(camera: Camera) -> None:
    """Nothing of a page is left in the picture of the next."""
    first = camera.photograph(PAGE.format("one"))
    assert camera.photograph(PAGE.format("two" * 50)) != first
    assert camera.photograph(PAGE.format("one")) == first


def test_only_a_page_that_says_so_is_dark(camera: Camera) -> None:
    """Others stay as they are on a dark screen, and the picture doesn't make it up."""
    silent = [photo.png for photo in camera.photograph("<!DOCTYPE html><p>x</p>")]
    assert silent[0] == silent[1]
    says = '<!DOCTYPE html><meta name="color-scheme" content="light dark"><p>x</p>'
    light, dark, *_ = (photo.png for photo in camera.photograph(says))
    assert light != dark


def test_a_page_without_end_is_cut(camera: Camera) -> None:
    """Rather than that there be no picture."""
    tall = camera.photograph(PAGE.format('<p style="height: 40000px">x</p>'))
    assert {struct.unpack(">I", photo.png[20:24])[0] for photo in tall} == {16_000}


def test_runs_no_script_and_reads_no_file(camera: Camera, tmp_path: Path) -> None:
    """A picture shows what a mail program would."""
    plain = camera.photograph(PAGE.format("x"))
    script = "<script>document.body.textContent = 'y'</script>"
    assert camera.photograph(PAGE.format("x" + script)) == plain
    (tmp_path / "secret.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"><rect width="50"'
        ' height="50" fill="red"/></svg>'
    )
    frame = '<img width="50" height="50" src="{}">'
    there = camera.photograph(PAGE.format(frame.format((tmp_path / "secret.svg").as_uri())))
    missing = camera.photograph(PAGE.format(frame.format((tmp_path / "none.svg").as_uri())))
    assert there == missing


def test_reaches_no_network(camera: Camera) -> None:
    """Looking at a preview tells nobody that it is looked at."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.server_address[1]
        for host in ("127.0.0.1", "localhost"):
            image = f'<img src="http://{host}:{port}/pixel"><link rel="stylesheet"'
            camera.photograph(PAGE.format(f'{image} href="http://{host}:{port}/x.css">'))
        server.shutdown()
        thread.join()
    assert asked == []


def test_without_a_browser_the_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And another way to look at it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"apt-get install chromium.*--open"), photos.opened():
        pass


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("#!/bin/sh\nexit 1\n", "broke off"),
        ("#!/bin/sh\nprintf 'no JSON\\0' >&4; exec /bin/sleep 60\n", "broke off"),
        ("#!/bin/sh\nexec /bin/sleep 60\n", "gave no answer for 0.2 s"),
        ("not a program", "can't be started|broke off"),
    ],
)
def test_a_browser_that_fails_is_a_sentence(
    script: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not waited for without end, and nothing of it goes on running."""
    program = tmp_path / "chromium"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=problem), photos.opened(seconds=0.2) as camera:
        camera.photograph("<p>x</p>")
