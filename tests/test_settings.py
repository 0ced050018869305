"""outreach.toml and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.errors import SettingsError, WorkspaceError
from outreach.settings import SECTIONS, Settings, default_file, find_workspace, load


def _load(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "outreach.toml").write_text(text, encoding="utf-8")
    return load(tmp_path, environment={})


def test_the_file_that_init_writes_says_exactly_the_defaults(tmp_path: Path) -> None:
    """Taking a line out of the file changes nothing."""
    assert _load(tmp_path, default_file()) == _load(tmp_path, "")


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_right_one(tmp_path: Path) -> None:
    """A misspelling is not silently a default."""
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, '[delivery]\n\ntransprot = "smtp"\n')
    said = str(caught.value)
    assert "outreach.toml, line 3" in said
    assert "'transprot'" in said
    assert "did you mean 'transport'" in said


def test_an_unknown_section_is_named(tmp_path: Path) -> None:
    """The sections that exist are told."""
    with pytest.raises(SettingsError, match=r"line 1: .*sendgrid.*value 'sengrid'"):
        _load(tmp_path, "[sengrid]\ntimeout = 3\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[delivery]\ntransport = "pigeon"',
            r"line 2: .*outbox, smtp, sendgrid \(value 'pigeon'\)",
        ),
        ('[smtp]\nport = "25"', r"line 2: .*whole number \(value '25'\)"),
        ("[smtp]\nport = 70000", r"from 1 to 65535 \(value '70000'\)"),
        ("[outbox]\nfsync = 1", r"true or false \(value '1'\)"),
        ("[delivery]\nbatch_size = true", "whole number"),
        ('[sender]\nreply_to = "events@example.org"', r"must hold \{token\}"),
        ("[delivery\n", "not TOML"),
    ],
)
def test_a_wrong_value_is_told_with_line_value_and_what_is_allowed(
    tmp_path: Path, text: str, said: str
) -> None:
    """One sentence is enough to mend it."""
    with pytest.raises(SettingsError, match=said):
        _load(tmp_path, text)


def test_secrets_come_from_the_environment_and_are_never_shown(tmp_path: Path) -> None:
    """Neither the file nor a log can give a key away."""
    (tmp_path / "outreach.toml").write_text("", encoding="utf-8")
    settings = load(tmp_path, {"SENDGRID_API_KEY": "SG.x", "OUTREACH_SMTP_PASSWORD": "hunter2"})
    assert settings.secrets.sendgrid_api_key == "SG.x"
    assert settings.secrets.smtp_password == "hunter2"
    assert "SG.x" not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_a_secret_in_the_file_is_an_error(tmp_path: Path) -> None:
    """A password can't be committed by accident."""
    with pytest.raises(SettingsError, match="password"):
        _load(tmp_path, '[smtp]\npassword = "x"')


def test_the_workspace_is_found_from_a_folder_inside(tmp_path: Path) -> None:
    """Commands work from anywhere within the workspace."""
    (tmp_path / "outreach.toml").touch()
    inside = tmp_path / "templates" / "a"
    inside.mkdir(parents=True)
    assert find_workspace(inside) == tmp_path


def test_without_a_workspace_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    """A new user is told about init."""
    with pytest.raises(WorkspaceError, match="outreach init"):
        load(tmp_path)


def test_every_setting_has_a_comment() -> None:
    """The file explains itself."""
    for cls in SECTIONS.values():
        assert cls.__doc__
        assert all(f.metadata["doc"] for f in cls.__dataclass_fields__.values())
