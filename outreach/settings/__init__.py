"""outreach.toml and the environment, as one frozen Settings."""

from __future__ import annotations

from outreach.settings.files import (
    FILE_NAME,
    LOGIN,
    default_file,
    find_workspace,
    load,
    login_name,
    staff_from_environment,
    staff_or_login,
    workspace_from_environment,
)
from outreach.settings.looking_after import Followups, Member
from outreach.settings.sections import (
    SECRET_VARIABLES,
    SECTIONS,
    Approval,
    Cap,
    ImapMailbox,
    Organisation,
    Pacing,
    Schedule,
    Secrets,
    Sender,
    Settings,
    imap_variable,
)

__all__ = [
    "FILE_NAME",
    "LOGIN",
    "SECRET_VARIABLES",
    "SECTIONS",
    "Approval",
    "Cap",
    "Followups",
    "ImapMailbox",
    "Member",
    "Organisation",
    "Pacing",
    "Schedule",
    "Secrets",
    "Sender",
    "Settings",
    "default_file",
    "find_workspace",
    "imap_variable",
    "load",
    "login_name",
    "staff_from_environment",
    "staff_or_login",
    "workspace_from_environment",
]
