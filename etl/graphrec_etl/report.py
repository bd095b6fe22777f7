"""Report of a load or a dry run, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrec.config.schema import GraphSchema
from graphrec.pseudonyms.key import PseudonymKey
from graphrec_etl.model import Tables
from graphrec_etl.rejects import Rejects


@dataclass(frozen=True, repr=False)
class Report:
    """Result of one load. ``changes`` is None for a dry run; ``seconds`` is the wall time.

    ``scrubbed``: kind → places taken out of texts, None: none were looked for; ``key``: that of the pseudonyms.
    """

    tables: Tables
    rejects: Rejects
    reject_files: list[Path]
    schema: GraphSchema
    changes: Counter[str] | None
    seconds: float
    scrubbed: dict[str, int] | None = None
    key: PseudonymKey | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        tables = self.tables
        labels = {
            self.schema.user.name: len(tables.users),
            self.schema.item.name: len(tables.items),
            self.schema.entity.label: len(tables.entities),
        }
        kinds = Counter(kind for found in tables.entities.kinds.values() for kind in found)
        types: Counter[str] = Counter()
        for edges in tables.edges:
            types[edges.type] += len(edges)
        return {
            "dryRun": self.changes is None,
            "nodes": {name: n for name, n in labels.items() if n},
            "kinds": dict(sorted(kinds.items())),
            "relationships": dict(types),
            "relations": tables.relations,
            "merged": [{"kept": a, "inverse": b, "overlap": round(c, 4)} for a, b, c in tables.merged],
            "duplicates": {name: n for name, n in tables.duplicates.items() if n},
            "orphans": dict(tables.orphans),
            "badRows": self.rejects.bad,
            "pseudonyms": None if self.key is None else self.key.fingerprint,
            "scrubbed": self.scrubbed,
            "rejects": [str(path) for path in self.reject_files],
            "notes": list(tables.notes),
            "changes": None if self.changes is None else _camel(self.changes),
            "seconds": round(self.seconds, 3),
        }

    def __repr__(self) -> str:
        """Return the report as text: what a notebook shows."""
        return self.text()

    def text(self) -> str:
        """Return the report as text."""
        data = self.to_dict()
        said = ["dry run: nothing was written" if data["dryRun"] else f"loaded in {self.seconds:.1f} s"]
        said += _table("nodes", data["nodes"])
        said += _table("kinds of entities", data["kinds"])
        said += _table("relationships", data["relationships"])
        said += _table("duplicates left out", data["duplicates"])
        said += _table("orphans", data["orphans"])
        if data["merged"]:
            said.append("inverse relations stored once")
            said += [f"  {m['inverse']} = {m['kept']} backwards ({m['overlap']:.0%})" for m in data["merged"]]
        if data["pseudonyms"]:
            said.append(f"ids of users are pseudonyms under the key {data['pseudonyms']}")
        if self.scrubbed is not None:
            said += _table("taken out of texts", self.scrubbed)
        if self.rejects.bad:
            said.append(f"bad rows left out: {self.rejects.bad}")
        said += [f"see {path}" for path in data["rejects"]]
        said += data["notes"]
        if data["changes"] is not None:
            said += _table("changes in the database", data["changes"]) or [
                "no changes: the database already had everything"
            ]
        return "\n".join(said)


def _camel(changes: Counter[str]) -> dict[str, int]:
    names = {
        "nodes_created": "nodesCreated",
        "relationships_created": "relationshipsCreated",
        "relationships_deleted": "repeatedRelationshipsDeleted",
        "properties_set": "propertiesSet",
        "labels_added": "labelsAdded",
    }
    return {shown: changes[name] for name, shown in names.items() if changes[name]}


def _table(title: str, counts: dict[str, int]) -> list[str]:
    if not counts:
        return []
    width = max(map(len, counts))
    return [title] + [f"  {name:<{width}}  {n:>10,}" for name, n in counts.items()]
