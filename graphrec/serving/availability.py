"""Whether an item may be shown now: not hidden, not expired, in stock.

One Cypher predicate decides. It stands in ``cypher/query/shown.cypher``, and takes the place of the mark ``true // i
may be shown`` in every other query that answers somebody. It reads three properties of the item, whose names
``[serve]`` of ``graphrec.toml`` gives (:mod:`graphrec.serving.expiry` reads a time without Neo4j):

* ``hidden``: true hides;
* ``stock``: a number of 0 or less hides;
* ``expires``: a time in the past hides. It is a ZONED or LOCAL DATETIME, a DATE, an epoch number of any unit, a year
  or YYYYMMDD as a number, or ISO 8601 text. Without a time zone it is UTC. A day, or a year, is past when it is over.

A missing value, or one of another type, does not hide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from graphrec.config.schema import GraphSchema, quoted
from graphrec.config.settings import Settings
from graphrec.db import queries

_PREDICATE = re.compile(r"^(?P<indent> *)AND \( // i may be shown\n(?P<body>(?s:.*?))^(?P=indent)\)", re.MULTILINE)
_MARK = re.compile(r"\btrue // (?P<name>\w+) may be shown\b")
_EXPIRES = re.compile(r"\bnull // when (?P<name>\w+) expires\b")
_READ = re.compile(r"\bi\.(hidden|stock|expiresAt)\b")


@dataclass(frozen=True)
class Availability:
    """The properties that decide whether an item may be shown; an empty name: that one hides nothing."""

    hidden: str = "hidden"
    expires: str = "expiresAt"
    stock: str = "stock"

    @classmethod
    def of(cls, settings: Settings) -> Availability:
        """Return the properties that a project's ``[serve]`` names."""
        return cls(settings.serve.hidden, settings.serve.expires, settings.serve.stock)

    def predicate(self, name: str = "i") -> str:
        """Return Cypher that is true if the node ``name`` may be shown; it is never null.

        Raises
        ------
        ConfigError
            A property's name is not valid in Cypher.
        """
        read = {
            what: _property(name, own)
            for what, own in (("hidden", self.hidden), ("stock", self.stock), ("expiresAt", self.expires))
        }
        return f"({_READ.sub(lambda found: read[found[1]], _body())})"

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
