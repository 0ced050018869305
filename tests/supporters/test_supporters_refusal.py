"""The fast way to know an address gives what the slow one gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from outreach.addresses import normalise
from outreach.supporters.refusal import _NORMAL, normalised

#: texts of the kind that _NORMAL is about, and longer, odder ones
NEAR = st.from_regex(
    r"[A-Za-z0-9_.+'é-]{1,40}@([A-Za-z0-9-]{1,18}[.-]){1,5}[A-Za-z0-9]{1,22}", fullmatch=True
)
PART = st.text("aZ0_+-.", min_size=1, max_size=40)
HOST = st.lists(st.text("az09-", min_size=1, max_size=70), min_size=1, max_size=8).map(".".join)


@given(st.one_of(NEAR, st.builds("{}@{}".format, PART, HOST), st.text(max_size=30)))
def test_what_is_taken_as_it_stands_is_normal(text: str) -> None:
    """`normalise` would give the very same; whatever else there is goes through it."""
    if _NORMAL(text):
        assert normalise(text) == text
    assert normalised([text]) == [normalise(text)]
    assert list(normalised([text, "nonsense"])) == [normalise(text), ""]


def test_most_addresses_are_taken_as_they_stand() -> None:
    """Or it would be of no use."""
    for email in ("a@example.org", "amina.diop+w4r@mail.example.com", "x_y-z@a-b.example.co.uk"):
        assert _NORMAL(email)
