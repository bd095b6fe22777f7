"""Users whose tokens ended before their time, as they were forgotten: a hash of each, for as long as a token can last.

The hashes are keyed by the secret that signs the tokens: nobody without it can tell from one whom it stands for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from graphrec.common.errors import ConfigError
from graphrec.common.file_lock import waited_for
from graphrec.common.files import write_json
from graphrec.common.private import private_folder

#: Longest life of a token, in seconds.
LONGEST = 86_400


class EndedUsers:
    """The list in a folder, which need not exist; a change is seen by the next look of any process.

    Parameters
    ----------
    folder
        The folder of the service.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ended.json"
        self._seen: tuple[int, ...] | None = None
        self._ended: dict[str, float] = {}

    def has(self, secret: bytes, user: Iterable[tuple[str, ...]], made: float) -> bool:
        """Return whether a token has ended that was made for a user then.

        Parameters
        ----------
        secret
            The key of the hashes.
        user
            All that the user's id can mean (:func:`graphrec.config.ids.meanings`).
        made
            Seconds since 1970.

        Raises
        ------
        ConfigError
            The list cannot be read.
        """
        ended = self._known()
        return bool(ended) and any(ended.get(_hash(secret, one), -1.0) >= made for one in user)

    def add(self, secret: bytes, user: Iterable[tuple[str, ...]]) -> None:
        """Note that the tokens of a user that were made until now have ended; older notes go.

        Raises
        ------
        ConfigError
            The list cannot be read.
        ResourceError
            It cannot be written.
        """
        folder = private_folder(self._path.parent)
        with waited_for(folder / "ended.lock"):
            now = time.time()
            kept = {one: at for one, at in self._known().items() if at > now - LONGEST}
            write_json(self._path, kept | {_hash(secret, one): now for one in user})

    def tidy(self) -> None:
        """Remove the list when no token can be left that it speaks of.

        Raises
        ------
        ConfigError
            It cannot be read.
        """
        ended = self._known()
        if ended and max(ended.values()) <= time.time() - LONGEST:
            with waited_for(self._path.with_suffix(".lock")):
                if self._known() == ended:
                    self._path.unlink(missing_ok=True)

    def _known(self) -> dict[str, float]:
        try:
            found = self._path.stat()
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
            if seen != self._seen:
                self._ended = msgspec.json.decode(self._path.read_bytes(), type=dict[str, float])
                self._seen = seen
        except FileNotFoundError:
            self._seen, self._ended = None, {}
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{self._path}: cannot be read: {error}",
                hint=f"restore it, or remove it and {self._path.with_name('secret').name}, which ends all tokens",
            ) from error
        return self._ended


def _hash(secret: bytes, user: tuple[str, ...]) -> str:
    return hmac.new(secret, json.dumps(user).encode(), hashlib.sha256).hexdigest()
