"""``graphrec.fit_frames`` and ``graphrec.Model``: DataFrames in, DataFrames out, no database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import graphrec
from graphrec.config.settings import SplitSettings
from graphrec.datasets.frames import Columns, tables_of
from graphrec.datasets.tables_to_graph import graph_of
from graphrec_etl.model import NO_TIME

FAST = {"epochs": 3, "dim": 8, "patience": 3}
N_USERS, N_ITEMS = 60, 30


def planted(seed: int = 0) -> pd.DataFrame:
    """Users of two tastes: even users like even items, odd users odd ones."""
    draw = np.random.default_rng(seed)
    rows = [(user, item) for user in range(N_USERS) for item in range(user % 2, N_ITEMS, 2) if draw.random() < 0.6]
    return pd.DataFrame(rows, columns=["user_id", "item_id"])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> graphrec.Model:
    return graphrec.fit_frames(planted(), runs=tmp_path_factory.mktemp("runs"), **FAST)


def test_integers_come_back_as_integers_and_the_taste_is_found(model: graphrec.Model) -> None:
    found = model.recommend([0, 1], k=3)
    assert list(found.columns) == ["user_id", "item_id", "rank", "score"]
    assert found["item_id"].dtype.kind == "i"
    assert found["user_id"].tolist() == [0, 0, 0, 1, 1, 1]
    assert found["rank"].tolist() == [1, 2, 3, 1, 2, 3]
    assert (found["item_id"] % 2 == found["user_id"] % 2).all()
    assert found.groupby("user_id")["score"].apply(lambda s: s.is_monotonic_decreasing).all()


def test_what_a_user_did_is_left_out_unless_it_is_asked_for(model: graphrec.Model) -> None:
    data = planted()
    done = set(data.loc[data["user_id"] == 4, "item_id"])
    assert done.isdisjoint(model.recommend(4, k=N_ITEMS)["item_id"])
    assert len(model.recommend(4, k=N_ITEMS)) == N_ITEMS - len(done)
    assert set(model.recommend(4, k=N_ITEMS, filter_seen=False)["item_id"]) == set(range(N_ITEMS))
    assert set(model.recommend("4", k=9, items=["1", 3], filter_seen=False)["item_id"]) == {1, 3}


def test_a_cold_user_who_did_the_same_gets_the_same(model: graphrec.Model) -> None:
    data = planted()
    stranger = data[data["user_id"] == 7].assign(user_id="somebody")
    cold, known = model.recommend_cold(stranger, k=5), model.recommend(7, k=5)
    assert cold["user_id"].tolist() == ["somebody"] * 5
    assert cold["item_id"].tolist() == known["item_id"].tolist()
    np.testing.assert_allclose(cold["score"], known["score"], rtol=1e-4)


def test_of_a_cold_user_nothing_is_known_without_a_known_item(model: graphrec.Model) -> None:
    both = pd.DataFrame({"user_id": ["a", "b"], "item_id": [2, 999]})
    assert set(model.recommend_cold(both, k=2)["user_id"]) == {"a"}
    nobody = pd.DataFrame({"user_id": ["b"], "item_id": [999]})
    assert list(model.recommend_cold(nobody).columns) == ["user_id", "item_id", "rank", "score"]
    assert model.recommend_cold(nobody).empty


def test_similar_items_are_of_the_same_taste(model: graphrec.Model) -> None:
    found = model.similar_items([0, 1], k=4)
    assert list(found.columns) == ["item_id", "similar_item_id", "rank", "score"]
    assert (found["item_id"] % 2 == found["similar_item_id"] % 2).all()
    assert (found["item_id"] != found["similar_item_id"]).all()
    assert found["score"].between(-1.0001, 1.0001).all()


def test_evaluate_and_load(model: graphrec.Model) -> None:
    found = model.evaluate(ks=(5,)).set_index("metric")
    assert found.loc["ndcg@5", "low"] <= found.loc["ndcg@5", "mean"] <= found.loc["ndcg@5", "high"]
    assert 0 < found.loc["coverage@5", "mean"] <= 1
    again = graphrec.Model.load(model.path)
    assert again.run_id == model.run_id
    assert "test" in again.metrics["evaluation"]
    pd.testing.assert_frame_equal(again.recommend(3), model.recommend(3))


def test_text_ids_and_the_same_seed_give_the_same(tmp_path: Path) -> None:
    data = planted().astype(str)
    one, other = (graphrec.fit_frames(data, runs=tmp_path / name, **FAST) for name in "ab")
    found = one.recommend(["0"], k=5)
    assert found["item_id"].map(type).eq(str).all()
    pd.testing.assert_frame_equal(found, other.recommend(["0"], k=5))


def test_content_knowledge_times_and_weights_reach_the_graph() -> None:
    data = pd.DataFrame(
        {
            "who": ["u", "u", "v"],
            "what": [1, 2, 1],
            "kind": ["viewed", "bought", "viewed"],
            "when": pd.to_datetime(["2026-01-01", None, "2026-01-03T12:00:00+01:00"], utc=True, format="ISO8601"),
            "stars": [1.0, 2.5, np.nan],
        }
    )
    items = pd.DataFrame({"what": [1, 2, 3], "title": ["One", "Two", None], "year": [1990, 2000, 2010]})
    triples = pd.DataFrame({"head": [1, 2, 3], "relation": ["made by"] * 3, "tail": ["x", "x", "y"]})
    tables = tables_of(data, Columns("who", "what", "kind", "when", "stars"), items=items, triples=triples)
    assert tables.items.keys() == [1, 2, 3]
    assert tables.items.properties == [{"title": "One", "year": 1990}, {"title": "Two", "year": 2000}, {"year": 2010}]
    edges = {found.type: found for found in tables.edges}
    assert set(edges) == {"BOUGHT", "VIEWED", "MADE_BY"}
    assert edges["BOUGHT"].times.tolist() == [NO_TIME]
    assert edges["VIEWED"].times.tolist() == [1767225600000, 1767438000000]
    vectors = np.array([[1.0, 0], [0, 0], [0, 2]], np.float32)
    graph = graph_of(tables, SplitSettings(), {"text": vectors})
    assert graph.items == [1, 2, 3]
    assert graph.data["user", "BOUGHT", "item"].edge_weight.tolist() == [2.5]
    assert graph.data["user", "VIEWED", "item"].edge_weight.tolist() == [1, 1]
    assert graph.data["item"].text_mask.tolist() == [True, False, True]
    assert graph.data["item"].text.tolist() == vectors.tolist()


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: d, {"user": "userid"}, r"no column 'userid'"),
        (lambda d: d.assign(user_id=[None, *d["user_id"][1:]]), {}, r"\['user_id'\]: row 0: the id is empty"),
        (lambda d: d.assign(t="yesterday"), {"time": "t"}, r"\['t'\]: row 0: 'yesterday' is neither"),
        (lambda d: d.assign(w=-1.0), {"weight": "w"}, r"\['w'\]: row 0: .*-1.0.* is not a weight"),
        (lambda d: d.assign(split="training"), {"split": "published"}, r"'training' is none of train, valid, test"),
        (lambda d: d, {"behaviour": "!"}, r"behaviour='!' cannot be a relationship type"),
        (lambda d: d, {"dims": 8}, r"dims=8: no setting"),
        (lambda d: d, {"epochs": 0}, r"epochs = 0"),
        (lambda d: d, {"device": "tpu"}, r"device"),
        (lambda d: d, {"vectors": {"smell": [[1.0]]}}, r"no modality"),
        (lambda d: d, {"vectors": {"text": "x"}}, r"x"),
        (lambda d: d, {"vectors": {"text": np.ones((3, 2))}}, r"an array needs items"),
        (
            lambda d: d,
            {"items": pd.DataFrame({"item_id": range(N_ITEMS)}), "vectors": {"text": np.ones((3, 2))}},
            r"shape \[3, 2\]: not a row for each of 30 items",
        ),
        (lambda d: d.assign(w=1e40), {"weight": "w"}, r"\['w'\]: row 0: .* is not a weight"),
        (lambda d: d.assign(t=np.datetime64("20000-01-01", "s")), {"time": "t"}, r"outside the years 1 to 9999"),
        (lambda d: d.assign(user_id=np.uint64(2**63 + 5)), {}, r"too large for an integer"),
        (lambda d: d.assign(user_id=[[1]] * len(d)), {}, r"\['user_id'\].*unhashable"),
        (lambda d: pd.concat([d, d["user_id"]], axis=1), {}, r"2 columns 'user_id'"),
        (lambda d: d, {"items": pd.DataFrame({"item_id": [1], 0: ["x"]})}, r"named 0, which is no text"),
        (lambda d: d, {"items": pd.DataFrame({"item_id": [1], "x": [2**80]})}, r"\['x'\]: row 0: .* too large"),
        (lambda d: d, {"items": pd.DataFrame({"item_id": [1], "x": [[1, "a"]]})}, r"mixed or nested"),
        (lambda d: d, {"seed": 10**20}, r"seed"),
        (lambda d: d, {"dim": 10**9}, r"dim"),
        (lambda d: d[:0], {}, r"interactions is empty"),
        (lambda d: d, {"items": pd.DataFrame({"item_id": [1, 1]})}, r"'1' is in more than one row"),
        (lambda d: d, {"triples": pd.DataFrame({"head": [1]})}, r"triples has no column 'relation'"),
    ],
)
def test_what_cannot_be_used_is_named(change, options, message, tmp_path: Path) -> None:
    with pytest.raises(graphrec.GraphrecError, match=message):
        graphrec.fit_frames(change(planted()), runs=tmp_path / "runs", **options)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda m: m.recommend([0, 5000, "x"]), r"2 user\(s\): 5000, 'x'"),
        (lambda m: m.recommend(0, 0), r"k=0"),
        (lambda m: m.recommend(0, 1.5), r"k=1.5"),
        (lambda m: m.recommend(0, True), r"k=True"),
        (lambda m: m.similar_items(0, "3"), r"k='3'|k=3"),
        (lambda m: m.recommend([[0]]), r"\[0\] is not an id"),
        (lambda m: m.explain([0, 1], 0), r"user=\[0, 1\]: not one id"),
        (lambda m: m.explanation(0, 1, 10**7), r"k=10000000"),
        (lambda m: m.shapley(0, 1, seed="x"), r"seed='x'"),
        (lambda m: m.evaluate("train"), r"on='train'"),
        (lambda m: m.evaluate(ks=5), r"ks=5"),
        (lambda m: m.recommend(0, items=[777]), r"1 item\(s\): 777"),
        (lambda m: m.similar_items(777), r"1 item\(s\): 777"),
        (lambda m: m.recommend_cold(planted(), behaviour="EATEN"), r"no behaviour 'EATEN'"),
        (lambda m: graphrec.Model.load("nowhere"), r"no run 'nowhere'"),
    ],
)
def test_what_the_model_does_not_know_is_named(
    ask, message, model: graphrec.Model, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(graphrec.GraphrecError, match=message):
        ask(model)


@pytest.mark.parametrize("given", [{"interactions": "ratings.csv"}, {"items": [1]}, {"triples": "kg.csv"}])
def test_a_path_is_no_frame(given, tmp_path: Path) -> None:
    (name,) = given
    asked = {"interactions": planted()} | given
    with pytest.raises(graphrec.InputError, match=f"^{name}=.* is not a DataFrame"):
        graphrec.fit_frames(runs=tmp_path / "runs", **asked)


def test_importing_graphrec_imports_nothing_heavy() -> None:
    code = "import sys, graphrec; graphrec.GraphrecError; print([m for m in sys.modules if m in %r])"
    heavy = ("torch", "pandas", "numpy", "neo4j", "click", "rich", "msgspec")
    done = subprocess.run([sys.executable, "-c", code % (heavy,)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    graphrec.fit_frames(planted(), runs=tmp_path, **FAST)
    assert capfd.readouterr().out == ""
