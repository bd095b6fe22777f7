"""Answers of language models on disk, where a caller says whose they are.

An answer is kept only on a shelf: that of one user, or that of prompts that no user is part of. A user's shelf is a
folder whose name tells nobody whose it is, so that forgetting a user removes it whole. Prompts are not kept.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from graphrec.common.console import warn_once
from graphrec.common.errors import GraphrecError
from graphrec.common.files import replacing
from graphrec.common.keyed_names import KeyedNames
from graphrec.common.private import private_folder
from graphrec.config.settings import Settings
from graphrec.language.answers import Finish, Generated

#: The folder in the project's cache.
FOLDER = "language"


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
        self._names = KeyedNames(folder / "secret", f"remove {folder}: it is only a cache")

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
        return Shelf(self.folder / "users" / self._names.of(user))

    def count(self, user: str | int) -> int:
        """Return the number of answers kept of a user."""
        return len(list(folder.glob("*"))) if (folder := self._known(user)) else 0

    def of_user(self, user: str | int) -> list[dict[str, Any]]:
        """Return the answers kept of a user; those in a damaged file are left out."""
        folder = self._known(user)
        keys = sorted(path.stem for path in folder.glob("*.json")) if folder else []
        found = (Shelf(folder).get(key) for key in keys) if folder else ()
        return [msgspec.to_builtins(entry) for entry in found if entry is not None]

    def forget(self, user: str | int) -> None:
        """Remove a user's answers.

        Raises
        ------
        OSError
            A file cannot be removed.
        """
        if (folder := self._known(user)) and folder.is_dir():
            shutil.rmtree(folder)

    def _known(self, user: str | int) -> Path | None:
        name = self._names.known(user)
        return None if name is None else self.folder / "users" / name


def answer_cache(settings: Settings) -> AnswerCache | None:
    """Return the cache of a project, or None if ``[language] cache`` is off."""
    return AnswerCache(settings.home / "cache" / FOLDER) if settings.language.cache else None
