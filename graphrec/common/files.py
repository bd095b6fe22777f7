"""Read regular files only, and replace files atomically: a crash leaves the old one."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphrec.common.errors import GraphrecError, InputError
from graphrec.common.machine_error import machine_error
from graphrec.common.private import private_file


def refuse_special(path: Path) -> None:
    """Refuse a pipe or a device, which might never end; leave what is missing, or a folder, to whoever opens it.

    Raises
    ------
    InputError
        ``path`` is a pipe, a device or a socket.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InputError(f"{path}: not a file but a device or a pipe", hint="save its content as a file, and name that")


def read_text(path: Path) -> str:
    """Return the text of a regular file in UTF-8.

    Raises
    ------
    InputError
        It is a pipe or a device.
    OSError
        It cannot be read.
    ValueError
        It is not UTF-8, or no file can have that name.
    """
    refuse_special(path)
    return path.read_text(encoding="utf-8")


@contextmanager
def replacing(path: Path, private: bool = True) -> Iterator[Path]:
    """Yield a temporary path in the folder of ``path``; move it to ``path`` if the block succeeds.

    A link keeps leading to the file, which is replaced where it lies.

    Parameters
    ----------
    path
        The file.
    private
        Whether only its owner may read it; otherwise the umask decides.

    Raises
    ------
    InputError
        ``path`` is a folder, a pipe or a device.
    ResourceError
        The disk is full, or of something else the machine has too little.
    OSError
        The same, where the block raises it; ``filename`` is set.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is not a regular file", hint="name a file")
    part = path.with_name(path.name + ".part")
    try:
        if private:
            private_file(part)
        yield part
        os.replace(part, path)
    except OSError as error:
        if error.filename is None:  # such as of a write on a full disk
            error.filename = str(path)
        raise
    except Exception as error:  # safetensors, PyTorch and others raise errors of their own
        known = None if isinstance(error, GraphrecError) else machine_error(error, path)
        if known is None:
            raise
        raise known from error
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file atomically."""
    with replacing(path) as part:
        part.write_text(json.dumps(data, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
