"""The words by which organisers tell what came of a gathering, in the languages that we hear. Data.

A word that may be of two kinds stands under UNSORTED: it is asked about, not guessed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from outreach.model import ActionKind


def flat(text: str) -> str:
    """Bring text into the form in which words are compared: no capitals, accents or vowel signs."""
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Mc") and c != "ـ")
    return unicodedata.normalize("NFC", bare).replace("ı", "i").replace("ł", "l")


def _words(text: str) -> frozenset[str]:
    return frozenset(flat(text).split())


_LETTER: Final = """
    letter letters card cards postcard postcards lettre lettres carte cartes carta cartas
    postal postales tarjeta tarjetas brief briefe briefen karte karten postkarte postkarten
    lettera lettere cartolina cartoline carta-postal postais brieven kaart kaarten kaartjes
    ansichtkaarten brev breve brevet kort kirje kirjetta kirjeita korttia kortteja list listow listy
    kartka kartek kartki dopis dopisu dopisy listov listov level levelet levelek levelezolap
    scrisoare scrisori pismo pisma pisama писем письма письмо открыток открытки лист листів листи
    писма писмо γραμμα γραμματα επιστολη επιστολες καρτες mektup mektubu kartpostal رسالة رسائل
    خطاب خطابا خطابات بطاقة بطاقات نامه خط خطوط מכתב מכתבים גלויות barua surat kartu thu पत्र
    चिट्ठी चिट्ठियां चिट्ठियाँ চিঠি ደብዳቤ ደብዳቤዎች 信 信件 来信 來信 手紙 はがき 葉書 편지 엽서
"""
_SIGNATURE: Final = """
    signature signatures sign-ups firma firmas assinatura assinaturas unterschrift unterschriften
    firme handtekening handtekeningen underskrift underskrifter allekirjoitus allekirjoitusta
    podpis podpisow podpisy podpisu podpisov alairas alairast semnatura semnaturi potpis potpisa
    подпись подписей подписи підпис підписів підписи подписа υπογραφη υπογραφες imza توقيع توقيعا
    توقيعات امضا امضاء دستخط חתימה חתימות sahihi saini tandatangan हस्ताक्षर স্বাক্ষর ፊርማ ፊርማዎች
    签名 簽名 联署 連署 署名 서명
"""
_EMAIL: Final = """
    email emails e-mail e-mails mails courriel courriels correo correos mensajes-electronicos
    emailow e-maili mejli мейлов имейлов имейла 邮件 郵件 電郵 メール 이메일 eposta
"""
_SMS: Final = "sms texto textos texts smsow смс短信 смс 短信 簡訊 문자"
_FAX: Final = "fax faxes faxe telecopie telecopies télécopies faksow факс факсов 传真 ファクス"
_TWEET: Final = (
    "tweet tweets tuit tuits tuite tuites твит твитов твита تغريدة تغريدات 推文 ツイート"
)
_UNSORTED: Final = """
    message messages mensaje mensajes mensagem mensagens nachricht nachrichten messaggio messaggi
    berichten action actions accion acciones acao acoes aktion aktionen azioni acties сообщений
    действий رسالة_إلكترونية wiadomosci
"""
#: kinds of events, and events of any kind
_EVENT: Final = """
    event events gathering gatherings meeting meetings evenement evenements soiree soirees evento
    eventos actividad actividades veranstaltung veranstaltungen eventi incontri evenementen
    wydarzen wydarzenia мероприятий мероприятия подій فعالية فعاليات 活动 活動 イベント 행사
"""
_SORTS: Final = """
    debate debates debat debats debates debatte debatten dibattito dibattiti debattes concert
    concerts concierto conciertos concerto concertos konzert konzerte concerti concerten marathon
    marathons maraton maratones maratona maratonas workshops screening screenings vigil vigils
    дебатов дебаты концертов концерта مناظرة مناظرات ندوة ندوات حفلة 辩论 辯論 音乐会
