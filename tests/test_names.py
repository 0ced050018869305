"""Names of staff: who is one person, and whom nobody could tell apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.names import mixes_scripts, name_key, same_person


@pytest.mark.parametrize(
    "other",
    ["ROOT", " root ", "\uff32oot", "R\u043e\u043et", "Root.", "r\u03bf\u03bft", "Ro\u043et"],
)
def test_another_spelling_is_no_second_person(other: str) -> None:
    """Width, case, dots and letters of other scripts that look the same."""
    assert same_person("Root", other)


def test_people_of_any_script_are_told_apart() -> None:
    """What looks alike is one; what doesn't isn't."""
    assert same_person("Jos\u00e9", "Jose\u0301")
    names = ["Jos\u00e9", "Jose", "Анна", "Анна К", "محمد", "王芳", "王方", "さくら", "Ada", "Ade"]
    assert len({name_key(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["R\u043e\u043et", "\u0391da", "Ad\u0430 Lovelace"])
def test_a_name_that_mixes_scripts_that_look_alike_is_known(name: str) -> None:
    """As a forged one does."""
    assert mixes_scripts(name)


@pytest.mark.parametrize(
    "name", ["Wang 王芳", "Ada (admin)", "Иван Петров", "Δήμητρα", "さくら 花"]
)
def test_names_that_people_have_mix_nothing(name: str) -> None:
    """Latin beside Chinese is no forgery: nobody takes the one for the other."""
    assert not mixes_scripts(name)


@given(st.text(min_size=1))
def test_a_key_is_its_own(name: str) -> None:
    """So that what is stored compares with what is typed."""
    assert name_key(name_key(name)) == name_key(name)
