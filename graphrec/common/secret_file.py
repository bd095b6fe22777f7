"""Secrets that a program makes for itself, each in a file that its owner alone can read."""

from __future__ import annotations

import secrets
from pathlib import Path

from graphrec.common.file_lock import waited_for
from graphrec.common.files import replacing
from graphrec.common.private import private_folder

#: Length of a secret, in bytes.
SIZE = 32


def made_secret(path: Path) -> bytes:
    """Return what is in a file; where it is missing, it is made with its folder, whole, by one process.

    Raises
    ------
    OSError
        It can neither be read nor made.
    """
    folder = private_folder(path.parent)
    with waited_for(folder / f"{path.name}.lock"):
        if not path.exists():
            with replacing(path) as part:
                part.write_bytes(secrets.token_bytes(SIZE))
    return path.read_bytes()
