"""What the graph has words for: titles, entities, numeric and text properties, relations."""

from __future__ import annotations

from graphrec.config.settings import Settings
from graphrec.db.database import Database


class Vocabulary:
    """Names of a graph, and what they stand for; finds titles and entities despite typing errors."""


def open_vocabulary(db: Database, settings: Settings) -> Vocabulary:
    """Return the vocabulary of a graph: read once, and again when it is older than ten minutes.

    Raises
    ------
    DatabaseError
        Neo4j does not answer.
    """
    raise NotImplementedError
