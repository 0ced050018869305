"""outreach.toml and the environment, as one frozen Settings. The only reader of the environment.

Each section is a dataclass: its fields are the keys, their defaults the defaults, their `doc` the
comment in the file that `outreach init` writes, so that file and code can't drift apart, and their
`check` says what else a value must be besides of the default's type.
Secrets are never in the file, only in the environment.
"""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from outreach import tomlfiles
from outreach.addresses import normalise
from outreach.errors import SettingsError, WorkspaceError, shown
from outreach.model import Letterhead, Mailbox
from outreach.tomlfiles import TomlText

FILE_NAME: Final = "outreach.toml"


#: says what a value must be, or '' where it is that
Check = Callable[[Any], str]


def _setting(default: Any, doc: str, check: Check) -> Any:
    return field(default=default, metadata={"doc": doc, "check": check})


def _any(_value: object) -> str:
    return ""


def _one_of(*words: str) -> Check:
    return lambda value: "" if value in words else f"one of {', '.join(words)}"


def _from(least: int, greatest: int) -> Check:
    return lambda value: "" if least <= value <= greatest else f"from {least} to {greatest}"


def _or_empty(check: Check) -> Check:
    return lambda value: check(value) and f"empty or {check(value)}" if value else ""


def _line(value: str) -> str:
    breaks = any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in value)
    return "some words in one line" if breaks or not value.strip() else ""


def _address(value: str) -> str:
    plain = normalise(value).lower() == value.lower() != ""
    return "" if plain else "an address such as news@example.org"


def _reply_address(value: str) -> str:
    local = value.partition("@")[0]
    if local.count("{token}") == 1 and not _address(value.replace("{token}", "a" * 24)):
        return ""
    return "an address that holds {token} once before the @, so that answers can be told apart"


def _url(value: str) -> str:
    found = _URL.fullmatch(value)
    local = found is not None and found["host"] in {"localhost", "127.0.0.1", "[::1]"}
    if found and (found["scheme"] == "https" or local):
        return ""
    return "a web address that begins with https:// (http:// only for localhost)"


def _host(value: str) -> str:
    return "" if _HOST.fullmatch(value) else "the name or address of a server, without a port"


#: what links begin with: no query, as a path is put behind it
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
    r"(/[\w.~%!$&'()*+,;=:@/-]*)?",
    re.ASCII,
)
_HOST: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who writes: stands in the footer of every message."""

    name: str = _setting("Example Rights Network", "as readers know you", _line)
    postal_address: str = _setting(
        "1 Example Street, Example Town, EX1 1EX",
        "in one line; the law of most countries wants it",
        _line,
    )


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose name and address stand in From and Reply-To."""

    name: str = _setting("Sam Example", "the person who signs", _line)
    email: str = _setting("news@outreach.example.org", "a mailbox that you read too", _address)
    reply_to: str = _setting(
        "events+{token}@outreach.example.org",
        "where answers go; {token} becomes each reader's own reply token",
        _reply_address,
    )
    envelope: str = _setting(
        "", "envelope sender for bounces; empty: the address above", _or_empty(_address)
    )


@dataclass(frozen=True, slots=True)
class Public:
    """The pages that readers meet."""

    url: str = _setting("https://outreach.example.org", "where the links of messages lead", _url)


@dataclass(frozen=True, slots=True)
class Segments:
    """How segments are run."""

    time_limit: int = _setting(
        60, "seconds after which a segment's query is stopped", _from(1, 86_400)
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """How messages leave."""

    transport: str = _setting(
        "outbox",
        "outbox writes files and sends nothing (outbox | smtp | sendgrid)",
        _one_of("outbox", "smtp", "sendgrid"),
    )
    batch_size: int = _setting(
        500, "letters claimed and settled in one commit, 1 to 1000", _from(1, 1000)
    )


@dataclass(frozen=True, slots=True)
class Outbox:
    """The embedded outbox: a Maildir."""

    path: str = _setting("outbox", "folder, from the workspace", _line)
    fsync: bool = _setting(
        False, "true: each file is on the disk before it counts as accepted", _any
    )


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. The password comes from OUTREACH_SMTP_PASSWORD."""

    host: str = _setting("localhost", "name or address", _host)
    port: int = _setting(587, "587 for starttls, 465 for tls, 25 between servers", _from(1, 65_535))
    user: str = _setting("", "empty: no login", _or_empty(_line))
    security: str = _setting(
        "starttls",
        "certificates are verified (none | starttls | tls)",
        _one_of("none", "starttls", "tls"),
    )
    timeout: int = _setting(
        600, "seconds for an answer; under 600 makes doubts (RFC 5321 4.5.3.2)", _from(1, 3_600)
    )


@dataclass(frozen=True, slots=True)
class SendGrid:
    """Twilio SendGrid. The key comes from SENDGRID_API_KEY."""

    host: str = _setting(
        "https://api.sendgrid.com", "another address for a stand-in or the EU", _url
    )
    timeout: int = _setting(30, "seconds for an answer", _from(1, 3_600))


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
    secrets = Secrets(**{name: env.get(var, "") for name, var in SECRET_VARIABLES.items()})
    sections = {name: _section(toml, name, values) for name, values in toml.data.items()}
    return Settings(root=root, secrets=secrets, **sections)


def workspace_from_environment() -> str:
    """The folder that OUTREACH_WORKSPACE names, or ''."""
    return os.environ.get("OUTREACH_WORKSPACE", "")


def _section(toml: TomlText, name: str, values: Any) -> Any:
    line = toml.line(name) or toml.line("", 0, name)
    if name not in SECTIONS:
        raise _unknown(toml, "section", name, SECTIONS, line)
    if not isinstance(values, dict):
        raise SettingsError(
            f"{name} is a section: write [{name}] in a line by itself, once",
            file=toml.file,
            line=line,
        )
    known = {f.name: f for f in fields(SECTIONS[name])}
    for key, value in values.items():
        line = toml.line(f"{name}.{key}") or toml.line(name, 0, key) or line
        if key not in known:
            raise _unknown(toml, f"setting in [{name}]", key, known, line)
        problem = _problem(value, known[key])
        if problem:
            raise SettingsError(
                f"[{name}] {key} must be {problem}", file=toml.file, line=line, value=value
            )
    return SECTIONS[name](**values)


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
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
