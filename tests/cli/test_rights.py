"""What a command writes is for its owner's eyes only, whatever the shell would allow."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path


def _run(folder: Path, *command: str) -> None:
    line = [sys.executable, "-m", "outreach", *command]
    subprocess.run(line, cwd=folder, check=True, capture_output=True, umask=0o000)


def test_nobody_else_reads_a_workspace(tmp_path: Path) -> None:
    """The database with its keys, what was rejected of a list, an export, a backup."""
    _run(tmp_path, "init", "here")
    root = tmp_path / "here"
    (root / "list.csv").write_text("email,given_name\nada@example.org,Ada\nnonsense,Bo\n")
    subprocess.run(
        [sys.executable, "-m", "outreach", "supporters", "import", "list.csv"],
        cwd=root,
        check=False,
        capture_output=True,
        umask=0o000,
    )
    _run(root, "followups", "export", "--out", "queue.csv")
    _run(root, "backup", "copy.db")
    made = [p for p in root.rglob("*") if p.is_file() and p.name != "list.csv"]
    assert {"outreach.db", "outreach.toml", "queue.csv", "copy.db"} <= {p.name for p in made}
    assert any("rejected" in p.name for p in made)
    open_to_others = [p for p in made if stat.S_IMODE(p.stat().st_mode) & 0o077]
    assert open_to_others == []
