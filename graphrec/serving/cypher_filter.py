"""A Cypher predicate on items, written by the operator: ``--where "i.year >= 1990"`` (:mod:`graphrec.db.predicate`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphrec.common.console import advise
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.predicate import Predicate
from graphrec.serving.filter_types import mismatches

_WHERE = "(true)"


@dataclass(frozen=True)
class Where(Predicate):
    """A predicate on the item ``i`` and the user ``u``.

    Attributes
    ----------
    context
        Name → value of the parameters of a named filter (:mod:`graphrec.serving.named_filters`).
    checked
        Whether :meth:`check` has passed before.
    """

    context: Mapping[str, Any] = field(default_factory=dict)
    checked: bool = False

    @property
    def of_user(self) -> bool:
        """Whether the answer may differ between users."""
        return ("name", "u") in self.tokens

    def query(self, schema: GraphSchema) -> str:
        """Return the query for the matching items."""
        self.check_personal(schema)
        before, _, after = queries.load("query/where", schema).partition(_WHERE)
        return f"{before}(\n{self.text}\n){after}"

    def check(self, db: Database, schema: GraphSchema, user: Any = None) -> None:
        """Let Neo4j compile the predicate.

        Only what callers write must name what the database has: rules and named filters wait for data, and just warn.

        Raises
        ------
        ConfigError
            Neo4j cannot parse it, it is not boolean, or the database does not have one of its names.
        """
        self.explain(db, self.query(schema), strict=not self.place.startswith("["), user=user, context={})

    def items(self, db: Database, schema: GraphSchema, user: Any) -> list[Any]:
        """Return the ids of the matching items; null does not match.

        Where nothing matches, comparisons that cannot fit (a text with a number, a value that no item has) are
        reported.

        Parameters
        ----------
        user
            Id as stored.

        Raises
        ------
        ConfigError
            See :meth:`check`; or it takes too long.
        """
        if not self.checked:
            self.check(db, schema, user)
        found = self.ask(db, self.query(schema), user=user, context=dict(self.context))
        # Neo4j accepts a list property as true if the list is not empty, and warns about it.
        if any("list or a path to a boolean" in said for said in found.warnings):
            raise self.refused("it is a list for some item, not true or false", "ask for its size: size(i.tags) > 0")
        if not found.records:
            for said in mismatches(db, schema, self.tokens):
                advise(f"{self.place}: {said}")
        return [row["item"] for row in found.records]
