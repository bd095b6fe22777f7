"""The names that a graph knows, against which those that people write are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphrec.common.errors import ConfigError, nearest
from graphrec.db import queries

if TYPE_CHECKING:
    from graphrec.config.settings import RecommendSettings
    from graphrec.db.database import Database


def known_names(db: Database) -> dict[str, list[str]]:
    """Return the names of every ``label``, ``relationship type`` and ``property``."""
    known: dict[str, list[str]] = {"label": [], "relationship type": [], "property": []}
    for row in db.read(queries.load("query/names")):
        known[row["kind"]].append(row["name"])
    return known


def check_types(db: Database, settings: RecommendSettings) -> None:
    """Check that the relationship types that the rules name are there; those of the default need not be.

    Raises
    ------
    ConfigError
        One is not; the message names the key.
    """
    named = [
        (f"blocked[{n}] = {kind!r}", kind)
        for n, kind in enumerate(settings.blocked)
        if settings.blocked != type(settings)().blocked
    ]
    named += [(f"most.{kind} = {n}", kind) for kind, n in settings.most.items()]
    if not named:
        return
    known = known_names(db)["relationship type"]
    for key, kind in named:
        if kind not in known:
            raise ConfigError(
                f"[recommend] {key}: no relationship of the graph has the type {kind!r}", hint=nearest(kind, known)
            )
