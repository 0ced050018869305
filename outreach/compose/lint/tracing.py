"""Where each element of a finished page was written: its file and line.

The checks look at pages as readers get them. A second copy of the message, in which each tag of
the sources carries a mark with its place, is composed by the same call; what is found at an
element is then told of the line that somebody can mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from jinja2 import Environment, TemplateError

from outreach.compose.lint.flat import DATA
from outreach.compose.manifest import shown_path

#: the attribute that carries the mark, NUMBER-OF-FILE:LINE
MARK: Final = "data-written-at"

_MARKED: Final = re.compile(rf' {MARK}="\d+:\d+"')
#: blocks that are no HTML: what looks like a tag there is text
_PLAIN: Final = frozenset({"subject", "preheader"})
_TEXT, _TAG, _COMMENT = "text", "tag", "comment"
#: where in a page -> what ends that, and the beginning of a tag
_NEXT: Final = {
    _TEXT: re.compile(r"<!--|<(?P<tag>[A-Za-z][A-Za-z0-9:-]*)(?=[\s/>])"),
    _TAG: re.compile(r"[\"'>]"),
    _COMMENT: re.compile(r"-->"),
    '"': re.compile('"'),
    "'": re.compile("'"),
}


class Traces:
    """The marked copy of a message's files, and how to read its marks."""

    def __init__(self, files: Mapping[str, str], environment: Environment) -> None:
        self._names = [path for path in files if path.endswith(".html")]
        self.files = {
            path: _marked(text, self._names.index(path), environment)
            if path in self._names
            else text
            for path, text in files.items()
        }

    def place(self, mark: str | None) -> tuple[str, int] | None:
        """Give file and line that a mark tells of; None where it is none of ours."""
        found = re.fullmatch(r"(\d{1,6}):(\d{1,6})", mark or "")
        if found is None or int(found[1]) >= len(self._names):
            return None
        return shown_path(self._names[int(found[1])]), int(found[2])


def unmarked(html: str) -> str:
    """Take the marks out of a page again, or out of its words."""
    return _MARKED.sub("", html)


def inside_tags(source: str, environment: Environment) -> Iterator[bool]:
    """Say of each {{ }} of a file, in order, whether it stands inside a tag or a comment."""
    state = _TEXT
    for line, kind, value in environment.lex(source):
        if kind == DATA:
            _, state = _with_marks(value, state, "", line)
        elif kind == "variable_begin":
            yield state != _TEXT


def _marked(source: str, number: int, environment: Environment) -> str:
    parts, state = [], _TEXT
    try:
        tokens = list(environment.lex(source))
    except TemplateError:
        # what can't be read is told of elsewhere
        return source
    #: blocks that are open, by name
    blocks: list[str] = []
    for at, (line, kind, value) in enumerate(tokens):
        if kind == "block_begin":
            _follow(blocks, [word for _, what, word in tokens[at + 1 : at + 6] if what == "name"])
        if kind == DATA and not _PLAIN & set(blocks):
            marked, state = _with_marks(value, state, f'{MARK}="{number}:', line)
            parts.append(marked)
        else:
            parts.append(value)
    return "".join(parts)


def _follow(blocks: list[str], words: Sequence[str]) -> None:
    """Note that a block begins or ends, from the first words of a tag."""
    if words[:1] == ["block"] and len(words) > 1:
        blocks.append(words[1])
    elif words[:1] == ["endblock"] and blocks:
        blocks.pop()


def _with_marks(text: str, state: str, mark: str, line: int) -> tuple[str, str]:
    """Mark the tags of one piece of text, and say where in a page its end is."""
    parts, done = [], 0
    while found := _NEXT[state].search(text, done):
        parts.append(text[done : found.end()])
        if found.lastgroup == "tag":
            parts.append(f' {mark}{line + text.count(chr(10), 0, found.start())}"')
        done, state = found.end(), _after(state, found[0])
    parts.append(text[done:])
    return "".join(parts), state


def _after(state: str, found: str) -> str:
    if state == _TEXT:
        return _COMMENT if found == "<!--" else _TAG
    if state == _TAG and found != ">":
        return found
    return _TAG if state in "\"'" else _TEXT
