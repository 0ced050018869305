"""What all commands share: errors, exit codes, options."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from operating import commands_of
from sqlite_utils import Database

from outreach.cli import exits, main
from outreach.cli.face import Face, plain_command, workspace_command
from outreach.dispatch import campaigns
from outreach.errors import DatabaseBusy, InputError
from outreach.settings import Settings
from outreach.wiring import Workspace


def _face(error: BaseException) -> Face:
    @click.group(cls=Face)
    def root() -> None:
        pass

    @root.command()
    @plain_command
    def fail() -> None:
        raise error

    return root


def test_an_error_is_one_sentence_on_stderr_and_its_exit_code() -> None:
    """A script reads the code, a person the sentence."""
    result = CliRunner().invoke(_face(InputError("no", file="a.csv", line=3, value="x")), ["fail"])
    assert result.exit_code == 65
    assert result.stdout == ""
    assert result.stderr == (
        "Error: a.csv, line 3: no (value 'x'); correct it and run the command again.\n"
    )


def test_debug_adds_the_traceback() -> None:
    """Who mends the program sees where it broke."""
    result = CliRunner().invoke(_face(InputError("no")), ["fail", "--debug"])
    assert "Traceback" in result.stderr


def test_a_fault_of_ours_is_said_as_such_without_a_traceback() -> None:
    """An unforeseen error is still a sentence."""
    result = CliRunner().invoke(_face(ZeroDivisionError("by zero")), ["fail"])
    assert result.exit_code == exits.BUG
    assert "Traceback" not in result.stderr
    assert "--debug" in result.stderr


def test_the_words_of_a_fault_are_not_printed() -> None:
    """A library may put a key or an address into them."""
    result = CliRunner().invoke(_face(ValueError("Invalid header b'Bearer SG.key'")), ["fail"])
    assert "ValueError" in result.stderr
    assert "SG.key" not in result.stderr


def test_ctrl_c_has_its_own_exit_code() -> None:
    """A script can tell a stop from a failure."""
    result = CliRunner().invoke(_face(KeyboardInterrupt()), ["fail"])
    assert result.exit_code == exits.INTERRUPTED


def test_a_busy_database_gives_the_code_on_which_mail_servers_try_again() -> None:
    """75 is EX_TEMPFAIL."""
    assert CliRunner().invoke(_face(DatabaseBusy("x")), ["fail"]).exit_code == 75


def test_control_characters_of_bad_input_do_not_reach_the_terminal() -> None:
    """A hostile file can't move the cursor."""
    result = CliRunner().invoke(_face(InputError("no", value="\x1b[2Jgone\r")), ["fail"])
    assert "\x1b" not in result.stderr
    assert "\\x1b[2Jgone\\x0d" in result.stderr


@pytest.mark.parametrize("before", [True, False])
def test_the_workspace_is_named_before_or_after_the_command(
    settings: Settings, *, before: bool
) -> None:
    """Both ways of writing it work."""

    @click.group(cls=Face)
    def root() -> None:
        pass

    @root.command()
    @workspace_command
    def where(desk: Workspace) -> None:
        click.echo(str(desk.settings.root))

    main.add_command(where)
    try:
        option = ["--workspace", str(settings.root)]
        arguments = [*option, "where"] if before else ["where", *option]
        result = CliRunner().invoke(main, arguments)
    finally:
        del main.commands["where"]
    assert result.stdout.strip() == str(settings.root)


def _numbers(command: click.Command, path: str = "outreach") -> Iterator[tuple[str, object]]:
    for parameter in command.params:
        if isinstance(parameter.type, click.types.IntParamType):
            yield f"{path} {parameter.name}", parameter.type
    for name, below in commands_of(command).items():
        yield from _numbers(below, f"{path} {name}")


@pytest.mark.parametrize(("name", "kind"), list(_numbers(main)))
def test_every_number_has_an_end(name: str, kind: object) -> None:
    """SQLite takes none beyond 64 bits."""
    assert isinstance(kind, click.IntRange)
    assert kind.max is not None
    assert kind.max < 2**63


def _run(settings: Settings, *words: str | bytes, **variables: str) -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "outreach", "--workspace", str(settings.root), *words],
        capture_output=True,
        env={**os.environ, **variables},
    )
    return done.returncode, done.stdout, done.stderr


LIST = "email,given_name\nzoe@example.org,Zoé\nc@example.org,Çağla\nomar@example.org,عمر\n"
ACTIONS = "email,campaign,kind\nzoe@example.org,w4r,sms\nnobody@example.org,w4r,sms\n"
MAIL = "From: Zoé <zoe@example.org>\nSubject: oui\n\nOui.\n"


