"""How much of the database a piece of work has read and changed."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

#: Counters of Neo4j → names in the journal.
_COUNTERS = {
    "nodes_created": "nodesCreated",
    "nodes_deleted": "nodesDeleted",
    "relationships_created": "relationshipsCreated",
    "relationships_deleted": "relationshipsDeleted",
    "properties_set": "propertiesSet",
}


@dataclass
class Tally:
    """Counts by name; those of nothing are left out."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, number: int) -> None:
        """Count more."""
        if number:
            self.counts[name] = self.counts.get(name, 0) + number


#: Of the work in progress in this thread or task; None: nobody counts.
TALLY: ContextVar[Tally | None] = ContextVar("graphrec_tally", default=None)


def count_rows(number: int) -> None:
    """Count rows that were read from the database."""
    tally = TALLY.get()
    if tally is not None:
        tally.add("rowsRead", number)


def count_changes(counters: Any) -> None:
    """Count what a query has changed, by the counters of Neo4j's summary."""
    tally = TALLY.get()
    if tally is not None:
        for name, told in _COUNTERS.items():
            tally.add(told, getattr(counters, name))
