"""One language of a message rendered: heading, HTML and text; errors with file and line."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from jinja2 import Template, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from outreach.compose.budget import MAX_OUTPUT
from outreach.compose.environment import Sandbox
from outreach.compose.vocabulary import in_one_line
from outreach.errors import TemplateError

#: a surrogate: an expression can put one into a text, as in {{ "\\ud800"|safe }}
_HALF: Final = re.compile("[\ud800-\udfff]")
#: of what Python says; it may quote a whole text
_LONGEST_SENTENCE: Final = 500


class Version:
    """One language file, standard or discreet, parsed and ready."""

    def __init__(self, path: str, text_path: str, html: Sandbox, plain: Sandbox) -> None:
        """Take the file `path`, and the text file `text_path` where that is not ''."""
        self.path, self.text_path = path, text_path
        with located():
            self._html = html.get_template(path)
            self._heading = plain.get_template(path)
            self._text = plain.get_template(text_path) if text_path else None

    def heading(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """Give subject and preheader, each in one line of plain text."""
        subject, _, preheader = _rendered(self._heading, values).rpartition("\0")
        return in_one_line(subject), in_one_line(preheader)

    def html(self, values: Mapping[str, Any]) -> str:
        """Give the whole page; its styles are not inlined yet."""
        return _rendered(self._html, values)

    def text(self, values: Mapping[str, Any]) -> str | None:
        """Give the text that was written by hand, or None where there is no such file."""
        return None if self._text is None else _rendered(self._text, values)


def _rendered(template: Template, values: Mapping[str, Any]) -> str:
    pieces, length = [], 0
    environment = template.environment
    if isinstance(environment, Sandbox):
        environment.budget.refill()
    with located(template.filename):
        for piece in template.generate(values):
            pieces.append(piece)
            length += len(piece)
            if length > MAX_OUTPUT:
                raise TemplateError(
                    f"this message grows beyond {MAX_OUTPUT:,} characters", file=template.filename
                )
    whole = "".join(pieces)
    if _HALF.search(whole):
        raise TemplateError(
            "this message holds half a character, which can't be written in UTF-8",
            file=template.filename,
            next_step="look for a \\ud in its expressions",
        )
    return whole


@contextmanager
def located(file: str | None = None) -> Iterator[None]:
    """Turn whatever goes wrong in a template into one TemplateError with file and line.

    `file` is named where the error itself says nothing of its place.
    """
    try:
        yield
    except TemplateSyntaxError as error:
        raise TemplateError(
            _sentence(error.message or "this is not Jinja"),
            file=error.filename or file,
            line=error.lineno,
        ) from error
    except TemplateError as error:
        if error.file is not None:
            raise
        place, line = _place(error, file)
        raise TemplateError(
            error.problem, file=place, line=line, value=error.value, next_step=error.advice
        ) from error
    except TemplateNotFound as error:
        place, line = _place(error, file)
        raise missing(str(error.name), place, line) from error
    except Exception as error:
        # a template can raise whatever its expressions can; with us that is always the template
        place, line = _place(error, file)
        raise TemplateError(_explained(error), file=place, line=line) from error


def missing(name: str, file: str | None, line: int | None) -> TemplateError:
    """Say that a template wants a file that it can't have."""
    return TemplateError(
        "there is no such file to extend or include: only the message's own folder, layouts/ and "
        "styles/ can be used",
        file=file,
        line=line,
        value=name,
        next_step="write the path from templates/, as in layouts/newsletter.html",
    )


def _explained(error: Exception) -> str:
    said = _sentence(str(error))
    if isinstance(error, UndefinedError):
        name = re.search(r"'([^']+)' is undefined|attribute '([^']+)'", said)
        if name:
            return f"'{name[1] or name[2]}' is not known here"
        return said
    if isinstance(error, SecurityError):
        return f"a message may not do that: {said}"
    if isinstance(error, RecursionError):
        return "files that include each other, or macros that call themselves, never end"
    return f"this can't be worked out: {said}" if said else "this can't be worked out"


def _sentence(text: str) -> str:
    return text.strip()[:_LONGEST_SENTENCE].rstrip(".")


def _place(error: BaseException, file: str | None) -> tuple[str | None, int | None]:
    """Find the innermost line of a template in the traceback (Jinja writes them into it)."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith("templates/"):
            return frame.filename, frame.lineno
    return file, None
