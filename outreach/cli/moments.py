"""Lengths of time as people write them on a command line: 6h, 90m, 1h30m, 45s, 2d."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

import click

_LENGTH: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_LONGEST: Final = timedelta(days=365)


def length(text: str) -> timedelta:
    """Read a length of time above nothing, at most a year; the `type` of an option.

    Raises:
        BadParameter: it is none.
    """
    found = _LENGTH.fullmatch(text.strip().lower().replace(" ", ""))
    if found is None or not any(found.groups()):
        raise click.BadParameter(f"{text!r} is no length of time: write it as 6h, 90m or 1h30m.")
    days, hours, minutes, seconds = (min(int(number or 0), 10**8) for number in found.groups())
    span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not timedelta() < span <= _LONGEST:
        raise click.BadParameter(f"{text!r} is not between a second and a year.")
    return span


def in_hours(span: timedelta) -> str:
    """Write a length of time as people do: 6h, 1h30m, 45s."""
    seconds = int(span.total_seconds())
    parts = [(seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s")]
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
