"""Which of a mail's parts hold its words: the text, the HTML, or what stands in for both.

Writes nothing, never raises.
"""

from __future__ import annotations

import re
from email.message import Message
from itertools import islice
from typing import Final

from outreach.replies.htmltext import html_to_text
from outreach.replies.parts import MAX_TEXT, text_of, unflowed_text_of
from outreach.replies.payloads import payload_of, without_uuencoded
from outreach.replies.tnef import text_of_tnef

#: letters of a text part that stands in for the HTML part
_STUB: Final = 10
#: letters of a text part that may only say that there is an HTML part
_NOTICE: Final = 250
#: what stands for a picture in a text part
_PICTURE = re.compile(r"\[(?:image|cid)[: ][^\[\]\n]{0,300}\]", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,100}>")
_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_TEXTS: Final = frozenset({"text/plain", "text/enriched", "text/richtext", "text/markdown"})


class Bodies:
    """The texts of a mail's parts, as they are found."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.htmls: list[str] = []
        #: texts that are files, or that Outlook wrapped: read only where there is nothing else
        self.spare: list[str] = []
        self.room = MAX_TEXT

    def add(self, part: Message, kind: str, *, attached: bool) -> None:
        """Take a leaf's text, if it has any."""
        if kind in _TNEF:
            plain, html = text_of_tnef(payload_of(part))
            self.spare.append(self._cut(plain or html_to_text(html)))
        elif kind == "text/html":
            html = self._cut(text_of(part))
            if attached:
                self.spare.append(html_to_text(html))
            else:
                self.htmls.append(html)
        elif kind in _TEXTS or kind.startswith("multipart/"):
            text = self._cut(without_uuencoded(unflowed_text_of(part)))
            if kind in ("text/enriched", "text/richtext"):
                text = _TAG.sub("", text.replace("<<", "<"))
            (self.spare if attached else self.texts).append(text)

    def text(self) -> str:
        """The text part, unless it stands in for the HTML part, which then holds the words."""
        text = "\n".join(self.texts)
        if self.htmls and (letters := _letters(text)) < _NOTICE:
            text = self._text_or_html(text, letters)
        if text.strip() or not self.spare:
            return text
        return "\n".join(self.spare)

    def _text_or_html(self, text: str, letters: int) -> str:
        html = html_to_text("\n".join(self.htmls))
        if letters >= _STUB:
            return html if html.strip() and _only_announces(text, html) else text
        if _letters(html) <= letters:
            return text
        stub = _PICTURE.sub("", text).strip()
        # an HTML part may also be what a scanner adds below somebody's STOP
        return html if stub in html else f"{stub}\n\n{html}"

    def _cut(self, text: str) -> str:
        kept = text[: self.room]
        self.room -= len(kept)
        return kept


def _letters(text: str) -> int:
    """The number of letters, up to more than anybody asks for."""
    letters = filter(str.isalpha, _PICTURE.sub("", text))
    return sum(1 for _ in islice(letters, _NOTICE))


def _only_announces(text: str, html: str) -> bool:
    """Whether the text speaks of HTML, in whatever language, and shares few words with it."""
    words = set(re.findall(r"\w{3,}", text.casefold()))
    if not words & {"html", "mime"}:
        return False
    shared = words & set(re.findall(r"\w{3,}", html.casefold()))
    return len(shared) * 2 < len(words)
