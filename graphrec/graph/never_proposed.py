"""Items that are never proposed: ``[recommend] never_propose``, a Cypher predicate on the item ``i``.

What should only ever be chosen by a person, such as a lock or an alarm, may be learned from, but is in no answer.
:mod:`graphrec.serving.availability` puts :func:`condition` into every query that answers somebody; publishing and
explanations leave out the items that :func:`never_proposed` reads.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.predicate import Predicate

PLACE = "[recommend] never_propose"
_MARK = "true // i is never proposed"
#: Predicates that a database has compiled.
_checked: WeakKeyDictionary[Database, set[str]] = WeakKeyDictionary()


def condition(text: str, name: str = "i") -> str:
    """Return Cypher that is true if the node ``name`` is never proposed, else false; never null.

    The predicate has a scope of its own: no variable of the query around it is seen.

    Raises
    ------
    ConfigError
        The text is not a single, permitted, read-only expression.
    """
    Predicate(text, PLACE)
    return f"EXISTS {{ CALL ({name}) {{ WITH {name} AS i WHERE (\n{text}\n) RETURN true AS never }} RETURN never }}"


def check(db: Database, schema: GraphSchema, text: str) -> None:
    """Let Neo4j compile the predicate and ask it of every item, once for each database.

    A name that the graph does not have is refused: a misspelled list would protect nothing.

    Raises
    ------
    ConfigError
        Neo4j cannot parse it, it is not boolean for some item, it takes too long, or the database does not have one of
        its names.
    """
    if text not in _checked.get(db, ()):
        never_proposed(db, schema, text)


def never_proposed(db: Database, schema: GraphSchema, text: str) -> frozenset[Any]:
    """Return the ids, as stored, of the items that are never proposed; none where the predicate is empty.

    Raises
    ------
    ConfigError
        As for :func:`check`.
    """
    if not text:
        return frozenset()
    predicate, known = Predicate(text, PLACE), _checked.setdefault(db, set())
    predicate.check_personal(schema)
    query = queries.load("query/never_proposed", schema).replace(_MARK, condition(text))
    if text not in known:
        predicate.explain(db, query, strict=True)
    found = frozenset(row["item"] for row in predicate.ask(db, query).records)
    known.add(text)
    return found
