"""The command line. Each file is a noun; a command parses, calls one workflow function, prints.

No rules, no SQL and no formats live here. Exit codes stand in `exits`. A command's file, and all
that it needs, is imported when that command is asked for.
"""

from __future__ import annotations

import os
from typing import Final

import click

from outreach import __version__
from outreach.cli.face import Elsewhere, Face, folder_options

#: each command: the file that it stands in, and the first sentence of its help
COMMANDS: Final = {
    "actions": ("actions", "Keep who did what for which campaign."),
    "backup": ("backup", "Copy the database into a new FILE while servers and cron go on."),
    "campaigns": (
        "campaigns",
        "Make campaigns, plan, approve, schedule and watch them.",
    ),
    "completion": (
        "completion",
        "Print the script that lets your shell complete commands.",
    ),
    "cron": ("cron", "Send what is due: scheduled campaigns and single letters."),
    "deliveries": ("deliveries", "Look at who got what, and what happened since."),
    "demo": (
        "demo",
        "Show everything with 5,000 made-up people.",
    ),
    "dispatch": ("dispatch", "Send what is due of a planned campaign."),
    "events": ("events", "Take in what SendGrid tells of letters after it took them."),
    "facts": ("facts", "Look at the figures and cases that messages may state."),
    "followups": ("followups", "Look after the people who wrote back."),
    "gatherings": (
        "gatherings",
        "Keep the events that volunteers put on and report.",
    ),
    "init": ("workspace", "Make a workspace: settings, messages, segments, database."),
    "letters": ("letters", "Look at letters to one person: thanks and answers."),
    "preview": (
        "preview",
        "Show a message as one person would get it.",
    ),
    "replies": ("replies", "Take in the mails that come back."),
    "report": (
        "report",
        "Tell what came of campaigns, from sent to held.",
    ),
    "segments": ("segments", "Say who a campaign is for."),
    "serve": (
        "serve",
        "Serve the staff's desk, or the public pages and webhooks.",
    ),
    "staff": ("staff", "Say who works at the desk, and let them in."),
    "supporters": ("supporters", "Keep the list of people who may be written to."),
    "templates": (
        "templates",
        "Look at the messages, check them and begin new ones.",
    ),
    "test-send": (
        "testsend",
        "Send what one person would get to somebody else.",
    ),
}


@click.group(cls=Face, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="outreach")
@folder_options
def main(workspace: object) -> None:
    """Write to many supporters, each personally, and look after those who write back."""
    del workspace
    # what is written may hold people's addresses: exports, rejected lines, previews
    os.umask(0o077)


for name, (file, summary) in COMMANDS.items():
    main.add_command(Elsewhere(name, file, summary))
