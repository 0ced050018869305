"""outreach.toml and the environment, as one frozen Settings. The only reader of the environment.

Each section is a dataclass: its fields are the keys, their defaults the defaults, and their `doc`
the comment in the file that `outreach init` writes, so that file and code can't drift apart.
Secrets are never in the file, only in the environment.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from outreach.errors import SettingsError, WorkspaceError, shown
from outreach.model import Letterhead, Mailbox

FILE_NAME: Final = "outreach.toml"


def _setting(default: Any, doc: str, allowed: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"doc": doc, "allowed": allowed})


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who writes: stands in the footer of every message."""

    name: str = _setting("Example Rights Network", "as readers know you")
    postal_address: str = _setting(
        "1 Example Street, Example Town, EX1 1EX", "in one line; the law of most countries wants it"
    )


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose name and address stand in From and Reply-To."""

    name: str = _setting("Sam Example", "the person who signs")
    email: str = _setting("news@outreach.example.org", "a mailbox that you read too")
    reply_to: str = _setting(
        "events+{token}@outreach.example.org",
        "where answers go; {token} becomes each reader's own reply token",
    )
    envelope: str = _setting("", "envelope sender for bounces; empty: the address above")


@dataclass(frozen=True, slots=True)
class Public:
    """The pages that readers meet."""

    url: str = _setting("https://outreach.example.org", "where the links of messages lead")


@dataclass(frozen=True, slots=True)
class Segments:
    """How segments are run."""

    time_limit: int = _setting(60, "seconds after which a segment's query is stopped")


@dataclass(frozen=True, slots=True)
class Delivery:
    """How messages leave."""

    transport: str = _setting(
        "outbox",
        "outbox writes files and sends nothing",
        ("outbox", "smtp", "sendgrid"),
    )
    batch_size: int = _setting(500, "letters claimed and settled in one commit, 1 to 1000")


@dataclass(frozen=True, slots=True)
class Outbox:
    """The embedded outbox: a Maildir."""

    path: str = _setting("outbox", "folder, from the workspace")
    fsync: bool = _setting(False, "true: each file is on the disk before it counts as accepted")


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. The password comes from OUTREACH_SMTP_PASSWORD."""

    host: str = _setting("localhost", "name or address")
    port: int = _setting(587, "587 for starttls, 465 for tls, 25 between servers")
    user: str = _setting("", "empty: no login")
    security: str = _setting("starttls", "certificates are verified", ("none", "starttls", "tls"))
    timeout: int = _setting(600, "seconds for an answer; under 600 makes doubts (RFC 5321 4.5.3.2)")


@dataclass(frozen=True, slots=True)
class SendGrid:
    """Twilio SendGrid. The key comes from SENDGRID_API_KEY."""

    host: str = _setting("https://api.sendgrid.com", "another address for a stand-in or the EU")
    timeout: int = _setting(30, "seconds for an answer")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What only the environment may say. Never shown, not even by repr."""

    smtp_password: str = field(default="", repr=False)
    sendgrid_api_key: str = field(default="", repr=False)


#: the field of Secrets -> the environment variable that it is read from
SECRET_VARIABLES: Final[Mapping[str, str]] = {
    "smtp_password": "OUTREACH_SMTP_PASSWORD",
    "sendgrid_api_key": "SENDGRID_API_KEY",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one workspace."""

    root: Path
    organisation: Organisation = field(default_factory=Organisation)
    sender: Sender = field(default_factory=Sender)
    public: Public = field(default_factory=Public)
    segments: Segments = field(default_factory=Segments)
    delivery: Delivery = field(default_factory=Delivery)
    outbox: Outbox = field(default_factory=Outbox)
    smtp: Smtp = field(default_factory=Smtp)
    sendgrid: SendGrid = field(default_factory=SendGrid)
    secrets: Secrets = field(default_factory=Secrets)

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.root / "outreach.db"

    @property
    def templates_dir(self) -> Path:
        """The messages."""
        return self.root / "templates"

    @property
    def segments_dir(self) -> Path:
        """The segments."""
        return self.root / "segments"

    @property
    def outbox_dir(self) -> Path:
        """The embedded outbox."""
        return self.root / self.outbox.path

    @property
    def letterhead(self) -> Letterhead:
        """What messages say of their sender."""
        return Letterhead(
            organisation=self.organisation.name,
            postal_address=self.organisation.postal_address,
            sender=Mailbox(self.sender.name, self.sender.email),
            reply_to=self.sender.reply_to,
            public_url=self.public.url.rstrip("/"),
        )


