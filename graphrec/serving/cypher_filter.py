"""A Cypher predicate on items, written by the caller: ``--where "i.year >= 1990"`` (:mod:`graphrec.db.predicate`)."""

from __future__ import annotations

from typing import Any

from graphrec.common.console import advise
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.predicate import Predicate
from graphrec.serving.filter_types import mismatches

_WHERE = "(true)"


class Where(Predicate):
    """A predicate on the item ``i`` and the user ``u``."""

    def items(self, db: Database, schema: GraphSchema, user: Any) -> list[Any]:
        """Return the ids of the matching items; null does not match.

        Where nothing matches, comparisons that cannot fit (a text with a number, a value that no item has) are
        reported. The rules of ``[recommend]`` only warn about names that the database does not have, so that an answer
        still comes while they wait for data.

        Parameters
        ----------
        user
            Id as stored.

        Raises
        ------
        ConfigError
            Neo4j cannot parse it, it is not boolean, it takes too long, or the database does not have one of its names.
        """
        before, _, after = queries.load("query/where", schema).partition(_WHERE)
        query = f"{before}(\n{self.text}\n){after}"
        self.explain(db, query, strict=not self.place.startswith("["), user=user)
        found = self.ask(db, query, user=user)
        # Neo4j accepts a list property as true if the list is not empty, and warns about it.
        if any("list or a path to a boolean" in said for said in found.warnings):
            raise self.refused("it is a list for some item, not true or false", "ask for its size: size(i.tags) > 0")
        if not found.records:
            for said in mismatches(db, schema, self.tokens):
                advise(f"{self.place}: {said}")
        return [row["item"] for row in found.records]
