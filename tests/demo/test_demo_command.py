"""`outreach demo`: the whole pipeline in one command, and its numbers add up."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import exits, main
from outreach.cli.demo import NEXT
from outreach.errors import AlreadyExists, WorkspaceError

#: one run of the demo serves all tests here, where tests are shared out by group
pytestmark = pytest.mark.xdist_group("demo")


def run(*args: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, args)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo runs: an earlier one was broken off there, and somebody left a note."""
    folder = tmp_path_factory.mktemp("somewhere") / "demo"
    (folder / "templates" / "left").mkdir(parents=True)
    for name in (".outreach-demo", "outreach.db", "outreach.db-wal", "supporters.csv", "notes.txt"):
        (folder / name).write_text("left", encoding="utf-8")
    # of a database that had sent more
    (folder / "outreach.db.mark").write_text("000000000000000999 2014-02-26T09:00:00Z\n", "ascii")
    return folder


@pytest.fixture(scope="module")
def told(folder: Path) -> str:
    """What the demo printed."""
    result = run("demo", "--dir", str(folder))
    assert result.exit_code == 0, result.output
    return result.output


def asked(folder: Path, *command: str) -> dict[str, object]:
    """Run a command on the demo's workspace, and read the JSON that it prints."""
    result = run("--workspace", str(folder), *command, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_every_step_is_told(told: str) -> None:
    """Nine steps, each under its heading, without a traceback or an error."""
    assert re.findall(r"^(\d)\. ", told, re.M) == [str(n) for n in range(1, 10)]
    assert "Error" not in told
    assert "Traceback" not in told


def test_all_rows_are_accounted_for(told: str, folder: Path) -> None:
    """5,000 rows are imported, merged or rejected."""
    again = asked(folder, "supporters", "import", str(folder / "supporters.csv"), "--dry-run")
    assert again["rows"] == 5000
    assert again["rejected"] == 30
    assert again["imported"] == 0


def test_the_ledger_adds_up(told: str, folder: Path) -> None:
    """Every person of the segment is accepted or left out with a reason; one file for each."""
    status = asked(folder, "campaigns", "status", "one-in-two-million")
    ledger = status["ledger"]
    assert isinstance(ledger, dict)
    accepted, excluded = ledger["accepted"], sum(ledger["excluded"].values())
    assert status["state"] == "complete"
    assert status["balanced"] is True
    assert accepted + excluded == status["audience"]
    assert 500 <= accepted <= 900
    assert len(list((folder / "outbox" / "new").iterdir())) == accepted


def test_25_answers_become_a_queue(told: str, folder: Path) -> None:
    """24 mails are new and one is here before; volunteers, a question and a no are in the queue."""
    assert "Read 25 mails: 24 new, 1 here before." in told
    report = asked(folder, "report", "one-in-two-million")
    replies = report["replies"]
    assert isinstance(replies, dict)
    assert sum(replies.values()) == 24
    assert replies["volunteer"] >= 17
    assert replies["bounce"] == 2
    assert replies["unsubscribe"] == replies["auto_reply"] == replies["thanks"] == 1
    queue = json.loads(run("--workspace", str(folder), "followups", "list", "--json").stdout)
    assert len(queue) >= report["volunteers"] >= 17


def test_three_previews_are_written(told: str, folder: Path) -> None:
    """In English, French, and Arabic from right to left."""
    for language, direction in (("en", "ltr"), ("fr", "ltr"), ("ar", "rtl")):
        page = (folder / f"preview-{language}.html").read_text(encoding="utf-8")
        assert f'lang="{language}"' in page
        assert f'dir="{direction}"' in page


@pytest.mark.parametrize("command", NEXT, ids=" ".join)
def test_what_to_try_next_works(told: str, folder: Path, command: tuple[str, ...]) -> None:
    """The five commands at the end do something, as they stand there."""
    assert f"--workspace {folder} {' '.join(command)}" in told
    result = run("--workspace", str(folder), *command)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip()


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    """Not a byte changes in a folder that holds other things."""
    kept = tmp_path / "thesis.txt"
    kept.write_text("mine")
    result = run("demo", "--dir", str(tmp_path))
    assert result.exit_code == exits.exit_code(AlreadyExists(""))
    assert "other things" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_can_not_be_made_is_an_error(tmp_path: Path) -> None:
    """One sentence, no traceback."""
    (tmp_path / "file").write_text("")
    result = run("demo", "--dir", str(tmp_path / "file" / "demo"))
    assert result.exit_code == exits.exit_code(WorkspaceError(""))
    assert "Traceback" not in result.output


def test_an_earlier_demo_is_replaced_and_other_files_stay(folder: Path, told: str) -> None:
    """What an earlier demo made is gone; what somebody put beside it is still there."""
    assert not (folder / "templates" / "left").exists()
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "left"
