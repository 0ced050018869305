"""Tables that must be whole: what is in one place has its counterpart in the other."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest
from sqlite_utils import Database

from outreach import errors
from outreach.cli import exits
from outreach.followups.gatheringstates import GatheringState, ResultState
from outreach.model import Consent, DeliveryState, Safety


def _all_errors() -> list[type[errors.OutreachError]]:
    return [
        cls
        for cls in vars(errors).values()
        if isinstance(cls, type) and issubclass(cls, errors.OutreachError)
    ]


@pytest.mark.parametrize("cls", _all_errors(), ids=lambda cls: cls.__name__)
class TestEveryError:
    """Promises that every class in the tree keeps."""

    def test_is_drawn_in_the_tree(self, cls: type[errors.OutreachError]) -> None:
        """The docstring of errors.py shows it."""
        assert cls.__name__ in str(errors.__doc__)

    def test_has_an_exit_code_and_a_next_step(self, cls: type[errors.OutreachError]) -> None:
        """A person learns what to do next, a script learns what happened."""
        assert exits.exit_code(cls("x")) not in (exits.OK, exits.FOUND, exits.USAGE)
        assert cls.next_step
        assert any(base in exits.EXITS for base in cls.__mro__[:2])


@pytest.mark.parametrize(
    ("table", "column", "enum"),
    [
        ("supporters", "consent", Consent),
        ("supporters", "tracking", Consent),
        ("supporters", "safety", Safety),
        ("deliveries", "state", DeliveryState),
        ("gatherings", "state", GatheringState),
        ("gathering_results", "state", ResultState),
        ("letters", "state", DeliveryState),
    ],
)
def test_a_column_allows_exactly_the_words_of_its_enum(
    db: Database, table: str, column: str, enum: type[StrEnum]
) -> None:
    """A word added to an enum can't be forgotten in the table's CHECK."""
    found = re.search(rf"CHECK \(({column} = [^()]*)\)", str(db[table].schema))
    assert found is not None
    assert set(re.findall(r"'(\w+)'", found[1])) == {word.value for word in enum}
