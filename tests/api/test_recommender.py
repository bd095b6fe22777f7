"""``graphrec.connect``: DataFrames into a real Neo4j, a model out of it, and back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import graphrec
from graphrec.config.settings import Settings
from graphrec.db.database import Database

FAST = {"epochs": 3, "dim": 8, "patience": 3}
N_USERS, N_ITEMS = 40, 20

Graph = graphrec.Recommender


def planted() -> pd.DataFrame:
    """Users of two tastes: even users like even items, odd users odd ones."""
    draw = np.random.default_rng(0)
    rows = [(user, item) for user in range(N_USERS) for item in range(user % 2, N_ITEMS, 2) if draw.random() < 0.6]
    return pd.DataFrame(rows, columns=["user_id", "item_id"])


ITEMS = pd.DataFrame(
    {
        "item_id": range(N_ITEMS),
        "title": [f"Item {n}" for n in range(N_ITEMS)],
        "description": [
            ("a quiet river in spring" if n % 2 else "rockets burn above the moon") for n in range(N_ITEMS)
        ],
        "year": [1990 + n for n in range(N_ITEMS)],
    }
)


@pytest.fixture
def graph(settings: Settings, db: Database) -> Iterator[Graph]:
    """A graph with the planted tastes, trained and published."""
    (settings.root / "graphrec.toml").write_text('[content]\ntext = "tfidf"\n', encoding="utf-8")
    with graphrec.connect() as opened:
        opened.load(planted(), items=ITEMS)
        yield opened


def assert_explained(graph: Graph, model: graphrec.Model, found: pd.DataFrame) -> None:
    """Ask in every way why the first item of ``found`` is recommended to user 0."""
    item = int(found["item_id"][0])
    reasons = graph.explain(0, item)
    assert reasons["share"].gt(0).all()
    assert reasons["share"].is_monotonic_decreasing
    assert reasons["sentence"].str.startswith("because you rated “Item ").all()
    assert reasons["exists"].all()
    explained = graph.explanation(0, item)
    assert sum(explained.components.values()) == pytest.approx(found["score"][0], abs=1e-3)
    assert (explained.rank, explained.title) == (1, f"Item {found['item_id'][0]}")
    apart = graph.what_if(0, item, k=3)
    assert apart["rank"] == 1
    assert apart["without"]["rank_without"] is None or apart["without"]["rank_without"] > 3
    assert {"modality": "text"} in [one["without"] for one in apart["interventions"]]
    values = model.shapley(0, item)
    assert set(values["item_id"]) >= set(model.explain(0, item)["item_id"].dropna())
    whole = model.overview(k=3)
    assert whole[whole["by"] == "component"]["all users"].sum() == pytest.approx(1)
    evidence = graph.evidence(0, item)
    assert evidence["kind"].iloc[0] == "published"
    assert evidence["sentence"].str.len().gt(0).all()


@pytest.mark.long
def test_from_a_dataframe_to_recommendations(graph: Graph, db: Database) -> None:
    assert graph.load(planted(), items=ITEMS).changes.total() == 0, "loading again changes nothing"
    schema = graph.inspect()
    assert (schema.user.label, schema.item.label, list(schema.behaviours)) == ("User", "Item", ["RATED"])
    assert graph.embed().text.encoded == N_ITEMS
    model = graph.fit(**FAST)
    assert model.metrics["epoch"] <= FAST["epochs"]
    assert graph.publish(model, k=4).links == 4 * N_USERS

    found = graph.recommend([0, 1], k=3)
    assert list(found.columns) == ["user_id", "item_id", "rank", "score", "title", "source"]
    assert found["user_id"].tolist() == [0, 0, 0, 1, 1, 1], "integers are stored as integers"
    assert (found["item_id"] % 2 == found["user_id"] % 2).all()
    direct = model.recommend([0, 1], k=3)
    assert found["item_id"].tolist() == direct["item_id"].tolist()
    np.testing.assert_allclose(found["score"], direct["score"], rtol=1e-4)

    with pytest.raises(graphrec.ConfigError, match="no property 'yaer'") as misspelled:
        graph.recommend(0, where="i.yaer >= 2000")
    assert misspelled.value.hint == "did you mean 'year'?"
    with pytest.warns(graphrec.GraphrecWarning, match=r"where: i\.title is a text in this graph") as warned:
        assert graph.recommend(0, where="i.title > 2000").empty
    assert warned[0].filename == __file__, "the line that asked is shown"
    newer = graph.recommend(0, k=3, where="i.year >= 2000")
    assert (newer["item_id"] >= 10).all()
    assert set(graph.recommend(likes=["Item 1", 3], k=3)["item_id"] % 2) == {1}
    assert set(graph.similar_items([4], k=3)["similar_item_id"] % 2) == {0}
    assert graph.similar_items("Item 4", k=2, by="text")["item_id"].tolist() == [4, 4]
    assert set(graph.search("rockets above the moon", k=5)["item_id"] % 2) == {0}
    assert_explained(graph, model, found)

    graph.load(pd.DataFrame({"user_id": [500], "item_id": [2]}))
    done = graph.update()
    assert done.delta.new_users == 1
    assert set(graph.recommend(500, k=3)["item_id"] % 2) == {0}
    assert graph.rollback() == model.run_id

    forgotten = graph.forget(500)
    assert not forgotten.after
    assert db.read("MATCH (u:User {userId: 500}) RETURN u") == []
    graph.close()
    with pytest.raises(graphrec.DatabaseError, match="closed") as closed:
        graph.recommend(0)
    assert closed.value.hint == "call graphrec.connect() again"


def test_ids_take_the_type_of_those_that_are_stored(graph: Graph, db: Database) -> None:
    before = db.read("MATCH (n) WHERE n:User OR n:Item RETURN count(n) AS n")[0]["n"]
    again = planted().astype(str)
    assert graph.load(again).changes.total() == 0, "'1' is 1"
    assert db.read("MATCH (n) WHERE n:User OR n:Item RETURN count(n) AS n")[0]["n"] == before
    with pytest.raises(graphrec.InputError, match=r"User\.userId is an integer in this database, and 'anna' is none"):
        graph.load(pd.DataFrame({"user_id": ["anna"], "item_id": ["1"]}))
    assert db.read("MATCH (n) WHERE n:User OR n:Item RETURN count(n) AS n")[0]["n"] == before


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda g: g.recommend(0), r"no run is published(.|\n)*graph.publish\(model\)"),
        (lambda g: g.rollback(), r"graph.publish\(model\)"),
        (lambda g: g.similar_items(1, by="image"), r"no item has an image(.|\n)*\[graph.item\] image"),
        (lambda g: g.recommend(0, True), "k=True"),
        (lambda g: g.similar_items(1, by="smell"), "by='smell'"),
        (lambda g: graphrec.connect(auth="neo4j"), "pair of user and password"),
        (lambda g: g.load(planted(), items=pd.DataFrame({"item_id": [1], "x": [2**80]})), "too large"),
        (lambda g: g.recommend(), "no users to recommend to"),
        (lambda g: g.recommend(0, k=0), "k=0"),
        (lambda g: g.recommend(0, where=5), "where=5 is not a text"),
        (lambda g: g.recommend(searches=[3]), "searches=3 is not a text"),
        (lambda g: g.search(None), "text=None is not a text"),
        (lambda g: g.publish("20260101-000000-abcd"), "is not a model"),
        (lambda g: g.similar_items("Item 77"), "Item 77"),
        (lambda g: g.search(" "), "empty"),
        (lambda g: g.search("rockets"), "the items have no text vectors"),
        (lambda g: g.forget(999), "999"),
        (lambda g: g.load(planted(), item="film"), "no column 'film'"),
        (lambda g: graphrec.connect("localhost:7687"), "localhost:7687"),
        (lambda g: graphrec.connect("neo4j://localhost:1", auth=("neo4j", "secret")), "cannot be reached"),
        (lambda g: graphrec.connect(config="nowhere.toml"), "nowhere.toml"),
    ],
)
def test_errors_are_graphrecs_own(ask, message: str, graph: Graph) -> None:
    with pytest.raises(graphrec.GraphrecError, match=message) as caught:
        ask(graph)
    assert "secret" not in str(caught.value)


def test_asking_imports_no_torch(settings: Settings, graph: Graph) -> None:
    graph.publish(graph.fit(**FAST))
    code = (
        "import sys, graphrec\n"
        "with graphrec.connect() as graph:\n"
        "    graph.recommend(1), graph.similar_items(1), graph.evidence(1, 3)\n"
        "print([name for name in ('torch', 'torch_geometric', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
