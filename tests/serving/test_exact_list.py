"""On a run that was trained: the exact list is the published one, and under a filter it is the whole order's."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from graphrec.publishing.publish import publish
from graphrec.runs.store import open_run
from graphrec.serving.rerank import scores_of
from graphrec.training.train import train

TOML = """
[graph.behaviours.SEARCHED]
target = false
[graph.behaviours.BROWSED]
[graph.behaviours.PURCHASED]
[train]
epochs = 2
"""


@pytest.mark.long
def test_exact_lists_of_a_trained_run(sample_project, tmp_path, run):
    with sample_project(tmp_path, TOML, users=60, items=40) as (settings, db):
        trained = train(db, settings).run
        publish(db, trained, 10, settings=settings)
        loaded = open_run(settings, trained.run_id)
        genre = db.read(
            "MATCH (:Item)-[:HAS_GENRE]->(e) RETURN e.entityId AS key, count(*) AS n ORDER BY n DESC LIMIT 1"
        )
        text = f"NOT (i)-[:HAS_GENRE]->(:Entity {{entityId: {json.dumps(genre[0]['key'])}}})"
        fitting = {row["i"] for row in db.read(f"MATCH (i:Item) WHERE {text} RETURN i.itemId AS i")}
        assert 0 < len(fitting) < 40
        all_scores = loaded.scores(torch.arange(len(loaded.users)), "all").numpy()
        for place in (0, 7, 31):
            user = str(loaded.users[place])
            plain = json.loads(run("recommend", user, "--json").stdout)
            exact = json.loads(run("recommend", user, "--json", "--where", "true").stdout)
            assert [row["item"] for row in exact] == [row["item"] for row in plain]
            np.testing.assert_allclose([r["score"] for r in exact], [r["score"] for r in plain], rtol=1e-5)
            scores, done = scores_of(loaded, loaded.users[place])
            np.testing.assert_allclose(scores, all_scores[place], rtol=1e-4, atol=1e-5)
            left = [i for i, key in enumerate(loaded.items) if key in fitting and i not in set(done.tolist())]
            truth = [loaded.items[i] for i in sorted(left, key=lambda i: -scores[i])][:20]
            found = json.loads(run("recommend", user, "-k", "20", "--json", "--where", text).stdout)
            assert [row["item"] for row in found] == truth
