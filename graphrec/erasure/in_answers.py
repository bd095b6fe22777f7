"""Find and remove the answers of a language model that are kept of a user."""

from __future__ import annotations

from typing import Any

from graphrec.common.errors import InputError
from graphrec.config.settings import Settings
from graphrec.language.answer_cache import FOLDER, AnswerCache


def look(settings: Settings, user: str) -> int:
    """Return the number of answers."""
    return _cache(settings).count(user)


def read(settings: Settings, user: str) -> list[dict[str, Any]]:
    """Return the answers."""
    return _cache(settings).of_user(user)


def remove(settings: Settings, user: str) -> None:
    """Remove them.

    Raises
    ------
    InputError
        A file cannot be removed.
    """
    cache = _cache(settings)
    try:
        cache.forget(user)
    except OSError as error:
        raise InputError(f"{cache.folder}: cannot be removed: {error.strerror}", hint="it is only a cache") from error


def _cache(settings: Settings) -> AnswerCache:
    """Return the cache, also where no more answers are kept."""
    return AnswerCache(settings.home / "cache" / FOLDER)
