"""How results are shown: JSON for programs, tables for people, a progress bar for waiting."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from time import monotonic
from typing import Any, Final

import click

from outreach.errors import harmless
from outreach.model import Progress, no_progress
from outreach.store import utc_text


def print_json(value: object) -> None:
    """Print a result as JSON: records as objects, in their fields' order.

    Every script is as it is where the output is UTF-8; elsewhere JSON's own escapes stand for it.
    """
    click.echo(_json(value, indent=2))


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, datetime):
        # a moment, or a time on the wall of some place
        return utc_text(value) if value.tzinfo else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return str(value)


def one_line_json(value: object) -> str:
    """Write a result as JSON in one line, for logs and for lists too long to be held."""
    return _json(value)


def _json(value: object, indent: int | None = None) -> str:
    escaped = (sys.stdout.encoding or "utf-8").lower() != "utf-8"
    return json.dumps(value, default=_plain, ensure_ascii=escaped, indent=indent)


def words(word: str) -> str:
    """Write one of our words as people do: in_doubt, in doubt."""
    return word.replace("_", " ")


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headers; numbers to the right, nothing that moves the cursor.

    In a terminal a table is no wider than it; elsewhere nothing of it is wrapped or cut.
    """
    # not before there is a table: it is a fifth of a small command's time
    import tabulate

    from outreach.cli import tables

    # it makes every column wider than its header by this
    tabulate.MIN_PADDING = 0
    safe = [
        [cell if isinstance(cell, int | float) else _safe(cell) for cell in row] for row in rows
    ]
    if sys.stdout.isatty() and safe:
        room = shutil.get_terminal_size().columns
        narrow = tables.fitted(headers, safe, room)
        if narrow is None:
            for line in tables.stacked(headers, safe, room):
                click.echo(line)
            return
        safe = narrow
    click.echo(
        tabulate.tabulate(safe, headers=list(headers), tablefmt="simple", disable_numparse=[])
    )


def print_text(text: str, indent: str = "") -> None:
    """Print lines that somebody else wrote, each indented; nothing that moves the cursor."""
    for line in text.translate(_TIED).split("\n"):
        click.echo((indent + _safe(line)).rstrip())


#: spaces that tie words together, as French has before a colon: no escapes to be shown
_TIED: Final = str.maketrans("\u00a0\u202f", "  ")


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print names and values, a fact a line; a terminal's lines are broken between words."""
    from outreach.cli import tables

    indent, label = "  ", 24
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for name, value in facts:
        text = _safe(value)
        lines = [text] if room is None else tables.wrapped(text, max(24, room - label - 3))
        for number, line in enumerate(lines):
            click.echo(f"{indent}{'' if number else name:<{label}}{line}".rstrip())


def counted(number: int, noun: str) -> str:
    """Say how many of a thing with a regular plural there are: 1 mail, 2 mails."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def mailbox(name: str, address: str) -> str:
    """Write whom a mail is from, as mail programs do; either may be ''."""
    return " ".join(filter(None, [name, f"<{address}>" if address else ""]))


def _safe(cell: object) -> str:
    return "" if cell is None else harmless(str(cell))


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """Show a bar on stderr where that is a terminal; elsewhere nothing.

    It tells how far the work is, how fast it went so far, how long it takes at that rate, and what
    failed.
    """
    if not sys.stderr.isatty():
        yield no_progress
        return
    begun = monotonic()
    with click.progressbar(
        # the time left by click's count forgets the waits of a pace
        length=1,
        label=label,
        file=sys.stderr,
        width=_BAR,
        show_eta=False,
        item_show_func=lambda text: text,
    ) as bar:

        def show(done: int, total: int | None, *, refused: int = 0, in_doubt: int = 0) -> None:
            bar.length = max(total or done, 1)
            rate = done / max(monotonic() - begun, 0.001)
            parts = [f"{done:,}" + (f" of {total:,}" if total else "")]
            if done:
                parts.append(f"{rate:,.{0 if rate >= 10 else 1}f} a second")
            if total and 0 < done < total:
                parts.append(f"{timedelta(seconds=round((total - done) / rate))} left")
            parts += [f"refused {refused:,}"] * bool(refused)
            parts += [f"in doubt {in_doubt:,}"] * bool(in_doubt)
            room = shutil.get_terminal_size().columns - 1
            bar.label, bar.width, text = _fitted(label, parts, room)
            bar.update(done - bar.pos, text)
            # click shows nothing new where nothing more is done, as in a wait
            bar.render_progress()

        yield show


#: of a bar, and what stands around it: brackets, the share that is done, gaps
_BAR = 20
_LEAST_BAR = 5
_AROUND = len("  []  100%  ")


def _fitted(label: str, parts: Sequence[str], room: int) -> tuple[str, int, str]:
    """Fit a bar's line into a terminal, as a longer one would fill it with remains of itself.

    How much is done gives way first, as the bar shows it too; then the bar, and then the label.
    """
    brief = [part.replace(" a second", "/s") for part in parts[1:]]
    for told in (parts, parts[1:], brief):
        text = ", ".join(told)
        left = room - _AROUND - len(text)
        if left >= len(label) + (_BAR if told is parts else _LEAST_BAR):
            return label, min(_BAR, left - len(label)), text
    return (
        label[: max(0, left - _LEAST_BAR)],
        _LEAST_BAR,
        text[: max(0, room - _AROUND - _LEAST_BAR)],
    )
