"""The headers of each program's export, and what they mean to us. Literal tables; see `layout`.

Headers are compared without regard to case, spaces and punctuation. Where several are listed for a
field, the first that the file has counts and the others stay attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from outreach.supporters import statuses
from outreach.supporters.statuses import Words


class Field(StrEnum):
    """What is known of a person; `--columns` calls their columns by these names."""

    EMAIL = "email"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    COUNTRY = "country"
    LANGUAGE = "language"
    TIMEZONE = "timezone"
    JOINED = "joined"
    TAGS = "tags"
    CONSENT_GROUND = "consent_ground"
    TRACKING = "tracking"
    SAFETY = "safety"


class Role(StrEnum):
    """What else `--columns` may call a column; several columns may have one role."""

    CONSENT = "consent"
    OPT_OUT = "opt_out"
    #: nothing that we know: kept as it is
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Format:
    """One program's export."""

    name: str
    #: how people call the program, for the ground of a consent that it states; '' of a sheet
    title: str
    #: one of these in the header tells it from all others; `*` at the end stands for anything
    marks: tuple[str, ...]
    fields: Mapping[Field, tuple[str, ...]]
    #: columns that state a consent or an opt-out, besides STATUSES; all that are there count
    statuses: Mapping[str, Words] = field(default_factory=dict)


#: columns that state a consent or an opt-out in files of any format. Mailchimp's CONFIRM_TIME is
#: none: it is also set where staff added the person
STATUSES: Final[Mapping[str, Words]] = {
    **dict.fromkeys(
        (
            *("consent", "email consent", "marketing consent", "gdpr consent", "consent given"),
            *("opt-in", "opted in", "email opt-in", "newsletter", "newsletter opt-in"),
            *("subscribed", "accepts marketing", "accepts email marketing"),
            *("Einwilligung", "consentement", "consentimiento", "consentimento", "consenso"),
        ),
        statuses.OPT_IN,
    ),
    **dict.fromkeys(
        ("OPTIN_TIME", "opt-in date", "opted in at", "opted in on", "opt-in at"),
        statuses.OPTED_IN_AT,
    ),
    **dict.fromkeys(
        (
            *("opt-out", "is opt-out", "email opt-out", "opted out", "opted out at"),
            *("opt-out at", "opt-out date", "opted out on", "HasOptedOutOfEmail"),
            *("has opted out", "No Bulk Emails (User Opt Out)", "user opt-out"),
            *("unsubscribed", "unsubscribe", "unsubscribed at", "unsubscribed on", "unsub"),
            *("unsub time", "unsubscribe date", "unsubscribed date", "is unsubscribed"),
            *("do not email", "do not contact", "no email", "no emails", "no bulk email"),
            *("suppressed", "is suppressed", "suppressed at", "suppression", "blacklisted"),
            *("deceased", "is deceased", "contact is deceased", "deceased date", "verstorben"),
            *("abgemeldet", "abgemeldet am", "Abmeldung", "Abmeldedatum", "décédé"),
            *("désabonné", "désabonnée", "désabonné le", "désabonnement", "désinscrit"),
            *("désinscrite", "désinscrit le", "désinscription", "date de désinscription"),
            *("baja", "fecha de baja", "dado de baja", "descadastrado", "disiscritto"),
            *("uitgeschreven", "wypisany", "avregistrerad"),
        ),
        statuses.OPT_OUT,
    ),
    **dict.fromkeys(
        (
            *("bounced", "bounced at", "bounce", "email bounced", "email bounced date"),
            *("hard bounce", "hard bounced", "hard bounced at", "cleaned", "clean time"),
            *("email is bad", "email1 is bad", "bad email", "undeliverable"),
        ),
        statuses.BAD_ADDRESS,
    ),
}
#: columns that say who must get discreet messages only, in files of any format
DISCRETION: Final = (
    *("safety", "discreet", "is discreet", "discreet only", "discreetly", "discrete", "diskret"),
    *("discret", "discreto", "discreta"),
)
#: what the name of another such column may hold
ABOUT_DISCRETION: Final = ("discre", "diskre", "safety")
#: what the name of a column holds that may speak against writing to somebody
AGAINST: Final = ("optout", "optedout", "unsub", "suppress", "deceas", "bounce")
#: and what that of one holds which may speak of consent
ABOUT: Final = (*AGAINST, "consent")
#: or also, unless it is consent to something else
ABOUT_ANY: Final = ("optin", "optedin", "subscri", "newsletter")
ABOUT_OTHERS: Final = ("mobile", "phone", "sms", "fax")
#: the family name in lists that have a column for the given name too; else a whole name
LONE_NAME: Final = "name"

