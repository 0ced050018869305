"""What can be found in a message's files: what keeps it from being made, words, figures, facts."""

from __future__ import annotations

from typing import Final

from outreach.compose.lint.kind import Kind, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

#: what keeps a message from being made
MAKING: Final = (
    Kind(
        "unreadable",
        _E,
        "a file of the message that can't be read, or is no text",
        "What it would have said is missing, or nobody can be written to by it.",
        "Save it as UTF-8 text under 1 MB, in a folder that may be read.",
    ),
    Kind(
        "manifest",
        _E,
        "message.toml, or the name of a language file, that can't be used",
        "No campaign can be planned with the message.",
        "Write title and default_language, and one file for each language.",
    ),
    Kind(
        "sheet",
        _E,
        "a facts sheet that can't be used",
        "No message can state what stands on it, or anywhere else on the sheets.",
        "Mend the entry: docs/facts.md lists what may stand in it.",
    ),
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
)

#: words and figures, languages, facts
WORDS: Final = (
    Kind(
        "placeholder",
        _E,
        "words that were to be replaced by your own",
        "Everybody would read them, and see that nobody looked.",
        "Write your own words there, or take them out.",
    ),
    Kind(
        "value-empty",
        _W,
        "a value of the reader that is printed where it is not known",
        "People of whom it is not known read a sentence with a hole in it, as in Dear ,.",
        "Ask first whether it is known, and say something else where it isn't.",
    ),
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
        "language-unused",
        _W,
        "a file that is named nearly as a language file is",
        "Nobody gets it: it is neither of a language nor included by a file that is.",
        "Name it by its language, as in fr.html or pt-BR.html, or take it out.",
    ),
    Kind(
        "language-untranslated",
        _W,
        "a language file that mostly says what the default one says, in the same words",
        "Who reads that language gets the default one, called by the wrong name.",
        "Translate it, or take the file out: its readers then get the default language.",
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