@pytest.mark.parametrize(
    ("command", "content"),
    [("supporters", LIST), ("actions", ACTIONS), ("replies", MAIL)],
    ids=["supporters", "actions", "replies"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_files_name_need_not_be_text(
    settings: Settings, tmp_path: Path, command: str, content: str, encoding: str
) -> None:
    """It is read, and shown as well as it can be."""
    name = os.fsencode(tmp_path) + b"/f\xff.eml"
    with Path(os.fsdecode(name)).open("w", encoding="utf-8") as file:
        file.write(content)
    code, said, complaint = _run(
        settings, command, "import", name, "--json", PYTHONIOENCODING=encoding
    )
    assert (code, complaint) == (0, b"")
    json.loads(said)


@pytest.mark.parametrize(
    "words",
    [
        ("dispatch", b"\xff"),
        ("supporters", "add", "a@example.org", "--given-name", b"Zo\xe9"),
        ("segments", "new", "x", "--title", b"\xff"),
        ("replies", "list", "--campaign", b"\xff"),
    ],
)
def test_other_words_that_are_no_text_are_refused(
    settings: Settings, words: tuple[str | bytes, ...]
) -> None:
    """In one sentence."""
    code, _, complaint = _run(settings, *words)
    assert code == 65
    assert b"not UTF-8 text (value '" in complaint


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_names_are_shown_on_every_terminal(
    settings: Settings, tmp_path: Path, encoding: str
) -> None:
    """As escapes where it lacks the letters; JSON stays JSON."""
    (tmp_path / "a.csv").write_text(LIST, encoding="utf-8")
    assert _run(settings, "supporters", "import", str(tmp_path / "a.csv"))[0] == 0
    code, said, complaint = _run(settings, "supporters", "list", PYTHONIOENCODING=encoding)
    assert (code, complaint) == (0, b"")
    assert b"zoe@example.org" in said
    _, said, _ = _run(settings, "supporters", "list", "--json", PYTHONIOENCODING=encoding)
    assert {person["given_name"] for person in json.loads(said)} == {"Zoé", "Çağla", "عمر"}


@pytest.mark.parametrize(
    "group",
    [name for name, command in commands_of(main).items() if isinstance(command, click.Group)],
)
def test_a_group_takes_the_workspace_too(settings: Settings, group: str) -> None:
    """Between the noun and the verb."""
    without_a_list = {"replies": ["import", "nothing.eml"], "deliveries": ["show", "1"]}
    verb = without_a_list.get(group, ["list"])
    result = CliRunner().invoke(main, [group, "--workspace", str(settings.root), "--debug", *verb])
    assert result.exit_code == (66 if group in without_a_list else 0), result.stderr


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("report sp", {"spring"}),
        ("dispatch ", {"spring", "summer"}),
        ("campaigns status su", {"summer"}),
        ("campaigns create new --template one", {"one-in-two-million"}),
        ("campaigns create new --segment everyb", {"everybody"}),
        ("segments count everyb", {"everybody"}),
        ("preview one", {"one-in-two-million"}),
    ],
)
def test_names_are_completed(settings: Settings, db: Database, typed: str, names: set[str]) -> None:
    """Of campaigns, segments and messages, in the workspace that was named."""
    shutil.copy(next(settings.segments_dir.glob("*.sql")), settings.segments_dir / "everybody.sql")
    for name in ("spring", "summer"):
        campaigns.create(db, name, template="t", segment="s", now=datetime(2014, 2, 26, tzinfo=UTC))
    assert _completed(f"--workspace {settings.root} {typed}") == names


def test_where_there_is_no_workspace_no_name_is_completed(tmp_path: Path) -> None:
    """Nothing is written into the line that somebody types."""
    assert _completed(f"--workspace {tmp_path} report sp") == set()


def _completed(typed: str) -> set[str]:
    words = f"outreach {typed}"
    environment = {
        "_OUTREACH_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    result = CliRunner().invoke(main, prog_name="outreach", env=environment)
    assert result.stderr == ""
    return {line.partition(",")[2] for line in result.stdout.splitlines() if "plain," in line}


def test_init_refuses_a_folder_that_holds_a_workspace(tmp_path: Path) -> None:
    """Nothing is overwritten."""
    runner = CliRunner()
    assert runner.invoke(main, ["init", str(tmp_path / "w")]).exit_code == 0
    (tmp_path / "w" / "outreach.toml").write_text("# mine")
    result = runner.invoke(main, ["init", str(tmp_path / "w")])
    assert result.exit_code == 73
    assert (tmp_path / "w" / "outreach.toml").read_text() == "# mine"


def test_init_where_no_folder_can_be_made_says_so(tmp_path: Path) -> None:
    """The sentence names the folder."""
    (tmp_path / "file").touch()
    result = CliRunner().invoke(main, ["init", str(tmp_path / "file" / "w")])
    assert result.exit_code == 72
    assert str(tmp_path) in result.stderr


def test_a_workspace_holds_what_the_repository_ships(settings: Settings) -> None:
    """init copies every message and segment."""
    shipped = Path(__file__).parent.parent.parent
    for part in ("templates", "segments"):
        names = {str(p.relative_to(shipped)) for p in (shipped / part).rglob("*") if p.is_file()}
        copied = {
            str(p.relative_to(settings.root))
            for p in (settings.root / part).rglob("*")
            if p.is_file()
        }
        assert names == copied


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_each_shell(shell: str) -> None:
    """The script asks the program itself."""
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert "_OUTREACH_COMPLETE" in result.stdout


def test_completion_completes_commands() -> None:
    """Typing `outreach in` offers init."""
    environment = {
        "_OUTREACH_COMPLETE": "bash_complete",
        "COMP_WORDS": "outreach in",
        "COMP_CWORD": "1",
    }
    result = CliRunner().invoke(main, prog_name="outreach", env=environment)
    assert "plain,init" in result.stdout
