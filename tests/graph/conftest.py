"""A graph whose every edge is known, in names of its own."""

from __future__ import annotations

import pytest

from graphrec.db.database import Database

READERS = """
UNWIND range(0, 29) AS k
CREATE (:`Big Reader` {`card no`: 1000 + k, name: 'Reader ' + k})
"""
BOOKS = """
UNWIND range(0, 19) AS k
CREATE (b:Book {isbn: 'isbn-' + right('0' + k, 2), title: 'Book ' + k, summary: 'About ' + k})
MERGE (a:Author {name: 'Author ' + (k % 4)})
MERGE (b)-[:WRITTEN_BY]->(a)
MERGE (c:Country {name: 'Country ' + (k % 2)})
MERGE (a)-[:`BORN IN`]->(c)
"""
BORROWED = """
MATCH (r:`Big Reader`), (b:Book)
WITH r, b, r.`card no` AS card, toInteger(right(b.isbn, 2)) AS book
WHERE (card + book) % 4 = 0
CREATE (r)-[:`BORROWED BY CARD` {since: datetime({epochSeconds: 1000000 + card * 100 + book}), days: book}]->(b)
"""


@pytest.fixture
def library(db: Database) -> Database:
    """(:`Big Reader`)-[:`BORROWED BY CARD`]->(:Book)-[:WRITTEN_BY]->(:Author)-[:`BORN IN`]->(:Country)."""
    for query in (READERS, BOOKS, BORROWED):
        db.write(query)
    return db


@pytest.fixture
def tiny(db: Database) -> Database:
    """Three users, four items and what they did, in the default names."""
    db.write(
        """
        CREATE (a:User {userId: 'a'}), (b:User {userId: 'b'}), (c:User {userId: 'c'}),
          (w:Item {itemId: 'w'}), (x:Item {itemId: 'x'}), (y:Item {itemId: 'y'}), (:Item {itemId: 'z'}),
          (drama:Entity:Genre {entityId: 'g1'}), (france:Entity {entityId: 'c1'}),
          (b)-[:RATED {rating: 5, at: datetime('2020-01-02T00:00:00Z')}]->(y),
          (a)-[:RATED {rating: 1, at: datetime('2020-01-01T00:00:00Z')}]->(x),
          (a)-[:RATED {rating: 2}]->(w),
          (a)-[:PURCHASED {weight: 2, at: datetime('2020-01-03T01:00:00+01:00')}]->(x),
          (a)-[:PURCHASED {weight: 3.5, at: datetime('2020-01-04T00:00:00Z')}]->(x),
          (x)-[:HAS_GENRE]->(drama), (y)-[:HAS_GENRE]->(drama), (drama)-[:POPULAR_IN]->(france),
          (x)-[:SEQUEL_OF]->(w), (a)-[:FRIEND_OF]->(b)
        """
    )
    return db
