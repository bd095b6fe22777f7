"""Check that a path is a regular file before it is opened."""

from __future__ import annotations

from pathlib import Path

from graphrec.common.errors import InputError


def check_regular(path: Path) -> None:
    """Refuse anything but a regular file: reading a pipe or a device might never return.

    Raises
    ------
    InputError
        The path is missing, or is a folder, a pipe or a device.
    """
    try:
        if path.is_file():
            return
        if path.is_dir():
            raise InputError("a folder, not a file")
        present = path.exists()
    except (OSError, ValueError, RuntimeError) as error:  # name too long, NUL in the name, circular links
        raise InputError(f"cannot be opened: {getattr(error, 'strerror', None) or error}") from error
    raise InputError("not a file but a device or a pipe" if present else "no such file")
