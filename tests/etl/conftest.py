"""Small folders made on the spot, and what a database holds as sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrec.db.database import Database

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files into a folder: ``write(**{"x.inter": "text"})``; text is UTF-8, bytes are written as they are."""

    def make(folder: str = "data", **files: str | bytes) -> Path:
        target = tmp_path / folder
        target.mkdir(exist_ok=True)
        for name, content in files.items():
            raw = content.encode() if isinstance(content, str) else content
            (target / name).write_bytes(raw)
        return target

    return make


@pytest.fixture
def held(db: Database) -> Callable[[str], set[Any]]:
    """Return the rows of a query as a set of tuples; lists in them become tuples."""

    def ask(query: str) -> set[Any]:
        rows = set()
        for record in db.read(query):
            cells = tuple(tuple(v) if isinstance(v, list) else v for v in record.values())
            rows.add(cells[0] if len(cells) == 1 else cells)
        return rows

    return ask


@pytest.fixture
def fingerprint(db: Database) -> Callable[[], tuple[Any, ...]]:
    """Return everything that the database holds, comparable."""

    def take() -> tuple[Any, ...]:
        nodes = db.read("MATCH (n) RETURN labels(n) AS l, properties(n) AS p")
        edges = db.read(
            "MATCH (a)-[r]->(b) RETURN properties(a) AS a, type(r) AS t, properties(r) AS r, properties(b) AS b"
        )
        return sorted(str(sorted(n["l"])) + _text(n["p"]) for n in nodes), sorted(
            _text(e["a"]) + e["t"] + _text(e["r"]) + _text(e["b"]) for e in edges
        )

    return take


def _text(properties: dict[str, Any]) -> str:
    return str(sorted((name, str(value)) for name, value in properties.items()))