ACTION_NETWORK: Final = Format(
    "action_network",
    "Action Network",
    ("can2_*",),
    {
        Field.EMAIL: ("email",),
        Field.GIVEN_NAME: ("first_name",),
        Field.FAMILY_NAME: ("last_name",),
        Field.COUNTRY: ("country", "can2_user_country", "can2_country"),
        Field.LANGUAGE: ("language", "can2_language", "language_spoken"),
        Field.JOINED: ("created_at", "can2_created_at"),
        Field.TAGS: ("can2_user_tags",),
    },
    {"can2_subscription_status": statuses.SUBSCRIPTION},
)
MAILCHIMP: Final = Format(
    "mailchimp",
    "Mailchimp",
    ("OPTIN_TIME", "CONFIRM_TIME", "MEMBER_RATING", "LEID", "EUID", "UNSUB_TIME", "CLEAN_TIME"),
    {
        Field.EMAIL: ("Email Address",),
        Field.GIVEN_NAME: ("First Name", "FNAME"),
        Field.FAMILY_NAME: ("Last Name", "LNAME"),
        # CC is where Mailchimp saw the person's computer; what they said themselves comes first
        Field.COUNTRY: ("Country", "CC"),
        Field.LANGUAGE: ("Language", "Preferred Language"),
        Field.TIMEZONE: ("TIMEZONE",),
        Field.JOINED: ("OPTIN_TIME", "CONFIRM_TIME"),
        Field.TAGS: ("TAGS",),
    },
    {
        "Email Marketing Status": statuses.SUBSCRIPTION,
        "Status": statuses.SUBSCRIPTION,
    },
)
CIVICRM: Final = Format(
    "civicrm",
    "CiviCRM",
    ("No Bulk Emails (User Opt Out)", "Do Not Email", "Contact Subtype", "Is Opt Out", "Sort Name"),
    {
        Field.EMAIL: ("Email", "Email (primary)", "Home-Email", "Main-Email"),
        Field.GIVEN_NAME: ("First Name",),
        Field.FAMILY_NAME: ("Last Name",),
        Field.COUNTRY: ("Country", "Home-Country"),
        Field.LANGUAGE: ("Preferred Language",),
        Field.JOINED: ("Created Date", "Contact Created Date"),
        Field.TAGS: ("Tag(s)", "Tags"),
    },
    {"On Hold": statuses.ON_HOLD, "Email On Hold": statuses.ON_HOLD},
)
NATIONBUILDER: Final = Format(
    "nationbuilder",
    "NationBuilder",
    ("nationbuilder_id", "email_opt_in", "email1_is_bad"),
    {
        Field.EMAIL: ("email",),
        Field.GIVEN_NAME: ("first_name",),
        Field.FAMILY_NAME: ("last_name",),
        Field.COUNTRY: ("primary_country_code", "primary_country", "country_code", "country"),
        Field.LANGUAGE: ("language", "preferred_language"),
        Field.JOINED: ("created_at",),
        Field.TAGS: ("tag_list",),
    },
)
SPREADSHEET: Final = Format(
    "spreadsheet",
    "",
    (),
    {
        Field.EMAIL: (
            *("email", "email address", "mail", "mail address"),
            *("Mailadresse", "E-Mail-Adresse", "adresse e-mail", "adresse mail", "courriel"),
            *("adresse électronique", "correo", "correo electrónico", "endereço de e-mail"),
            *("indirizzo email", "posta elettronica", "e-mailadres", "adres e-mail", "e-posta"),
            *("e-postadress", "sähköposti", "электронная почта", "эл. почта", "почта"),
            *("البريد الإلكتروني", "电子邮件", "邮箱", "メールアドレス", "이메일"),
        ),
        Field.GIVEN_NAME: (
            *("given name", "first name", "forename", "christian name", "fname"),
            *("Vorname", "prénom", "nombre", "nombres", "nome", "primeiro nome", "voornaam"),
            *("imię", "förnamn", "fornavn", "etunimi", "ad", "имя", "الاسم الأول", "名", "名字"),
        ),
        Field.FAMILY_NAME: (
            *("family name", "last name", "surname", "second name", "lname"),
            *("Nachname", "Familienname", "nom", "nom de famille", "apellido", "apellidos"),
            *("sobrenome", "apelido", "cognome", "achternaam", "nazwisko", "efternamn"),
            *(
                "etternavn",
                "efternavn",
                "sukunimi",
                "soyad",
                "фамилия",
                "اسم العائلة",
                "姓",
                "姓氏",
            ),
            LONE_NAME,
        ),
        Field.COUNTRY: (
            *("country", "country code", "country of residence", "Land", "pays", "país", "paese"),
            *("kraj", "maa", "ülke", "страна", "البلد", "الدولة", "国", "国家", "国家/地区"),
        ),
        Field.LANGUAGE: (
            *("language", "preferred language", "lang", "locale", "Sprache", "langue", "idioma"),
            *("lingua", "taal", "język", "språk", "kieli", "dil", "язык", "اللغة", "语言", "言語"),
        ),
        Field.TIMEZONE: (
            *("time zone", "tz", "Zeitzone", "fuseau horaire", "zona horaria", "fuso horário"),
            *("fuso orario", "tijdzone", "часовой пояс"),
        ),
        Field.JOINED: (
            *("joined", "date joined", "join date", "joined at", "joined on", "member since"),
            *("created_at", "created", "date created", "date added", "signup date", "signed up"),
            *(
                "sign-up date",
                "registered",
                "registration date",
                "Beitrittsdatum",
                "Eintrittsdatum",
            ),
            *("date d'inscription", "date d'adhésion", "fecha de alta", "data de inscrição"),
        ),
        Field.TAGS: ("tags", "tag", "tag list", "Schlagworte", "étiquettes", "etiquetas", "labels"),
        Field.CONSENT_GROUND: (
            *("consent ground", "legal basis", "Rechtsgrundlage", "base légale", "base legal"),
        ),
        Field.TRACKING: ("tracking", "tracking consent"),
    },
    dict.fromkeys(
        ("status", "email status", "subscription status", "subscription"), statuses.SUBSCRIPTION
    ),
)
#: our own file says all that a sheet may say, and calls each column by its field's own name
OURS: Final = Format(
    "outreach",
    "",
    ("given_name", "family_name", "consent_ground", "tracking", "safety"),
    {column: (column.value, *SPREADSHEET.fields.get(column, ())) for column in Field},
    SPREADSHEET.statuses,
)
FORMATS: Final = (ACTION_NETWORK, MAILCHIMP, CIVICRM, NATIONBUILDER, OURS, SPREADSHEET)
