"""Find and remove a user's conversations with the assistant, and what was handed over of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from graphrec.assistant.store import open_existing
from graphrec.config.settings import Settings


def look(settings: Settings, forms: Sequence[Any]) -> int:
    """Return their number.

    Raises
    ------
    ResourceError
        The file cannot be read.
    """
    found = open_existing(settings.home, settings.assistant)
    if found is None:
        return 0
    with closing(found):
        return found.of_users(forms)


def read(settings: Settings, forms: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the conversations, and what was handed over of them.

    Raises
    ------
    ResourceError
        The file cannot be read.
    """
    found = open_existing(settings.home, settings.assistant)
    if found is None:
        return []
    with closing(found):
        return found.all_of(forms)


def remove(settings: Settings, forms: Sequence[Any]) -> None:
    """Remove them, from the file too.

    Raises
    ------
    ResourceError
        The file cannot be written.
    """
    found = open_existing(settings.home, settings.assistant)
    if found is not None:
        with closing(found):
            found.forget(forms)
