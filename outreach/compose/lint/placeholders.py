"""Words that were to be replaced and were not: those that a new message begins with, and gaps.

Gaps are what people and other mail programs leave open: TODO, [NAME], *|FNAME|*, {name}. What an
honest text may hold is none: [name withheld], "la XXX Asamblea", "¡TODO es posible!".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from outreach.compose import starter
from outreach.compose.lint import flat
from outreach.compose.lint.findings import Finding, finding
from outreach.errors import shown

#: languages in which TODO is a word
_TODO_IS_A_WORD: Final = {"es", "pt", "gl", "ast"}
_WHAT: Final = (
    r"(?:first|last|full|given|family|sur)?[ _-]?name|city|town|country|e-?mail|address|date|amount"
    r"|organi[sz]ation|signature"
)
_GAPS: Final = re.compile(
    rf"""
      (?P<todo>\b(?:TODO|FIXME|TBD|TKTK)\b)
    | \bXXXX+\b
    | (?:^|(?<=[{flat.TAG}])|(?<![^\W_])[a-z]+,?\s)XXX\b(?!\s+[^\W\d_a-z])
    | (?i:\blorem\s+ipsum\b)
    | \[(?i:insert|fill\s+in|your\s+(?:{_WHAT}))\b[^\]\n]{{0,60}}\]
    | \[(?i:(?:first|last|full|given|family)[ _-]?name)\]
    | \[(?:NAME|Name|DATE|CITY|TOWN|COUNTRY|AMOUNT|LINK|URL|TITLE|TEXT|NOM|PRÉNOM|PRENOM|PAYS|VILLE
        |LIEN|NOMBRE|APELLIDOS?|PAÍS|PAIS|CIUDAD|FECHA|ENLACE)\]
    | \*\|[\w:.]+\|\*                                       # Mailchimp
    | %%?(?:[A-Z][A-Z0-9_]{{2,}}|(?i:(?:first|last|full)_?name|recipient\.\w+))%%?
    | \#\#[A-Z][A-Z0-9_]+\#\#
    | [$\#]?\{{\ ?\$?[A-Za-z_][\w.]*(?:\ ?\|\ ?[\w"' ]+)?\ ?\}}    # one brace where two are meant
    | \[\[\w+\]\]
    """,
    re.VERBOSE | re.MULTILINE,
)
_MERGE_TAG: Final = re.compile(r"[{%*#]")


def left(file: str, text: str, language: str) -> Iterator[Finding]:
    """Give what is left to replace in a file's copy; `text` is as `flat.copy` leaves it."""
    for sentence in starter.to_replace():
        words = r"\s+".join(map(re.escape, sentence.split()))
        for found in re.finditer(words, text):
            what = f"this is what a new message begins with: {shown(sentence, 60)}"
            yield finding("placeholder", file, flat.line_at(text, found.start()), what)
    for found in _GAPS.finditer(text):
        if found["todo"] == "TODO" and language.partition("-")[0] in _TODO_IS_A_WORD:
            continue
        mend = ""
        if _MERGE_TAG.search(found[0]):
            mend = "Write {{ supporter.given_name }} for a name: docs/messages.md lists the rest."
        line = flat.line_at(text, found.start())
        what = f"this was to be replaced: {shown(found[0])}"
        yield finding("placeholder", file, line, what, mend=mend)
