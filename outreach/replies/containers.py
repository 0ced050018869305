"""The elements in which mail programs put what they quote, and their signatures.

Which program writes which name is told beside it. Others put such names of theirs in front:
Outlook `x_`, Hotmail `ecx`, Yahoo `yiv` and digits, Gmail `m_` and digits. Writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Final

from lxml import etree

_PREFIX = re.compile(r"^(?:(?:x_)+|ecx|yiv\d+_?|m_-?\d+_?|ydp[0-9a-f]*?(?=yahoo))")
#: any name of which "quote" or "quoted" is a word: gmail_quote, protonmail_quote, yahoo_quoted,
#: tutanota_quote, nylas-quote, sh-quoted-content, __QUOTED_TEXT__ (Zimbra), quote (GMX)
_QUOTE_WORD = re.compile(r"(?:^|[_-])quoted?(?:[_-]|$)|^yahoo_quoted|^airmail_ext_on$")

_QUOTES: Final = frozenset(
    {
        "moz-cite-prefix",  # Thunderbird
        "moz-forward-container",
        "zmail_extra",  # Zoho
        "olk_src_body_section",  # Outlook for Mac
        "mail-editor-reference-message-container",
        "ms-outlook-mobile-reference-message",
        "messagereplysection",  # Spark
        "isreplycontent",  # NetEase
        "replybody1",  # Roundcube
        "reply-intro",
        "__headers__",  # Zimbra
        "bloop_original_html",  # Airmail
        "airmail_on",
        "cm_replymail_content_wrap",  # Newton
        "_origin_body",  # eM Client
        "hs_reply",  # HubSpot
        "front-blockquote",
        "mail_android_message",  # web.de
        "wm_reply",
    }
)
#: what stands at the head of all that is quoted
_STARTS: Final = frozenset(
    {
        "divrplyfwdmsg",  # Outlook on the web
        "appendonsend",
        "stopspelling",  # Hotmail
        "outlookmessageheader",
        "replysplit",  # AOL
        "zwchr",  # Zimbra
        "__divider__",
        "includetail",  # QQ
    }
)
_SIGNATURES: Final = frozenset(
    {
        "gmail_signature",
        "moz-signature",
        "protonmail_signature_block",
        "protonmail_signature_block-user",
        "messagesignaturesection",  # Spark
        "signature",  # Outlook on the web
        "front-signature",
        "composer_signature",  # Samsung
        "bloop_sign",  # Airmail
        "missive_signature",
        "mailspring-signature",
        "hs_signature",
        "tutanota_signature",
        "mail-signature",
    }
)
_INDENTED = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
_TOP_BORDER = re.compile(
    r"border-top\s*:\s*(?:solid|\d[\w.]*\s+solid|#?\w+\s+[\w.]+\s+solid)", re.IGNORECASE
)
#: the first header of a quoted mail
_KEY = re.compile(r"\s*[^\W\d_][^:：@\d]{0,28}[:：]")
#: letters of a block of headers
_LONGEST_INTRO: Final = 500
_KEYS: Final = frozenset({"class", "id", "name", "data-marker", "data-smartmail"})
_MAY_QUOTE: Final = frozenset(
    {"blockquote", "div", "span", "p", "td", "table", "section", "includetail"}
)


def names_of(attributes: Mapping[str, str]) -> set[str]:
    """Give the names that a mail program gave to an element, without what others put in front."""
    named = [value for key, value in attributes.items() if key in _KEYS]
    if not named:
        return set()
    return {_PREFIX.sub("", word) for word in " ".join(named)[:600].lower().split()}


def is_quote(node: etree._Element, tag: str, names: set[str]) -> bool:
    """Whether all inside is quoted."""
    if tag not in _MAY_QUOTE:
        return False
    if tag == "blockquote":
        return bool(names) or node.get("type") is not None or not _is_indent(node)
    # Gmail puts the answers between two quotes in the same container with them
    if any(name.startswith("gmail_quote") for name in names) and _holds_quote(node):
        return False
    return any(name in _QUOTES or _QUOTE_WORD.search(name) for name in names)


def starts_quote(tag: str, names: set[str]) -> bool:
    """Whether the element and all that follows it on its level is quoted."""
    return tag == "includetail" or not _STARTS.isdisjoint(names)


def is_quoted_head(node: etree._Element, style: str) -> bool:
    """Whether the element is the ruled block of headers of Outlook; all below it is quoted."""
    # most styles are told apart without the expression
    if "border-top" not in style[:300].lower() or not _TOP_BORDER.search(style[:300]):
        return False
    return _KEY.match(_beginning(node)) is not None


def is_intro(node: etree._Element, tag: str) -> bool:
    """Whether QQ's element for what is quoted holds the headers above it only; all below is quoted.

    Elsewhere it holds the quoted mail too.
    """
    if tag != "includetail":
        return False
    text = "".join(str(piece) for piece in islice(node.itertext(), 100))
    return 0 < len(text.strip()) <= _LONGEST_INTRO and _KEY.search(text) is not None


def is_signature(node: etree._Element, names: set[str]) -> bool:
    """Whether the element is made for a signature and holds one."""
    return not _SIGNATURES.isdisjoint(names) and bool(_beginning(node))


def _is_indent(node: etree._Element) -> bool:
    return _INDENTED.search(str(node.get("style") or "")[:300]) is not None


def _holds_quote(node: etree._Element) -> bool:
    return any(child.tag == "blockquote" for child in node)


def _beginning(node: etree._Element) -> str:
    """The first words of the element."""
    text = ""
    for piece in islice(node.itertext(), 100):
        text += str(piece)
        if len(text.strip()) > 40:
            break
    return text.strip()
