"""Find or create the local database of a project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from graphrec.common.console import note, warn
from graphrec.common.errors import ConfigError, DatabaseError
from graphrec.config.environment import describe, rename
from graphrec.config.settings import FILE, Settings
from graphrec.db.server import Address, ensure, exists
from graphrec.journal.recording import begin_now

#: Most sibling folders and subfolders searched for a project.
_LOOKED_AT = 200


def has_database(settings: Settings) -> bool:
    """Return whether the project has a database: one named by the environment, or a local one, running or stopped."""
    return settings.neo4j.uri is not None or exists(settings.home)


def require_names(settings: Settings) -> None:
    """Refuse incomplete or misspelled variables for a server.

    Raises
    ------
    ConfigError
        For example, ``NEO4J_URL`` is set but ``NEO4J_URI`` is not. A project with a local database gets a warning
        instead.
    """
    wrong = settings.neo4j.misnamed
    if settings.neo4j.uri is None:
        wrong = {name: right for name, right in wrong.items() if right == "NEO4J_URI"}
        if wrong and exists(settings.home):
            warn(f"{describe(wrong)}: the local Neo4j of {settings.root} is used")
            return
    if wrong:
        instead = "" if settings.neo4j.uri is not None else "; or unset it to use a local Neo4j"
        raise ConfigError(describe(wrong), hint=rename(wrong) + instead)


def local_address(settings: Settings, *, create: bool = False) -> Address:
    """Return the address of the project's local server, starting it if needed.

    Parameters
    ----------
    settings
        Settings of the project.
    create
        Whether a new server may be installed, with an empty database.

    Raises
    ------
    DatabaseError
        The project has no database and ``create`` is false.
    ServerError
        The server cannot be installed or started.
    """
    if not exists(settings.home):
        if not create:
            raise no_database(settings)
        above = next(_databases(_above(settings.root)), None)
        begin_now(settings)
        note(f"a new Neo4j database in {settings.home}" + (f"; another one is in {above}" if above else ""))
    return ensure(settings.home, settings.server.version, settings.server.conf)


def no_database(settings: Settings) -> DatabaseError:
    """Return the error for a project without a database; its hint names a nearby one."""
    steps = "`graphrec load` makes a database here; NEO4J_URI names a server of your own"
    found = _near(settings)
    if found is not None:
        steps = f"run the command in {found}, or set GRAPHREC_HOME={found / '.graphrec'}; {steps}"
    return DatabaseError(
        f"there is no database: NEO4J_URI is not set, and {settings.root} has no local Neo4j ({settings.home})",
        hint=f"is this the right folder? {steps}",
    )


def _near(settings: Settings) -> Path | None:
    """Return a parent, child or sibling folder with a database, else one with a ``graphrec.toml``."""
    here = Path.cwd()
    folders = [*_above(here), *_inside(here), *_inside(here.parent)]
    others = [folder for folder in dict.fromkeys(folders) if folder != settings.root]
    return next(_databases(others), None) or next((folder for folder in others if _is_file(folder / FILE)), None)


def _databases(folders: list[Path]) -> Iterator[Path]:
    return (folder for folder in folders if exists(folder / ".graphrec"))


def _above(folder: Path) -> list[Path]:
    return list(folder.parents)


def _inside(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(path for path in islice(folder.iterdir(), _LOOKED_AT) if path.is_dir())
    return []


def _is_file(path: Path) -> bool:
    with suppress(OSError):
        return path.is_file()
    return False
