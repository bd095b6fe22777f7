"""Searches from a table, as docs/loading.md says: loaded in the place of items, mapped as searches."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from graphrec.config.settings import load_settings
from graphrec.db.database import Database
from graphrec.graph.hetero import load_graph

PLACE = '[graph.item]\nlabel = "Search"\nkey = "searchId"\ntitle = "text"\n'
MAPPING = """
[items]
file = "searches.csv"
key = "id"
title = "words"
properties = {}

[[behaviours]]
file = "searches.csv"
type = "SEARCHED"
user = "reader"
item = "id"
time = "when"
properties = {}
"""
ROWS = "id,reader,words,when\n1,r1,deep space,2024-05-01\n2,r1,love,\n3,r2,deep space,2024-05-02T10:00:00Z\n"
Load = Callable[..., None]


@pytest.fixture
def load(db: Database, run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load books by the project's own mapping, and searches by that of their place."""
    (tmp_path / "graphrec.toml").write_text('[content]\ntext = "tfidf"\n', encoding="utf-8")
    (tmp_path / "searches.graph.toml").write_text(PLACE, encoding="utf-8")
    (tmp_path / "searches.csv").write_text(ROWS, encoding="utf-8")
    db.write(
        """
        CREATE (r:User {userId: 'r1'})
        CREATE (r)-[:READ {at: datetime()}]->(:Item {itemId: 'b1', title: 'Deep space'})
        CREATE (:Item {itemId: 'b2', title: 'A love in May'}), (:Item {itemId: 'b3', title: 'Trains'})
        """
    )

    def call(mapping: str, searches: str) -> None:
        (tmp_path / "searches.toml").write_text(mapping, encoding="utf-8")
        with monkeypatch.context() as patch:
            patch.setenv("GRAPHREC_CONFIG", "searches.graph.toml")
            for _ in range(2):  # the second time changes nothing
                result = run("load", "tables", "searches.toml", "--json")
                assert result.exit_code == 0, result.stderr
        assert json.loads(result.stdout)["changes"] == {}
        with (tmp_path / "graphrec.toml").open("a", encoding="utf-8") as file:
            file.write(searches)
        embedded = run("embed", "--image", "none", "--audio", "none")
        assert embedded.exit_code == 0, embedded.stderr

    return call


def meant(db: Database) -> set[tuple[str, str]]:
    graph = load_graph(db, load_settings().graph)
    users, items = graph.data["user", "SEARCHED", "item"].edge_index.tolist()
    return {(graph.users[u], graph.items[i]) for u, i in zip(users, items, strict=True)}


def test_a_row_a_search(db: Database, load: Load):
    load(MAPPING, "[graph.searches.SEARCHED]\nitems = 1\n")
    rows = db.read("MATCH (s:Search)<-[r:SEARCHED]-(u) RETURN s.searchId, s.text, u.userId, toString(date(r.at))")
    assert {tuple(row.values()) for row in rows} == {
        ("1", "deep space", "r1", "2024-05-01"),
        ("2", "love", "r1", None),
        ("3", "deep space", "r2", "2024-05-02"),
    }
    assert meant(db) == {("r1", "b1"), ("r1", "b2"), ("r2", "b1")}


def test_words_may_be_the_key(db: Database, load: Load):
    behaviours = MAPPING[MAPPING.index("[[behaviours]]") :].replace('item = "id"', 'item = "words"')
    load(behaviours, '[graph.searches.SEARCHED]\nitems = 1\ntext = "searchId"\n')
    assert [row["n"] for row in db.read("MATCH (s:Search) RETURN count(s) AS n")] == [2]
    assert meant(db) == {("r1", "b1"), ("r1", "b2"), ("r2", "b1")}
