"""``graphrec embed`` encodes the words of searches by the encoder of the items' text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from graphrec.config.settings import Settings
from graphrec.content.cache import clear
from graphrec.db.database import Database

TEXT_ONLY = ("embed", "--image", "none", "--audio", "none")
FILMS = {1: "Toys that come alive", 2: "A bank robber in Los Angeles", 3: "Horror on a spaceship", 4: "A love story"}
WORDS = {"s1": "outer space", "s2": "outer space", "s3": "romance", "s4": "", "s5": None}
TOML = '[graph.searches.SEARCHED]\n[graph.searches.ASKED_AGAIN]\nweight = 2.0\n[content]\ntext = "tfidf"\n'


@pytest.fixture
def films(embedding_db: Database, settings: Settings) -> Database:
    """Four films with texts, and five searches, two of the same words."""
    db = embedding_db
    clear(settings.home / "cache")
    db.write(
        "UNWIND keys($films) AS k CREATE (:Item {itemId: k, title: $films[k]})",
        films={str(k): v for k, v in FILMS.items()},
    )
    db.write(
        """
        CREATE (u:User {userId: 'u'})
        WITH u
        UNWIND keys($words) AS k
        CREATE (u)-[:SEARCHED]->(:Search {searchId: k, text: $words[k]})
        """,
        words=WORDS,
    )
    return db


@pytest.fixture
def ask(run: Callable, tmp_path: Path) -> Callable:
    """Run ``graphrec embed`` in a project that maps searches; return its JSON and what it said."""
    (tmp_path / "graphrec.toml").write_text("[graph.searches.SEARCHED]\n", encoding="utf-8")

    def call(*options: str) -> tuple[dict, str]:
        result = run(*TEXT_ONLY, *options, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout), result.stderr

    return call


def vectors(db: Database) -> dict:
    rows = db.read("MATCH (s:Search) RETURN s.searchId AS k, s.textVector AS v, s.textEncoder AS e, s.textHash AS h")
    return {row["k"]: row.data() for row in rows}


def test_searches_have_the_vectors_that_items_of_their_words_would_have(films: Database, ask: Callable):
    films.write("CREATE (:Item {itemId: '9', title: 'outer space'})")
    report, _ = ask()
    done = report["searches"]["SEARCHED"]
    assert (done["encoded"] + done["cached"], done["absent"], done["skipped"]) == (3, 2, [])
    found = vectors(films)
    item = films.read("MATCH (i:Item {itemId: '9'}) RETURN i.textVector AS v, i.textEncoder AS e, i.textHash AS h")[0]
    for key in ("s1", "s2"):
        assert np.allclose(found[key]["v"], item["v"], atol=1e-6)
        assert (found[key]["e"], found[key]["h"]) == (item["e"], item["h"])
    assert found["s3"]["e"] == item["e"]
    assert [key for key, row in found.items() if row["v"] is None] == ["s4", "s5"]


def test_only_what_is_new_or_changed_is_encoded(films: Database, ask: Callable):
    assert ask()[0]["searches"]["SEARCHED"]["encoded"] == 3
    films.write("MATCH (u:User) CREATE (u)-[:SEARCHED]->(:Search {searchId: 's6', text: 'romance'})")
    films.write("MATCH (s:Search {searchId: 's1'}) SET s.text = 'toys'")
    films.write("MATCH (s:Search {searchId: 's2'}) SET s.text = ''")
    done = ask()[0]["searches"]["SEARCHED"]
    assert {name: done[name] for name in ("encoded", "cached", "kept", "absent")} == {
        "encoded": 1, "cached": 1, "kept": 1, "absent": 3,
    }  # fmt: skip
    gone = vectors(films)["s2"]
    assert gone == {"k": "s2", "v": None, "e": None, "h": None}


def test_another_encoder_takes_searches_along(films: Database, ask: Callable, run: Callable):
    ask()
    report, said = ask("--text", "tfidf")
    done = report["searches"]["SEARCHED"]
    # Of counted words "outer" and "romance" are in no film, and nobody's words are repeated.
    assert [skip["path"] for skip in done["skipped"]] == ["its words"] * len(done["skipped"])
    assert {skip["item"] for skip in done["skipped"]} == {"s1", "s2", "s3"}
    assert "outer space" not in said
    assert all(row["v"] is None for row in vectors(films).values())
    films.write("MATCH (s:Search {searchId: 's3'}) SET s.text = 'a robber story'")
    lines = run(*TEXT_ONLY, "--text", "tfidf").stdout.splitlines()
    assert next(line for line in lines if line.startswith("SEARCHED\t")).startswith(
        "SEARCHED\t1 encoded, 0 kept, 2 skipped, 2 without\ttfidf@"
    )


def test_two_types_that_lead_to_the_same_searches_share_the_work(films: Database, run: Callable, tmp_path: Path):
    films.write("MATCH (u:User), (s:Search {searchId: 's3'}) CREATE (u)-[:ASKED_AGAIN]->(s)")
    (tmp_path / "graphrec.toml").write_text(TOML, encoding="utf-8")
    films.write("MATCH (s:Search {searchId: 's3'}) SET s.text = 'love'")
    report = json.loads(run(*TEXT_ONLY, "--json").stdout)["searches"]
    assert report["ASKED_AGAIN"] == report["SEARCHED"]
    assert report["SEARCHED"]["encoded"] == 1


def test_given_vectors_know_no_words(films: Database, ask: Callable, tmp_path: Path):
    np.save(tmp_path / "mine.npy", np.eye(5, dtype=np.float32))
    films.write("MATCH (i:Item) SET i.itemId = toInteger(i.itemId)")
    report, said = ask("--vectors", "text=mine.npy")
    assert report["text"]["given"] == 4
    assert report["searches"] == {}
    assert "searches are not encoded: the items' text vectors were given (given:mine.npy@" in said
    assert all(row["v"] is None for row in vectors(films).values())


def test_searches_that_are_not_there(films: Database, run: Callable, tmp_path: Path):
    (tmp_path / "graphrec.toml").write_text('[graph.searches.SEARCHED]\ntext = "words"\n', encoding="utf-8")
    refused = run(*TEXT_ONLY)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "[graph.searches.SEARCHED] text = 'words': no 'Search' has it" in refused.stderr
    assert films.read("MATCH (i:Item) WHERE i.textVector IS NOT NULL RETURN i") == []


def test_without_a_mapping_searches_are_left_alone(films: Database, run: Callable):
    result = run(*TEXT_ONLY, "--json")
    assert json.loads(result.stdout)["searches"] == {}
    assert all(row["v"] is None for row in vectors(films).values())
