"""Towns and countries in sentences, in the languages of those who write."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.replies.country import country_of_field
from outreach.replies.countryprose import country_in_prose

LINES = (Path(__file__).parent / "towns.txt").read_text("utf-8").splitlines()[1:]


@pytest.mark.parametrize("line", LINES)
def test_where_people_say_to_live_is_read(line: str) -> None:
    """Names are bent, joined to words of place, or stand behind the town."""
    _, sentence, code = line.split("|")
    assert country_in_prose(sentence).code == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Republika e Shqipërisë", "AL"),
        ("Հայաստանի Հանրապետություն", "AM"),
        ("ნორვეგიის სამეფო", "NO"),
        ("Afghánistánská islámská republika", "AF"),
        ("ケニア共和国", "KE"),
        ("土耳其共和国", "TR"),
        ("สาธารณรัฐเซเนกัล", "SN"),
        ("ປະເທດໄທ", "TH"),
        ("Kongo Respublika", ""),
        ("Republica Sudanului de Sud", ""),
        ("Vương quốc Bỉ", "BE"),
        ("ఉజ్బేకిస్థాన్", "UZ"),
        ("റിപ്പബ്ലിക് ഓഫ് കെനിയ", "KE"),
        ("Велика Британија", "GB"),
        ("مصري", "EG"),
        ("لبنانية", "LB"),
        ("日本人", "JP"),
        ("한국인", "KR"),
        ("orang Indonesia", "ID"),
        ("La Romana", "DO"),
        ("Islamabad", "PK"),
        ("Long Island", ""),
        ("Rhode Island", "US"),
        ("Malé", ""),
    ],
)
def test_states_are_known_by_what_they_call_themselves(written: str, code: str) -> None:
    """In any language; where the words beside it may make it another state, nothing is said."""
    assert country_of_field(written).code == code
