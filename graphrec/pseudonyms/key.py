"""Key files of pseudonyms: one secret, and after a rotation those before it too.

A rotated key derives in turn with each of its secrets, so that who rotates needs no list of people, and an older key
alone, such as one that has leaked, says nothing about the graph any more.
"""

from __future__ import annotations

import os
import secrets
import stat
from hashlib import blake2b
from pathlib import Path

from graphrec.common.errors import ConfigError, InputError
from graphrec.common.private import open_private, private_folder

_HEAD = "graphrec-pseudonym-key-1"
#: Bytes of a secret; most secrets in a file.
SECRET_BYTES, MOST = 32, 99
_NEXT = "make one with `graphrec pseudonyms key FILE`"


class PseudonymKey:
    """Secrets of pseudonyms, the first first. Neither its text nor its representation shows them."""

    __slots__ = ("_secrets",)

    def __init__(self, own: tuple[bytes, ...]) -> None:
        self._secrets = own

    def __repr__(self) -> str:
        return f"PseudonymKey({self.fingerprint})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PseudonymKey) and self._secrets == other._secrets

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __reduce__(self) -> str:
        raise TypeError("a key of pseudonyms is not pickled")

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The secrets, for deriving."""
        return self._secrets

    @property
    def generation(self) -> int:
        """How many secrets it has: 1, and one more for each rotation."""
        return len(self._secrets)

    @property
    def fingerprint(self) -> str:
        """A name of the key that says nothing about it: 16 hexadecimal digits."""
        return blake2b(b"".join(self._secrets), digest_size=8, person=b"graphrec-name").hexdigest()

    def follows(self, older: PseudonymKey) -> bool:
        """Return whether this is the older key with one more secret."""
        return self._secrets[:-1] == older._secrets


def make_key(file: Path, before: PseudonymKey | None = None) -> PseudonymKey:
    """Make a key file that only its owner can read; ``before``: the key that it rotates.

    Raises
    ------
    InputError
        The file exists, or cannot be written.
    """
    older = before.secrets if before else ()
    if len(older) >= MOST:
        raise InputError(f"the key has been rotated {MOST - 1} times", hint="load the data again with a new key")
    key = PseudonymKey((*older, secrets.token_bytes(SECRET_BYTES)))
    try:
        private_folder(file.absolute().parent)
        part = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        try:
            with open_private(part, "x", encoding="ascii") as out:
                out.write("\n".join([_HEAD, *(secret.hex() for secret in key.secrets)]) + "\n")
                out.flush()
                os.fsync(out.fileno())
            os.link(part, file)  # whole, or not at all; and never over another
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError:
        raise InputError(f"{file}: exists", hint="name a new file: who loses a key loses the way back") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}", hint="name a file of yours") from error
    return key


def read_key(file: Path) -> PseudonymKey:
    """Read a key file.

    Raises
    ------
    ConfigError
        It is missing, others than its owner can read or write it, or it is no key. No message shows its content.
    """
    try:
        found = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(found, "rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise ConfigError(f"{file}: not a file but a folder, a device or a pipe", hint=_NEXT)
            if os.name == "posix" and mode & 0o077:
                raise ConfigError(
                    f"{file}: others than its owner can use this key (mode {stat.S_IMODE(mode):04o})",
                    hint=f"chmod 600 {file}; if somebody may have read it, rotate it: `graphrec pseudonyms rotate`",
                )
            text = opened.read(100_000)
    except OSError as error:
        raise ConfigError(f"{file}: the key of pseudonyms cannot be read: {error.strerror}", hint=_NEXT) from error
    head, *lines = text.decode("ascii", "replace").split("\n")
    lines = [line.strip() for line in lines if line.strip()]
    whole = head.strip() == _HEAD and 0 < len(lines) <= MOST
    if not whole or any(len(line) != 2 * SECRET_BYTES or set(line) - set("0123456789abcdef") for line in lines):
        raise ConfigError(f"{file}: is no key of pseudonyms", hint=_NEXT)
    return PseudonymKey(tuple(bytes.fromhex(line) for line in lines))
