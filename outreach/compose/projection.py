"""The cheap run of a template: which of its texts a person gets, and the values in between.

The code that Jinja makes of a template is changed in one thing: where it would write text, it
writes a number that stands for the text of one `nodes.Output`, and the values printed in it, not
escaped yet. One run for a person so gives the sequence of numbers, which is the shape of their
message, and the values. What a macro, a `{% set %}` block or `{% call %}` captures is real text,
so that it can be tested and filtered as ever, and remembers what it was made of, so that it is
still numbers and values where it is printed as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Any, Final, TypeAlias

from jinja2 import Template, TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.compiler import Frame
from jinja2.runtime import BlockReference, Context, Macro
from markupsafe import Markup, escape

from outreach.compose.bounded import check_arguments
from outreach.compose.counting import check_size
from outreach.compose.environment import SHORT, Generator, Sandbox, settled
from outreach.compose.flattening import constant_text, flattened, remember_file
from outreach.compose.folding import Folding
from outreach.compose.vocabulary import NAMES, Person, cleaned
from outreach.errors import TemplateError

#: one thing that a template wrote: a number, a number with values, or what was captured or filtered
Piece: TypeAlias = Any
#: hashable; equal for people whose messages differ in their values only
Key: TypeAlias = tuple[Any, ...]

_OF_PERSON: Final = frozenset(NAMES["supporter"])
#: more in one block are composed the slow way, as are pages of so many
_MOST_PARTS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where a person's value stands, and where a template prints it."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Printed:
    """One `nodes.Output` of a template."""

    #: texts before, between and after the values
    texts: tuple[str, ...]
    slots: tuple[Slot, ...]


class Html(str):
    """A value that is HTML and not text: it can change the page around it."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


class Captured(Markup):
    """What a macro or block wrote in a page: HTML, and the pieces that it was made of."""

    pieces: Sequence[Piece] | None = None
    #: how many parts there are in them, and in what they hold
    size = 0


class CapturedText(str):
    """The same in plain text."""

    pieces: Sequence[Piece] | None = None
    size = 0


class Unprojectable(Exception):
    """The template does what can't be taken apart; its messages are rendered each by itself."""

    def __init__(self, reason: str, file: str | None, line: int) -> None:
        super().__init__(reason)
        self.reason, self.file, self.line = reason, file or "", line


class ProjectingContext(Context):
    """A context whose `super()` and `self.block()` give captured pieces."""

    def super(self, name: str, current: Callable[[Context], Iterator[str]]) -> Any:
        """Give the parent's block."""
        found = super().super(name, current)
        if type(found) is BlockReference:
            return _Block(found.name, self, found._stack, found._depth)
        return found


class _Block(BlockReference):
    def __call__(self) -> Any:
        return self._context.environment.concat(self._stack[self._depth](self._context))

    @property
    def super(self) -> Any:
        found = super().super
        if type(found) is BlockReference:
            return _Block(found.name, self._context, found._stack, found._depth)
        return found


class _Blocks:
    """`self` in a template."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __getitem__(self, name: str) -> _Block:
        return _Block(name, self._context, self._context.blocks[name], 0)


class _Macro(Macro):
    def _invoke(self, arguments: list[Any], autoescape: bool) -> str:  # noqa: ARG002
        return self._func(*arguments)


class _Generator(Generator):
    """Jinja's own code generator, but for what an Output and a capture come to."""

    environment: ProjectingSandbox

    def writeline(self, x: str, node: nodes.Node | None = None, extra: int = 0) -> None:
        """Put our own things under names that the generated code imports."""
        super().writeline(x, node, extra)
        if x.startswith("from jinja2.runtime import "):
            for name, ours in _OURS.items():
                super().writeline(f"{name} = environment.{ours}")

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802 - Jinja's names
        """Write the number of this output and its values."""
        if frame.require_output_check:
            if self.has_known_extends:
                return
            self.writeline("if parent_template is None:")
            self.indent()
        texts, values = self._parted(node, frame)
        slots = tuple(Slot(vars(v).get("file", self.filename or ""), v.lineno) for v in values)
        number = self.environment.number(Printed(texts, slots))
        self.start_write(frame, node)
        self.write(f"({number}, " if values else f"{number}")
        for value in values:
            self.newline(value)
            self.write("printed(")
            self.visit(value, frame)
            self.write("), ")
        self.write(")" if values else "")
        self.end_write(frame)
        if frame.require_output_check:
            self.outdent()

    def _parted(self, node: nodes.Output, frame: Frame) -> tuple[tuple[str, ...], list[nodes.Expr]]:
        finalize = self._make_finalize()
        texts, values = [""], list[nodes.Expr]()
        for child in node.nodes:
            try:
                texts[-1] += self._output_child_to_const(child, frame, finalize)
            except Exception:
                # not a constant; or it raises, which is to happen where it stands
                texts.append("")
                values.append(child)
        return tuple(texts), values


