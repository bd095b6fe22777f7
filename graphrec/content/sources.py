"""List each item's content of one modality, with a hash that detects changes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec.content.files import check_regular, embedded, shown
from graphrec.content.store import Item

#: Threads help, as decoders and hashing release the interpreter's lock.
THREADS = min(8, os.cpu_count() or 1)
#: Hexadecimal digits of a content's hash: 96 bits, so that no two of a billion contents share one.
_DIGITS = 24


@dataclass(frozen=True)
class Skipped:
    """Content without a vector; ``path`` is the file, or describes the content."""

    item: Any
    modality: str
    path: str
    reason: str


@dataclass(frozen=True)
class Source:
    """Content of ``item`` (its position in the list of items): a text or a path, and the content's hash."""

    item: int
    value: Any
    content: str


def sources(items: Sequence[Item], modality: str, root: Path) -> tuple[list[Source], list[Skipped]]:
    """Return the content of one modality to encode, and the files that cannot be opened.

    Parameters
    ----------
    items
        The items.
    modality
        ``text``, ``image`` or ``audio``.
    root
        The project's root; paths are absolute or relative to it.
    """
    if modality == "text":
        return [Source(n, text, hash_text(text)) for n, item in enumerate(items) if (text := item.text)], []
    named = [(n, value) for n, item in enumerate(items) if (value := getattr(item, modality)) not in (None, "")]
    with ThreadPoolExecutor(THREADS) as pool:
        hashed = list(pool.map(lambda pair: _hash(pair[1], root), named))
    found, skipped = [], []
    for (n, value), (path, content) in zip(named, hashed, strict=True):
        if path is None:
            skipped.append(Skipped(items[n].key, modality, shown(value), content))
        else:
            found.append(Source(n, path, content))
    return found, skipped


def hash_text(text: str) -> str:
    """Return the hash of a text's characters."""
    return hash_bytes(text.encode("utf-8", "surrogatepass"))


def hash_bytes(data: bytes) -> str:
    """Return the hash of bytes."""
    return hashlib.sha256(data).hexdigest()[:_DIGITS]


def _hash(value: Any, root: Path) -> tuple[Path | None, str]:
    """Return the file and the hash of its bytes, or None and the reason."""
    content = embedded(value)
    if content is not None:
        return None, f"{content}, not the path of a file: save it as a file and store its path"
    if not isinstance(value, str):
        return None, f"not a path but a {type(value).__name__}"
    if "://" in value:
        return None, "a URL, not a file: download it and store its path"
    try:
        path = root / Path(value).expanduser()
        check_regular(path)
        with path.open("rb") as stream:
            return path, hashlib.file_digest(stream, "sha256").hexdigest()[:_DIGITS]
    except InputError as error:
        return None, error.message
    except (OSError, ValueError, RuntimeError) as error:  # no permission, NUL in the path, unknown home folder
        return None, f"cannot be opened: {getattr(error, 'strerror', None) or error}"


def attempt(read: Callable[[Any], Any], value: Any) -> Any:
    """Return the result of ``read`` for ``value``, or its :class:`InputError`."""
    try:
        return read(value)
    except InputError as error:
        return error
