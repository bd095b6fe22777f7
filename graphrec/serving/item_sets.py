"""The items that filters, boosts and categories select, each read once for a batch of requests."""

from __future__ import annotations

from typing import Any

from graphrec.common.errors import NotFoundError
from graphrec.config.ids import stored_forms
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.serving.cypher_filter import Where


class ItemSets:
    """What was selected is remembered as long as this lives: for one batch, so that no answer is older.

    Parameters
    ----------
    db, schema
        The database and the mapping.
    """

    def __init__(self, db: Database, schema: GraphSchema) -> None:
        self._db, self._schema = db, schema
        self._found: dict[Any, list[Any]] = {}

    def matching(self, where: Where, user: Any) -> list[Any]:
        """Return the ids of the items that match a predicate: see :meth:`graphrec.serving.cypher_filter.Where.items`.

        Parameters
        ----------
        user
            Id as stored; None for an anonymous visitor.
        """
        values = tuple((name, type(value), value) for name, value in sorted(where.context.items()))
        key = where.text, values, user if where.of_user else None
        if key not in self._found:
            self._found[key] = where.items(self._db, self._schema, user)
        return self._found[key]

    def category(self, entity: Any) -> list[Any]:
        """Return the ids of the items that knowledge ties to an entity, which is named by its id or its name.

        Raises
        ------
        NotFoundError
            No entity has that id or name.
        """
        key = "category", type(entity), entity
        if key not in self._found:
            knowledge = None if self._schema.knowledge is None else list(self._schema.knowledge)
            query = queries.load("query/category", self._schema)
            rows = self._db.read(query, keys=stored_forms(entity), knowledge=knowledge)
            if not rows:
                raise NotFoundError(
                    f"no category {str(entity)!r}: no entity that knowledge ties to an item has that id or name",
                    hint="name an entity, such as a genre, by its id or its name, as it is stored",
                )
            self._found[key] = [row["item"] for row in rows if row["item"] is not None]
        return self._found[key]
