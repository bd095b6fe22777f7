"""The whole of the model on the made catalogue: what a run holds, how it scores, what publishing makes of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from graphrec.config.settings import Settings
from graphrec.content.embed import embed
from graphrec.content.stored_fusion import refresh
from graphrec.db.database import Database
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import training_graph
from graphrec.graph.hetero import load_graph
from graphrec.model.recommender import COMPONENTS, Component
from graphrec.publishing.publish import publish
from graphrec.runs.layout import CHECKPOINT
from graphrec.runs.run import Run
from graphrec.serving.recommend import recommend
from graphrec.training.checkpoint import load_checkpoint
from graphrec.training.hybrid import HybridSelector
from graphrec.training.scoring import Scorer
from graphrec.training.train import train
from graphrec.training.trainer import Trainer

USERS, ITEMS = 90, 60
#: A checkpoint that the next training does not remove.
KEPT = "kept.pt"
PRESENT = ("text", "image", "audio")


@pytest.fixture(scope="module")
def catalogue(
    tmp_path_factory: pytest.TempPathFactory, sample_project: Any, checkpoint_stays: Any
) -> Iterator[tuple[Settings, Database]]:
    folder = tmp_path_factory.mktemp("catalogue")
    with checkpoint_stays(), sample_project(folder, "", users=USERS, items=ITEMS) as (found, db):
        settings = (
            found.override("content", fusion="gate", text="tfidf", image="classical", audio="mfcc", dim=16)
            .override("model", dim=8)
            .override("train", epochs=3, batch=32)
        )
        # As a real catalogue is: not every item has everything.
        db.write("MATCH (i:Item) WHERE i.itemId ENDS WITH '1' REMOVE i.image")
        db.write("MATCH (i:Item) WHERE i.itemId ENDS WITH '2' REMOVE i.image, i.audio")
        embed(db, settings)
        yield settings, db


@pytest.fixture(scope="module", params=["mse", "softmax"])
def trained(request: pytest.FixtureRequest, catalogue: tuple[Settings, Database]) -> Run:
    settings, db = catalogue
    run = train(db, settings.override("train", loss=request.param)).run
    shutil.copy(run.path / CHECKPOINT, run.path / KEPT)  # the next training removes it
    return run


def refit(run: Run, catalogue: tuple[Settings, Database]) -> tuple[HybridSelector, Any]:
    """Make the run's model again from what stands in the graph and the checkpoint."""
    settings, db = catalogue
    data = training_graph(load_graph(db, run.schema, settings.split).data, run.split)
    tables = msgspec.structs.replace(settings).override("train", **run.settings["train"])
    trainer = Trainer(data, run.split, tables.model, tables.train, torch.device("cpu"), tables.content)
    (stand,) = load_checkpoint(next(path for name in (KEPT, CHECKPOINT) if (path := run.path / name).exists()))
    selector = HybridSelector(trainer)
    return selector, selector.select(stand)


def scorer(selector: HybridSelector, model: Any, components: Sequence[Component] = COMPONENTS) -> Scorer:
    """What scores users by what they did in training."""
    return Scorer(model, selector.trainer.profiles, selector.trainer.pairs, components)


def test_a_run_scores_as_its_model_does(trained: Run, catalogue: tuple[Settings, Database]):
    selector, model = refit(trained, catalogue)
    users = torch.tensor([5, 0, 17, 5])
    assert trained.similar is not None
    assert torch.allclose(trained.scores(users, "heldout"), scorer(selector, model)(users), atol=1e-4)
    alone = trained.embeddings("heldout")[0][users] @ trained.embeddings("heldout")[1].T
    assert not torch.allclose(trained.scores(users, "heldout"), alone, atol=1e-2)
    assert asdict(selector.item_item_config) == trained.info["similar"]  # type: ignore[arg-type]
    assert trained.metrics["ndcg@10"] == pytest.approx(selector.trainer.validate(model)["ndcg@10"])


