"""Where a thing stands in a TOML file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.errors import TemplateError
from outreach.tomlfiles import read

TEXT = """\
title = "a"  # [not.a.header]
"quoted key" = 1

[ table ]
key = 1
'other' = 2

[[list."with a.dot"]]
key = 1
[[list."with a.dot"]]
second.below = 3
"""


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("", 0, "title"), 1),
        (("", 0, "quoted key"), 2),
        (("", 0, "nothing"), None),
        (("table",), 4),
        (("table", 0, "key"), 5),
        (("table", 0, "other"), 6),
        (("table", 0, "nothing"), 4),
        (("list.with a.dot", 0, "key"), 9),
        (("list.with a.dot", 1), 10),
        (("list.with a.dot", 1, "second"), 11),
        (("list.with a.dot", 2), None),
        (("nothing",), None),
    ],
)
def test_a_thing_is_found_on_its_line(where: tuple[str, int, str], line: int | None) -> None:
    """Or on that of what it belongs to."""
    assert read("f", TEXT, TemplateError).line(*where) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb\n", 2), ("[a\n", 1), ("a = " + "[" * 5000, None), ("a = " + "9" * 5000, None)],
)
def test_what_can_not_be_read_is_told_as_the_error_asked_for(text: str, line: int | None) -> None:
    """With its line where the parser says it."""
    with pytest.raises(TemplateError) as caught:
        read("f.toml", text, TemplateError)
    assert (caught.value.file, caught.value.line) == ("f.toml", line)


@given(
    st.text("ab=[]\"'.#\n 1{},\\", max_size=60) | st.text(max_size=40),
    st.sampled_from(["", "a", "a.b"]),
)
def test_any_text_is_read_or_refused(text: str, header: str) -> None:
    """And asking where things stand never fails."""
    try:
        toml = read("f", text, TemplateError)
    except TemplateError:
        return
    line = toml.line(header, 0, "a")
    assert line is None or 1 <= line <= text.count("\n") + 1
