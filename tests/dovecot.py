"""A Dovecot of its own for a test: one user, a Maildir, a port on this machine, no TLS.

with Dovecot(tmp_path) as server:
    server.deliver(b"From: a@example.org\\n\\nHi")
    ...  # IMAP at 127.0.0.1:server.port as server.USER with server.PASSWORD
"""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from servers import free_port
from services import need

_CONFIG = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = imap
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{base}/mail
{users}
first_valid_uid = 0
first_valid_gid = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home
}}
namespace inbox {{
  inbox = yes
  mailbox Done {{
    auto = create
  }}
}}
"""

_USERS = """
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
"""


class Dovecot:
    """A running server; stops with the context."""

    USER: ClassVar = "events@example.org"
    PASSWORD: ClassVar = "horse"

    def __init__(self, folder: Path) -> None:
        """Start it in `folder`; the test skips where there is none, and says what to install."""
        program = need("dovecot", "dovecot-imapd")
        self.folder = folder
        self.port = free_port()
        self._number = 0
        # it serves nobody as root
        owner = pwd.getpwnam(getpass.getuser() if os.getuid() else "nobody")
        folder.chmod(0o755)
        for name in ("home", "mail", "mail/new", "mail/cur", "mail/tmp"):
            (folder / name).mkdir()
            os.chown(folder / name, owner.pw_uid, owner.pw_gid)
        users = _USERS.format(user=owner.pw_name, group=grp.getgrgid(owner.pw_gid).gr_name)
        config = folder / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                base=folder,
                port=self.port,
                # as root it goes by the users that its package made
                users=users if os.getuid() else "",
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                password=self.PASSWORD,
            ),
            encoding="ascii",
        )
        self._process = subprocess.Popen([program, "-F", "-c", config])
        self._wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)

    def deliver(self, *raws: bytes) -> None:
        """Put mails into the inbox."""
        for raw in raws:
            self._number += 1
            name = f"{1_400_000_000 + self._number}.M{self._number}.host"
            (self.folder / "mail" / "new" / name).write_bytes(raw)

    def count(self, folder: str) -> int:
        """How many mails a folder besides the inbox holds."""
        place = self.folder / "mail" / f".{folder}"
        return sum(len(list((place / part).iterdir())) for part in ("new", "cur"))

    def _wait(self) -> None:
        for _ in range(200):
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as talk:
                    talk.recv(100)
            except OSError:
                time.sleep(0.05)
            else:
                return
        log = (self.folder / "log").read_text("utf-8")
        raise RuntimeError(f"Dovecot did not start: {log}")
