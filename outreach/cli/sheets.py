"""What a preview is written as: text, page, mail or pictures; and the list of several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import Final, TypeAlias

from outreach.cli.files import write as write_file
from outreach.cli.folders import renewed
from outreach.cli.output import progress_bar
from outreach.model import Mailbox, Message
from outreach.workflow import photos
from outreach.workflow.preview import Preview
from outreach.workflow.previews import Previews, TellingPreview
from outreach.workflow.survey import in_words

#: the page that shows all of several
INDEX: Final = "index.html"


class Form(StrEnum):
    """How a message is shown."""

    TEXT = "text"
    HTML = "html"
    EML = "eml"
    PNG = "png"


#: writes a message and gives the files; pictures are named after the file that was asked for
Write: TypeAlias = Callable[[Message, Path], list[Path]]


def content(message: Message, form: Form) -> bytes:
    """Give a message in any form but pictures."""
    if form is Form.EML:
        return message.mime
    if form is Form.HTML:
        return message.html.encode() + b"\n"
    lines = [
        f"From: {_mailbox(message.sender)}",
        f"To: {_mailbox(message.recipient)}",
        f"Reply-To: {message.reply_to}",
        f"Subject: {message.subject}",
        f"Preheader: {message.preheader}",
        "",
        message.text.rstrip("\n"),
    ]
    return "\n".join(lines).encode() + b"\n"


@contextmanager
def written(form: Form) -> Iterator[Write]:
    """Give what writes messages; for pictures a browser is kept open as long.

    Raises:
        InputError: a file can't be written, or a picture can't be taken.
    """
    if form is not Form.PNG:

        def write(message: Message, file: Path) -> list[Path]:
            return [write_file(file, content(message, form))]

        yield write
        return
    with photos.opened() as camera:

        def photograph(message: Message, file: Path) -> list[Path]:
            stem = file.with_suffix("") if file.suffix.lower() == ".png" else file
            return [
                write_file(
                    stem.with_name(f"{stem.name}-{photo.width}-{photo.scheme}.png"), photo.png
                )
                for photo in camera.photograph(message.html)
            ]

        yield photograph


def write_one(one: Preview, form: Form, out: Path) -> list[Path]:
    """Write a message to a file; where `out` is a folder, into that, in the place of older ones.

    Raises:
        InputError: as `written`.
    """
    if not out.is_dir():
        with written(form) as write:
            return write(one.message, out)
    with renewed(out) as noted, written(form) as write:
        files = write(one.message, out / _name(1, one, form))
        noted += files
    return files


def write_all(found: Previews, form: Form, folder: Path) -> list[list[Path]]:
    """Write everybody's message into a folder, numbered; no name of a file says whose it is.

    Those that an earlier run wrote there go. Gives the files of each.

    Raises:
        InputError: as `written`.
    """
    files: list[list[Path]] = []
    with (
        renewed(folder) as noted,
        written(form) as write,
        progress_bar("Writing the messages") as progress,
    ):
        for place, telling in enumerate(found.telling, 1):
            made = telling.preview
            own = write(made.message, folder / _name(place, made, form)) if made else []
            noted += own
            files.append(own)
            progress(place, len(found.telling))
        if form in (Form.HTML, Form.PNG):
            noted.append(write_file(folder / INDEX, _index(found, files).encode()))
    return files


def _name(place: int, made: Preview, form: Form) -> str:
    return f"{place:02}-{_version(made)}.{'txt' if form is Form.TEXT else form}"


def listed(found: Previews, files: Sequence[Sequence[Path]] | None) -> Iterator[str]:
    """Say who was picked, and why; and which files are whose."""
    yield _headline(found)
    yield ""
    for place, telling in enumerate(found.telling, 1):
        yield f"{place}. {_who(telling)}"
        yield from (f"   {reason}" for reason in telling.reasons)
        if files is not None and files[place - 1]:
            yield f"   {', '.join(file.name for file in files[place - 1])}"
    if found.unshown:
        yield ""
        yield (
            f"{found.unshown:,} rarer versions are not among them:"
            f" see `outreach templates variants {found.message} --segment {found.segment}`."
        )


def _headline(found: Previews) -> str:
    if not found.segment:
        return f"{found.message} to made-up readers."
    left_out = f" Left out: {in_words(found.excluded)}." if found.excluded else ""
    return (
        f"{found.message} to {found.segment}: {found.people:,} of {found.audience:,} people would"
        f" get it.{left_out}"
    )


def _who(telling: TellingPreview) -> str:
    number = f" ({telling.supporter_id})" if telling.supporter_id else ""
    if telling.preview is None:
        return f"{telling.address}{number}: {telling.problem}"
    reason = telling.preview.language_reason
    return f"{telling.address}{number} in {_version(telling.preview)}, because {reason}"


def _version(made: Preview) -> str:
    return f"{made.message.language}{'-discreet' if made.discreet else ''}"


def _index(found: Previews, files: Sequence[Sequence[Path]]) -> str:
    """Give a page that shows all of them, each with why it is there."""
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f"<title>{escape(found.message)}</title>",
        "<style>body { font: 16px sans-serif; margin: 2em } iframe { width: 600px; height: 600px }"
        " iframe, img { border: 1px solid #999; vertical-align: top; margin: 0 1em 1em 0 }</style>",
        f"</head>\n<body>\n<h1>{escape(_headline(found))}</h1>",
    ]
    for place, (telling, own) in enumerate(zip(found.telling, files, strict=True), 1):
        parts.append(f"<h2>{place}. {escape(_who(telling))}</h2>\n<ul>")
        parts += [f"<li>{escape(reason)}</li>" for reason in telling.reasons]
        parts.append("</ul>")
        for file in own:
            name = escape(file.name)
            if file.suffix == ".png":
                parts.append(f'<img src="{name}" alt="{name}" loading="lazy">')
            else:
                parts.append(
                    f'<p><a href="{name}">{name}</a></p>\n<iframe src="{name}" sandbox></iframe>'
                )
    return "\n".join([*parts, "</body>\n</html>\n"])


def _mailbox(mailbox: Mailbox) -> str:
    return f"{mailbox.name} <{mailbox.email}>" if mailbox.name else mailbox.email
