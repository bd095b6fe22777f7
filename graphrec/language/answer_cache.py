"""Answers of language models on disk, where a caller says whose they are.

An answer is kept only on a shelf: that of one user, or that of prompts that no user is part of. A user's shelf is a
folder whose name tells nobody whose it is, so that forgetting a user removes it whole. Prompts are not kept.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from graphrec.common.console import warn_once
from graphrec.common.errors import GraphrecError, InputError
from graphrec.common.files import replacing
from graphrec.common.private import private_folder
from graphrec.config.settings import Settings
from graphrec.language.answers import Finish, Generated

#: The folder in the project's cache.
FOLDER = "language"
_SECRET_BYTES = 32


class _Entry(msgspec.Struct, frozen=True):
    text: str
    tokens_in: int
    tokens_out: int
    finish: Finish


@dataclass(frozen=True)
class Shelf:
    """Answers of one user, or of nobody, by the hash of model, prompt and parameters."""

    folder: Path

    def get(self, key: str) -> _Entry | None:
        """Return an answer; None if there is none, or its file is damaged."""
        try:
            return msgspec.json.decode((self.folder / f"{key}.json").read_bytes(), type=_Entry)
        except (OSError, msgspec.DecodeError, ValueError):
            return None

    def put(self, key: str, answer: Generated) -> None:
        """Keep an answer; a disk that takes none is warned of once."""
        entry = _Entry(answer.text, answer.tokens_in, answer.tokens_out, answer.finish)
        try:
            private_folder(self.folder)
            with replacing(self.folder / f"{key}.json") as part:
                part.write_bytes(msgspec.json.encode(entry))
        except (FileExistsError, FileNotFoundError):  # another thread or process keeps the same answer
            return
        except (OSError, GraphrecError) as error:
            warn_once(f"answers of the language model cannot be kept in {self.folder.parent}: {error}")


class AnswerCache:
    """Shelves of answers in a folder.

    Parameters
    ----------
    folder
        The folder, made when the first answer is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def nobody(self) -> Shelf:
        """Return the shelf for prompts that hold nothing of any user."""
        return Shelf(self.folder / "nobody")

    def user(self, user: str | int) -> Shelf:
        """Return the shelf for prompts that hold anything of a user.

        Raises
        ------
        InputError
            The folder's secret is damaged.
        OSError
            It can neither be read nor made.
        """
        return Shelf(self._of(user, self._secret()))

    def count(self, user: str | int) -> int:
        """Return the number of answers kept of a user."""
        return len(list(self._of(user, found).glob("*"))) if (found := self._read_secret()) else 0

    def forget(self, user: str | int) -> None:
        """Remove a user's answers.

        Raises
        ------
        OSError
            A file cannot be removed.
        """
        if (found := self._read_secret()) and (folder := self._of(user, found)).is_dir():
            shutil.rmtree(folder)

    def _of(self, user: str | int, secret: bytes) -> Path:
        # Keyed: whoever reads the folder's names cannot try ids until one fits.
        name = hashlib.blake2b(str(user).encode("utf-8", "surrogatepass"), key=secret, digest_size=16)
        return self.folder / "users" / name.hexdigest()

    @property
    def _secret_file(self) -> Path:
        return self.folder / "secret"

    def _read_secret(self) -> bytes | None:
        try:
            found = self._secret_file.read_bytes()
        except OSError:
            return None
        return found if len(found) == _SECRET_BYTES else None

    def _secret(self) -> bytes:
        if found := self._read_secret():
            return found
        private_folder(self.folder)
        try:
            number = os.open(self._secret_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process is writing it
            for _ in range(100):
                if found := self._read_secret():
                    return found
                time.sleep(0.01)
            raise InputError(
                f"{self._secret_file} is damaged", hint=f"remove {self.folder}: it is only a cache"
            ) from None
        with os.fdopen(number, "wb") as file:
            file.write(found := secrets.token_bytes(_SECRET_BYTES))
        return found


def answer_cache(settings: Settings) -> AnswerCache | None:
    """Return the cache of a project, or None if ``[language] cache`` is off."""
    return AnswerCache(settings.home / "cache" / FOLDER) if settings.language.cache else None