"""
_PEOPLE: Final = """
    people persons participants attendees guests students pupils visitors personnes participantes
    personas asistentes participant teilnehmer teilnehmende personen leute gaste schuler pessoas
    persone partecipanti deelnemers mensen deltagare personer deltakere osallistujaa ihmista osob
    uczestnikow lidi resztvevo persoane человек людей участников людини учасників осіб ανθρωποι
    ατομα kisi katilimci شخص شخصا أشخاص مشارك مشاركا مشاركين نفر watu orang nguoi लोग लोगों 人 名 명
    参加者 參加者 참가자
"""

#: each word -> its kind
KINDS: Final[Mapping[str, ActionKind]] = {
    word: kind
    for kind, text in (
        (ActionKind.LETTER, _LETTER),
        (ActionKind.PETITION_SIGNATURE, _SIGNATURE),
        (ActionKind.EMAIL, _EMAIL),
        (ActionKind.SMS, _SMS),
        (ActionKind.FAX, _FAX),
        (ActionKind.TWEET, _TWEET),
    )
    for word in _words(text)
}
#: beside the word signature these say nothing; alone it is not plain whether signatures are meant
PETITIONS: Final = _words("""
    petition petitions peticion peticiones peticao peticoes petitionen petizione petizioni petitie
    petities
""")
UNSORTED: Final = _words(_UNSORTED) | PETITIONS
EVENTS: Final = _words(_EVENT)
SORTS: Final = _words(_SORTS)
PEOPLE: Final = _words(_PEOPLE)
#: beside the word messages: text messages
TEXT: Final = _words("text texto sms")

#: may stand between a number and what is counted
FILLERS: Final = _words("""
    de d handwritten paper signed written posted personal more other nice beautiful lovely
    manuscrites ecrites signees belles escritas firmadas handgeschriebene handschriftliche
    geschriebene unterschriebene scritte firmate petition text sms handgeschreven bellissime
    electronic electronicas rukopisnych la buc
""")
#: may stand in front of a thing on a line such as `Number of people: 60`
LABELS: Final = _words("""
    how many number of the total in all together nombre de combien total en tout cuantas cuantos
    numero en anzahl der wie viele insgesamt quantas quantos quanti quante numero di in tutto
    hoeveel aantal ile liczba сколько количество число всего عدد كم في المجموع مجموع عدد_من कुल कितने
    总共 合计
""")
#: a number beside one of these may be of several gatherings
ALTOGETHER: Final = _words("""
    all both total totals altogether together overall combined tout toutes tous total totale totaux
    ensemble insgesamt gesamt zusammen alle alles todo todos todas junto juntos juntas tutto tutti
    tutte totali insieme totaal samen allemaal tudo ao lacznie razem всего итого вместе все مجموع
    المجموع معا جميع toplam всі разом 总共 合计 合計 全部
""")
#: and joins two things that one number counts
AND: Final = _words("""
    and & et y e und en og och i oraz и та і και ve و και ja si és es na dan và aur और এবং እና
    和 と 및 or ou o oder of или או
""")
OR: Final = _words("or ou o oder to bis a à до или или إلى أو 到 至 tot till til al")
BETWEEN: Final = _words(
    "between entre zwischen tra fra tussen mellem mellan miedzy между між بين από"
)
#: the number is an estimate, or a little less than the true one
ABOUT: Final = _words("""
    about around approximately approx roughly nearly almost some circa ca c environ presque quelque
    pres unos unas aproximadamente alrededor casi cerca mas etwa ungefahr rund fast gegen über uber
    mehr over more least plus minimum quasi piu oltre aproximadamente mais ongeveer bijna meer ruim
    omkring ungefar omtrent nasten noin lahes okolo ponad prawie asi priblizne korulbelul tobb
    aproape около примерно почти более больше свыше близько майже περιπου σχεδον yaklasik حوالي نحو
    تقريبا زهاء أكثر حدود بیش sekitar hampir lebih khoang लगभग करीब প্রায় 约 約 大约 大約 左右 超过 約
    약
