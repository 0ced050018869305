"""Every kind of finding: the one table that the checks, the command and docs/checks.md share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    #: somebody gets no message, or one that breaks a rule
    ERROR = "error"
    #: the message works, and some people get less than they should
    WARNING = "warning"
    #: worth knowing; nothing need be done
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding."""

    word: str
    severity: Severity
    what: str
    why: str
    mend: str


#: widths as a terminal has them: a Chinese character counts for two letters
LONGEST_SUBJECT: Final = 70
PHONE_SUBJECT: Final = 45
SHORTEST_PREHEADER, LONGEST_PREHEADER = 30, 150
#: bytes of HTML. Whether Gmail counts in thousands or in 1,024s is not published
LARGE_HTML, CLIPPED_HTML = 80_000, 102_000
#: WCAG 2.2, 1.4.3
LEAST_CONTRAST, LEAST_CONTRAST_LARGE = 4.5, 3.0

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_ALL: Final = (
    # what keeps a message from being made
    Kind(
        "syntax",
        _E,
        "a file is not Jinja",
        "Nobody can be written to in this language.",
        "Mend what stands on that line: a tag that is not closed, a bracket that is missing.",
    ),
    Kind(
        "file",
        _E,
        "a file to extend or include is not there, or outside the folders a message may use",
        "A message can only use its own folder, layouts/ and styles/.",
        "Write the path from templates/, as in layouts/newsletter.html.",
    ),
    Kind(
        "name",
        _E,
        "a name, filter or test that doesn't exist",
        "The message can't be made for anybody who gets to that line.",
        "Write it as docs/messages.md lists it.",
    ),
    Kind(
        "forbidden",
        _E,
        "something that the sandbox refuses",
        "A template that could reach inside the program could read or change what it likes.",
        "Use the names that docs/messages.md lists.",
    ),
    Kind(
        "fact",
        _E,
        "a fact that is not on the sheets, or was not true yet on that day",
        "A message states only what somebody has said and is known to be true.",
        "Add the fact with its source to templates/facts, or leave it out.",
    ),
    Kind(
        "block",
        _E,
        "a block that each language file must have is missing, or no layout shows it",
        "What stands in a block that no layout shows is never sent.",
        "Give the file the blocks subject, preheader and content, and extend a layout.",
    ),
    Kind(
        "composing",
        _E,
        "the message can't be made for a made-up reader",
        "People like this reader would be left out of the campaign.",
        "Mend the line, or ask first with {% if %} whether the value is there.",
    ),
    Kind(
        "left-out",
        _W,
        "the message can't be made for people of whom less is known",
        "They would be left out of the campaign.",
        'Say what they get instead: {% if %}, or supporter.attributes.get("Name", "").',
    ),
    Kind(
        "column",
        _W,
        "a further column that nobody on the list has",
        "People are left out of the campaign, or all get what stands in its place.",
        "Write it as the column of the imported file is called, or import the file that has it.",
    ),
    # what the inbox shows
    Kind(
        "subject-missing",
        _E,
        "a language without a subject",
        "Nobody can be written to in this language; mail programs take mail without one for spam.",
        "Write {% block subject %} with words in every branch.",
    ),
    Kind(
        "subject-long",
        _W,
        f"a subject of more than {LONGEST_SUBJECT} letters",
        "Hardly a mail program shows so much of it.",
        "Say the main thing first and leave the rest to the preheader.",
    ),
    Kind(
        "subject-cut",
        _N,
        f"a subject of more than {PHONE_SUBJECT} letters",
        "Phones show about so much of it.",
        "See that its beginning says enough by itself.",
    ),
    Kind(
        "preheader-missing",
        _W,
        "a language without a preheader",
        "Beside the subject, mail programs then show whatever the page begins with.",
        "Write a sentence in {% block preheader %} that goes on where the subject ends.",
    ),
    Kind(
        "preheader-length",
        _N,
        f"a preheader under {SHORTEST_PREHEADER} or over {LONGEST_PREHEADER} letters",
        "A short one is filled up with the beginning of the page, a long one is cut.",
        "Aim at one sentence of about 90 letters.",
    ),
    # what rules and readers ask of each mail
    Kind(
        "unsubscribe-missing",
        _E,
        "no link to unsubscribe that can be seen, in the page or in a text written by hand",
        "The law of most countries wants it, and who finds none reports the mail as spam.",
        'Put <a href="{{ unsubscribe_url }}"> into the layout, {{ unsubscribe_url }} into a text.',
    ),
    Kind(
        "address-missing",
        _E,
        "no postal address, in the page or in a text written by hand",
        "The law of most countries wants it in every mail to many people.",
        "Put {{ postal_address }} at the foot; its words come from outreach.toml.",
    ),
    Kind(
        "direction",
        _W,
        "a right-to-left language on a page that doesn't say so",
        "Lines then begin at the wrong side, and full stops stand at the wrong end.",
        'Write <html lang="{{ lang }}" dir="{{ dir }}">, and dir on the body and outer tables.',
    ),
    # links and pictures
    Kind(
        "link-insecure",
        _W,
        "a link without https",
        "Anybody on the reader's network can see where it leads and change what is there.",
        "Write https://; if the site has none, link to another page.",
    ),
    Kind(
        "link-target",
        _E,
        "a link that leads nowhere",
        "In a mail there is no page that a relative link could start from.",
        "Write the whole address, with https://.",
    ),
    Kind(
        "link-text",
        _W,
        "a link without text",
        "It can't be seen, and a screen reader reads out its address.",
        "Write words between <a> and </a>, or give its picture an alt text.",
    ),
    Kind(
        "mailto-long",
        _E,
        "a mailto link of more than 1,600 characters",
        "Mail programs cut it, and the reader's answer arrives without its lines.",
        "Make its subject or body shorter; a letter outside ASCII takes six characters or more.",
    ),
    Kind(
        "image-alt",
        _W,
        "a picture without alt text",
        "Many readers see no pictures, and others listen.",
        'Say with alt="" that it only decorates, or say in words what it shows.',
    ),
    Kind(
        "image-size",
        _W,
        "a picture without width and height",
        "The page jumps as it loads, and Outlook shows it in its full size.",
        "Write width and height in pixels as attributes.",
    ),
    Kind(
        "image-source",
        _E,
        "a picture that can't be fetched by https",
        "Mail programs show no pictures from relative, http: or data: addresses.",
        "Put the picture on a web server and write its whole address, with https://.",
    ),
    # looks
    Kind(
        "html-large",
        _W,
        f"a page of more than {LARGE_HTML:,} bytes",
        f"From about {CLIPPED_HTML:,} on Gmail cuts it off, and long names make it longer.",
        "Shorten the text, or take repeated styles off the elements.",
    ),
    Kind(
        "html-clipped",
        _E,
        f"a page of more than {CLIPPED_HTML:,} bytes",
        "Gmail cuts it off there and hides the footer with the unsubscribe link.",
        "Shorten the text, or link to a page with the rest.",
    ),
    Kind(
        "contrast-light",
        _W,
        f"text with a contrast under {LEAST_CONTRAST} to 1 (large text: {LEAST_CONTRAST_LARGE})",
        "People with weak eyes, on old screens or in the sun can't read it.",
        "Make the text darker or what is behind it lighter.",
    ),
    Kind(
        "contrast-dark",
        _W,
        f"the same in the dark scheme: under {LEAST_CONTRAST} to 1 (large: {LEAST_CONTRAST_LARGE})",
        "In dark mode a colour that was left as it was is often unreadable.",
        "Give text and what is behind it both a colour in @media (prefers-color-scheme: dark).",
    ),
    Kind(
        "css-dropped",
        _W,
        "styles that large mail programs drop",
        "Many readers see the page without them.",
        "Lay out with tables and plain styles, so that nothing is lost where they are dropped.",
    ),
    Kind(
        "css-broken",
        _W,
        "styles that can't be read",
        "Mail programs drop the rule, and some of them all that follow.",
        "Mend the rule.",
    ),
    Kind(
        "html-dropped",
        _W,
        "elements that mail programs take out",
        "Scripts, forms and frames are removed, with or without what is in them.",
        "Say it in words and link to a page for the rest.",
    ),
    # words and figures
    Kind(
        "number-unbacked",
        _W,
        "a number in the copy that no fact backs",
        "Nobody can tell who said it, when it was true, or that it has grown since.",
        "Put it on a facts sheet with its source, or write it as a word if it is no figure.",
    ),
    Kind(
        "number-typed",
        _N,
        "a number in the copy that is typed although a fact says it",
        "When the fact grows, the message doesn't.",
        "Take it from the fact.",
    ),
    Kind(
        "text-less",
        _W,
        "the plain text says less than the page",
        "Who reads plain text, and every spam filter, sees what is missing.",
        "Say it in the text too, or don't hide it from the text with the class html-only.",
    ),
    Kind(
        "language-older",
        _W,
        "a language file that is older than the default one",
        "What was changed in the default language is not in this one yet.",
        "Bring it up to date, and write into it from which text it was made.",
    ),
    Kind(
        "language-unmarked",
        _N,
        "a language file that doesn't say from which text it was made",
        "When the default language is changed, nobody learns that this one says something else.",
        "Write into it from which text it was made.",
    ),
    Kind(
        "fact-doubtful",
        _W,
        "a fact that the message states is due for review, contradicted or without a source",
        "A campaign that states it can't be approved without saying so.",
        "Look it up again, and write down on the sheet what you found: see docs/facts.md.",
    ),
    Kind(
        "fact-unapproved",
        _N,
        "a fact that the message states and nobody has approved",
        "If it turns out to be wrong, nobody knows who looked at it.",
        "Write approved_by on the sheet.",
    ),
    Kind(
        "slow",
        _N,
        "something that can't be composed the fast way",
        "Such messages are styled anew for each person, which takes many times as long.",
        "Keep values out of styles, classes, ids and tag names, and captured blocks out of ifs.",
    ),
)

#: word -> kind, in the order of the documentation
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.word: kind for kind in _ALL})
