"""Items made, replaced, changed and deleted; what users were shown, and what came of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from graphrec.common.errors import ConflictError, GraphrecError, InputError, NotFoundError
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.ingest.items import NOT_TAKEN_IN, Catalogue, Changed
from graphrec.serving.impressions import shown_often

#: The queries that look for what followed on a showing.
REACTIONS = ("query/shown_often", "experiment/reactions")


def properties(db: Database, item: str) -> dict[str, Any]:
    found = db.read("MATCH (i:Item {itemId: $item}) RETURN properties(i) AS p", item=item)[0]["p"]
    return {name: str(value) if name == "expiresAt" else value for name, value in found.items()}


def test_items_are_made_changed_and_deleted(films: Database, settings: Settings) -> None:
    films.write("MATCH (i:Item {itemId: '1'}) SET i.textHash = 'h', i.hidden = false")
    items = Catalogue(films, GraphSchema(), settings.serve)
    made = {"title": "Up", "price": 9.5, "tags": ["a", "b"], "stock": 3, "expiresAt": "2030-01-01", "gone": None}
    assert items.create(6, made) == Changed("6", created=True, note=NOT_TAKEN_IN)
    whole = {"itemId": "6", "title": "Up", "price": 9.5, "tags": ["a", "b"], "stock": 3}
    assert properties(films, "6") == whole | {"expiresAt": "2030-01-01"}  # a day is over at its end
    with pytest.raises(ConflictError, match="'6' exists"):
        items.create("6", {})
    assert items.patch("6", {"stock": 0, "price": None, "hidden": True}) == Changed("6")
    assert properties(films, "6")["stock"] == 0
    assert items.replace("6", {"title": "Up"}) == Changed("6")  # the title stays
    assert properties(films, "6") == {"itemId": "6", "title": "Up"}
    assert items.replace("1", {"title": "Jaws 2"}) == Changed("1", note=NOT_TAKEN_IN)
    assert properties(films, "1").keys() >= {"itemId", "title", "textHash"}
    assert "hidden" not in properties(films, "1")
    assert items.replace("7", {"year": 2001}) == Changed("7", created=True)
    assert items.patch("7", {"expiresAt": 1_893_456_000_000}) == Changed("7")
    assert properties(films, "7")["expiresAt"].startswith("2030-01-01T00:00:00")
    films.write("MATCH (i:Item {itemId: '7'}) SET i.hidden = 1")  # no truth, which would hide it
    items.patch("7", {"hidden": True})
    assert properties(films, "7")["hidden"] is True
    for given, stored in (
        (2030, "2030-12-31"),
        ("20300101", "2030-01-01"),
        ("2030-01-01T10:00", "2030-01-01T10:00:00"),
    ):
        items.patch("7", {"expiresAt": given})
        assert properties(films, "7")["expiresAt"].removesuffix(".000000000+00:00") == stored
    deleted = items.delete("1")
    assert deleted.item == "1"
    assert deleted.relationships["RATED"] == 3
    assert not films.read("MATCH (i:Item {itemId: '1'}) RETURN i")
    before = properties(films, "2")
    wrong: list[tuple[Any, dict[str, Any], type[GraphrecError], str]] = [
        ("99", {"a": 1}, NotFoundError, "'99'"),
        ("2", {"itemId": "3"}, InputError, "key"),
        ("2", {"textHash": "x"}, InputError, "graphrec itself"),
        ("2", {"embeddingA": [1.0]}, InputError, "graphrec itself"),
        ("2", {"": 1}, InputError, "no name"),
        ("2", {"a\nb": 1}, InputError, "no name"),
        ("2", {"a": float("nan")}, InputError, "cannot be stored"),
        ("2", {"a": {"b": 1}}, InputError, "cannot be stored"),
        ("2", {"a": [1, "b"]}, InputError, "several kinds"),
        ("2", {"a": 2**63}, InputError, "cannot be stored"),
        ("2", {"a": "\ud800"}, InputError, "half of a character"),
        ("2", {"hidden": "yes"}, InputError, "neither true nor false"),
        ("2", {"stock": "3"}, InputError, "no number"),
        ("2", {"expiresAt": "soon"}, InputError, "ISO 8601"),
        ("2", {"expiresAt": 1e300}, InputError, "outside the years"),
    ]
    for item, changes, error, said in wrong:
        with pytest.raises(error, match=said) as raised:
            items.patch(item, {"price": 1} | changes)
        assert raised.value.hint
    assert properties(films, "2") == before


def test_what_was_shown_in_vain(films: Database) -> None:
    schema = GraphSchema(behaviours={"RATED": Behaviour(), "VIEWED": Behaviour(target=False)})
    films.write("MATCH (:User)-[r]->(:Item) DELETE r")
    films.write(
        """
        MATCH (anna:User {userId: 'anna'}), (ben:User {userId: 'ben'}), (a:Item {itemId: '1'}), (b:Item {itemId: '2'}),
          (c:Item {itemId: '3'})
        WITH *, datetime() AS now, datetime() - duration('P30D') AS before
        CREATE (anna)-[:SHOWN {runId: 'r', times: 2, firstAt: now, lastAt: now}]->(a)
        CREATE (anna)-[:SHOWN {runId: 's', times: 1, firstAt: now, lastAt: now}]->(a)
        CREATE (anna)-[:SHOWN {runId: 'r', times: 5, firstAt: before, lastAt: before}]->(b)
        CREATE (anna)-[:SHOWN {runId: 'r', times: 4, firstAt: before, lastAt: now}]->(c)
        CREATE (anna)-[:RATED {at: now - duration('P1D')}]->(c)
        CREATE (anna)-[:RATED {at: now - duration('P1D')}]->(a)
        CREATE (anna)-[:VIEWED {at: now + duration('P1D')}]->(a)
        CREATE (ben)-[:SHOWN {runId: 's', times: 3, firstAt: now, lastAt: now}]->(b)
        CREATE (ben)-[:RATED]->(b)
        """
    )
    # A time is read as an experiment reads it.
    moments = (re.search(r"CASE\b.*?\bEND", queries.text(name), re.DOTALL) for name in REACTIONS)
    assert len({" ".join(found[0].split()) for found in moments if found}) == 1
    # b was shown long ago; c was rated between; a was rated before it was shown, and viewing is no reaction.
    assert shown_often(films, schema, ["anna", "ben"], 3, 7) == {"anna": {"1": 3}}
    assert shown_often(films, schema, ["anna"], 3, 60) == {"anna": {"1": 3, "2": 5}}
    assert shown_often(films, schema, ["anna"], 4, 7) == {}
