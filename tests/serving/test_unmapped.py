"""A graph in other names than the mapping's: every command that meets it says how to map it, not to load another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from graphrec.db.database import Database

Run = Callable[..., Any]
COMMANDS = (
    ("recommend", "olga"),
    ("recommend", "--like", "Heat"),
    ("explain", "olga", "Heat"),
    ("similar", "Heat"),
    ("search", "a robbery"),
    ("embed",),
    ("train",),
    ("tune", "--trials", "1"),
    ("forget", "olga", "--dry-run"),
)
WRITE = "`graphrec inspect --write` puts a mapping of this graph into graphrec.toml"


@pytest.fixture
def shop(db: Database) -> Database:
    """Customers, and what they bought."""
    db.write(
        "UNWIND range(0, 9) AS a UNWIND range(0, 9) AS b WITH a, b WHERE (a + b) % 3 = 0 "
        "MERGE (c:Customer {customerId: a}) MERGE (p:Product {sku: 'p' + b, name: 'Lamp ' + b}) "
        "CREATE (c)-[:BOUGHT {day: date('2024-01-01')}]->(p)"
    )
    return db


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_the_next_step_is_to_map_it(shop: Database, run: Run, arguments: tuple[str, ...]) -> None:
    left = run(*arguments)
    assert (left.exit_code, left.stdout) == (2, "")
    assert "the database has no such label" in left.stderr
    assert WRITE in left.stderr
    assert "load" not in left.stderr


def test_mapped_it_asks_for_a_training(shop: Database, run: Run) -> None:
    assert run("inspect", "--write").exit_code == 0
    left = run("recommend", "1")
    assert left.exit_code == 2
    assert "no run is published in this database" in left.stderr
    assert WRITE not in left.stderr


def test_a_mapping_that_does_not_fit_is_not_to_be_written_over(shop: Database, run: Run, tmp_path: Any) -> None:
    (tmp_path / "graphrec.toml").write_text('[graph.user]\nlabel = "Custmer"\n', encoding="utf-8")
    left = run("recommend", "1")
    assert left.exit_code == 2
    assert "[graph.user] label = 'Custmer': the database has no such label" in left.stderr
    assert "did you mean 'Customer'?; `graphrec inspect` proposes a mapping of this graph" in left.stderr


def test_items_without_the_mapped_key(db: Database, run: Run) -> None:
    db.write("CREATE (:User {userId: 1})-[:RATED]->(:Item {uuid: 1})")
    left = run("similar", "1")
    assert left.exit_code == 2
    assert "no (Item) has 'itemId': `graphrec inspect` proposes a mapping of this graph" in left.stderr


@pytest.mark.parametrize("arguments", COMMANDS[:5], ids=" ".join)
def test_an_empty_database_asks_for_data(db: Database, run: Run, arguments: tuple[str, ...]) -> None:
    left = run(*arguments)
    assert left.exit_code == 2
    assert "the database is empty" in left.stderr
    assert "graphrec load" in left.stderr
