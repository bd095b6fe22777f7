"""After ``forget --retrain``, nothing differs from a project in which the user never was."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import torch

from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import active_run
from graphrec.runs.store import open_run
from graphrec.training.train import train
from tests.erasure.trained_project import arrays_of

TOML = "[split]\nmethod = 'user-time'\n[train]\nepochs = 2\nlr = 0.02\nloss = 'softmax'\n"
SIZE = {"users": 40, "items": 25}


@pytest.mark.long
def test_the_new_run_is_that_of_a_graph_without_the_user(
    sample_project: Callable[..., Any], tmp_path_factory: Any, run: Callable[..., Any]
) -> None:
    with sample_project(tmp_path_factory.mktemp("never"), TOML, **SIZE) as (settings, db):
        user = sorted(row["user"] for row in db.read("MATCH (u:User) RETURN u.userId AS user"))[17]
        db.write("MATCH (u:User {userId: $user}) DETACH DELETE u", user=user)
        never = train(db, settings.override("train", seed=3)).run
        expected = arrays_of(never)
    with sample_project(tmp_path_factory.mktemp("forgotten"), TOML, **SIZE) as (settings, db):
        old = train(db, settings.override("train", seed=3)).run  # graphrec.toml has another seed today
        publish(db, old, 7, settings=settings, similar=4)

        result = run("forget", user, "--yes", "--retrain", "--json")
        assert result.exit_code == 0, result.stderr
        told = json.loads(result.stdout)["retrained"]
        assert (told["base"], told["stillCarrying"]) == (old.run_id, [old.run_id])
        assert (told["published"]["k"], told["published"]["similarK"]) == (7, 4)
        new = open_run(settings)
        active = active_run(db)
        assert active is not None
        assert (new.run_id, active.directory) == (told["runId"], told["runId"])
        found = arrays_of(new)
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], expected[name]) for name in found)
        assert (new.users, new.fingerprint) == (never.users, never.fingerprint)
        before = arrays_of(old)
        assert not torch.equal(before["weights.safetensors: source"], found["weights.safetensors: source"])

        # The training is not repeated for somebody who was never there, and is if only the removal was done.
        again = run("forget", user, "--yes", "--retrain")
        assert (again.exit_code, "nothing is left" in again.stderr) == (2, True)
        other = new.users[5]
        assert "the same command with --retrain" in run("forget", other, "--yes").stdout
        late = run("forget", other, "--yes", "--retrain")
        assert late.exit_code == 0, late.stderr
        assert "nothing of this user is there: only the training is repeated" in late.stderr
        assert f"runs that learned from people who are forgotten by now: {new.run_id}, {old.run_id}" in late.stdout
        with connect(load_settings()) as now:
            last = active_run(now)
        assert last is not None
        assert other not in open_run(settings, last.directory).users
        assert last.k == 7


def test_a_training_that_cannot_be_repeated_is_refused_before_anything_is_removed(
    sample_project: Callable[..., Any], tmp_path_factory: Any, run: Callable[..., Any]
) -> None:
    with sample_project(tmp_path_factory.mktemp("none"), TOML, **SIZE) as (settings, db):
        user = db.read("MATCH (u:User) RETURN u.userId AS user LIMIT 1")[0]["user"]
        result = run("forget", user, "--yes", "--retrain")
        assert (result.exit_code, "--retrain: no run in" in result.stderr) == (2, True)
        learned = train(db, settings).run
        toml = settings.root / "graphrec.toml"
        plain = toml.read_text(encoding="utf-8")
        toml.write_text(f"{plain}\n[privacy]\nepsilon = 3\nbudget = 1\n", encoding="utf-8")
        result = run("forget", user, "--yes", "--retrain")
        assert (result.exit_code, "the privacy budget is spent" in result.stderr) == (2, True)
        toml.write_text(plain, encoding="utf-8")
        learned.update(privacy={"epsilon": 3.0})
        result = run("forget", user, "--yes", "--retrain")
        assert (result.exit_code, "the new run would have none" in result.stderr) == (2, True)
        learned.update(data={"folder": "elsewhere", "vectors": {}})
        result = run("forget", user, "--yes", "--retrain")
        assert (result.exit_code, "was trained on the files in elsewhere" in result.stderr) == (2, True)
        assert db.read("MATCH (u:User {userId: $user}) RETURN u", user=user)
