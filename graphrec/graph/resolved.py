"""The mapping with what the graph has, read once, when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphrec.config.schema import GraphSchema
    from graphrec.db.database import Database


def resolved_once(
    db: Database, schema: GraphSchema, given: Callable[[], GraphSchema] | None = None
) -> Callable[[], GraphSchema]:
    """Return what gives the mapping with the behaviours and the knowledge that the graph has.

    Parameters
    ----------
    db, schema
        The database, and the mapping as it is configured.
    given
        Gives it instead, for example where a service has read it already.
    """

    def read() -> GraphSchema:
        from graphrec.graph.mapping import resolve

        return given() if given else resolve(db, schema)

    return cache(read)
