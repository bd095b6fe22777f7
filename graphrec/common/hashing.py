"""Short hashes of texts, bytes and files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(*parts: str | bytes) -> str:
    """Return a short hash of ``parts``, each delimited."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "little") + data)
    return whole.hexdigest()[:12]


def digest_files(files: Iterable[Path], *parts: str) -> str:
    """Return a short hash of files' names and bytes, and of ``parts``."""
    hashes: list[str] = []
    for file in files:
        with file.open("rb") as stream:
            hashes += [file.name, hashlib.file_digest(stream, "sha256").hexdigest()]
    return digest(*hashes, *parts)
