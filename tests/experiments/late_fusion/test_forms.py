"""Forms of the interest vector: which is chosen, what it makes of a run, what readers get of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from graphrec.common.errors import InputError
from graphrec.config.settings import Settings
from graphrec.content.embed import embed
from graphrec.db.database import Database
from graphrec.experiments.benchmark.run_graph import Source
from graphrec.experiments.late_fusion.components import reduced
from graphrec.experiments.late_fusion.forms import BlendForm, best_forms, chosen
from graphrec.experiments.late_fusion.measure import Measured, measure
from graphrec.experiments.late_fusion.write import write
from graphrec.graph.history import read_history
from graphrec.runs.evaluate import evaluate_run
from graphrec.runs.run import Run
from graphrec.runs.store import open_run
from graphrec.serving.fold_in import Folder
from graphrec.training.selection import ValidationSet
from graphrec.training.train import train

TOML = """
[content]
text = "tfidf"
image = "classical"
[graph.behaviours.SEARCHED]
target = false
[graph.behaviours.BROWSED]
[graph.behaviours.PURCHASED]
[model]
dim = 8
similar = false
factors = false
content = false
knowledge = false
[train]
epochs = 1
"""


@pytest.fixture(scope="module")
def trained(sample_project: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, ...]]:
    """A run that has learned next to nothing, of items whose content and knowledge say everything."""
    with sample_project(tmp_path_factory.mktemp("interest"), TOML, users=120, items=80) as (settings, db):
        embed(db, settings)
        run = train(db, settings).run
        yield settings, db, run, measure(run, Source(run, settings))


@pytest.fixture
def copied(trained: tuple[Settings, Database, Run, Measured], tmp_path: Path) -> Run:
    """A copy of the run, to be written to."""
    folder = tmp_path / trained[2].run_id
    shutil.copytree(trained[2].path, folder)
    return Run(folder, json.loads((folder / "run.json").read_text()))


def test_what_the_truth_is_made_of_is_found():
    rng = np.random.default_rng(0)
    content, knowledge = (torch.from_numpy(rng.standard_normal((200, 30))).float() for _ in range(2))
    learned = torch.from_numpy(rng.standard_normal((200, 30))).float()
    best = (0.5 * content + 0.5 * learned).argmax(1).numpy()
    truth = csr_array((np.ones(200, np.float32), (np.arange(200), best)), shape=(200, 30))
    bench = ValidationSet(csr_array((200, 30), dtype=np.float32), truth, None, 10)
    forms = best_forms(bench, {"learned": learned, "content": content, "knowledge": knowledge})
    names = ["learned", "content mean", "concat", "weighted .6/.4", "weighted", "knowledge", "all"]
    assert [form.name for form in forms] == names
    assert forms[2].values.mean() == 1.0
    assert chosen(forms).name == "concat"
    assert dict(forms[4].shares) == {"learned": 0.5, "content": 0.5}
    assert [form.name for form in best_forms(bench, {"learned": learned, "knowledge": knowledge})] == [
        "learned",
        "knowledge",
    ]


def test_what_wins_within_noise_alone_is_not_chosen():
    values = np.tile([0.2, 0.4], 50)
    noise = np.tile([0.1, 0.1, -0.09, -0.09], 25)
    learned = BlendForm("learned", {"learned": 1.0}, values)
    near = BlendForm("weighted", {"learned": 0.5, "content": 0.5}, values + noise)
    alone = BlendForm("content mean", {"content": 1.0}, values + 0.5)
    sure = BlendForm("knowledge", {"learned": 0.5, "knowledge": 0.5}, values + 0.01)
    assert near.gain(learned)[0] > 0
    assert chosen([learned, near, alone]) is learned
    assert chosen([learned, near, alone, sure]) is sure


def test_fewer_dimensions_keep_the_inner_products_as_far_as_so_many_can():
    rng = np.random.default_rng(0)
    flat = (rng.standard_normal((40, 3)) @ rng.standard_normal((3, 30))).astype(np.float32)
    few = reduced(flat, 3)
    assert few.shape == (40, 3)
    assert np.allclose(few @ few.T, flat @ flat.T, atol=1e-3)
    assert torch.allclose(reduced(csr_array(flat), 3) @ few.T, few @ few.T, atol=1e-3)
    assert np.array_equal(reduced(flat, 30), flat)


def test_a_run_that_learned_little_is_given_what_its_items_are(trained: tuple[Any, ...]):
    measured = trained[3]
    learned = measured.tests["learned"].mean("ndcg@10")
    assert measured.chosen.name in {"weighted", "knowledge", "all"}
    assert measured.tests[measured.chosen.name].mean("ndcg@10") > 1.2 * learned
    assert all(0 < part.kept <= 1 for part in measured.parts)
    assert learned == pytest.approx(evaluate_run(trained[2], "test")["metrics"]["ndcg@10"]["mean"])


def test_a_written_form_scores_as_it_was_measured_and_folds_in(trained: tuple[Any, ...], copied: Run):
    measured = trained[3]
    form = next(form for form in measured.forms if form.name == "all")
    run = write(copied, replace(measured, chosen=form))
    width = sum(part.table.shape[1] for part in measured.parts)
    assert run.n_side_features == width
    kept = open_run(msgspec.structs.replace(trained[0], runs=run.path.parent))
    assert run.interest == kept.interest
    assert kept.interest["form"] == "all"
    assert run.trained > trained[2].trained
    found = evaluate_run(run, "test")["metrics"]["ndcg@10"]["mean"]
    assert found == pytest.approx(measured.tests["all"].mean("ndcg@10"), abs=1e-6)

    folder, histories = Folder(run), read_history(trained[1], run.schema, run.users)
    profiles, done = folder.profiles([histories[user] for user in run.users])
    users = run.embeddings("all")[0]
    assert torch.allclose(folder.vectors(profiles, done), users, atol=1e-5)
    assert float(users[:, -width:].abs().max()) > 0.01


def test_the_learned_form_can_be_gone_back_to(trained: tuple[Any, ...], copied: Run):
    settings, _, before, measured = trained
    form = next(form for form in measured.forms if form.name == "all")
    written = write(copied, replace(measured, chosen=form))
    anew = measure(written, Source(written, settings))
    assert anew.chosen.name == measured.chosen.name
    assert np.allclose([f.values.mean() for f in anew.forms], [f.values.mean() for f in measured.forms], atol=1e-3)
    back = write(written, replace(anew, chosen=anew.forms[0]))
    assert (back.n_side_features, back.interest["form"]) == (0, "learned")
    for view in ("heldout", "all"):
        pairs = zip(back.embeddings(view), before.embeddings(view), strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)
    assert back.encoder.tensors().keys() == before.encoder.tensors().keys()


@pytest.mark.long
def test_the_command_writes_and_neo4j_says_it(trained: tuple[Any, ...], run: Callable[..., Any]):
    db = trained[1]
    found = json.loads(run("interest", "--json").stdout)
    assert (found["written"], found["chosen"]) == ("learned", trained[3].chosen.name)
    assert {part["part"] for part in found["parts"]} == {"content", "knowledge"}
    assert run("publish").exit_code == 0
    said = db.read("MATCH (:Recommender)-[:ACTIVE]->(r:Run) RETURN r.interest AS interest, size(r.runId) AS n")
    assert json.loads(said[0]["interest"])["form"] == "learned"
    result = run("interest", "--markdown", "--write")
    assert result.exit_code == 0
    assert result.stdout.startswith("| form |")
    assert "keep" in result.stderr
    assert run("publish").exit_code == 0
    (row,) = json.loads(run("runs", "--json").stdout)[:1]
    assert row["interest"]["form"] == found["chosen"]
    assert row["interest"]["validation"]["gain"] > 2 * row["interest"]["validation"]["error"]
    users = db.read("MATCH (u:User) WHERE u.embeddingB IS NOT NULL RETURN size(u.embeddingB) AS n LIMIT 1")
    assert users[0]["n"] == open_run(trained[0]).embeddings("all")[0].shape[1]


def test_what_cannot_be_chosen_is_said(trained: tuple[Any, ...], copied: Run):
    copied.info["refit"] = True
    with pytest.raises(InputError, match="refitted on train and validation"):
        measure(copied, Source(copied, trained[0]))
