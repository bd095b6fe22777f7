"""What users have done by now, as Neo4j tells it."""

from __future__ import annotations

import pytest

from graphrec.common.errors import GraphError
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.db.database import Database
from graphrec.graph.history import Interaction, read_history
from graphrec.graph.typed import NO_TIME


def test_histories_are_read_as_the_export_reads_them(db: Database) -> None:
    db.write(
        """
        CREATE (a:User {userId: 1}), (b:User {userId: 'b'}), (i:Item {itemId: 'i'}), (j:Item {itemId: 7})
        CREATE (a)-[:RATED {rating: 4, at: datetime('2020-01-01T00:00:00Z')}]->(i)
        CREATE (a)-[:RATED {at: 1577836800000}]->(j)
        CREATE (a)-[:SEEN]->(j), (a)-[:OWNS]->(i)
        """
    )
    kinds = {"RATED": Behaviour(weight=0.5, strength="rating"), "SEEN": Behaviour(time=None)}
    found = read_history(db, GraphSchema(behaviours=kinds), [1, "b", "c"])
    assert found["b"] == found["c"] == []
    assert sorted(found[1], key=lambda act: (str(act.item), act.kind)) == [
        Interaction(7, "RATED", 0.5, 1577836800),
        Interaction(7, "SEEN", 1.0, NO_TIME),
        Interaction("i", "RATED", 2.0, 1577836800),
    ]


def test_a_strength_that_is_no_number_is_named(db: Database) -> None:
    db.write("CREATE (:User {userId: 'a'})-[:RATED {rating: 'good'}]->(:Item {itemId: 'i'})")
    with pytest.raises(GraphError, match=r"RATED\.rating = 'good'"):
        read_history(db, GraphSchema(behaviours={"RATED": Behaviour(strength="rating")}), ["a"])
