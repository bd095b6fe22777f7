"""Create thumbnails of items' pictures, encoded as text for a web page."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec.content.files import Media, embedded
from graphrec.content.image_file import quiet, read_picture
from graphrec.content.sources import locate


def thumbnails(
    images: Mapping[Any, str | bytes | bytearray | None], folders: Sequence[Path], side: int
) -> tuple[dict[Any, str], int]:
    """Return the readable pictures as small JPEGs in base64, and the number of unreadable files.

    Parameters
    ----------
    images
        Item → path or content as stored; items without any, or with an address, are left out.
    folders
        Folders whose files are read; paths are relative to the first.
    side
        Longest side of a thumbnail in pixels.
    """
    read, failed = {}, 0
    with quiet():
        for item, stored in images.items():
            if not stored or (isinstance(stored, str) and "://" in stored and embedded(stored) is None):
                continue
            try:
                read[item] = _thumbnail(locate(stored, folders), side)
            except (InputError, OSError, RuntimeError, ValueError):  # unknown home folder, NUL in the path
                failed += 1
    return read, failed


def _thumbnail(path: Media, side: int) -> str:
    picture = read_picture(path, side)
    picture.thumbnail((side, side))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=75)
    return base64.b64encode(file.getvalue()).decode("ascii")
