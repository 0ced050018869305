"""Language files that were never translated, or that no reader gets because of their names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from outreach import places
from outreach.compose import languages, manifest
from outreach.compose.lint.findings import Finding, finding
from outreach.compose.lint.flat import PRINTED, TAG
from outreach.compose.manifest import shown_path
from outreach.errors import shown

#: names, titles and addresses may be the same in each language; longer stretches are sentences
_LEAST_WORDS: Final = 4
_LEAST_LETTERS: Final = 16
#: of the letters of all sentences; what is quoted in its own language may be some of them
_LARGEST_SHARE: Final = 2 / 3
_PARTED: Final = re.compile(f"[{PRINTED}{TAG}\n]+|(?<=[.!?])\\s+")
_WORD: Final = re.compile(r"[^\W\d_]+")


def untranslated(
    name: str, default: str, copies: Mapping[str, str]
) -> Iterator[tuple[str, Finding]]:
    """Give the pages that mostly repeat the default one, with their paths.

    `copies` is path -> text as `flat.copy` leaves it. Forms of one language, as en and en-GB, may
    well say the same.
    """
    for path, version in manifest.version_files(name, copies):
        language, discreet, kind = version.groups(default="")
        original = f"{default}{discreet}.{kind}"
        if f"{name}/{original}" not in copies or languages.same_tongue(language, default):
            continue
        theirs = _sentences(copies[f"{name}/{original}"])
        own = _sentences(copies[path])
        letters = sum(map(len, own))
        same = sum(len(sentence) for sentence in own if sentence in theirs)
        if letters and same > letters * _LARGEST_SHARE:
            what = f"{round(100 * same / letters)} % of it is said in the words of {original}"
            yield path, finding("language-untranslated", shown_path(path), None, what)


def odd_names(name: str, paths: Collection[str]) -> dict[str, str]:
    """Give the pages and texts called nearly as a language file is, with the name perhaps meant."""
    versions = {path for path, _ in manifest.version_files(name, paths)}
    found = {}
    for path in sorted(paths):
        folder, _, file_name = path.rpartition("/")
        suffix = PurePosixPath(path).suffix
        if folder == name and path not in versions and suffix in (".html", ".txt"):
            meant = _language(file_name.removesuffix(suffix))
            words = re.split(r"[\W_]+", file_name.lower())
            discreet = ".discreet" if difflib.get_close_matches("discreet", words, 1, 0.75) else ""
            if meant:
                found[path] = f"{meant}{discreet}{suffix}"
    return found


def unused(
    odd: Mapping[str, str], files: Collection[str], reached: Collection[str]
) -> Iterator[Finding]:
    """Give those of such pages and texts that nobody gets, since no file includes them."""
    for path, meant in odd.items():
        if path in reached:
            continue
        folder, _, own = path.rpartition("/")
        language, _, _ = meant.partition(".")
        mend = f"If it is meant for readers of {language}, name it {meant}; else take it out."
        if f"{folder}/{meant}" in files:
            mend = f"Readers of {language} get {meant}: take one of the two out."
        what = f"this file is not used: no language has the name {shown(own)}"
        yield finding("language-unused", shown_path(path), None, what, mend=mend)


def _sentences(text: str) -> list[str]:
    """Give the stretches between tags and values that are long enough to be sentences."""
    found = []
    for part in _PARTED.split(text):
        words = _WORD.findall(part)
        plain = " ".join(words).casefold()
        if len(words) >= _LEAST_WORDS or (len(plain) >= _LEAST_LETTERS and not plain.isascii()):
            found.append(plain)
    return found


def _language(stem: str) -> str:
    """Give the language that somebody may have meant by a file's name, or ''."""
    words = re.split(r"[\s.()+]+|copy|\bof\b|_(?=\d)|-(?=\d+$)", stem.strip(), flags=re.IGNORECASE)
    for word in filter(None, [stem, *words]):
        tag = places.language_tag(word.strip("_- "))
        if tag and languages.is_language(tag):
            return tag
    return ""
