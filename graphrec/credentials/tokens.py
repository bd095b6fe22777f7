"""Short-lived tokens that let a visitor's browser read one user, signed with HMAC-SHA256 by a secret of this project.

A token is ``gru.CLAIMS.SIGNATURE``, both in URL-safe base64. It holds no secret itself: whoever has it can read the
id of its user.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from graphrec.common.errors import ConfigError
from graphrec.common.secret_file import SIZE, made_secret
from graphrec.config.ids import meanings
from graphrec.config.roles import NodeRole
from graphrec.credentials.ended import EndedUsers
from graphrec.credentials.keys import Scope

PREFIX = "gru"


class Claims(msgspec.Struct, frozen=True, array_like=True):
    """What a token says: the user, the scopes, when it ends, the key that asked for it, and when it was made."""

    user: int | str | list[Any]
    scopes: tuple[Scope, ...]
    expires: int
    key: str
    made: float = 0.0


class Tokens:
    """Signs tokens and checks them.

    Parameters
    ----------
    folder
        The folder of the service; the secret is made in it when it is first needed.
    users
        Role of the users' nodes, by which ids are compared.
    """

    def __init__(self, folder: Path, users: NodeRole | None = None) -> None:
        self._path, self._users = folder / "secret", users
        self._ended = EndedUsers(folder)
        self._seen: tuple[int, ...] | None = None
        self._secret = b""

    def sign(self, claims: Claims) -> str:
        """Return a token.

        Raises
        ------
        ConfigError
            The secret is too short, or cannot be read.
        """
        if self._known() is None:
            made_secret(self._path)
            if self._known() is None:
                hint = "remove it: the next token makes another"
                raise ConfigError(f"{self._path}: too short to sign tokens", hint=hint)
        body = _text(msgspec.json.encode(claims))
        return f"{PREFIX}.{body}.{_text(self._signature(body))}"

    def check(self, token: str) -> Claims | None:
        """Return what a token says; None if it is not ours, was changed, or has ended."""
        pieces = token.split(".")
        if len(pieces) != 3 or pieces[0] != PREFIX or self._known() is None:
            return None
        try:
            given = base64.urlsafe_b64decode(pieces[2] + "==")
            if not hmac.compare_digest(given, self._signature(pieces[1])):
                return None
            claims = msgspec.json.decode(base64.urlsafe_b64decode(pieces[1] + "=="), type=Claims)
        except (binascii.Error, ValueError, msgspec.DecodeError):
            return None
        user = meanings(claims.user, self._users)
        over = claims.expires <= time.time() or self._ended.has(self._secret, user, claims.made)
        return None if over else claims

    def end(self, forms: Iterable[Any]) -> None:
        """End all tokens of a user that were made until now; one made later holds.

        Parameters
        ----------
        forms
            Forms of the user's id.

        Raises
        ------
        ConfigError
            The secret cannot be read.
        ResourceError
            The list of those whose tokens have ended cannot be written.
        """
        if self._known() is not None:  # else nobody has a token
            self._ended.add(self._secret, set().union(*(meanings(form, self._users) for form in forms)))

    def tidy(self) -> None:
        """Remove what is kept of tokens that ended before their time, when they would have ended anyway.

        Raises
        ------
        ConfigError
            It cannot be read.
        """
        self._ended.tidy()

    def _signature(self, body: str) -> bytes:
        return hmac.digest(self._secret, body.encode(), hashlib.sha256)

    def _known(self) -> bytes | None:
        """Return the secret, read again if its file has changed; None: there is none.

        Raises
        ------
        ConfigError
            It cannot be read.
        """
        try:
            found = self._path.stat()
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
            if seen != self._seen:
                self._secret, self._seen = self._path.read_bytes(), seen
        except FileNotFoundError:
            return None
        except OSError as error:
            hint = "let this process read it, or remove it: the next token makes another"
            raise ConfigError(f"{self._path}: cannot be read: {error.strerror}", hint=hint) from error
        return self._secret if len(self._secret) >= SIZE else None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
