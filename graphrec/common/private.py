"""Files and folders that hold people's data: only their owner may read them, from their first byte, whatever the umask.

The mode is given when they are made: a later change would leave a moment in which others can open them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

_FILE, _FOLDER = 0o600, 0o700
#: The umask of programs that write such files themselves.
UMASK = 0o077


def private_folder(path: Path) -> Path:
    """Make a folder and the folders above it that are missing, and return it; one that exists keeps its mode."""
    if not path.is_dir():
        if path.parent != path:
            private_folder(path.parent)
        path.mkdir(_FOLDER, exist_ok=True)
    return path


def private_file(path: Path) -> None:
    """Make an empty file, in place of one that is there, for a library that writes to a path."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE))


def open_private(path: Path, mode: str, **options: Any) -> IO[Any]:
    """Open a file as :func:`open` does; a new one is private."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, _FILE), **options)
