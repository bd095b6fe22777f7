"""What comes in: ids become pseudonyms, where the project has a key; else they stay."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from graphrec.common.errors import ConfigError
from graphrec.config.settings import Settings
from graphrec.pseudonyms.key import read_key
from graphrec.pseudonyms.pseudonym import Pseudonyms

#: Whoever types so looks for a pseudonym.
_BEGINNING = re.compile(r"p[1-9][0-9]?-[0-9a-f]{0,32}")


class Door:
    """Replaces the ids of people that callers and files give.

    Parameters
    ----------
    pseudonyms
        Those of the project's key; None: ids stay as they are.
    """

    def __init__(self, pseudonyms: Pseudonyms | None = None) -> None:
        self.pseudonyms = pseudonyms

    def user(self, given: Any) -> Any:
        """Return the id under which a person is stored; what cannot be an id stays, to be refused later."""
        if self.pseudonyms is None or not isinstance(given, str | int | float) or isinstance(given, bool):
            return given
        return self.pseudonyms.of(given) if str(given).strip() else given

    def beginning(self, given: str) -> str:
        """Return the beginning of a stored id: of a pseudonym as given, else the whole pseudonym of an id."""
        return given if _BEGINNING.fullmatch(given) else str(self.user(given))

    def event_key(self, given: str | None) -> str | None:
        """Return what is stored of the key of an event."""
        if self.pseudonyms is None or given is None or not given.strip():
            return given
        return self.pseudonyms.of_event(given)


def key_file(settings: Settings, named: Path | None = None) -> Path | None:
    """Return the key file: the one named, or the one of ``[privacy] pseudonym_key``, relative to the project."""
    if named is not None:
        return named
    given = settings.privacy.pseudonym_key
    return settings.root / Path(given).expanduser() if given else None


def open_door(settings: Settings, named: Path | None = None) -> Door:
    """Return what replaces ids in a project.

    Raises
    ------
    ConfigError
        The key cannot be used, or users have a key of several properties or are items.
    """
    file = key_file(settings, named)
    if file is None:
        return Door()
    if settings.graph.user.composite:
        raise ConfigError(
            f"users have the key {settings.graph.user.key_name}, of several properties; pseudonyms stand for one",
            hint="give users one key in [graph.user], or leave out the key of pseudonyms",
        )
    return Door(Pseudonyms(read_key(file)))


def user_of(settings: Settings, given: Any) -> Any:
    """Return the id under which somebody is stored whom a command names.

    Raises
    ------
    ConfigError
        See :func:`open_door`.
    """
    return given if given is None or not settings.privacy.pseudonym_key else open_door(settings).user(given)
