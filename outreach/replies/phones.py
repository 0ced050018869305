"""The telephone number that a person gives of themselves. A pure function of text.

A number counts behind a word for telephone, or where it is written for callers from abroad. Other
rows of digits are dates, prices and references.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

#: digits of a number in the E.164 plan, and of the shortest one within a country
_FEWEST: Final = 7
_MOST: Final = 15
#: digits of a number with its country's code
_FEWEST_ABROAD: Final = 8

_NUMBER: Final = r"\+?\s?\(?\d[\d\s().\-·–]{4,24}\d"
_COUNTRY_CODE: Final = r"(?:\+|00)\s?\(?[1-9][\d\s().\-·–]{5,24}\d"
_WORD: Final = (
    r"(?<!\w)(?:(?:my |mon |mi |meu |moja |mein )?"
    r"(?:tele?(?:ph|f)one?|t[ée]l[ée]phone|t[eé]l(?:[eé]f(?:on[oes]?|oon))?|phone|mobil[eo]?|cell?(?:ular)?|"
    r"(?:tele)?m[óo]vel|telem[óo]vel|m[óo]vil|portable|handy|gsm|whats ?app|signal|my number|"
    r"mon num[eé]ro|mi n[úu]mero|meu n[úu]mero|meine nummer|mijn nummer|nomor saya|namba yangu|"
    r"numarası?m|мой номер|мій номер|رقمي|我的号码|puhelin|telepon|"
    r"no\.? ?hp|simu|nambari ya simu|celulare|(?:số )?điện thoại|sđt|тел(?:ефон)?|моб(?:ильный)?|"
    r"τηλ(?:έφωνο)?|κινητό|טלפון|נייד|(?:رقم )?(?:ال)?(?:هاتف|جوال|موبايل|تلفون)|"
    r"تلفن|موبایل|واتساب|电话|電話|手机|手機|携帯|전화|휴대폰|(?:फ़|फ)ोन|मोबाइल|ফোন|โทร(?:ศัพท์)?|ስልክ)"
    r"(?:[ -]?(?:number|no|nr|num[eé]ro|n[º°o]|nummer|номер|番号|번호|号码)\.?)?)"
)
#: a word for telephone in a line that goes on: it ends the value before it
LABEL = re.compile(rf"[\s,;|]+{_WORD}\s*[:：]", re.IGNORECASE)
_LABELLED = re.compile(
    rf"{_WORD}\s*(?:\([^()\n]{{0,20}}\))?\s*(?:is|est|es|é|ist)?\s*[.:：=\-–]{{0,2}}\s*"
    rf"(?P<number>{_NUMBER})",
    re.IGNORECASE,
)
_ABROAD = re.compile(rf"(?<![\w+/=&?.@-])(?<!\d )(?P<number>{_COUNTRY_CODE})")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")


def phone_in(own: str) -> str:
    """Give the first telephone number as it was written, with single spaces, or ''."""
    return next(_numbers(own), "")


def _numbers(own: str) -> Iterator[str]:
    for line in own.split("\n"):
        if sum(map(str.isdigit, line)) < _FEWEST:
            continue
        line = line[:300]
        for pattern, fewest in ((_LABELLED, _FEWEST), (_ABROAD, _FEWEST_ABROAD)):
            for found in pattern.finditer(line):
                number = " ".join(found["number"].split()).rstrip(" (.-/")
                digits = sum(map(str.isdigit, number))
                if fewest <= digits <= _MOST and not _DATE.fullmatch(number):
                    yield number