#: the sections of the file, in its order
SECTIONS: Final[Mapping[str, type]] = {
    "organisation": Organisation,
    "sender": Sender,
    "public": Public,
    "segments": Segments,
    "delivery": Delivery,
    "outbox": Outbox,
    "smtp": Smtp,
    "sendgrid": SendGrid,
}


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
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WorkspaceError(f"no {FILE_NAME} in {root}") from None
    except OSError as error:
        raise WorkspaceError(
            f"{path} can't be read: {error.strerror}", next_step="check its rights"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError("this file is not UTF-8 text", file=path) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not TOML: {error}", file=path) from error
    env = os.environ if environment is None else environment
    secrets = Secrets(**{name: env.get(var, "") for name, var in SECRET_VARIABLES.items()})
    sections = {}
    for name, values in data.items():
        if name not in SECTIONS or not isinstance(values, dict):
            raise _unknown("section", name, list(SECTIONS), path, _line(text, name, None))
        sections[name] = _section(SECTIONS[name], name, values, path, text)
    return Settings(root=root, secrets=secrets, **sections)


def workspace_from_environment() -> str:
    """The folder that OUTREACH_WORKSPACE names, or ''."""
    return os.environ.get("OUTREACH_WORKSPACE", "")


def _section(cls: type, name: str, values: Mapping[str, Any], path: Path, text: str) -> Any:
    known = {f.name: f for f in fields(cls)}
    for key, value in values.items():
        line = _line(text, name, key)
        if key not in known:
            raise _unknown(f"setting in [{name}]", key, list(known), path, line)
        default, allowed = known[key].default, known[key].metadata["allowed"]
        if type(value) is not type(default):
            kinds = {str: "text in quotes", int: "a whole number", bool: "true or false"}
            raise SettingsError(
                f"[{name}] {key} must be {kinds[type(default)]}", file=path, line=line, value=value
            )
        if allowed and value not in allowed:
            raise SettingsError(
                f"[{name}] {key} must be one of {', '.join(allowed)}",
                file=path,
                line=line,
                value=value,
            )
        _check_range(name, key, value, path, line)
    return cls(**values)


#: whole numbers and the least and greatest that make sense
_RANGES: Final[Mapping[tuple[str, str], tuple[int, int]]] = {
    ("delivery", "batch_size"): (1, 1000),
    ("segments", "time_limit"): (1, 86_400),
    ("smtp", "port"): (1, 65_535),
    ("smtp", "timeout"): (1, 3_600),
    ("sendgrid", "timeout"): (1, 3_600),
}


def _check_range(section: str, key: str, value: Any, path: Path, line: int) -> None:
    least, greatest = _RANGES.get((section, key), (None, None))
    if least is not None and greatest is not None and not least <= value <= greatest:
        raise SettingsError(
            f"[{section}] {key} must be from {least} to {greatest}",
            file=path,
            line=line,
            value=value,
        )
    if (section, key) == ("sender", "reply_to") and "{token}" not in value:
        raise SettingsError(
            "[sender] reply_to must hold {token}, or answers can't be told apart",
            file=path,
            line=line,
            value=value,
        )


def _unknown(what: str, name: str, known: list[str], path: Path, line: int) -> SettingsError:
    near = difflib.get_close_matches(name, known, 1)
    meant = f", did you mean {shown(near[0])}" if near else ""
    return SettingsError(
        f"there is no {what} of that name{meant}; there are {', '.join(known)}",
        file=path,
        line=line,
        value=name,
    )


def _line(text: str, section: str, key: str | None) -> int:
    """Where a section or a key stands; TOML parsers don't say."""
    sought = section if key is None else key
    named = re.compile(rf"""\s*["']?{re.escape(sought)}["']?\s*[=.]""")
    inside = key is None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        if header:
            here = header[1].strip("\"'") == section
            if here and key is None:
                return number
            inside = here
        elif inside and named.match(line):
            return number
    return 1


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
            choice = f" ({' | '.join(f.metadata['allowed'])})" if f.metadata["allowed"] else ""
            lines += [f"# {f.metadata['doc']}{choice}", f"{f.name} = {_toml(f.default)}"]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
