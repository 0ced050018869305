"""Read outreach.toml and the environment, and write the file that a new workspace begins with.

The only reader of the environment.
"""

from __future__ import annotations

import difflib
import getpass
import os
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, Final

from outreach import tomlfiles
from outreach.errors import SettingsError, WorkspaceError, shown
from outreach.names import name_key
from outreach.settings.checks import Check
from outreach.settings.looking_after import Member
from outreach.settings.sections import (
    REPEATED,
    SECRET_VARIABLES,
    SECTIONS,
    ImapMailbox,
    Secrets,
    Settings,
)
from outreach.tomlfiles import TomlText

FILE_NAME: Final = "outreach.toml"
#: stands before a name that nobody stated
LOGIN: Final = "login "


def find_workspace(start: Path) -> Path:
    """Give the nearest folder from `start` upwards that holds an outreach.toml.

    Raises:
        WorkspaceError: there is none.
    """
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise WorkspaceError(f"no {FILE_NAME} in {start} or any folder above it")


def load(root: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of the workspace `root` and the secrets in the environment.

    Raises:
        WorkspaceError: there is no outreach.toml there, or it may not be read.
        SettingsError: a key is unknown, or a value is not of its type or not among those allowed.
    """
    path = root / FILE_NAME
    try:
        # Windows' editors put a BOM in front
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise WorkspaceError(f"no {FILE_NAME} in {root}") from None
    except OSError as error:
        raise WorkspaceError(
            f"{path} can't be read: {error.strerror}", next_step="check its rights"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError("this file is not UTF-8 text", file=path) from error
    toml = tomlfiles.read(str(path), text, SettingsError)
    env = os.environ if environment is None else environment
    sections = {name: _any(toml, name, values) for name, values in toml.data.items()}
    _refuse_twins(toml, sections.get("mailbox", ()))
    _refuse_namesakes(toml, sections.get("staff", ()))
    return Settings(root=root, secrets=_secrets(env), **sections)


def _secrets(env: Mapping[str, str]) -> Secrets:
    common = f"{SECRET_VARIABLES['imap_password']}_"
    return Secrets(
        **{name: env.get(variable, "") for name, variable in SECRET_VARIABLES.items()},
        imap_passwords={name: word for name, word in env.items() if name.startswith(common)},
    )


def workspace_from_environment() -> str:
    """The folder that OUTREACH_WORKSPACE names, or ''."""
    return os.environ.get("OUTREACH_WORKSPACE", "")


def staff_from_environment() -> str:
    """Who is at work, as OUTREACH_STAFF says, or ''."""
    return os.environ.get("OUTREACH_STAFF", "").strip()


def login_name() -> str:
    """Who is logged in, or ''. Behind sudo it is the person, not the account that they work as."""
    try:
        return os.environ.get("SUDO_USER", "").strip() or getpass.getuser()
    except (ImportError, KeyError, OSError):
        # a container's user may have no name
        return ""


def staff_or_login() -> str:
    """Who is at work, as OUTREACH_STAFF says, else `login NAME`; '' where nobody knows."""
    if staff := staff_from_environment():
        return staff
    login = login_name()
    return f"{LOGIN}{login}" if login else ""


def _any(toml: TomlText, name: str, values: Any) -> Any:
    """Read a section, or all of those that may stand there several times."""
    line = toml.line(name) or toml.line("", 0, name)
    if name not in REPEATED:
        if name not in SECTIONS:
            raise _unknown(toml, "section", name, [*SECTIONS, *REPEATED], line)
        return _section(toml, name, values, SECTIONS[name])
    if not isinstance(values, list):
        raise SettingsError(
            f"there may be several of {name}: write [[{name}]] in a line by itself",
            file=toml.file,
            line=line,
        )
    return tuple(
        _section(toml, name, each, REPEATED[name], number) for number, each in enumerate(values)
    )


def _refuse_twins(toml: TomlText, mailboxes: Sequence[ImapMailbox]) -> None:
    labels = [(mailbox.label.lower(), mailbox.folder) for mailbox in mailboxes]
    for number, label in enumerate(labels):
        if label in labels[:number]:
            raise SettingsError(
                "two mailboxes have the same name and folder",
                file=toml.file,
                line=toml.line("mailbox", number),
                value=mailboxes[number].label,
            )


def _refuse_namesakes(toml: TomlText, staff: Sequence[Member]) -> None:
    names = [name_key(member.name) for member in staff]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise SettingsError(
                "two of the staff have the same name",
                file=toml.file,
                line=toml.line("staff", number),
                value=staff[number].name,
            )


def _section(toml: TomlText, name: str, values: Any, cls: type, number: int = 0) -> Any:
    line = toml.line(name, number) or toml.line("", 0, name)
    if not isinstance(values, dict):
        raise SettingsError(
            f"{name} is a section: write [{name}] in a line by itself, once",
            file=toml.file,
            line=line,
        )
    known = {f.name: f for f in fields(cls)}
    for key, value in values.items():
        line = toml.line(f"{name}.{key}") or toml.line(name, number, key) or line
        if key not in known:
            raise _unknown(toml, f"setting in [{name}]", key, known, line)
        problem = _problem(value, known[key])
        if problem:
            raise SettingsError(
                f"[{name}] {key} must be {problem}", file=toml.file, line=line, value=value
            )
    return cls(**values)


def _problem(value: Any, setting: Field[Any]) -> str:
    if type(value) is not type(setting.default):
        kinds = {str: "text in quotes", int: "a whole number", bool: "true or false"}
        return kinds[type(setting.default)]
    check: Check = setting.metadata["check"]
    return check(value)


def _unknown(
    toml: TomlText, what: str, name: str, known: Iterable[str], line: int | None
) -> SettingsError:
    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    meant = f", did you mean {shown(near[0])}" if near else ""
    return SettingsError(
        f"there is no {what} of that name{meant}; there are {', '.join(names)}",
        file=toml.file,
        line=line,
        value=name,
    )


def default_file() -> str:
    """Write outreach.toml with every setting, its meaning and its default."""
    lines = [
        "# Settings of this workspace. Everything here is a default: change what you need.",
        "# Secrets never stand here. They come from the environment:",
        *(f"#   {variable}" for variable in SECRET_VARIABLES.values()),
    ]
    for name, cls in SECTIONS.items():
        lines += ["", f"# {cls.__doc__}", f"[{name}]"]
        for f in fields(cls):
            lines += [f"# {f.metadata['doc']}", f"{f.name} = {_toml(f.default)}"]
    for name, cls in REPEATED.items():
        doc = " ".join(str(cls.__doc__).split())
        lines += ["", *textwrap.wrap(doc, 98, initial_indent="# ", subsequent_indent="# ")]
        lines += ["# There is none by default, and there may be several:", f"# [[{name}]]"]
        for f in fields(cls):
            words = f"  # {f.metadata['doc']}" if f.metadata["doc"] else ""
            lines.append(f"# {f.name} = {_toml(f.default)}{words}")
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