def test_a_run_of_a_large_catalogue_has_sparse_edges(
    catalogue: tuple[Settings, Database], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("graphrec.training.hybrid.MOST_ITEMS", ITEMS - 1)
    settings, db = catalogue
    run = train(db, settings).run
    edges = run.similar
    assert edges is not None
    assert edges.layout == torch.sparse_csr
    selector, model = refit(run, catalogue)
    users = torch.tensor([5, 0, 17, 5])
    assert torch.allclose(run.scores(users, "heldout"), scorer(selector, model)(users), atol=1e-4)
    alone = run.embeddings("heldout")[0][users] @ run.embeddings("heldout")[1].T
    assert not torch.allclose(run.scores(users, "heldout"), alone, atol=1e-2)
    publish(db, run)


def test_a_run_forgets_as_its_model_does(catalogue: tuple[Settings, Database], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("graphrec.training.selection.SURE", -1e9)  # the best recency is taken, however little it helps
    settings, db = catalogue
    run = train(db, settings).run
    assert run.metrics["recency"] > 0
    selector, model = refit(run, catalogue)
    users = torch.tensor([5, 0, 17, 5])
    assert torch.allclose(run.scores(users, "heldout"), scorer(selector, model)(users), atol=1e-4)
    model.profile_encoder.recency.fill_(0)
    assert not torch.allclose(run.scores(users, "heldout"), scorer(selector, model)(users), atol=1e-2)


def test_least_squares_speak_through_the_embedding(catalogue: tuple[Settings, Database]):
    settings, db = catalogue
    run = train(db, settings.override("model", similar=False)).run
    selector, model = refit(run, catalogue)
    network, factors = (scorer(selector, model, [part])(torch.arange(9)) for part in ("network", "als"))
    scale = run.metrics["factors"]
    assert torch.allclose(run.scores(torch.arange(9), "heldout"), network + scale * factors, atol=1e-4)
    width = run.embeddings("all")[1].shape[1]
    popular = model.lengths is not None and bool(model.lengths.get_buffer("weights")[:, 2].any())
    assert width == (2 * settings.model.dim if scale else settings.model.dim) + 1 + popular
    none = train(db, settings.override("model", als=False)).run
    assert none.metrics["factors"] == 0


def test_what_is_published_sees_all_that_was_done(trained: Run):
    """Held-out behaviour speaks in what is published, and only there."""
    held = {int(u) for u in trained.split.test[0]}
    user = torch.tensor([min(held)])
    rows = trained.seen("all")[user.numpy()].toarray()[0]
    expected = trained.embeddings("all")[0][user] @ trained.embeddings("all")[1].T
    alpha = float(trained.info["similar"]["alpha"])
    expected += torch.tensor(rows * rows.sum() ** -alpha)[None].float() @ trained.similar
    assert torch.allclose(trained.scores(user, "all"), expected, atol=1e-4)
    assert not torch.allclose(trained.scores(user, "all"), trained.scores(user, "heldout"), atol=1e-3)


def test_it_learns_the_planted_tastes(trained: Run):
    report = evaluate_split(lambda users: trained.scores(users, "heldout"), trained.split, "test")
    chance = evaluate_split(lambda users: torch.rand(len(users), ITEMS), trained.split, "test")
    assert report.interval("ndcg@10")[0] > chance.interval("ndcg@10")[1]


def test_a_run_knows_what_each_modality_counts(trained: Run):
    weights = trained.item_weights
    assert set(weights) == set(PRESENT)
    total = torch.stack(list(weights.values())).sum(0)
    known = total > 0
    assert torch.allclose(total[known], torch.ones(int(known.sum())), atol=1e-5)
    places = {str(key): n for n, key in enumerate(trained.items)}
    bare = [n for key, n in places.items() if key.endswith("2")]
    assert weights["image"][bare].tolist() == [0.0] * len(bare)
    assert trained.modalities.keys() == weights.keys()
    for name, share in weights.items():
        assert trained.modalities[name] == pytest.approx(float(share[known].mean()), abs=1e-5)
    assert trained.encoders.keys() == weights.keys()
    assert trained.settings["content"]["fusion"] == "gate"


def test_publishing_tells_the_items_and_fuses_their_content_anew(trained: Run, catalogue: tuple[Settings, Database]):
    settings, db = catalogue
    before = contents(db)
    done = publish(db, trained, k=5, settings=settings)
    assert done.weighed == sum(bool(w) for w in torch.stack(list(trained.item_weights.values())).sum(0).tolist())
    rows = db.read("MATCH (i:Item) RETURN i.itemId AS item, [i.textWeight, i.imageWeight, i.audioWeight] AS weights")
    found = {row["item"]: row["weights"] for row in rows if any(row["weights"])}
    for n, item in enumerate(trained.items):
        expected = [float(trained.item_weights[name][n]) for name in PRESENT]
        assert found.get(item, [0, 0, 0]) == expected
    after = contents(db)
    assert {made for made, _ in after.values()} != {made for made, _ in before.values()}
    changed = [k for k in after if not np.allclose(after[k][1], before[k][1], atol=1e-6)]
    assert changed
    # What embed makes now is the same; nothing is left to do.
    report = embed(db, settings)
    assert (report.text.encoded, report.image.encoded, report.audio.encoded) == (0, 0, 0)
    assert contents(db) == after
    # The published links are the best of the whole score.
    user = str(trained.users[3])
    scores = trained.scores(torch.tensor([3]), "all")[0].masked_fill(
        torch.from_numpy(trained.seen("all")[[3]].toarray()[0] > 0), -torch.inf
    )
    best = [trained.items[i] for i in scores.topk(5).indices.tolist()]
    assert [row["item"] for row in recommend(db, settings, [user], 5)[0].rows] == best


def test_vectors_of_two_encoders_are_not_fused(catalogue: tuple[Settings, Database], caplog: pytest.LogCaptureFixture):
    """As an interrupted `graphrec embed` leaves them."""
    settings, db = catalogue
    before = contents(db)
    (row,) = db.read(
        "MATCH (i:Item) WHERE i.textEncoder IS NOT NULL RETURN elementId(i) AS n, i.textEncoder AS e LIMIT 1"
    )
    change = "MATCH (i:Item) WHERE elementId(i) = $n SET i.textEncoder = $e"
    db.write(change, n=row["n"], e="another@1")
    try:
        assert refresh(db, settings) == 0
    finally:
        db.write(change, n=row["n"], e=row["e"])
    assert "text: vectors of several encoders" in caplog.text
    assert contents(db) == before
    assert refresh(db, settings) == len(before)


def contents(db: Database) -> dict[Any, tuple[str, list[float]]]:
    rows = db.read(
        "MATCH (i:Item) WHERE i.contentVector IS NOT NULL RETURN i.itemId, i.contentEncoder, i.contentVector"
    )
    return {key: (made, list(vector)) for key, made, vector in (row.values() for row in rows)}


def test_parts_that_are_switched_off_leave_no_trace(catalogue: tuple[Settings, Database]):
    settings, db = catalogue
    plain = settings.override("model", similar=False, content=False, knowledge=False).override("train", loss="mse")
    run = train(db, plain).run
    assert run.similar is None
    assert run.info["similar"] is None
    assert (run.item_weights, run.modalities) == ({}, {})
    user, item = run.embeddings("heldout")
    assert torch.allclose(run.scores(torch.arange(4), "heldout"), user[:4] @ item.T)


@pytest.mark.parametrize("fusion", ["mean", "attention"])
def test_other_fusions_train(fusion: str, catalogue: tuple[Settings, Database]):
    settings, db = catalogue
    run = train(db, settings.override("content", fusion=fusion).override("train", epochs=1, loss="softmax")).run
    assert run.modalities.keys() == set(PRESENT)
    assert sum(run.modalities.values()) == pytest.approx(1, abs=1e-4)
    assert bool(run.item_weights) == (fusion == "attention")


def test_a_resumed_training_keeps_what_the_run_left_open(catalogue: tuple[Settings, Database]):
    """Also where graphrec.toml has decided it meanwhile."""
    settings, db = catalogue
    begun = settings.override("train", loss="softmax", epochs=2)
    run = train(db, begun).run
    stand = load_checkpoint(run.path / CHECKPOINT)
    run.update(state="training")
    changed = begun.override("model", hops=3, similar=False).override("content", fusion="mean")
    again = train(db, changed, run).run
    assert again.settings["model"]["hops"] is None
    assert again.similar is not None
    assert again.item_weights
    assert again.metrics["epoch"] == stand[0].best_epoch

    # A run of a time when content was not among what a run keeps: it was the default.
    old = train(db, begun.override("content", fusion="mean")).run
    old.update(state="training", settings={k: v for k, v in old.settings.items() if k != "content"})
    again = train(db, changed.override("content", fusion="attention"), old).run
    assert again.finished
    assert not again.item_weights


def test_a_cold_item_split_trains_and_ranks_among_the_cold(catalogue: tuple[Settings, Database]):
    settings, db = catalogue
    cold = settings.override("split", method="cold-item", valid=0.2, test=0.2).override("train", loss="softmax")
    run = train(db, cold).run
    report = evaluate_split(lambda users: run.scores(users, "heldout"), run.split, "test")
    chance = evaluate_split(lambda users: torch.rand(len(users), ITEMS), run.split, "test")
    assert report.mean("ndcg@10") > chance.mean("ndcg@10")
    assert run.seen("heldout").nnz == run.split.train.shape[1]


def test_published_parts_train(catalogue: tuple[Settings, Database]):
    settings, db = catalogue
    ending = "elementId(i) ENDS WITH"
    part = f"CASE WHEN {ending} '3' THEN 'test' WHEN {ending} '4' THEN 'valid' ELSE 'train' END"
    for kind in load_graph(db, settings.graph).schema.behaviours:
        db.write(f"MATCH (:User)-[r:`{kind}`]->(i:Item) SET r.split = {part}")
    run = train(db, settings.override("split", method="published").override("train", epochs=1, loss="mse")).run
    total = db.read(
        "MATCH (u:User)-[r]->(i:Item) WHERE r.split = 'test' RETURN count(DISTINCT [u.userId, i.itemId]) AS n"
    )
    assert run.split.test.shape[1] == total[0]["n"] > 0
    assert run.seen("heldout").nnz == run.split.train.shape[1]
