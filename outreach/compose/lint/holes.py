"""Values of the reader that are printed although they are not known: "Dear ,".

Each expression that prints is watched while the message is made for somebody of whom all is known,
and for people of whom one thing is not, or nothing. What prints something for the first and nothing
for another is a hole. It is none where somebody has thought of it: in an if that asks for the
value, with `or` or `default`, with .get("Town", ""). Nor inside a tag, where a link may well end
in nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from jinja2 import nodes

from outreach.compose import manifest, vocabulary
from outreach.compose.environment import Sandbox, environment
from outreach.compose.library import FrozenMessage
from outreach.compose.lint import tracing
from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.readers import known_and_less_known
from outreach.compose.render import Version
from outreach.errors import TemplateError, shown
from outreach.facts.tally import Tallies
from outreach.model import Reader

#: a filter that no template can name
_SEEN: Final = "§seen"
_THOUGHT_OF: Final = {"default", "d"}

#: file, line, the value as it is written, and which expression of the file it is
Place = tuple[str, int, str, int]


@dataclass
class _Run:
    """What one rendering printed."""

    filled: set[Place] = field(default_factory=set)
    empty: set[Place] = field(default_factory=set)


class _Watching(Sandbox):
    """The sandbox, with an eye on every value of the reader that is printed."""

    run: _Run
    places: list[Place]

    def watch(self) -> None:
        """Begin to watch; to be called before anything is parsed."""
        self.run, self.places = _Run(), []

        def seen(value: Any, place: int) -> Any:
            prints = value is not None and str(value).strip()
            kept = self.run.filled if prints else self.run.empty
            kept.add(self.places[place])
            return value

        self.filters[_SEEN] = seen

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        printing = list(_printing(tree))
        inside = list(tracing.inside_tags(source, self))
        if len(inside) == len(printing):
            sources = _sources(tree)
            for (output, at, shown_there), in_tag in zip(printing, inside, strict=True):
                if shown_there and not in_tag:
                    output.nodes[at] = self._watched(output.nodes[at], sources, filename or "")
        return tree

    def _watched(
        self, node: nodes.Expr, sources: Mapping[str, nodes.Node | None], file: str
    ) -> nodes.Expr:
        if isinstance(node, nodes.Concat):
            node.nodes = [self._watched(part, sources, file) for part in node.nodes]
            return node
        written = _value(node, sources)
        if not written:
            return node
        self.places.append((file, node.lineno, written, len(self.places)))
        place = nodes.Const(len(self.places) - 1, lineno=node.lineno)
        return nodes.Filter(node, _SEEN, [place], [], None, None, lineno=node.lineno)


def holes(frozen: FrozenMessage, day: date, trees: Sequence[nodes.Template]) -> Iterator[Finding]:
    """Give the values that are printed where they are not known, each once.

    The files of `frozen` must all be in order; `trees` are those that it uses, parsed.
    """
    stated, tallies = frozen.sheet(), Tallies(frozen.tallies)
    found: dict[Place, None] = {}
    for path, version in manifest.version_files(frozen.name, frozen.files):
        language, discreet, kind = version.groups(default="")
        if kind != "html":
            continue
        shared = vocabulary.shared(frozen.letterhead, stated, tallies, day, language)

        def values_of(reader: Reader, shared: Mapping[str, Any] = shared) -> dict[str, Any]:
            return {**shared, **vocabulary.personal(reader, frozen.letterhead)}

        known, *others = known_and_less_known(language, trees, discreet=bool(discreet))
        for place in _of_version(frozen, path, language, values_of, known, others):
            # a layout is the same file in each language
            found.setdefault((*place[:3], 0))
    for file, line, written, _ in found:
        what = f"{shown(written)} prints nothing where it is not known"
        yield finding("value-empty", file, line, what, mend=_mend(written))


def _of_version(
    frozen: FrozenMessage,
    path: str,
    language: str,
    values_of: Callable[[Reader], dict[str, Any]],
    known: Reader,
    others: Sequence[Reader],
) -> Iterator[Place]:
    filters = vocabulary.filters(language)
    html, plain = (
        environment(frozen.name, frozen.files, filters, html=html, kind=_Watching)
        for html in (True, False)
    )
    for box in (html, plain):
        box.watch()
    text = path.removesuffix("html") + "txt"
    try:
        version = Version(path, text if text in frozen.files else "", html, plain)
    except TemplateError:
        return

    def made(reader: Reader) -> tuple[_Run, _Run]:
        html.run, plain.run = _Run(), _Run()
        values = values_of(reader)
        with suppress(TemplateError):
            # for whom it can't be made is told elsewhere
            subject, preheader = version.heading(values)
            values |= {"subject": subject, "preheader": preheader}
            version.html(values)
            version.text(values)
        return html.run, plain.run

    whole = made(known)
    for reader in others:
        for all_known, less in zip(whole, made(reader), strict=True):
            yield from sorted(less.empty & all_known.filled - all_known.empty)


def _printing(
    node: nodes.Node, *, shown_there: bool = True
) -> Iterator[tuple[nodes.Output, int, bool]]:
    """Give what {{ }} prints, in the order of the file, and whether it is read as it stands."""
    if isinstance(node, nodes.Output):
        for at, printed in enumerate(node.nodes):
            if not isinstance(printed, nodes.TemplateData):
                yield node, at, shown_there
        return
    if isinstance(node, nodes.AssignBlock):
        # captured by itself a value may still be asked for; among words it is a sentence
        words = (data.data.strip() for data in node.find_all(nodes.TemplateData))
        shown_there = shown_there and any(words)
    for child in node.iter_child_nodes():
        yield from _printing(child, shown_there=shown_there)


def _sources(tree: nodes.Template) -> dict[str, nodes.Node | None]:
    """Give the names that a file sets to a plain value, and the parameters of its macros."""
    found: dict[str, nodes.Node | None] = {}
    for assign in tree.find_all(nodes.Assign):
        if isinstance(assign.target, nodes.Name):
            found[assign.target.name] = assign.node
    for macro in tree.find_all(nodes.Macro):
        found |= dict.fromkeys((arg.name for arg in macro.args), None)
    return found


def _value(node: nodes.Node, sources: Mapping[str, nodes.Node | None], depth: int = 0) -> str:
    """Give the reader's value that an expression prints as it is, in words; '' for any other."""
    if isinstance(node, nodes.Filter) and node.node is not None:
        return "" if node.name in _THOUGHT_OF else _value(node.node, sources, depth)
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        key = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", "")
        if isinstance(node.node, nodes.Name) and node.node.name == "supporter":
            return f"supporter.{key}"
        if _value(node.node, {}) == "supporter.attributes":
            return f'supporter.attributes["{key}"]'
    if isinstance(node, nodes.Call) and len(node.args) == 1 and not node.kwargs:
        got = node.node
        if isinstance(got, nodes.Getattr) and got.attr == "get":
            column = getattr(node.args[0], "value", "")
            of_reader = _value(got.node, {}) == "supporter.attributes"
            return f'supporter.attributes.get("{column}")' if of_reader else ""
    if isinstance(node, nodes.Name) and node.name in sources and depth < 5:
        source = sources[node.name]
        return node.name if source is None or _value(source, sources, depth + 1) else ""
    return ""


def _mend(written: str) -> str:
    if written == "supporter.given_name":
        return (
            "Write {% if supporter.given_name %}Dear {{ supporter.given_name }},"
            "{% else %}Dear friend,{% endif %}."
        )
    return (
        f"Write {{% if {written} %}} before it, {{% else %}} and what to say instead after it,"
        " then {% endif %}."
    )
