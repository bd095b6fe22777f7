"""Find and remove the keys of the service that are for one user, and end the user's tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphrec.config.settings import Settings
from graphrec.credentials.keys import Keys
from graphrec.credentials.tokens import Tokens


def look(settings: Settings, forms: Sequence[Any]) -> int:
    """Return the number of keys; tokens are stored nowhere.

    Raises
    ------
    ConfigError
        The keys cannot be read.
    """
    return len(_keys(settings).of_user(forms, settings.graph.user))


def read(settings: Settings, forms: Sequence[Any]) -> list[dict[str, Any]]:
    """Return names, scopes and times of the keys; the keys themselves are stored nowhere, and tokens neither.

    Raises
    ------
    ConfigError
        The keys cannot be read.
    """
    keys = _keys(settings)
    known, names = keys.all(), keys.of_user(forms, settings.graph.user)
    shown = ("name", "scopes", "user", "created", "expires")
    return [{field: getattr(known[name], field) for field in shown} for name in names]


def remove(settings: Settings, forms: Sequence[Any]) -> None:
    """Remove them, and refuse every token made for the user until now, in all processes that have this home.

    Raises
    ------
    ConfigError
        The keys, or what signs the tokens, cannot be read.
    ResourceError
        A file cannot be written.
    """
    keys = _keys(settings)
    for name in keys.of_user(forms, settings.graph.user):
        keys.remove(name)
    Tokens(settings.home / "service", settings.graph.user).end(forms)


def _keys(settings: Settings) -> Keys:
    return Keys(settings.home / "service")
