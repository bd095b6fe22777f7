"""Check the predicate of a sub-set of users or items, ``where`` of ``[graph.user]`` and ``[graph.item]``."""

from __future__ import annotations

from graphrec.config.roles import NodeRole
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.node_patterns import place_of
from graphrec.db.predicate import Predicate


def check_subset(db: Database, role: NodeRole) -> None:
    """Let Neo4j compile the predicate of a role, if it has one.

    Raises
    ------
    ConfigError
        The text is refused, Neo4j cannot parse it, it is not boolean, or it does more than read.
    """
    if role.condition:
        Predicate(role.condition, place_of(role)).explain(db, queries.load("export/keyless", None, role))