_OURS: Final = {
    "printed": "printed",
    "Markup": "kept",
    "Macro": "macro",
    "TemplateReference": "blocks_of",
}


class ProjectingSandbox(Sandbox):
    """The sandbox in which templates write pieces instead of text.

    It is for the file `path` and all that it extends; `shared` are the names that mean the same for
    everybody there.
    """

    code_generator_class = _Generator
    context_class = ProjectingContext
    macro = _Macro
    blocks_of = _Blocks

    def __init__(self, path: str, shared: Mapping[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self.outputs: list[Printed] = []
        #: blocks of that file that say the same to everybody, and what they say
        self.constant_blocks: dict[str, str] = {}
        self._path, self._shared = path, shared
        self._templates: dict[str, Template] = {}

    @cached_property
    def folding(self) -> Folding:
        """What is worked out once; for that, the filters have to be in their places."""
        return Folding(self, self._path, self._shared)

    def render(self, template: Template, values: dict[str, Any]) -> list[Piece]:
        """Run a template for one person; `values` are all names, those of `globals` too.

        Raises:
            Exception: whatever rendering it raises, or `Unprojectable`.
        """
        self.budget.refill()
        context = ProjectingContext(self, values, template.name, template.blocks)
        return list(template.root_render_func(context))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Do as the sandbox does, but where it is known to allow it."""
        if type(obj) is Person and attribute in _OF_PERSON:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Do as the sandbox does, but where it is known to allow it."""
        if type(__obj) is partial:
            # only ours are, such as reply_link: no template can make one
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            check_arguments(__self.budget, (*args, *kwargs.values()))
            return __obj(*args, **kwargs)
        return super().call(__context, __obj, *args, **kwargs)

    def number(self, printed: Printed) -> int:
        """Give an output the number that stands for it."""
        self.outputs.append(printed)
        return len(self.outputs) - 1

    def get_template(self, name: Any, parent: Any = None, globals: Any = None) -> Template:  # noqa: A002
        """Give a template; files never change here, so that one look is enough."""
        found = self._templates.get(name) if isinstance(name, str) else None
        if found is None:
            try:
                found = super().get_template(name, parent, globals)
            except TemplateSyntaxError as error:
                # a layout and its blocks by themselves may be good
                raise Unprojectable(str(error.message), error.filename, error.lineno) from error
            if isinstance(name, str):
                self._templates[name] = found
        return found

    def printed(self, value: Any) -> str:
        """Make a value what stands in a slot: text not escaped, or `Html`, or what was captured."""
        if type(value) is str and len(value) <= SHORT and value.isascii() and value.isprintable():
            return value
        if isinstance(value, Captured | CapturedText) and value.pieces is not None:
            self.budget.spend(value.size)
            return value
        if isinstance(value, str):
            self.budget.text(len(value))
        value = settled(value)
        if type(value) is str:
            return value
        if not self.autoescape or not hasattr(value, "__html__"):
            # raises where it is something undefined
            return str(value)
        html = Markup(value)  # noqa: S704 - it says itself that it is HTML
        text = str(html.unescape())
        is_text = escape(text) == html and cleaned(text) == text
        return text if is_text else Html(html)

    @staticmethod
    def kept(value: Any) -> Any:
        """Do as Markup does, and leave what was captured whole."""
        return value if type(value) is Captured else Markup(value)  # noqa: S704

    def parts(self, pieces: Iterable[Piece]) -> Iterator[str | tuple[Slot, str]]:
        """Take pieces apart, in order: text as it is, and each slot with its value, not escaped."""
        for piece in pieces:
            if type(piece) is int:
                yield self.outputs[piece].texts[0]
            elif type(piece) is not tuple:
                yield from self._parts_of(piece, None)
            else:
                printed = self.outputs[piece[0]]
                yield printed.texts[0]
                for value, slot, text in zip(
                    piece[1:], printed.slots, printed.texts[1:], strict=True
                ):
                    yield from self._parts_of(value, slot)
                    yield text

    def _parts_of(self, value: str, slot: Slot | None) -> Iterator[str | tuple[Slot, str]]:
        captured = _pieces(value)
        if captured is not None:
            yield from self.parts(captured)
        elif slot is not None:
            yield slot, value
        else:
            # what a filter made of a whole block, or a call of something that is no macro
            yield str(value)

    def concat(self, pieces: Iterable[Piece]) -> str:
        """Stand in for Jinja's joining of what was written."""
        kept = list(pieces)
        parts = list(islice(self.parts(kept), _MOST_PARTS + 1))
        if len(parts) > _MOST_PARTS:
            raise TemplateError("too much is captured to be taken apart")
        self.budget.text(sum(len(part[1] if type(part) is tuple else part) for part in parts))
        escaped: Callable[[str], str] = escape if self.autoescape else str
        text = "".join(
            [str(escaped(part[1])) if type(part) is tuple else str(part) for part in parts]
        )
        captured = Captured(text) if self.autoescape else CapturedText(text)
        captured.pieces, captured.size = kept, len(parts)
        return captured

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        if name is not None:
            source = self._folded(source, name, filename)
            if name == self._path:
                self._find_constant_blocks(source)
                source = flattened(source, name, self._parent)
                check_size(source, name, filename)
        return super()._generate(source, name, filename, defer_init)

    def _folded(self, tree: nodes.Template, path: str, file: str | None) -> nodes.Template:
        for node in tree.find_all((nodes.EvalContextModifier, nodes.ScopedEvalContextModifier)):
            raise Unprojectable("{% autoescape %} changes what a value is", file, node.lineno)
        folded = self.folding.fold(tree, path)
        remember_file(folded, file or "")
        return folded

    def _parent(self, path: str) -> nodes.Template | None:
        """Give the tree of a file that is extended; None where rendering has to say why not."""
        try:
            source, file, _ = self.loader.get_source(self, path) if self.loader else ("", "", None)
            return self._folded(self.parse(source, path, file), path, file)
        except (TemplateNotFound, TemplateSyntaxError):
            return None

    def _find_constant_blocks(self, tree: nodes.Template) -> None:
        for block in tree.find_all(nodes.Block):
            if (text := constant_text(block)) is not None:
                self.constant_blocks[block.name] = text


def key_and_values(pieces: Iterable[Piece]) -> tuple[Key, list[str]]:
    """Give the shape of what was written, and the values, in the order of `parts`."""
    key: list[Any] = []
    values: list[str] = []
    for piece in pieces:
        if type(piece) is int:
            key.append(piece)
        elif type(piece) is tuple:
            key.append(piece[0])
            for position, value in enumerate(piece):
                if type(value) is str:
                    values.append(value)
                elif position:
                    _nest(key, values, position, value)
        else:
            _nest(key, values, 0, piece)
    return tuple(key), values


def _nest(key: list[Any], values: list[str], position: int, value: str) -> None:
    captured = _pieces(value)
    if captured is None:
        key.append((position, str(value)))
        return
    inner_key, inner_values = key_and_values(captured)
    key.append((position, inner_key))
    values += inner_values


def _pieces(value: Any) -> Sequence[Piece] | None:
    return value.pieces if isinstance(value, Captured | CapturedText) else None