""")
#: the true number is lower, nobody knows by how much
FEWER: Final = _words("""
    fewer less under below max maximum up moins maximum menos maximo hasta weniger hochstens unter
    meno fino minder hooguit до менее меньше أقل mniej mindre
""")
#: quantities that are no numbers
VAGUE: Final = _words("""
    hundreds dozens thousands tens many lots several few couple plenty dozen centaines dizaines
    milliers beaucoup plusieurs quelques douzaine cientos centenares decenas docenas miles muchas
    muchos varias varios algunas algunos hunderte dutzende tausende viele mehrere einige centinaia
    decine migliaia molte molti alcune alcuni centenas dezenas milhares muitas muitos algumas vele
    honderden tientallen duizenden veel setki wiele kilka сотни десятки тысячи много несколько مئات
    عشرات آلاف كثير العديد 许多 許多 很多 几百 たくさん 많은
""")
THOUSAND: Final = _words("""
    k thousand mille mil tausend mila duizend tusen tusind tys tisic ezer mie mii тыс тысяч тысячи
    тысяча тис тисяч χιλιαδες bin ألف الف آلاف هزار elfu ribu nghin हज़ार হাজার 千
""")
#: what such a sentence says is a wish, or still to come
WISHES: Final = _words("""
    hope hoping hoped want wanted wish plan planning goal target aim expect expected will would
    could tomorrow esperons voulons voudrions objectif demain esperamos queremos quisieramos meta
    objetivo manana hoffen wollen mochten ziel werden morgen speriamo vogliamo obiettivo domani
    queremos esperamos amanha hopen willen morgen надеемся хотим цель завтра نأمل نريد هدفنا غدا
""")
#: with one of these a number may be what there was not, a share, or what somebody asks for
DOUBTS: Final = _words("""
    not didn don wasn weren couldn never each every half need needs pas jamais chacun chacune chaque
    moitie besoin faut no nunca cada mitad necesito necesitamos nicht kein keine nie jede jeder
    jedes halfte brauche brauchen non mai ciascuno ciascuna ogni meta bisogno nao metade preciso
    precisamos niet geen elke ieder iedere helft nodig не нет никогда каждый каждая половина нужно
    нужны لم لا ليس كل نصف نحتاج أحتاج ikke hver nie kazdy kazda
""")
#: before one of these, so many by each
EACH: Final = _words("a per par por pro je")
ONE: Final = _words("""
    person head school group event personne tete ecole groupe evenement persona cabeza escuela grupo
    evento kopf schule gruppe testa scuola gruppo pessoa cabeca escola persoon school groep
""")
#: unless one of these follows: I wanted to tell you, hope you are well
TELLING: Final = _words("""
    you tell say report share inform let thank vous te dire informer raconter remercier usted
    ustedes contar decir informar compartir agradecer ihnen dir sagen mitteilen berichten danken
    dirvi dirle raccontare ringraziare dizer agradecer je u vertellen laten bedanken вам вас
    рассказать сообщить поблагодарить أخبرك أشكرك
""")
#: beside a word for year, it is another one
OTHER: Final = _words("""
    last previous next dernier derniere passe prochain prochaine pasado proximo anterior letztes
    letzten voriges vorigen nachstes nachsten passado scorso prossimo vorig volgend прошлом прошлый
    следующем следующий الماضي القادم المقبل
""")
YEARS: Final = _words("""
    year annee an ano jahr jahres anno jaar году год року العام السنة عام rok roku yil mwaka tahun
""")

#: Chinese, Japanese and Korean count with a word behind the number
CLASSIFIERS: Final = "封通份条條件筆枚张張個个位통장개건"
#: scripts that write words without spaces
UNSPACED: Final = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"


def unspaced(words: Iterable[str]) -> list[str]:
    """Give those words that are found inside others, the longest first."""
    found = [word for word in words if "\u3040" <= word[0] <= "\ud7af"]
    return sorted(found, key=len, reverse=True)
