"""Names of files and rows that tell nobody whose they are: hashes of ids with a secret that lies beside them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from graphrec.common.errors import InputError
from graphrec.common.secret_file import SIZE, made_secret


class KeyedNames:
    """Keyed: whoever reads the names cannot try ids until one fits.

    Parameters
    ----------
    path
        The file of the secret; it and its folder are made when the first name is.
    hint
        What to do where the file is damaged.
    """

    def __init__(self, path: Path, hint: str) -> None:
        self._path, self._hint = path, hint

    def of(self, text: object) -> str:
        """Return the name for a text or id.

        Raises
        ------
        InputError
            The secret is damaged.
        OSError
            It can neither be read nor made.
        """
        return _name(text, self._secret())

    def known(self, text: object) -> str | None:
        """Return the name for a text or id; None where nothing has been named yet."""
        found = self._read()
        return None if found is None else _name(text, found)

    def _read(self) -> bytes | None:
        try:
            found = self._path.read_bytes()
        except OSError:
            return None
        return found if len(found) == SIZE else None

    def _secret(self) -> bytes:
        if found := self._read():
            return found
        found = made_secret(self._path)
        if len(found) != SIZE:
            raise InputError(f"{self._path} is damaged", hint=self._hint)
        return found


def _name(text: object, secret: bytes) -> str:
    return hashlib.blake2b(str(text).encode("utf-8", "surrogatepass"), key=secret, digest_size=16).hexdigest()
