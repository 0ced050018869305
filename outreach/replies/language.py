"""In which language a person wrote, where their letters or commonest words make it plain.

Writes nothing. A wrong language is worse than none: short or mixed texts give ''.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Final

#: the first word of a letter's Unicode name -> the language that almost alone uses it in our mail
_SCRIPTS: Final[Mapping[str, str]] = {
    "ARABIC": "ar",
    "ARMENIAN": "hy",
    "BENGALI": "bn",
    "CJK": "zh",
    "CYRILLIC": "ru",
    "DEVANAGARI": "hi",
    "ETHIOPIC": "am",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "HANGUL": "ko",
    "HEBREW": "he",
    "KHMER": "km",
    "MYANMAR": "my",
    "TAMIL": "ta",
    "THAI": "th",
}
#: letters that one language of a script has and the others before it do not: Persian writes its own
#: yeh and kaf, as Urdu does
_TELLING: Final = (("uk", "іїєґ"), ("ur", "ٹڈڑےں"), ("fa", "پچژگیک"))

#: the commonest words of a reply, and the labels of the lines that we ask for
_WORDS: Final[Mapping[str, frozenset[str]]] = {
    tag: frozenset(words.split())
    for tag, words in {
        "en": """the and to of is in for you that i it with we are my this would have like am please
            name country address hello dear thank thanks yes""",
        "fr": """le la les et de des du je suis un une pour que vous nous est dans avec à ne pas
            nom adresse pays bonjour merci oui mon""",
        "es": """el la los y de que en un una para por con mi soy es me del quiero estoy
            nombre correo país hola gracias sí""",
        "pt": """o os e de que em um uma para por com meu eu sou não do da no na gostaria
            nome país olá obrigado obrigada sim""",
        "de": """der die das und ich zu in ist ein eine für sie mit wir auf bin nicht mein möchte
            name land hallo danke""",
        "it": """il lo e di che in un una per con mio sono è non del della gli vorrei
            nome paese ciao grazie""",
        "nl": "de het een en ik van in is voor met wij mijn niet op graag wil zijn dat naam land",
        "sw": "na ya wa kwa ni mimi katika jina langu nchi yangu sisi hii asante ningependa barua",
        "id": "dan yang di saya untuk dengan ini dari kami ingin adalah nama akan tidak negara",
        "tr": "ve bir bu için ben ile adım çok de da olarak istiyorum ülkem ülke benim",
        "pl": "i w na z jest się że nie do mam jestem chcę mój dla to imię kraj",
        "sv": "och jag är en att det som på för med mitt vill inte vi från namn land",
    }.items()
}


def language_of_text(text: str) -> str:
    """Give the BCP 47 tag of the language of `text`, or '' where it is not plain."""
    text = re.sub(r"\S*(?:@|://)\S*", " ", text[:2000])
    letters = Counter(c for c in text if c.isalpha())
    scripts: Counter[str] = Counter()
    for letter, count in letters.items():
        scripts[unicodedata.name(letter, "?").split()[0].split("-")[0]] += count
    kana = scripts.pop("HIRAGANA", 0) + scripts.pop("KATAKANA", 0)
    scripts["CJK"] += kana
    for script, count in scripts.most_common(1):
        if script in _SCRIPTS and count * 2 > letters.total():
            telling = [tag for tag, marks in _TELLING if any(c in marks for c in letters)]
            if script == "CJK" and kana:
                return "ja"
            return telling[0] if telling else _SCRIPTS[script]
    words = re.findall(r"[^\W\d_]+", text.lower())
    hits = sorted(
        ((sum(word in common for word in words), tag) for tag, common in _WORDS.items()),
        reverse=True,
    )
    (best, tag), (second, _) = hits[:2]
    return tag if best >= 2 and best > second else ""
