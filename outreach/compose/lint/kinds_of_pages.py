"""What can be found in a message as made-up readers get it: inbox, rules, links, looks."""

from __future__ import annotations

from typing import Final

from outreach.compose.lint.kind import (
    CLIPPED_HTML,
    LARGE_HTML,
    LEAST_CONTRAST,
    LEAST_CONTRAST_LARGE,
    LONGEST_PREHEADER,
    LONGEST_SUBJECT,
    PHONE_SUBJECT,
    SHORTEST_PREHEADER,
    Kind,
    Severity,
)

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

#: what the inbox shows
INBOX: Final = (
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
    Kind(
        "subject-markup",
        _W,
        "a subject or preheader that shows HTML",
        "Both are plain text: readers see the tags and entities as they are written.",
        "Take the tags out, and write characters as they are: & and not &amp;.",
    ),
)

#: what rules and readers ask of each mail
RULES: Final = (
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
    Kind(
        "discreet-tells",
        _W,
        "a discreet version that names the organisation or a case, or has a masthead",
        "Whoever looks over the reader's shoulder learns what they have to do with it.",
        "Extend layouts/letter.html, empty {% block identity %}, and say it without names.",
    ),
)

LINKS_AND_PICTURES: Final = (
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
    Kind(
        "link-vague",
        _N,
        "a link whose words say nothing of where it leads",
        "Screen readers list links by their words alone.",
        "Make the words that say what is there the link.",
    ),
    Kind(
        "image-wide",
        _W,
        "a picture that is wider than what it stands in",
        "Outlook shows it in its full width, and the page becomes as wide.",
        "Write the width that it is to have into its width attribute.",
    ),
)

LOOKS: Final = (
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
    Kind(
        "html-broken",
        _W,
        "tags that don't fit together",
        "Each mail program mends that in its own way: boldness or a column may not end.",
        "Close each element where it ends, and nothing that was not opened.",
    ),
)
