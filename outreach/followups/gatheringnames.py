"""What kinds of gatherings are called in the languages of organisers, for their calendars. Data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from outreach.followups.gatheringstates import GatheringKind

_K = GatheringKind
#: language -> kind -> its name; a language that is not here has the English ones
_NAMES: Final[Mapping[str, Mapping[GatheringKind, str]]] = {
    "en": {
        _K.DEBATE: "Debate", _K.CONCERT: "Concert", _K.MARATHON: "Letter marathon",
        _K.LETTER_WRITING: "Letter-writing evening", _K.SCREENING: "Film screening",
        _K.EXHIBITION: "Exhibition", _K.WORKSHOP: "Workshop", _K.VIGIL: "Vigil",
        _K.STALL: "Information stall", _K.OTHER: "Event",
    },
    "fr": {
        _K.DEBATE: "Débat", _K.CONCERT: "Concert", _K.MARATHON: "Marathon des lettres",
        _K.LETTER_WRITING: "Soirée d’écriture de lettres", _K.SCREENING: "Projection de film",
        _K.EXHIBITION: "Exposition", _K.WORKSHOP: "Atelier", _K.VIGIL: "Veillée",
        _K.STALL: "Stand d’information", _K.OTHER: "Événement",
    },
    "es": {
        _K.DEBATE: "Debate", _K.CONCERT: "Concierto", _K.MARATHON: "Maratón de cartas",
        _K.LETTER_WRITING: "Velada de escritura de cartas", _K.SCREENING: "Proyección de cine",
        _K.EXHIBITION: "Exposición", _K.WORKSHOP: "Taller", _K.VIGIL: "Vigilia",
        _K.STALL: "Mesa informativa", _K.OTHER: "Actividad",
    },
    "pt": {
        _K.DEBATE: "Debate", _K.CONCERT: "Concerto", _K.MARATHON: "Maratona de cartas",
        _K.LETTER_WRITING: "Noite de escrita de cartas", _K.SCREENING: "Sessão de cinema",
        _K.EXHIBITION: "Exposição", _K.WORKSHOP: "Oficina", _K.VIGIL: "Vigília",
        _K.STALL: "Banca informativa", _K.OTHER: "Evento",
    },
    "de": {
        _K.DEBATE: "Debatte", _K.CONCERT: "Konzert", _K.MARATHON: "Briefmarathon",
        _K.LETTER_WRITING: "Briefabend", _K.SCREENING: "Filmvorführung",
        _K.EXHIBITION: "Ausstellung", _K.WORKSHOP: "Workshop", _K.VIGIL: "Mahnwache",
        _K.STALL: "Infostand", _K.OTHER: "Veranstaltung",
    },
    "ar": {
        _K.DEBATE: "مناظرة", _K.CONCERT: "حفلة موسيقية", _K.MARATHON: "ماراثون الرسائل",
        _K.LETTER_WRITING: "أمسية لكتابة الرسائل", _K.SCREENING: "عرض فيلم",
        _K.EXHIBITION: "معرض", _K.WORKSHOP: "ورشة عمل", _K.VIGIL: "وقفة تضامنية",
        _K.STALL: "ركن معلومات", _K.OTHER: "فعالية",
    },
}  # fmt: skip


def kind_name(kind: GatheringKind, language: str) -> str:
    """Name a kind in a language, BCP 47; in English where that has no name here."""
    return _NAMES.get(language.partition("-")[0], _NAMES["en"])[kind]
