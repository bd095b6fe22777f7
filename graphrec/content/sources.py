"""List each item's content of one modality, with a hash that detects changes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrec.common.console import progress
from graphrec.common.errors import InputError
from graphrec.content.address import is_web
from graphrec.content.fetch import Fetcher
from graphrec.content.files import Embedded, Media, check_regular, embedded, shown
from graphrec.content.store import Item

#: Threads help, as decoders and hashing release the interpreter's lock.
THREADS = min(8, os.cpu_count() or 1)
#: Hexadecimal digits of a content's hash: 96 bits, so that no two of a billion contents share one.
_DIGITS = 24
#: Addresses fetched at once.
_CONNECTIONS = 16
_OUTSIDE = "outside the project: name its folder in media_folders of [content], or move it into the project"
_NOT_FETCHED = "a web address, which is not fetched: set fetch = true in [content], or download it and store its path"


@dataclass(frozen=True)
class Skipped:
    """Content without a vector; ``path`` is the file, or describes the content."""

    item: Any
    modality: str
    path: str
    reason: str


@dataclass(frozen=True)
class Source:
    """Content of ``item`` (its position in the list of items): a text or :data:`Media`, and the content's hash."""

    item: int
    value: Any
    content: str


def sources(
    items: Sequence[Item], modality: str, folders: Sequence[Path], fetcher: Fetcher | None = None
) -> tuple[list[Source], list[Skipped]]:
    """Return the content of one modality to encode, and the content that cannot be opened.

    Parameters
    ----------
    items
        The items.
    modality
        ``text``, ``image`` or ``audio``.
    folders
        Folders whose files are read; paths are absolute, or relative to the first, the project's root.
    fetcher
        Fetches web addresses; None: they are not fetched.
    """
    if modality == "text":
        return [Source(n, text, hash_text(text)) for n, item in enumerate(items) if (text := item.text)], []
    named = [(n, value) for n, item in enumerate(items) if (value := getattr(item, modality)) not in (None, "")]
    found, skipped = [], []
    for (n, value), (media, content) in zip(named, _hashes(named, modality, folders, fetcher), strict=True):
        if media is None:
            skipped.append(Skipped(items[n].key, modality, shown(value), content))
        else:
            found.append(Source(n, media, content))
    return found, skipped


def _hashes(
    named: Sequence[tuple[int, Any]], modality: str, folders: Sequence[Path], fetcher: Fetcher | None
) -> list[tuple[Media | None, str]]:
    """Return the media of each value with its hash, or None and the reason; each web address is fetched once."""
    urls = list(dict.fromkeys(value for _, value in named if isinstance(value, str) and is_web(value)))
    with ThreadPoolExecutor(_CONNECTIONS) as pool, progress() as bar:
        task = bar.add_task(f"fetching {modality}", total=len(urls), visible=fetcher is not None and bool(urls))
        fetched: dict[str, Path | InputError] = {}
        for url, file in zip(urls, pool.map(lambda url: _fetched(url, modality, fetcher), urls), strict=True):
            fetched[url] = file
            bar.advance(task)
    real = [folder.resolve() for folder in folders]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda pair: _hash(pair[1], real, fetched), named))


def _fetched(url: str, modality: str, fetcher: Fetcher | None) -> Path | InputError:
    if fetcher is None:
        return InputError(_NOT_FETCHED)
    found: Path | InputError = attempt(lambda one: fetcher.fetch(one, modality), url)
    return found


def hash_text(text: str) -> str:
    """Return the hash of a text's characters."""
    return hash_bytes(text.encode("utf-8", "surrogatepass"))


def hash_bytes(data: bytes) -> str:
    """Return the hash of bytes."""
    return hashlib.sha256(data).hexdigest()[:_DIGITS]


def _hash(value: Any, folders: Sequence[Path], fetched: Mapping[str, Path | InputError]) -> tuple[Media | None, str]:
    """Return the media and the hash of its bytes, or None and the reason."""
    try:
        media = locate(value, folders, fetched)
        if isinstance(media, Embedded):
            return media, hash_bytes(media.data())
        check_regular(media)
        with media.open("rb") as stream:
            return media, hashlib.file_digest(stream, "sha256").hexdigest()[:_DIGITS]
    except InputError as error:
        return None, error.message
    except (OSError, ValueError, RuntimeError) as error:  # no permission, NUL in the path, unknown home folder
        return None, f"cannot be opened: {getattr(error, 'strerror', None) or error}"


def locate(value: Any, folders: Sequence[Path], fetched: Mapping[str, Path | InputError] | None = None) -> Media:
    """Return where the content of a property is.

    Parameters
    ----------
    value
        A path, content itself, or a web address.
    folders
        Folders whose files may be read; paths are relative to the first.
    fetched
        Web address → its file, or why there is none.

    Raises
    ------
    InputError
        The value is none of these, the address was not fetched, or the file, after all links, lies in no such folder:
        whoever may write a property could otherwise have any file of this machine read.
    """
    if embedded(value) is not None:
        return Embedded(bytes(value) if isinstance(value, bytearray) else value)
    if not isinstance(value, str):
        raise InputError(f"not a path but a {type(value).__name__}")
    if is_web(value):
        file = (fetched or {}).get(value) or InputError(_NOT_FETCHED)
        if isinstance(file, InputError):
            raise file
        return file
    if "://" in value:
        raise InputError("a URL that is not of http or https: download it and store the path of the file")
    path = folders[0] / Path(value).expanduser()
    real = path.resolve()
    if not any(real.is_relative_to(folder.resolve()) for folder in folders):
        raise InputError(_OUTSIDE)
    return path


def attempt(read: Callable[[Any], Any], value: Any) -> Any:
    """Return the result of ``read`` for ``value``, or its :class:`InputError`."""
    try:
        return read(value)
    except InputError as error:
        return error
