"""Check that a path is a regular file before it is opened, and tell paths from content in their place.

A property may hold an image or a sound itself: as bytes, in base64, or as a ``data:`` address.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

from graphrec.common.errors import InputError

#: How images and sounds begin in base64: JPEG, PNG, GIF, WebP and WAV, BMP, Ogg, FLAC, MP3.
_BEGINNINGS = ("/9j/", "iVBORw0KGgo", "R0lGOD", "UklGR", "Qk0", "T2dnUw", "ZkxhQw", "SUQz", "//uQ", "//vQ")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s_-]+={0,2}\s*")
#: Base64 of fewer characters is taken for a path.
_SHORTEST = 40
#: From this length on, text of base64's characters alone is content however it begins: no file has such a name.
_LONGEST_NAME = 256
#: Most characters of a path in a message.
_SHOWN = 300


def embedded(value: Any) -> str | None:
    """Return in words what a value is if it is content itself and not the path of a file, else None."""
    if isinstance(value, bytes | bytearray):
        return "bytes"
    if not isinstance(value, str):
        return None
    text = value.lstrip()
    if text[:5].lower() == "data:":
        return "a data: address"
    known = len(text) >= _SHORTEST and text.startswith(_BEGINNINGS)
    return "base64" if (known or len(text) >= _LONGEST_NAME) and _BASE64.fullmatch(text) else None


@dataclass(frozen=True)
class Embedded:
    """Content that a property holds itself; decoded when it is read, so that it is in memory once."""

    value: str | bytes

    def __str__(self) -> str:
        return shown(self.value)

    def data(self) -> bytes:
        """Return the content.

        Raises
        ------
        InputError
            It is not valid base64.
        """
        if not isinstance(self.value, str):
            return bytes(self.value)
        text = self.value.strip()
        if text[:5].lower() == "data:":
            head, comma, text = text.partition(",")
            if not comma:
                raise InputError("a data: address without a comma")
            if not head.lower().rstrip().endswith(";base64"):
                return unquote_to_bytes(text)
            text = unquote_to_bytes(text).decode("latin-1")
        plain = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
        try:
            return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        except (binascii.Error, ValueError) as error:
            raise InputError(f"not valid base64: {error}") from error


#: Where an image or a sound is.
Media: TypeAlias = Path | Embedded


def readable(media: Media) -> Path | io.BytesIO:
    """Return a regular file, or a stream of embedded content.

    Raises
    ------
    InputError
        The path is no regular file, or the content cannot be decoded.
    """
    if isinstance(media, Embedded):
        return io.BytesIO(media.data())
    check_regular(media)
    return media


def shown(value: Any) -> str:
    """Return a path or other content as a short text for messages and reports."""
    if isinstance(value, bytes | bytearray):
        return f"{len(value):,} bytes"
    text = str(value)
    return text if len(text) <= _SHOWN and embedded(value) is None else f"{text[:20]}… ({len(text):,} characters)"


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
