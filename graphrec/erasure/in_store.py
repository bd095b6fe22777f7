"""Search the files of the project's own Neo4j for what was removed from it, and make it free of that.

Neo4j overwrites what was deleted only when it needs the space. The search reads bytes, and needs no help of Neo4j's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrec.common.console import progress
from graphrec.common.errors import InputError
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database, connect
from graphrec.db.server.layout import Layout
from graphrec.db.write_lock import writing
from graphrec.erasure.between import Choice, between_queries
from graphrec.posts.ends import load_of_author

#: Fewer characters of an id, and of a text, are found within other values by chance.
SHORTEST, SHORTEST_TEXT = 8, 12
#: Most texts to search for, the longest.
MOST = 50
#: Neo4j stores long texts in parts of this many bytes.
_PART = 120
_BLOCK = 1 << 24
_INDEX_WAIT = 3600


@dataclass(frozen=True)
class InStore:
    """What the files of Neo4j hold of a removed user.

    Attributes
    ----------
    files
        File, below the home of the server → how many of the values it holds.
    searched
        Number of files searched.
    by_id
        Whether the id is long enough to be searched for.
    texts
        Number of removed texts searched for.
    compacted
        Whether the files were made free of what was deleted.
    """

    files: dict[str, int]
    searched: int
    by_id: bool
    texts: int
    compacted: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "files": self.files,
            "searched": self.searched,
            "byId": self.by_id,
            "texts": self.texts,
            "compacted": self.compacted,
        }

    def lines(self) -> list[str]:
        """Return the same as readable lines."""
        kinds = ["the id"] * self.by_id + [f"{self.texts:,} removed texts"] * bool(self.texts)
        what = " and ".join(kinds) or "nothing: the id and the texts are too short to be told from others"
        said = [f"Neo4j's own files: {self.searched:,} searched as bytes for {what}"]
        if self.files:
            names = ", ".join(f"{name} ({count:,})" for name, count in self.files.items())
            said.append(f"found there, although deleted (a text may be another's too): {names}")
        if not self.compacted:
            said.append(
                "Neo4j overwrites deleted values when it needs the space, and packs short ones so that no search finds "
                "them; the same command with --compact removes them now, and restarts Neo4j for it"
            )
        return said


def is_local(settings: Settings) -> bool:
    """Return whether the database is the project's own server, whose files are here."""
    return settings.neo4j.uri is None


def require_local(settings: Settings) -> None:
    """Refuse to work on the files of another server.

    Raises
    ------
    InputError
        The database is not the project's own server.
    """
    if not is_local(settings):
        raise InputError(
            "--compact: NEO4J_URI names a server whose files graphrec does not touch",
            hint="leave out --compact; that server's own tools rewrite its store",
        )


def read_texts(
    db: Database, settings: Settings, users: Sequence[Any], own: Sequence[str], between: Choice | None
) -> list[str]:
    """Return the texts that a removal will delete with a user: the longest :data:`MOST`, without short ones."""
    asked = [queries.load("forget/texts", settings.graph)]
    asked += [queries.load("forget/own_texts", settings.graph, Entity=label) for label in own]
    asked.append(load_of_author("forget/post_texts", settings.graph))
    if between == "delete":
        asked += [query for _, query in between_queries("forget/between_texts", settings.graph)]
    limits = {"users": list(users), "shortest": SHORTEST_TEXT, "most": MOST}
    found = {row["text"] for query in asked for row in db.read(query, **limits)}
    return sorted(found, key=len, reverse=True)[:MOST]


def look(settings: Settings, text: str, texts: Sequence[str], *, compacted: bool = False) -> InStore:
    """Search the files of the project's own server for an id and for texts."""
    texts = [one for one in texts if one != text]
    by_id = len(text) >= SHORTEST
    wanted = [_parts(one) for one in ([text] if by_id else []) + texts]
    root = Layout.of(settings.home).root
    files = [path for path in sorted(root.rglob("*")) if path.is_file()] if wanted else []
    found = {}
    with progress() as bar:
        task = bar.add_task("searching Neo4j's files", total=len(files))
        for path in files:
            if count := _holds(path, wanted):
                found[path.relative_to(root).as_posix()] = count
            bar.advance(task)
    return InStore(found, len(files), by_id, len(texts), compacted)


def beside(settings: Settings, text: str) -> tuple[str, ...]:
    """Return the files in the project's folder, not below it, that hold an id: exported lists, pages, pictures."""
    wanted = [_parts(text)] if len(text) >= SHORTEST else []
    files = sorted(path for path in settings.root.iterdir() if path.is_file()) if wanted else []
    return tuple(path.name for path in files if _holds(path, wanted))


def compact(settings: Settings) -> None:
    """Remove everything that was deleted from the files of the project's own server, which is restarted.

    Raises
    ------
    ServerError
        See :func:`graphrec.db.server.compact.compact`.
    """
    from graphrec.db.server.compact import compact as remove

    with connect(settings) as db, writing(db, "forget --compact"):
        formats = {row["name"]: str(row["format"]) for row in db.read(queries.load("forget/stores"))}
        remove(settings.home, settings.server.version, settings.server.conf, formats)
    with connect(settings) as db:
        db.auto(queries.load("forget/await_indexes"), seconds=_INDEX_WAIT)


def _parts(text: str) -> list[bytes]:
    """Return the parts in which Neo4j may store a text, of those long enough to be told from others."""
    data = text.encode("utf-8", "surrogatepass")
    parts = [data[start : start + _PART] for start in range(0, len(data), _PART)]
    return [part for part in parts if len(part) >= SHORTEST]


def _holds(path: Path, wanted: Sequence[Sequence[bytes]]) -> int:
    """Return how many of the values a file holds at least a part of."""
    found: set[int] = set()
    before = b""
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                data = before + block
                for place, parts in enumerate(wanted):
                    if place not in found and any(part in data for part in parts):
                        found.add(place)
                before = data[-_PART:]
    except OSError:  # a running server removes files
        return len(found)
    return len(found)
