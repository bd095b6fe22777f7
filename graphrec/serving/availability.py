"""Whether an item may be shown now: not hidden, not expired, in stock, and not of those that are never proposed.

One Cypher predicate decides. It stands in ``cypher/query/shown.cypher``, and takes the place of the mark ``true // i
may be shown`` in every other query that answers somebody. It reads three properties of the item, whose names
``[serve]`` of ``graphrec.toml`` gives (:mod:`graphrec.serving.expiry` reads a time without Neo4j):

* ``hidden``: true hides;
* ``stock``: a number of 0 or less hides;
* ``expires``: a time in the past hides. It is a ZONED or LOCAL DATETIME, a DATE, an epoch number of any unit, a year
  or YYYYMMDD as a number, or ISO 8601 text. Without a time zone it is UTC. A day, or a year, is past when it is over.

A missing value, or one of another type, does not hide. Items that ``[recommend] never_propose`` names are
hidden for good (:mod:`graphrec.graph.never_proposed`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from graphrec.config.schema import GraphSchema, quoted
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph import never_proposed

_PREDICATE = re.compile(r"^(?P<indent> *)AND \( // i may be shown\n(?P<body>(?s:.*?))^(?P=indent)\)", re.MULTILINE)
_MARK = re.compile(r"\btrue // (?P<name>\w+) may be shown\b")
_EXPIRES = re.compile(r"\bnull // when (?P<name>\w+) expires\b")
_READ = re.compile(r"\bi\.(hidden|stock|expiresAt)\b")


@dataclass(frozen=True)
class Availability:
    """The properties that decide whether an item may be shown; an empty name: that one hides nothing.

    ``never``: the predicate of items that are never proposed.
    """

    hidden: str = "hidden"
    expires: str = "expiresAt"
    stock: str = "stock"
    never: str = ""

    @classmethod
    def of(cls, settings: Settings, db: Database | None = None) -> Availability:
        """Return the properties that a project's ``[serve]`` names, and what it never proposes.

        Parameters
        ----------
        db
            Checks what is never proposed, once; None: Neo4j refuses the queries with an error of its own.

        Raises
        ------
        ConfigError
            ``[recommend] never_propose`` is not a valid predicate, or names what the graph does not have.
        """
        serve, never = settings.serve, settings.recommend.never_propose
        if never and db is not None:
            never_proposed.check(db, settings.graph, never)
        return cls(serve.hidden, serve.expires, serve.stock, never)

    def predicate(self, name: str = "i") -> str:
        """Return Cypher that is true if the node ``name`` may be shown; it is never null.

        Raises
        ------
        ConfigError
            A property's name is not valid in Cypher, or what is never proposed is not a valid predicate.
        """
        read = {
            what: _property(name, own)
            for what, own in (("hidden", self.hidden), ("stock", self.stock), ("expiresAt", self.expires))
        }
        shown = f"({_READ.sub(lambda found: read[found[1]], _body())})"
        return f"({shown} AND NOT {never_proposed.condition(self.never, name)})" if self.never else shown

    def expiry(self, name: str = "i") -> str:
        """Return Cypher for the value that says when the node ``name`` expires.

        Raises
        ------
        ConfigError
            The property's name is not valid in Cypher.
        """
        return _property(name, self.expires)


def _property(node: str, own: str) -> str:
    return f"{node}.{quoted(own)}" if own else "null"


def load(
    name: str,
    schema: GraphSchema | None = None,
    available: Availability | None = None,
    /,
    **types: str | tuple[str, ...],
) -> str:
    """Return a query that answers somebody, with the names of a mapping: items that may not be shown are left out.

    Parameters
    ----------
    name, schema, types
        As for :func:`graphrec.db.queries.load`.
    available
        The properties that decide; by default those of the default names.

    Raises
    ------
    ConfigError
        A name is not valid in Cypher.
    """
    return _filled(queries.load(name, schema, **types), available or Availability())


def _filled(query: str, available: Availability) -> str:
    home = _PREDICATE.search(query)
    if home is not None:
        query = f"{query[: home.start()]}{home['indent']}AND {available.predicate()}{query[home.end() :]}"
    query = _EXPIRES.sub(lambda found: available.expiry(found["name"]), query)
    return _MARK.sub(lambda found: available.predicate(found["name"]), query)


@cache
def _body() -> str:
    """Return the predicate as it stands in its file, in one line."""
    found = _PREDICATE.search(queries.text("query/shown"))
    assert found is not None, "cypher/query/shown.cypher has no predicate"
    return " ".join(found["body"].split())
