"""Made-up readers with names that try to be something else, to compose both ways. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from outreach.compose.composer import Composer
from outreach.compose.library import FrozenMessage
from outreach.compose.lint.readers import made_up
from outreach.compose.used import trees
from outreach.model import Reader

#: names that try to be something else
_NAMES: Final = (
    ("Amina", "Example"),
    ("O'Neill & Söhne", '"Bob" <b>'),
    ("<script>alert(1)</script>", "{{ 7*7 }}"),
    ("a\r\nBcc: all@example.org", "=?utf-8?q?x?="),
    ("q0123456789z0000", "\ufdd0\0\ud800&amp;"),
    ("  Ana\u3000María ", "小明 محمد"),
)


def telling_readers(frozen: FrozenMessage, composer: Composer) -> Iterator[tuple[str, Reader]]:
    """Give made-up readers, each with a word on whom; between them they reach most branches."""
    files = list(trees(frozen))
    for discreet in (False, True) if composer.discreet else (False,):
        for one in made_up(composer.languages, files, discreet=discreet):
            yield one.whom, one.reader
            supporter = one.reader.supporter
            if not supporter.given_name:
                continue
            for given, family in _NAMES:
                columns = dict.fromkeys(supporter.attributes, f"{given} {family}")
                named = replace(supporter, given_name=given, family_name=family, attributes=columns)
                yield f"{one.whom} of an unusual name", replace(one.reader, supporter=named)
