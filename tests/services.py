"""Services and programs that some tests need, and what to do where one is missing."""

from __future__ import annotations

import os
import shutil

import pytest


def need(program: str, package: str) -> str:
    """Give the path of `program`; without it the test skips and names the Debian package.

    With OUTREACH_REQUIRE_SERVICES=1, as in CI, a missing program is a failure.
    """
    path = shutil.which(program) or shutil.which(f"/usr/sbin/{program}")
    if path is None:
        wanted = f"needs {program}: apt-get install {package} (or `make services`)"
        if os.environ.get("OUTREACH_REQUIRE_SERVICES") == "1":
            pytest.fail(wanted)
        pytest.skip(wanted)
    return path
