"""Keys of the service: made, listed and removed by the operator; only their hashes are on the disk.

A key is ``grk_NAME_SECRET``: the prefix lets scanners find it where it has leaked, the name says which to remove, and
the secret has 256 random bits.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from graphrec.common.errors import ConfigError, InputError, NotFoundError, nearest
from graphrec.common.file_lock import waited_for
from graphrec.common.files import write_json
from graphrec.common.private import private_folder
from graphrec.config.ids import same_id
from graphrec.config.roles import NodeRole

Scope = Literal["read", "events", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "grk"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")


class Key(msgspec.Struct, frozen=True):
    """A key as it is kept.

    Attributes
    ----------
    name
        Its name.
    hash
        SHA-256 of the whole key, in hexadecimal digits.
    scopes
        What it may do.
    user
        Id of the only user that it may read and send events for; None: all.
    created, expires
        Times; None: it does not expire.
    """

    name: str
    hash: str
    scopes: tuple[Scope, ...]
    user: str | None
    created: datetime
    expires: datetime | None

    @property
    def id(self) -> str:
        """What tokens name it by: another key of the same name has another."""
        return self.hash[:16]

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires is not None and self.expires.timestamp() <= time.time()


class _File(msgspec.Struct, frozen=True):
    keys: tuple[Key, ...] = ()


class Keys:
    """The keys in a folder; a change of the file is seen by the next look.

    Parameters
    ----------
    folder
        The folder of the service, which need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "keys.json"
        self._name = str(self.path)
        self._seen: tuple[int, ...] | None = ()
        self._keys: dict[str, Key] = {}
        #: Whether there was a key at any look.
        self.used = False

    def all(self) -> dict[str, Key]:
        """Return all keys by name, the expired ones too.

        Raises
        ------
        ConfigError
            The file cannot be read.
        """
        try:
            found = os.stat(self._name)  # a text: at every request
        except FileNotFoundError:
            self._seen, self._keys = None, {}
            return self._keys
        except OSError as error:
            raise _unreadable(self.path, error.strerror or "") from error
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._keys = {key.name: key for key in _read(self.path).keys}
            self._seen, self.used = seen, self.used or bool(self._keys)
        return self._keys

    def find(self, text: str) -> Key | None:
        """Return the key of a text, unless it has expired; compared in constant time."""
        name = text.split("_", 2)[1] if text.startswith(f"{PREFIX}_") else ""
        key = self.all().get(name)
        if key is None or key.expired or not hmac.compare_digest(_hash(text), key.hash):
            return None
        return key

    def by_id(self, key_id: str) -> Key | None:
        """Return the key that a token names, unless it has expired."""
        return next((key for key in self.all().values() if key.id == key_id and not key.expired), None)

    def add(self, name: str, scopes: tuple[Scope, ...], user: str | None = None, lasts: float | None = None) -> str:
        """Make a key, and return it: it cannot be had again.

        Parameters
        ----------
        name
            Its name.
        scopes
            What it may do.
        user
            Id of the only user that it may read; None: all.
        lasts
            Seconds until it expires; None: never.

        Raises
        ------
        InputError
            The name is taken or impossible, or the scopes are not for one user.
        """
        if not _NAME.fullmatch(name):
            raise InputError(f"{name!r} cannot be a key's name", hint="at most 32 letters, digits and hyphens")
        if user is not None and "admin" in scopes:
            raise InputError(f"key {name!r}: scope 'admin' is not for one user", hint="leave out --user, or the scope")
        text = f"{PREFIX}_{name}_{secrets.token_urlsafe(32)}"
        now = time.time()
        expires = None if lasts is None else datetime.fromtimestamp(int(now + lasts), UTC)
        with self._changed() as keys:
            if name in keys:
                hint = "add one with another name, and remove this one when nobody uses it any more"
                raise InputError(f"there is a key {name!r} already", hint=hint)
            chosen = tuple(scope for scope in SCOPES if scope in scopes)
            keys[name] = Key(name, _hash(text), chosen, user, datetime.fromtimestamp(int(now), UTC), expires)
        return text

    def remove(self, name: str) -> None:
        """Remove a key; it and the tokens made by it are refused from the next request on.

        Raises
        ------
        NotFoundError
            There is no such key.
        """
        with self._changed() as keys:
            if keys.pop(name, None) is None:
                raise NotFoundError(f"no key {name!r}", hint=nearest(name, keys))

    def of_user(self, forms: Iterable[Any], users: NodeRole) -> list[str]:
        """Return the names of the keys that were made for one user.

        Parameters
        ----------
        forms
            Forms of the user's id.
        users
            Role of the users' nodes.
        """
        known = list(forms)
        return [
            key.name
            for key in self.all().values()
            if key.user is not None and any(same_id(key.user, form, users) for form in known)
        ]

    @contextmanager
    def _changed(self) -> Iterator[dict[str, Key]]:
        """Yield the keys to change, and write them when the block ends; one writer at a time."""
        folder = private_folder(self.path.parent)
        with waited_for(folder / "keys.lock"):
            keys = dict(self.all())
            yield keys
            write_json(self.path, msgspec.to_builtins(_File(tuple(keys.values()))))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read(path: Path) -> _File:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise _unreadable(path, error.strerror or "") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unreadable(path, str(error)) from error


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"{path}: the keys cannot be read: {why}", hint="restore the file, or remove it and add new keys"
    )
