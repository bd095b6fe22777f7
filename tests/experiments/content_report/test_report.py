"""What content is worth: conditions, peers and the page, on made graphs and the made catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphrec.common.errors import ConfigError, GraphError
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ContentSettings, Settings
from graphrec.content.embed import embed
from graphrec.content.fusion import Block
from graphrec.db.database import Database
from graphrec.evaluation.ranking import Report
from graphrec.experiments.content_report.conditions import Condition, conditions, graph_of
from graphrec.experiments.content_report.gains import best_fusions, contributions
from graphrec.experiments.content_report.measured import KEPT, Measured, load, mean_of, save
from graphrec.experiments.content_report.neighbours import label_relation, labels_of, shared_labels
from graphrec.experiments.content_report.page import markdown
from graphrec.experiments.content_report.report import content_report
from graphrec.experiments.content_report.tables import Table, tables, tail_table
from graphrec.experiments.content_report.verdict import verdict
from graphrec.model.content_vectors import standardised


def graph(n: int = 24) -> HeteroData:
    """Items of two kinds; text tells the kind, sound tells nothing, and every third item has no sound."""
    torch.manual_seed(0)
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes, data["entity"].num_nodes = 2, n, 2
    kind = torch.arange(n) % 2
    data["item", "HAS_GENRE", "entity"].edge_index = torch.stack([torch.arange(n), kind])
    data["item"].text = torch.stack([kind * 2.0 - 1, torch.zeros(n)], 1) + torch.randn(n, 2) * 0.1
    data["item"].text_mask = torch.ones(n, dtype=torch.bool)
    data["item"].audio = torch.randn(n, 3)
    data["item"].audio_mask = torch.arange(n) % 3 != 0
    return data


def test_every_condition_with_and_without_knowledge():
    found = conditions(graph(), ContentSettings(weights={"text": 0.7}))
    names = ["none", "text", "audio", "all", "all:concat", "all:weighted", "all:gate", "all:attention", "shuffled"]
    assert [c.title for c in found] == names + [f"{n} (no knowledge)" for n in names]
    assert [c.name for c in conditions(graph(), ContentSettings(), ["none", "all"]) if c.knowledge] == ["none", "all"]
    with pytest.raises(ConfigError, match="al1"):
        conditions(graph(), ContentSettings(), ["al1"])
    bare = HeteroData()
    bare["item"].num_nodes = 3
    with pytest.raises(GraphError, match="vector"):
        conditions(bare, ContentSettings())


def test_shuffling_gives_each_item_anothers_vector_and_keeps_the_mask():
    data = graph()
    shuffled = next(c for c in conditions(data, ContentSettings()) if c.shuffled)
    other = graph_of(data, shuffled, 0)["item"]
    assert torch.equal(other.audio_mask, data["item"].audio_mask)
    assert torch.equal(other.audio[~other.audio_mask], data["item"].audio[~other.audio_mask])
    assert not torch.equal(other.audio, data["item"].audio)
    rows = sorted(map(tuple, data["item"].audio[data["item"].audio_mask].tolist()))
    assert sorted(map(tuple, other.audio[other.audio_mask].tolist())) == rows
    assert not torch.equal(graph_of(data, shuffled, 1)["item"].audio, other.audio)


def test_a_condition_hides_the_other_modalities():
    data = graph()
    text = next(c for c in conditions(data, ContentSettings()) if c.name == "text")
    assert "audio" not in graph_of(data, text, 0)["item"]
    assert "audio" in data["item"]


def test_neighbours_by_text_share_the_kind_and_by_sound_do_not():
    data = graph()
    blocks = {m: Block(standardised(data, m).numpy(), data["item"][f"{m}_mask"].numpy()) for m in ("text", "audio")}
    text, audio = shared_labels(blocks, labels_of(data, "HAS_GENRE"))
    assert text["shared"] == 1.0
    assert 0.3 < audio["shared"] < 0.7
    assert 0.35 < text["chance"] < 0.65
    with pytest.raises(ConfigError, match="HAS_TAG"):
        label_relation(data, "HAS_TAG")


def test_the_relation_of_labels_speaks_of_kinds():
    data = graph()
    data["item", "HAS_RATING", "entity"].edge_index = data["item", "HAS_GENRE", "entity"].edge_index[:, :23]
    assert label_relation(data) == "HAS_GENRE"
    assert label_relation(data, "HAS_RATING") == "HAS_RATING"
    data["item", "HAS_GENRE", "entity"].edge_index = torch.zeros((2, 0), dtype=torch.int64)
    del data["item", "HAS_GENRE", "entity"]
    assert label_relation(data) == "HAS_RATING"
    del data["item", "HAS_RATING", "entity"]
    assert label_relation(data) is None
    with pytest.raises(ConfigError, match="no knowledge"):
        label_relation(data, "HAS_GENRE")


def width(table: Table) -> int:
    """Return how many columns of a terminal a table takes, its frame included."""
    cells = [{name: name for name in table.columns}, *table.rows]
    return sum(max(len(row.get(name, "")) for row in cells) + 3 for name in table.columns) + 1


def gain(low: float, high: float) -> dict[str, float]:
    return {"mean": (low + high) / 2, "low": low, "high": high}


@pytest.mark.parametrize(
    ("none", "shuffled", "cold", "said"),
    [
        (gain(0.01, 0.03), gain(0.02, 0.04), None, "Content improves users' lists: +.020 [+.010, +.030] ndcg@10, and"),
        (gain(0.01, 0.03), gain(-0.02, 0.04), None, "but not measurably more than with shuffled content (+.010"),
        (gain(0.01, 0.03), None, None, "so chance is not ruled out)."),
        (gain(-0.01, 0.03), gain(0.02, 0.04), None, "Content makes no measurable difference to users' lists: +.010"),
        (
            gain(-0.03, -0.01),
            None,
            gain(0.1, 0.3),
            "worse: −.020 [−.030, −.010] ndcg@10; it improves the ranking",
        ),
        (None, None, gain(-0.1, 0.3), "No verdict on users' lists"),
    ],
)
def test_the_verdict_is_one_sentence(none: Any, shuffled: Any, cold: Any, said: str) -> None:
    row: dict[str, Any] = {"name": "all"}
    row |= {f"minus {name}": {"test": one} for name, one in (("none", none), ("shuffled", shuffled)) if one}
    found = {"conditions": [row], "cold": [{"minus no content": cold}] if cold else []}
    told = verdict(found)
    assert said in told
    assert told.endswith(".")
    assert ". " not in told


def test_rare_items_have_a_table_where_there_are_any() -> None:
    row = {"condition": "all", "tail": {"ndcg@10": gain(0.1, 0.3)}, "tail-alone": {"ndcg@10": gain(0.8, 1.0)}}
    found = {"conditions": [row, {"condition": "none"}], "tail links": 7, "tail users": 3}
    table = tail_table(found)
    assert table.rows == [
        {"condition": "all", "tail among all": ".200 [.100, .300]", "tail alone": ".900 [.800, 1.000]"}
    ]
    assert table.about.startswith("7 test links of 3 users")


def measured(valid: float, *ndcg: float) -> list[Measured]:
    users = np.arange(len(ndcg))
    report = Report(users, dict.fromkeys(KEPT, np.array(ndcg)), {}, 0)
    return [Measured(valid, {"test": report}, {"mix": None, "weights": {}, "seconds": 1.0})]


def test_what_each_modality_adds_is_paired():
    found = {
        Condition("none", ()): measured(0.1, 0.1, 0.1),
        Condition("text", ("text",)): measured(0.2, 0.3, 0.1),
        Condition("audio", ("audio",)): measured(0.1, 0.1, 0.2),
        Condition("all", ("text", "audio")): measured(0.3, 0.4, 0.3),
        Condition("all:gate", ("text", "audio"), "gate"): measured(0.4, 0.5, 0.3),
        Condition("shuffled", ("text", "audio"), shuffled=True): measured(0.9, 0.9, 0.9),
        Condition("all", ("text", "audio"), knowledge=False): measured(0.3, 0.2, 0.2),
        Condition("text", ("text",), knowledge=False): measured(0.3, 0.1, 0.2),
    }
    text, audio, bare = contributions(found)
    assert (text["modality"], audio["modality"]) == ("text", "audio")
    assert text["first"]["test"]["mean"] == pytest.approx(0.1)  # (.2 + .0) / 2
    assert text["last"]["test"]["mean"] == pytest.approx(0.2)  # all minus audio: (.3 + .1) / 2
    assert audio["first"]["test"]["mean"] == pytest.approx(0.05)
    assert audio["last"]["test"]["mean"] == pytest.approx(0.15)
    assert text["last"]["test"]["low"] < 0.2 < text["last"]["test"]["high"]
    assert (bare["modality"], bare["knowledge"], "first" in bare) == ("audio", False, False)
    assert bare["last"]["test"]["mean"] == pytest.approx(0.05)
    with_knowledge, without = best_fusions(found)
    assert with_knowledge["fusion"] == "gate"
    assert with_knowledge["minus mean"]["test"]["mean"] == pytest.approx(0.05)
    assert without["fusion"] == "mean"
    assert "minus mean" not in without


def test_figures_are_the_same_from_a_file(tmp_path: Path):
    report = Report(np.arange(2), dict.fromkeys((*KEPT, "novelty@10"), np.array([0.1, 0.3])), {10: 0.5}, 3)
    fresh = Measured(0.25, {"test": report}, {"seed": 1})
    save(tmp_path / "one.npz", fresh)
    kept = load(tmp_path / "one.npz")
    assert kept is not None
    assert (kept.valid, kept.about, kept.reports["test"].seed) == (0.25, {"seed": 1}, 3)
    with np.load(tmp_path / "one.npz") as file:
        assert set(file.files) == {"about", "test/users", "test/seed", *(f"test/{name}" for name in KEPT)}
    for both in ([fresh, kept], [kept, fresh]):
        np.testing.assert_allclose(mean_of(both, "test").per_user["ndcg@10"], [0.1, 0.3])
    assert load(tmp_path / "other.npz") is None


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory, sample_project: Any) -> Iterator[tuple[Settings, Database]]:
    toml = (
        '[content]\ntext = "tfidf"\nimage = "classical"\naudio = "none"\ndim = 16\n'
        "[model]\ndim = 8\n[train]\nepochs = 2\nbatch = 64\n"
    )
    with sample_project(tmp_path_factory.mktemp("catalogue"), toml, users=80, items=50) as (settings, db):
        assert not embed(db, settings).skipped
        yield settings, db


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (folder / "trainings").iterdir()}


@pytest.mark.long
def test_the_report_has_every_figure_and_trains_nothing_twice(catalogue: tuple[Settings, Database], tmp_path: Path):
    settings, db = catalogue
    wanted = ["none", "text", "all", "all:gate", "shuffled"]
    found = content_report(db, settings, tmp_path, seeds=2, loss="softmax", only=wanted)
    assert [row["name"] for row in found["conditions"]] == wanted * 2
    assert found["kinds"] == dict.fromkeys(("text", "image"), "classical — not pretrained")
    none, _, whole, gate, _ = found["conditions"][:5]
    assert whole["test"]["ndcg@10"]["low"] <= whole["test"]["ndcg@10"]["mean"] <= whole["test"]["ndcg@10"]["high"]
    assert whole["test"]["ndcg@10"]["mean"] == pytest.approx(sum(whole["seeds"]) / 2)
    gain = whole["test"]["ndcg@10"]["mean"] - none["test"]["ndcg@10"]["mean"]
    assert whole["minus none"]["test"]["mean"] == pytest.approx(gain)
    gain = whole["test"]["recall@20"]["mean"] - found["conditions"][0]["test"]["recall@20"]["mean"]
    assert whole["minus none"]["recall@20"]["mean"] == pytest.approx(gain)
    assert sum(gate["weights"].values()) == pytest.approx(1.0, abs=1e-5)
    assert [(row["modality"], row["knowledge"]) for row in found["contributions"]] == [
        ("text", True), ("image", True), ("text", False), ("image", False),
    ]  # fmt: skip
    assert [row["modality"] for row in found["neighbours"]["modalities"]] == ["text", "image", "content"]
    assert len(found["examples"]) == 8
    near = {name: len(items) for name, items in found["examples"][0]["near"].items()}
    assert near == {"text": 5, "image": 5, "content": 5}
    cold = {row["method"]: row for row in found["cold"]}
    assert {"random", "knowledge degree", "content kNN text", "content ridge", "graphrec"} <= set(cold)
    peer = max((row for row in cold.values() if "graphrec" not in row["method"]), key=lambda row: row["valid"])
    assert cold["graphrec"]["minus best peer"]["peer"] == peer["method"]
    gain = cold["graphrec"]["test"]["ndcg@10"]["mean"] - cold["graphrec, no content"]["test"]["ndcg@10"]["mean"]
    assert cold["graphrec"]["minus no content"]["mean"] == pytest.approx(gain)
    assert json.loads((tmp_path / "report.json").read_text()) == json.loads(json.dumps(found))
    assert (tmp_path / "report.md").read_text() == markdown(found)
    assert all(width(table) <= 80 for table in tables(found) if "setting" not in table.columns)
    page = (tmp_path / "report.html").read_text()
    # First the verdict, then the picture.
    for text, picture in ((page, "data:image/png"), (markdown(found), "](report.png)")):
        assert (
            0
            < text.index(found["verdict"][:30])
            < text.index(picture)
            < text.index("Every condition</h2>" if text is page else "## Every condition")
        )
    assert found["cold settings"]["model"]["id_dropout"] == 0.3
    for text in (
        "classical — not pretrained",
        "minus plain mean",
        "Cold items: graphrec ahead by",
        "shared HAS_GENRE",
        "Whatever graphrec.toml says, the recommender is trained here by ",
    ):
        assert text in page, text
        assert text in markdown(found), text
    assert "model\\] id\\_dropout = 0.3, hops = 0, tied = false" in markdown(found)
    assert "[model] id_dropout = 0.3, hops = 0, tied = false" in page
    assert page.count("data:image/png") == 1 + 3
    assert page.count("data:image/jpeg") > 8
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "report.png", "map-text.png", "map-image.png", "map-content.png",
    }  # fmt: skip
    kept = times(tmp_path)
    assert len([name for name in kept if name.startswith("cold-")]) == 2 * (2 + 8)
    assert len([name for name in kept if not name.startswith("cold-")]) == 5 * 2 * 2
    again = content_report(db, settings, tmp_path, seeds=2, loss="softmax", only=wanted)
    assert {name: again[name] for name in again if name != "made"} == {n: found[n] for n in found if n != "made"}
    assert times(tmp_path) == kept


@pytest.mark.long
def test_an_interrupted_report_is_gone_on_with(
    catalogue: tuple[Settings, Database], run: Any, interrupted: Any, tmp_path: Path
):
    ask = ("content", "report", "--out", tmp_path, "--seeds", "2", "--loss", "softmax", "--conditions", "none,all")

    stopped = interrupted(lambda: list(tmp_path.glob("trainings/*.npz")), *ask)
    assert stopped.exit_code == 130
    assert f"continue with --out {tmp_path}" in stopped.stderr.replace("\n", "")
    assert not (tmp_path / "report.json").exists()
    kept = times(tmp_path)
    assert 0 < len(kept) < 8
    done = run(*ask, "--json")
    assert done.exit_code == 0, done.stderr
    assert kept.items() <= times(tmp_path).items()
    assert json.loads(done.stdout) == json.loads((tmp_path / "report.json").read_text())
    # Four conditions and two trainings for cold items, each with two seeds: what is left counts them all.
    assert "12/12  cold items, split 1: graphrec, no content" in done.stderr
    assert "(about 0 s left)" in done.stderr
    # The terminal says the same; a damaged file of figures is named.
    shown = run(*ask)
    assert shown.exit_code == 0
    for text in ("classical — not pretrained", "knowledge + content ridge", "times chance"):
        assert text in shown.stdout
    assert "[model] id_dropout = 0.3" in shown.stderr
    damaged = tmp_path / "trainings" / next(iter(kept))
    damaged.write_bytes(b"PK nothing")
    wrong = run(*ask)
    assert wrong.exit_code == 2
    assert damaged.name in wrong.stderr
    assert "remove it" in wrong.stderr


@pytest.mark.long
def test_the_objective_is_asked_for_or_stands_in_the_settings(
    catalogue: tuple[Settings, Database], run: Any, tmp_path: Path
):
    ask = ("content", "report", "--seeds", "1", "--conditions", "none", "--no-cold", "--json", "--out", tmp_path)
    for options, by, several in (((), "setting", 1), (("--loss", "auto"), "validation", 2), (("--loss", "mse"), "", 2)):
        found = run(*ask, *options)
        assert found.exit_code == 0, found.stderr
        assert by in json.loads(found.stdout)["objective by"]
        assert len({name.split("-")[-3] for name in times(tmp_path)}) == several
    assert json.loads(found.stdout)["objective"] == "mse"


def test_the_command_refuses_what_is_not_there(catalogue: tuple[Settings, Database], run: Any, tmp_path: Path):
    (tmp_path / "file").write_text("")
    for options, said in {
        ("--conditions", "nothing"): "nothing",
        ("--conditions", "none,al1"): "'all'",
        ("--label", "HAS_GENR"): "HAS_GENRE",
        ("--seeds", "0"): "seeds",
        ("--loss", "bpr"): "loss",
        ("--out", tmp_path / "file"): "file",
        ("--out", tmp_path / "file" / "in"): "another folder",
    }.items():
        wrong = run("content", "report", *options)
        assert wrong.exit_code == 2, options
        assert said in wrong.stderr, options
        assert "Traceback" not in wrong.stderr


def test_a_graph_without_vectors_has_nothing_to_prove(run: Any, db: Database):
    db.write("CREATE (:User {userId: 'u'})-[:RATED]->(:Item {itemId: 'i'})")
    wrong = run("content", "report")
    assert wrong.exit_code == 2
    assert "graphrec embed" in wrong.stderr
