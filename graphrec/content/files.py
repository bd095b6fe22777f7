"""What may be opened: regular files, and nothing that would never end."""

from __future__ import annotations

from pathlib import Path

from graphrec.common.errors import InputError


def check_regular(path: Path) -> None:
    """Refuse what is not a regular file: reading a pipe or a device would never return.

    Raises
    ------
    InputError
        There is nothing, or a folder, a pipe or a device.
    """
    try:
        if path.is_file():
            return
        if path.is_dir():
            raise InputError("a folder, not a file")
        present = path.exists()
    except (OSError, ValueError, RuntimeError) as error:  # a name that is too long, a NUL in it, links in a circle
        raise InputError(f"cannot be opened: {getattr(error, 'strerror', None) or error}") from error
    raise InputError("not a file but a device or a pipe" if present else "no such file")
