"""outreach.toml and the environment."""

from __future__ import annotations

import json
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
        ('[sender]\nreply_to = "events@example.org"', r"that holds \{token\}"),
        ("[delivery\n", "line 1: not TOML"),
        ("[[smtp]]\nport = 1", r"line 1: smtp is a section: write \[smtp\]"),
        ("[smtp]\n[smtp]", "line 2: not TOML"),
        ("\nsmtp = 1", r"line 2: smtp is a section: write \[smtp\]"),
        ("\nsmtp.port = 0", r"line 2: \[smtp\] port must be from 1"),
        ('smtp = {host = ""}', r"line 1: \[smtp\] host must be the name"),
        ("[smtp]\n[smtp.port]\n", r"line 2: \[smtp\] port must be a whole number"),
        ('# \u2028\n[sender]\nname = ""', r"line 3: \[sender\] name"),
    ],
)
def test_a_wrong_value_is_told_with_line_value_and_what_is_allowed(
    tmp_path: Path, text: str, said: str
) -> None:
    """One sentence is enough to mend it."""
    with pytest.raises(SettingsError, match=said):
        _load(tmp_path, text)


BREAKS = ["a\nBcc: x@example.org", "a\r\nb", "a\0", "a\u2028b"]
NO_ADDRESS = ["", "news", "@example.org", "a@b@example.org", "news@example", "a b@example.org"]
NO_ADDRESS += ["Sam <news@example.org>", "né@example.org", "news@exämple.org", " n@example.org"]
NO_URL = ["", "example.org", "ftp://example.org", "http://example.org", "https://", "https:///u"]
NO_URL += ["https://example.org/?a=b", "https://example.org/#a", "https://a b.org", "https://a/\n"]
NO_URL += ["https://user@example.org", "javascript:alert(1)", "http://localhost.example.org"]
NO_HOST = ["", "mail.example.org:587", "https://mail.example.org", "a b", "mail/x", "a\n"]


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("organisation.name", ["", " ", *BREAKS]),
        ("organisation.postal_address", ["", "\t", *BREAKS]),
        ("sender.name", ["", " ", *BREAKS]),
        ("sender.email", NO_ADDRESS + BREAKS),
        ("sender.envelope", NO_ADDRESS[1:] + BREAKS),
        ("sender.envelope", ["b@{token}.org", "{token}{token}@example.org", "b+{tok}n@"]),
        ("sender.reply_to", NO_ADDRESS + BREAKS),
        ("sender.reply_to", ["e+{token}@example", "e@{token}.org", "{token}{token}@example.org"]),
        ("sender.reply_to", [f"{'e' * 41}{{token}}@example.org", "{token} <e@example.org>"]),
        ("public.url", NO_URL),
        ("outbox.path", ["", *BREAKS]),
        ("smtp.host", NO_HOST),
        ("smtp.user", BREAKS),
        ("sendgrid.host", NO_URL),
    ],
)
def test_what_would_break_a_message_or_a_connection_is_refused_at_once(
    tmp_path: Path, key: str, values: list[str]
) -> None:
    """With the line and the value, and not when the first message is to leave."""
    section, name = key.split(".")
    for value in values:
        with pytest.raises(SettingsError) as caught:
            _load(tmp_path, f"[{section}]\n\n{name} = {json.dumps(value)}\n")
        assert (caught.value.line, caught.value.value) == (3, value)
        assert f"[{section}] {name} must be" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("organisation.name", ["Réseau\u00a0des droits", "شبكة\u200cحقوق", "A & B <C>"]),
        ("sender.email", ["News@Example.ORG", "o'neil+news@xn--exmple-cua.org"]),
        ("sender.envelope", ["", "bounces@example.org", "bounces+{token}@example.org"]),
        ("sender.reply_to", ["{token}@example.org", "e+{token}@example.org"]),
        ("public.url", ["https://example.org/", "https://example.org:8443/a/b"]),
        ("public.url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:8000"]),
        ("outbox.path", ["/var/mail/out box", "../outbox"]),
        ("smtp.host", ["localhost", "mail.example.org.", "192.0.2.1", "2001:db8::1", "mail_1"]),
        ("sendgrid.host", ["https://api.eu.sendgrid.com", "http://127.0.0.1:8025"]),
    ],
)
def test_what_makes_sense_is_taken(tmp_path: Path, key: str, values: list[str]) -> None:
    """As it is."""
    section, name = key.split(".")
    for value in values:
        loaded = _load(tmp_path, f"[{section}]\n{name} = {json.dumps(value)}\n")
        assert getattr(getattr(loaded, section), name) == value


def test_a_file_saved_by_windows_notepad_is_read(tmp_path: Path) -> None:
    """It puts a BOM in front and ends lines in its own way."""
    text = '\ufeff[sender]\r\nname = "Zoé"\r\n'
    assert _load(tmp_path, text).sender.name == "Zoé"


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
