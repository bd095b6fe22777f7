"""What content is worth: conditions, peers and the page, on made graphs and the made catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch_geometric.data import HeteroData

from etl.atomic import transform
from etl.media import add_media
from etl.rejects import Rejects
from etl.write import Writer
from graphrec.config import ContentSettings, Settings, SplitSettings
from graphrec.content.embed import embed
from graphrec.db import Database, connect
from graphrec.errors import ConfigError, GraphError
from graphrec.proof.cold import peers
from graphrec.proof.conditions import conditions, graph_of
from graphrec.proof.neighbours import label_relation, shared_labels
from graphrec.proof.report import content_report, markdown, table
from graphrec.sample import write_sample
from graphrec.split import Split


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
    text, audio = shared_labels(graph(), "HAS_GENRE")
    assert text["shared"] == 1.0
    assert 0.3 < audio["shared"] < 0.7
    assert 0.35 < text["chance"] < 0.65
    assert label_relation(graph()) == "HAS_GENRE"
    with pytest.raises(ConfigError, match="HAS_TAG"):
        label_relation(graph(), "HAS_TAG")


def test_peers_of_cold_items_know_what_they_should():
    data = graph()
    pairs = torch.tensor([[0, 0, 1], [0, 2, 1]])  # user 0 likes the even kind, user 1 the odd one
    nothing = torch.zeros((2, 0), dtype=torch.int64)
    split = Split(pairs, nothing, nothing, SplitSettings(), {}, (2, 24))
    found = peers(data, split, 0)
    users = torch.arange(2)
    for name in ("content kNN text", "knowledge kNN"):
        scores = found[name](users)
        assert scores[0, 4] > scores[0, 5], name
        assert scores[1, 5] > scores[1, 4], name
    assert found["knowledge degree"](users)[0].tolist() == [1.0] * 24
    assert torch.equal(found["random"](users), found["random"](users))


@pytest.fixture(scope="module")
def catalogue(
    scratch_home: Any, tmp_path_factory: pytest.TempPathFactory, project_at: Any, empty: Any
) -> Iterator[tuple[Settings, Database]]:
    folder = tmp_path_factory.mktemp("catalogue")
    write_sample(folder, users=80, items=50)
    with project_at(folder, scratch_home) as found, connect(found) as db:
        empty(db)
        rejects = Rejects()
        tables = transform(folder, rejects)
        add_media(tables, folder / "media.tsv", None, rejects)
        Writer(db, found.graph).write(tables)
        settings = (
            found.override("content", text="tfidf", image="classical", audio="none", dim=16)
            .override("model", dim=8)
            .override("train", epochs=2, batch=64)
        )
        assert not embed(db, settings).skipped
        yield settings, db


def test_the_report_has_every_figure_and_trains_nothing_twice(catalogue: tuple[Settings, Database], tmp_path: Path):
    settings, db = catalogue
    wanted = ["none", "all", "all:gate", "shuffled"]
    found = content_report(db, settings, tmp_path, seeds=2, loss="softmax", only=wanted)
    assert [row["name"] for row in found["conditions"]] == wanted * 2
    assert set(found["encoders"]) == {"text", "image"}
    whole = found["conditions"][1]
    assert whole["test"]["ndcg@10"]["low"] <= whole["test"]["ndcg@10"]["mean"] <= whole["test"]["ndcg@10"]["high"]
    assert whole["test"]["ndcg@10"]["mean"] == pytest.approx(sum(whole["seeds"]) / 2)
    gain = whole["test"]["ndcg@10"]["mean"] - found["conditions"][0]["test"]["ndcg@10"]["mean"]
    assert whole["minus none"]["test"]["mean"] == pytest.approx(gain)
    assert sum(found["conditions"][2]["weights"].values()) == pytest.approx(1.0, abs=1e-5)
    methods = {row["method"] for row in found["cold"]}
    assert {"random", "knowledge degree", "content kNN text", "content kNN all", "graphrec"} <= methods
    assert json.loads((tmp_path / "report.json").read_text()) == json.loads(json.dumps(found))
    page = (tmp_path / "report.md").read_text()
    assert page == markdown(found)
    assert all(cells["condition"] in page for cells in table(found))
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "trainings").iterdir()}
    assert len(kept) == 4 * 2 * 2
    again = content_report(db, settings, tmp_path, seeds=2, loss="softmax", only=wanted, with_cold=False)
    assert again["conditions"] == found["conditions"]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "trainings").iterdir()} == kept


def test_the_command_refuses_what_is_not_there(run: Any, db: Database):
    wrong = run("content", "report", "--conditions", "nothing")
    assert wrong.exit_code == 2
    assert "Traceback" not in wrong.stderr
