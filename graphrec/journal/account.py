"""Who runs this process, as the system knows it; the environment, which anybody can set, is not asked."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

_NOBODY = 2**32 - 1


def account() -> dict[str, Any]:
    """Return account, number, host and process; ``login``: who logged in, where that is somebody else (``sudo``)."""
    told: dict[str, Any] = {"host": socket.gethostname(), "process": os.getpid()}
    if sys.platform == "win32":
        return {"account": getpass.getuser(), **told}
    number = os.getuid()
    with suppress(OSError, ValueError):  # Linux alone, where a login has set it
        login = int(Path("/proc/self/loginuid").read_text(encoding="ascii"))
        if login not in (number, _NOBODY):
            told["login"] = _name(login)
    return {"account": _name(number), "uid": number, **told}


def _name(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
