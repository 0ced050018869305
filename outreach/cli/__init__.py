"""The command line. Each file is a noun; a command parses, calls one workflow function, prints.

No rules, no SQL and no formats live here. Exit codes stand in `exits`.
"""

from __future__ import annotations

import click

from outreach import __version__
from outreach.cli.actions import actions
from outreach.cli.campaigns import campaigns
from outreach.cli.completion import completion
from outreach.cli.demo import demo
from outreach.cli.dispatch import dispatch
from outreach.cli.face import Face, folder_options
from outreach.cli.facts import facts
from outreach.cli.followups import followups
from outreach.cli.preview import preview
from outreach.cli.replies import replies
from outreach.cli.report import report
from outreach.cli.segments import segments
from outreach.cli.supporters import supporters
from outreach.cli.templates import templates
from outreach.cli.testsend import test_send
from outreach.cli.workspace import init


@click.group(cls=Face, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="outreach")
@folder_options
def main(workspace: object) -> None:
    """Write to many supporters, each personally, and look after those who write back."""


main.add_command(actions)
main.add_command(campaigns)
main.add_command(completion)
main.add_command(demo)
main.add_command(dispatch)
main.add_command(facts)
main.add_command(followups)
main.add_command(init)
main.add_command(preview)
main.add_command(replies)
main.add_command(report)
main.add_command(segments)
main.add_command(supporters)
main.add_command(templates)
main.add_command(test_send)
