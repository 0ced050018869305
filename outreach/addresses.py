"""Parse, normalise and compare email addresses.

Two addresses are the same person's where they differ in ASCII case only, so the database compares
them with `COLLATE NOCASE` and Python with `same()`. The domain is kept in lower-case ASCII (IDNA);
the local part is kept as written. Mail to many addresses may come to one mailbox, that of one
person: whoever asks for somebody's sake compares by `mailbox()`, as the column `mailbox` does.
"""

from __future__ import annotations

import re

#: RFC 5321 §4.5.3.1: a local part has at most 64 octets, a path 256 with its angle brackets
MAX_LOCAL, MAX_ADDRESS = 64, 254

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#: dot-atom at a domain of two labels or more whose last is no number; quoted local parts and
#: address literals are legal but never a supporter's
_ADDRESS = re.compile(
    rf"({_ATEXT}+(?:\.{_ATEXT}+)*)@((?:{_LABEL}\.)+(?=[A-Za-z])(?:{_LABEL}))", re.ASCII
)

#: a name, which may stand in quotation marks, and an address in angle brackets
_MAILBOX = re.compile(r'\s*(?:"[^"<>]*"|[^"<>,;@]*)\s*<([^<>]+)>\s*')
#: whatever looks like an address inside a text, such as a server's reply
ANYWHERE = re.compile(r"[^\s<>()\[\],;:\"'=]+@[^\s<>()\[\],;:\"'=]+")

#: providers that leave dots out of the part before the @; the two are one
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})


def normalise(text: str) -> str:
    """Give `text` as an address in the form we keep, or '' where it is not one.

    Takes away surrounding spaces, angle brackets and a `mailto:`. Only syntax is judged; nothing
    is looked up. Non-ASCII local parts are refused, as most mail servers still do (RFC 6531).
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        found = _ADDRESS.fullmatch(_tidied(text))
        if found is None:
            return ""
    local, domain = found.groups()
    if len(local) > MAX_LOCAL or len(local) + 1 + len(domain) > MAX_ADDRESS:
        return ""
    return f"{local}@{domain.lower()}"


def of_mailbox(text: str) -> str:
    """Give the address of `Name <address>`, as mail programs show it, or of the address alone.

    '' where it is none, or more than one.
    """
    named = _MAILBOX.fullmatch(text)
    return normalise(named[1] if named else text)


def _tidied(text: str) -> str:
    text = text.strip().strip("\u200b\ufeff\u00a0 ")
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1].strip()
    if text[:7].lower() == "mailto:":
        text = text[7:]
    local, at, domain = text.rpartition("@")
    if at and not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return text
    return local + at + domain


def same(one: str, other: str) -> bool:
    """Whether two normalised addresses are one, as the database sees it (ASCII case only)."""
    return _folded(one) == _folded(other)


def mailbox(address: str) -> str:
    """Give the plainest normalised address whose mail comes to the mailbox of this one's.

    What stands behind a + names a purpose (RFC 5233), and Gmail leaves dots out. In lower case, for
    comparing only: mail goes to the address as it is written.
    """
    local, at, domain = _folded(address).rpartition("@")
    plain = local[:1] + local[1:].partition("+")[0]
    if domain in _DOTLESS:
        plain, domain = plain.replace(".", ""), "gmail.com"
    return plain + at + domain


def same_mailbox(one: str, other: str) -> bool:
    """Whether mail to these two normalised addresses comes to one mailbox."""
    return mailbox(one) == mailbox(other)


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text


def masked(address: str) -> str:
    """Show an address to somebody who may not see it whole: `a…@example.org`."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}…@{domain}"
