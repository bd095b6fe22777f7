"""Replace files atomically: a reader sees the old or the new file, and a crash leaves the old one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec.common.private import private_file


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
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file atomically."""
    with replacing(path) as part:
        part.write_text(json.dumps(data, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
