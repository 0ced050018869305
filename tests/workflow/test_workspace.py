"""Making a workspace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from outreach.errors import AlreadyExists, WorkspaceError
from outreach.settings import load
from outreach.store import open_database
from outreach.workflow.workspace import create_workspace

#: kills its process as the given call of the audited event happens
DOOMED = """
import os, sys
from pathlib import Path
from outreach.workflow.workspace import create_workspace
event, left = sys.argv[1], int(sys.argv[2])
def watch(name, arguments):
    global left
    if name == event and ".outreach-init" in str(arguments):
        left -= 1
        if left == 0:
            os._exit(9)
sys.addaudithook(watch)
create_workspace(Path(sys.argv[3]))
"""


def files(folder: Path) -> set[str]:
    """Give the names of all files in a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("event", "times"),
    [("os.mkdir", 1), ("os.mkdir", 3), ("shutil.copyfile", 5), ("sqlite3.connect", 1)]
    + [("os.rename", times) for times in range(1, 5)]
    + [("os.rmdir", 1)],
)
@pytest.mark.parametrize("existing", [True, False])
def test_after_a_kill_the_same_command_makes_it_whole(
    tmp_path: Path, event: str, times: int, *, existing: bool
) -> None:
    """Whatever was done by then; and nothing of ours is left besides."""
    folder = tmp_path / "w"
    if existing:
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")
    command = [sys.executable, "-c", DOOMED, event, str(times), str(folder)]
    assert subprocess.run(command).returncode == 9
    if event == "os.rmdir":
        assert load(folder, environment={})
        return
    create_workspace(folder)
    create_workspace(tmp_path / "another")
    assert files(folder) - {"notes.txt"} == files(tmp_path / "another")
    assert not (folder / ".outreach-init").exists()
    open_database(load(folder, environment={}).database).close()


@pytest.mark.parametrize("part", ["templates", "segments", "outreach.db", "outreach.toml"])
def test_what_is_there_is_named_and_left_alone(tmp_path: Path, part: str) -> None:
    """Before anything is written."""
    (tmp_path / part).write_text("mine")
    with pytest.raises(AlreadyExists, match=f"already holds {part}"):
        create_workspace(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [part]
    assert (tmp_path / part).read_text() == "mine"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """And it is called what it is."""
    (tmp_path / "f").write_text("mine")
    with pytest.raises(WorkspaceError, match="f is a file; choose another name"):
        create_workspace(tmp_path / "f")
    assert (tmp_path / "f").read_text() == "mine"
