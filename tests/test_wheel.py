"""The package as it is installed elsewhere."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

TOP = Path(__file__).parent.parent


def test_the_wheel_carries_the_messages_and_segments_that_init_copies(tmp_path: Path) -> None:
    """`outreach init` works without a checkout."""
    build = "import sys, hatchling.build as b; print(b.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    )
    wheel = tmp_path / done.stdout.strip().splitlines()[-1]
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {
        f"outreach/starter/{path.relative_to(TOP)}"
        for part in ("templates", "segments")
        for path in (TOP / part).rglob("*")
        if path.is_file()
    }
    assert shipped
    assert shipped <= names
    # what only tests need has licences of its own
    assert not [name for name in names if not name.startswith("outreach")]
    assert not [name for name in names if "axe" in name]
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    made = subprocess.run(
        [sys.executable, "-P", "-m", "outreach", "init", str(tmp_path / "w")],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "w" / "templates").is_dir()
    where = subprocess.run(
        [sys.executable, "-P", "-c", "import outreach; print(outreach.__file__)"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path) in where.stdout
