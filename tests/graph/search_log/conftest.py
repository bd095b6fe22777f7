"""Searches whose every meaning is known."""

from __future__ import annotations

import pytest

from graphrec.db.database import Database


@pytest.fixture
def asked(db: Database) -> Database:
    """Users who rated and searched; items and searches whose text vectors of two numbers were made by one encoder."""
    db.write(
        """
        CREATE (a:User {userId: 'a'}), (b:User {userId: 'b'}), (c:User {userId: 'c'}),
          (w:Item {itemId: 'w', textVector: [1.0, 0.0]}), (x:Item {itemId: 'x', textVector: [0.0, 2.0]}),
          (y:Item {itemId: 'y', textVector: [3.0, 3.0]}), (:Item {itemId: 'v', textVector: [-1.0, 0.0]}),
          (:Item {itemId: 'z'}),
          (right:Search {searchId: 1, text: 'right', textVector: [2.0, 0.0]}),
          (again:Search {searchId: 2, text: 'right', textVector: [2.0, 0.0]}),
          (up:Search {searchId: 3, text: 'up', textVector: [0.0, 1.0]}),
          (:Search {searchId: 4, text: '  '}), (none:Search {searchId: 5}),
          (late:Search {searchId: 6, text: 'came after graphrec embed'}),
          (a)-[:RATED {at: datetime('2020-01-01T00:00:00Z')}]->(w),
          (b)-[:RATED {at: datetime('2020-01-02T00:00:00Z')}]->(x),
          (a)-[:SEARCHED {at: datetime('2020-01-03T00:00:00Z')}]->(right),
          (a)-[:SEARCHED {at: datetime('2020-01-04T00:00:00Z')}]->(up),
          (c)-[:SEARCHED {at: datetime('2020-01-05T00:00:00Z')}]->(again),
          (c)-[:SEARCHED]->(up),
          (c)-[:SEARCHED]->(none), (c)-[:SEARCHED]->(late)
        """
    )
    db.write("MATCH (n) WHERE n.textVector IS NOT NULL SET n.textEncoder = 'words@0123456789ab'")
    return db
