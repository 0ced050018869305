"""What a setting may be. A check says what the value must be, or '' where it is that."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from importlib import resources
from ipaddress import ip_network
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from outreach.addresses import normalise

Check = Callable[[Any], str]


def anything(_value: object) -> str:
    """Take every value of the right type."""
    return ""


def one_of(*words: str) -> Check:
    """Take only these words."""
    return lambda value: "" if value in words else f"one of {', '.join(words)}"


def between(least: int, greatest: int) -> Check:
    """Take whole numbers from `least` to `greatest`."""
    return lambda value: "" if least <= value <= greatest else f"from {least} to {greatest}"


def or_empty(check: Check) -> Check:
    """Take what `check` takes, and the empty text."""
    return lambda value: check(value) and f"empty or {check(value)}" if value else ""


def whole_numbers(value: str) -> str:
    """Take whole numbers above 0 with spaces between."""
    fine = all(n.isascii() and n.isdigit() and len(n) < 10 and int(n) for n in value.split())
    return "" if fine and value.split() else "whole numbers above 0 with spaces between"


def country_codes(value: str) -> str:
    """Take ISO 3166-1 codes of two letters with spaces between; empty: none."""
    # `places` knows much more, and would cost every command a fiftieth of a second
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    known = {"XK", *(line.split("\t")[0] for line in table.splitlines())}
    unknown = [code for code in value.split() if code not in known]
    return "codes of countries with spaces between, such as BY IR" if unknown else ""


def one_line(value: str) -> str:
    """Take text in one line that is not blank."""
    breaks = any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in value)
    return "some words in one line" if breaks or not value.strip() else ""


def an_address(value: str) -> str:
    """Take an email address."""
    plain = normalise(value).lower() == value.lower() != ""
    return "" if plain else "an address such as news@example.org"


def a_reply_address(value: str) -> str:
    """Take an address with one place for a token."""
    local = value.partition("@")[0]
    if local.count("{token}") == 1 and not an_address(value.replace("{token}", "a" * 24)):
        return ""
    return "an address that holds {token} once before the @, so that answers can be told apart"


def a_bounce_address(value: str) -> str:
    """Take an address, or a pattern of one with one place for a token."""
    check = a_reply_address if "{" in value else an_address
    return check(value) and "an address, which may hold {token} once before the @"


def a_url(value: str) -> str:
    """Take a web address that paths can be put behind."""
    found = _URL.fullmatch(value)
    local = found is not None and found["host"] in {"localhost", "127.0.0.1", "[::1]"}
    if found and (found["scheme"] == "https" or local):
        return ""
    return "a web address that begins with https:// (http:// only for localhost)"


def base64_words(value: str) -> str:
    """Take words of base64 with spaces between."""
    return "" if _BASE64.fullmatch(value) else "base64 in one piece, without lines around it"


def a_host(value: str) -> str:
    """Take a server's name or address."""
    return "" if _HOST.fullmatch(value) else "the name or address of a server, without a port"


def addresses_of_machines(value: str) -> str:
    """Take addresses or networks of machines, with commas between."""
    try:
        for word in value.split(","):
            ip_network(word.strip())
    except ValueError:
        return "addresses or networks such as 127.0.0.1, 10.0.0.0/8"
    return ""


def a_name(value: str) -> str:
    """Take a name that an environment variable can hold, or nothing."""
    return "" if _NAME.fullmatch(value) else "empty or letters, digits and - without accents"


def leave_seen_or_move(value: str) -> str:
    """Take what may be done with a mail that was read."""
    folder = value.removeprefix("move:")
    if value in ("leave", "seen") or (folder != value and not one_line(folder)):
        return ""
    return "leave, seen or move: with the name of a folder behind it"


def a_timezone(value: str) -> str:
    """Take the name of an IANA time zone."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "a time zone such as Europe/London"
    return ""


def a_window(value: str) -> str:
    """Take hours of the day, or nothing."""
    return "" if not value or _WINDOW.fullmatch(value) else "empty or hours such as 08:00-20:00"


def a_time(value: str) -> str:
    """Take a time of day."""
    return "" if _TIME.fullmatch(value) else "a time of day such as 07:00"


def working_hours(value: str) -> str:
    """Take hours of one day."""
    begin, _, end = value.partition("-")
    fine = _WINDOW.fullmatch(value) and begin < end
    return "" if fine else "hours of one day, such as 09:00-17:00"


def weekends(value: str) -> str:
    """Take countries, each with the days of its weekend."""
    fine = all(_WEEKEND.fullmatch(word) for word in value.split())
    return "" if fine else 'countries with their days, such as "NP=sat IR=thu,fri"'


def language_codes(value: str) -> str:
    """Take codes of languages with spaces between."""
    fine = all(_LANGUAGE.fullmatch(word) for word in value.split())
    return "" if fine else "codes of languages with spaces between, such as fr pt"


#: what links begin with: no query, as a path is put behind it
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
    r"(/[\w.~%!$&'()*+,;=:@/-]*)?",
    re.ASCII,
)
_CLOCK: Final = r"([01]\d|2[0-3]):[0-5]\d"
_TIME: Final = re.compile(_CLOCK, re.ASCII)
_WINDOW: Final = re.compile(rf"({_CLOCK})-(?!\1){_CLOCK}", re.ASCII)
_DAY: Final = "(mon|tue|wed|thu|fri|sat|sun)"
_WEEKEND: Final = re.compile(rf"[A-Z]{{2}}={_DAY}(,{_DAY})*", re.ASCII)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}( [A-Za-z0-9+/]+={0,2})*")
_NAME: Final = re.compile(r"[A-Za-z0-9-]{0,40}")
_HOST: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
