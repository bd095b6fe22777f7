"""Let running services drop the answers that they remember, as a user has been forgotten."""

from __future__ import annotations

from pathlib import Path

from graphrec.common.private import private_folder
from graphrec.config.settings import Settings

#: Below the project's home: changed whenever a user is forgotten.
FILE = Path("service", "forgotten")


def mark(settings: Settings) -> None:
    """Tell the services of this home, now and when they look."""
    private_folder(settings.home / FILE.parent)
    (settings.home / FILE).touch(0o600)


def last_mark(settings: Settings) -> int:
    """Return when a user was last forgotten, in nanoseconds since 1970; 0: never."""
    try:
        return (settings.home / FILE).stat().st_mtime_ns
    except FileNotFoundError:
        return 0
