"""``[recommend] never_propose``: items that no answer proposes, whichever way it comes about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphrec.common.errors import ConfigError
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.runs.store import read_run
from graphrec.serving.availability import Availability
from graphrec.serving.export_lists import export_lists
from graphrec.serving.listings import latest, popular, popular_of, ranking
from graphrec.serving.lookup import titles_like
from graphrec.serving.reader_queries import FILES, read_example, reader_query
from graphrec.serving.recommend import answer, recommend
from graphrec.serving.request import Request
from graphrec.serving.search import _nearest
from graphrec.serving.similar_items import similar
from graphrec.serving.user_status import user_statuses
from tests.film_graph import FILMS, SEEN, USERS

#: Duel, key 3. The names of its variables are those of queries around it.
DUEL = "EXISTS { MATCH (i)-[r:HAS_GENRE]->(run:Entity) WHERE run.name = 'Film' AND i.title = 'Duel' RETURN r }"
#: What the printed queries name an item that they propose; the others list none, or answer about a given one.
PROPOSING = set(FILES) - {"explain", "runs"}


@pytest.fixture
def with_duel(films: Database, settings: Settings, make_run: Callable[..., Any]) -> Settings:
    """The films, published with edges and links to Duel, and with an index of their texts."""
    films.write("MATCH (i:Item) SET i.textVector = i.contentVector, i.year = 1970 + toInteger(i.itemId)")
    edges = {"similar": torch.full((5, 5), 0.5), "similar.alpha": torch.tensor(0.5)}
    vectors = [vector for _, vector in FILMS.values()]
    run = make_run(list(USERS), list(FILMS), list(USERS.values()), vectors, SEEN, arrays=edges)
    publish(films, run, k=2, settings=settings, similar=4)
    films.auto(queries.load("publish/drop_index"), index="itemText")
    films.auto(queries.load("embed/index"), name="itemText", dimensions=2)
    films.auto(queries.load("publish/await_index"), index="itemText", seconds=60)
    return settings


def never(settings: Settings, predicate: str) -> Settings:
    """Return the settings with a predicate of what is never proposed."""
    return settings.override("recommend", never_propose=predicate)


def proposed(db: Database, settings: Settings) -> dict[str, bool]:
    """Return way → whether it proposes Duel."""
    available, schema = Availability.of(settings, db), settings.graph
    vector = np.array([[1.0, 0.0]], np.float32)
    example = read_example(db, schema)
    found: dict[str, list[Any]] = {
        "links": [row["item"] for row in recommend(db, settings, ["anna"], 2)[0].rows],
        "scores": [row["item"] for row in recommend(db, settings, ["anna"], 5, where="true")[0].rows],
        "embedding": [row["item"] for row in similar(db, schema, "1", 5, "embedding", available)],
        "content": [row["item"] for row in similar(db, schema, "1", 5, "content", available)],
        "text": [row["item"] for row in similar(db, schema, "1", 5, "text", available)],
        "search": [row["item"] for row in _nearest(db, settings, "text", vector, "words", 5)],
        "popular": [row["item"] for row in popular(db, settings, 5)],
        "popular of": [row["item"] for row in popular_of(db, settings, ranking(db, settings), 5)],
        "latest": [row["item"] for row in latest(db, settings, 5)],
        "titles": [item for item, _ in titles_like(db, schema, "duel", 5, available)],
    }
    export_lists(db, schema, settings.root / "lists.csv", available=available)
    lines = (settings.root / "lists.csv").read_text(encoding="utf-8").splitlines()[1:]
    found["export"] = [line.split(",")[1] for line in lines]
    for name in PROPOSING:
        given = {"user": "anna", "users": ["anna"], "words": "duel", "items": ["1"], "k": 9, "item": "1"}
        given = {key: value for key, value in given.items() if key in reader_query(name, schema, example).parameters}
        if name in ("popular", "why"):
            given.pop("items" if name == "popular" else "item")
        query = reader_query(name, schema, example, given, available)
        parameters = dict(query.parameters) | ({"vector": [1.0, 0.0]} if "vector" in query.expressions else {})
        found[f"cypher {name}"] = [row["item"] for row in db.read(query.query, **parameters)]
    return {name: "3" in items for name, items in found.items()}


def test_no_way_to_an_answer_proposes_it(films: Database, with_duel: Settings, run: Any) -> None:
    films.write(
        """
        MATCH (:User {userId: 'anna'})-[r:RECOMMENDED]->(:Item)
        SET r.reasonKinds = ['item'], r.reasonShares = [0.5], r.reasonItems = ['1', '', ''], r.reasonCommon = ['']
        """
    )
    films.write(
        "UNWIND range(1, 6) AS n CREATE (u:User {userId: 'x' + n}) WITH u MATCH (i:Item) CREATE (u)-[:RATED]->(i)"
    )
    before = proposed(films, with_duel)
    assert before == dict.fromkeys(before, True)
    assert len(before) > 20
    settings = never(with_duel, DUEL)
    assert proposed(films, settings) == dict.fromkeys(before, False)  # at once, without publishing
    (one,) = recommend(films, settings, ["anna"], 2)
    assert [(row["rank"], row["title"]) for row in one.rows] == [(1, "Dune"), (2, "Alien")]
    Path("graphrec.toml").write_text(f'[recommend]\nnever_propose = "{DUEL}"\n', encoding="utf-8")
    for command in ("recommend anna", "similar Jaws", "export all.csv", "cypher popular"):
        told = run(*command.split())
        assert told.exit_code == 0, told.stderr
        assert "\t3\t" not in told.stdout
    assert "i.title = 'Duel'" in run("cypher", "popular").stdout
    assert ",3," not in Path("all.csv").read_text(encoding="utf-8")


def test_publishing_writes_no_link_and_no_edge_to_it(films: Database, with_duel: Settings) -> None:
    count = "MATCH ()-[r:RECOMMENDED|SIMILAR {runId: $run}]->(:Item {itemId: '3'}) RETURN count(r) AS n"
    run_id = films.read("MATCH (:Recommender)-[:ACTIVE]->(r:Run) RETURN r.runId AS run")[0]["run"]
    assert films.read(count, run=run_id)[0]["n"] > 3
    run = read_run(with_duel.runs, run_id)
    hidden = publish(films, run, k=2, settings=never(with_duel, DUEL), similar=4)
    assert (hidden.outcome, hidden.links) == ("written", 6)
    assert films.read(count, run=hidden.run_id)[0]["n"] == 0
    assert publish(films, run, k=2, settings=never(with_duel, DUEL), similar=4).outcome == "unchanged"
    # The list of what is never proposed is part of what was published: without it, the item is back.
    back = publish(films, run, k=2, settings=with_duel, similar=4)
    assert films.read(count, run=back.run_id)[0]["n"] > 3


@pytest.mark.parametrize(
    ("predicate", "said"),
    [
        ("i.title = 'Duel' OR i.kindd = 'lock'", "no property 'kindd'"),
        ("i:Lokc", "no label 'Lokc'"),
        ("u.userId = 'anna'", "Variable `u` not defined"),
        ("i.title", "not true or false|Type mismatch|boolean"),
        ("i.title = $x", "it has no parameters"),
        ("true) OR (true", "closes nothing"),
        ("EXISTS { CREATE (i) }", "it may only read"),
    ],
)
def test_a_list_that_would_protect_nothing_is_refused(
    films: Database, settings: Settings, predicate: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        popular(films, never(settings, predicate), 5)
    assert "[recommend] never_propose" in str(error.value)


def test_what_is_searched_for_a_user(films: Database, with_duel: Settings) -> None:
    found = {"1": 0.8, "3": 0.9, "4": 0.1, "gone": 0.9}
    request = Request(found=found)
    assert request
    status = user_statuses(films, with_duel.graph, ["anna"])
    (one,) = answer(films, with_duel, status, 5, request)
    # Jaws, which she has done, is among them: a search is not for what is new.
    assert [row["title"] for row in one.rows] == ["Jaws", "Duel", "Alien"]
    both = Request(found={"1": 0.5, "4": 0.5})
    (cleo,) = answer(films, with_duel, user_statuses(films, with_duel.graph, ["cleo"]), 1, both)
    assert [row["title"] for row in cleo.rows] == ["Alien"]
    (one,) = answer(films, never(with_duel, DUEL), status, 5, request)
    assert [row["title"] for row in one.rows] == ["Jaws", "Alien"]
    assert "not found by the search" in one.reason
    (none,) = answer(films, with_duel, status, 5, Request(found={"gone": 1.0}))
    assert none.rows == []
