"""A user forgotten in a trained and published project: all of them goes, nobody else changes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphrec.db import queries
from graphrec.erasure import in_graph as graph
from graphrec.erasure import tensors
from graphrec.erasure.erase import forget
from graphrec.erasure.trace import search, wanted_of
from graphrec.evaluation.reports import load_reports
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import published_runs, rollback
from graphrec.serving.recommend import recommend
from tests.erasure.trained_project import (
    COUNTED,
    USERS,
    Project,
    arrays_of,
    digests_of,
    nothing_of,
    only_this_place_changed,
    only_this_user_is_out,
    others_of,
    report_of,
    runs_count_right,
)

Command = Callable[..., Any]


def test_all_of_the_user_goes_and_nobody_else_changes(project: Project, run: Command) -> None:
    settings, db = project.settings, project.db
    user = next(project.users)
    rejects = settings.root / "rejects"
    rejects.mkdir()
    lines = ["line\tcolumn\tvalue\twhy\n", f"7\tuser_id\t{user}\tis odd\n", "8\tuser_id\tu9999\tis odd\n"]
    (rejects / "sample.inter.tsv").write_text("".join(lines))
    runs = [project.run(0), project.run(1)]
    place = runs[0].users.index(user)
    ids = [list(old.users) for old in runs]
    arrays, reports = [arrays_of(old) for old in runs], [report_of(old) for old in runs]
    others, counts = others_of(db, user), db.read(COUNTED)
    others_ids = [other for other in ids[0] if other != user]
    asked = recommend(db, settings, others_ids)
    learned = [int((old.split.train[0] == place).sum()) for old in runs]

    result = run("forget", user, "--yes", "--json")
    assert result.exit_code == 0, result.stderr
    assert user not in result.stdout + result.stderr
    told = json.loads(result.stdout)
    assert (told["left"], told["searched"]) == (None, {"runs": 2, "rejects": 1})
    assert told["trainedOn"] == dict(zip(project.runs[::-1], learned[::-1], strict=True))
    assert min(learned) > 0
    removed = told["removed"]
    assert (removed["graph"]["nodes"], removed["graph"]["embeddings"], removed["rejects"]) == (
        1, 2, {"sample.inter.tsv": 1},
    )  # fmt: skip
    assert {"FRIEND_OF": 2, "RECOMMENDED": 20}.items() <= removed["graph"]["relationships"].items()
    assert removed["runs"][project.runs[1]]["benchmark/peer-0.npz"] == 1

    nothing_of(project, user)
    assert (rejects / "sample.inter.tsv").read_text() == lines[0] + lines[2]
    assert others_of(db, user) == others
    for row, old in zip(db.read(COUNTED), counts, strict=True):
        assert (row["users"], row["links"]) == (row["usersThere"], row["linksThere"])
        assert (row["users"], row["links"]) == (old["users"] - 1, old["links"] - 10)
    assert recommend(db, settings, others_ids) == asked
    for number in (0, 1):
        now = project.run(number)
        assert now.users == [None if key == user else key for key in ids[number]]
        only_this_place_changed(arrays[number], arrays_of(now), place)
        only_this_user_is_out(reports[number], report_of(now), place)
        assert now.split.settings == runs[number].split.settings
    kept = load_reports(project.run(1).path / "benchmark" / "peer-0.npz")
    assert kept is not None
    only_this_user_is_out(reports[1], kept[0]["test"], place)
    assert np.array_equal(kept[0]["test"].per_user["novelty@10"], np.delete(
        reports[1].per_user["novelty@10"], np.flatnonzero(reports[1].users == place)
    ))  # fmt: skip


def test_a_second_time_says_that_nothing_is_left(project: Project, run: Command) -> None:
    user = next(project.users)
    assert run("forget", user, "--yes").exit_code == 0
    again = run("forget", user, "--yes")
    assert again.exit_code == 2
    assert "nothing is left" in again.stderr
    assert "did you mean" in again.stderr


def test_it_says_what_went_what_is_left_and_what_remains(project: Project, run: Command) -> None:
    said = run("forget", next(project.users), "--yes").stdout
    assert "removed from Neo4j: nodes 1, embeddings 2" in said
    assert "left: nothing, by a search of the graph, 2 run directories and 1 reject files" in said
    assert f"run {project.runs[0]}: its weights stay as they were trained, with" in said
    assert "loading or restoring them brings the user back" in said


def test_a_dry_run_and_an_unasked_one_change_nothing(project: Project, run: Command) -> None:
    user = next(project.users)
    before, rows = digests_of(project.settings.root), others_of(project.db, "nobody")
    listed = run("forget", user, "--dry-run")
    assert listed.exit_code == 0
    assert f"to be removed from run {project.runs[0]}: ids.json 1, embeddings.safetensors" in listed.stdout
    assert json.loads(run("forget", user, "--dry-run", "--json").stdout)["graph"]["nodes"] == 1
    refused = run("forget", user)
    assert (refused.exit_code, "add --yes" in refused.stderr) == (2, True)
    assert (digests_of(project.settings.root), others_of(project.db, "nobody")) == (before, rows)


def test_published_runs_stay_whole_and_nobody_is_brought_back(project: Project, run: Command) -> None:
    settings, db = project.settings, project.db
    user = next(project.users)
    assert run("forget", user, "--yes").exit_code == 0
    first, second = project.run(0), project.run(1)
    done = publish(db, second, 10, settings=settings)
    assert (done.outcome, done.users) == ("unchanged", len(second.users) - second.users.count(None))
    assert rollback(db)[0] == first.run_id
    assert publish(db, second, 10, settings=settings).outcome == "switched"
    # Loaded again, the node is new to the run; written anew too, the run gives it nothing.
    db.write("MATCH (i:Item) WITH i LIMIT 1 CREATE (:User {userId: $user})-[:PURCHASED]->(i)", user=user)
    again = publish(db, second, 5, settings=settings)
    assert (again.outcome, again.new_users, again.missing_users) == ("written", 1, second.users.count(None))
    node = "MATCH (u:User {userId: $user}) RETURN [x IN keys(u) WHERE x STARTS WITH 'embedding'] AS x, "
    row = db.read(node + "COUNT { (u)-[:RECOMMENDED]->() } AS links", user=user)[0]
    assert (row["x"], row["links"]) == ([], 0)
    assert run("forget", user, "--yes").exit_code == 0  # in Neo4j alone this time
    nothing_of(project, user)
    publish(db, second, 10, settings=settings)
    assert {run.state for run in published_runs(db) if run.active} == {"ready"}


@pytest.mark.long
def test_evaluation_goes_on_with_one_user_fewer(project: Project, run: Command) -> None:
    name = project.runs[1]
    before = json.loads(run("evaluate", name, "--json").stdout)
    assert run("forget", next(project.users), "--yes").exit_code == 0
    after = run("evaluate", name, "--json")
    assert after.exit_code == 0, after.stderr
    assert json.loads(after.stdout)["users"] == before["users"] - 1
    compared = run("benchmark", name, "--peers", "popularity,itemknn", "--trials", 2, "--json")
    assert compared.exit_code == 0, compared.stderr
    assert run("runs").exit_code == 0


def test_what_an_interruption_leaves_is_finished_by_the_same_command(project: Project, run: Command) -> None:
    settings, db = project.settings, project.db
    # In Neo4j, some of the ties gone.
    one, other = next(project.users), next(project.users)
    db.write(queries.load("forget/published", settings.graph), users=[one])
    db.write(queries.load("forget/remove_ties", settings.graph), users=[one], batch=2)
    assert run("forget", one, "--yes").exit_code == 0
    nothing_of(project, one)
    # Neo4j done, and of the newest run one file: the key still leads to the rest.
    graph.remove(db, settings.graph, [other])
    second = project.run(1)
    tensors.empty(second.path / "embeddings.safetensors", [second.users.index(other)])
    result = run("forget", other, "--yes", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["left"], told["removed"]["graph"]["nodes"]) == (0, None, 0)
    files = set(told["removed"]["runs"][second.run_id])
    assert {"ids.json", "profiles.safetensors", "split.safetensors", "benchmark/peer-0.npz"} <= files
    assert "embeddings.safetensors" not in files
    nothing_of(project, other)
    runs_count_right(db)


@pytest.mark.long
def test_killed_at_any_point_it_goes_on(project: Project) -> None:
    settings, db = project.settings, project.db
    user = next(project.users)
    command = [sys.executable, "-m", "graphrec", "forget", user, "--yes"]
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=settings.root)
    links = "MATCH (:User {userId: $user})-[r:RECOMMENDED]->() RETURN count(r) AS links"
    while db.read(links, user=user)[0]["links"]:
        assert started.poll() in (None, 0)
        time.sleep(0.002)
    started.send_signal(signal.SIGKILL)
    started.communicate()
    wanted = wanted_of(db, settings, user)
    assert not forget(db, settings, wanted).after
    nothing_of(project, user)
    runs_count_right(db)


def test_what_a_training_that_was_under_way_writes_of_the_forgotten_is_found(project: Project, run: Command) -> None:
    user = next(project.users)
    second = project.run(1)
    written = (second.path / "embeddings.safetensors").read_bytes()
    assert run("forget", user, "--yes").exit_code == 0
    (second.path / "embeddings.safetensors").write_bytes(written)
    wanted = wanted_of(project.db, project.settings, user)
    assert search(project.db, project.settings, wanted)
    assert run("forget", user, "--yes").exit_code == 0
    assert not search(project.db, project.settings, wanted)
    assert run("forget", user, "--yes").exit_code == 2


def test_what_a_killed_writer_left_beside_a_file_goes_too(project: Project, run: Command) -> None:
    path = project.run(1).path / "profiles.safetensors"
    beside = path.with_name(f"{path.name}.part")
    beside.write_bytes(path.read_bytes())
    told = json.loads(run("forget", next(project.users), "--yes", "--json").stdout)
    assert told["removed"]["runs"][project.runs[1]][beside.name] == 1
    assert not beside.exists()


def test_an_unfinished_run_is_emptied_and_said(project: Project, run: Command) -> None:
    user = next(project.users)
    first = project.run(0)
    first.update(state="training")
    try:
        result = run("forget", user, "--yes")
        assert (result.exit_code, f"run {first.run_id} is unfinished" in result.stdout) == (0, True)
        assert user not in json.loads((first.path / "ids.json").read_text())["users"]
    finally:
        first.update(state="finished")


def test_a_run_of_other_users_is_passed_over_unless_named(project: Project, run: Command) -> None:
    user = next(project.users)
    first = project.run(0)
    first.update(data={"folder": "elsewhere", "vectors": {}})
    try:
        said = run("forget", user, "--yes").stdout
        assert f"passed over: run {first.run_id} has that id, but it learned from the files in elsewhere" in said
        assert user in project.run(0).users
        assert run("forget", user, "--yes").exit_code == 2
        assert run("forget", user, "--yes", "--run", first.run_id).exit_code == 0
        assert user not in project.run(0).users
    finally:
        first = project.run(0)
        first.info.pop("data")
        first.update()


@pytest.mark.parametrize("name", ["ids.json", "split.safetensors", "embeddings.safetensors", "benchmark/peer-0.npz"])
def test_a_damaged_file_is_an_error_that_names_it(project: Project, run: Command, name: str) -> None:
    user = project.run(1).users[-1]
    path = project.run(1).path / name
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    try:
        result = run("forget", user, "--yes")
        assert (result.exit_code, str(path) in result.stderr) == (2, True)
        assert project.db.read("MATCH (u:User {userId: $user}) RETURN u", user=user)
    finally:
        path.write_bytes(whole)


def test_every_array_that_speaks_of_users_is_known(project: Project) -> None:
    """Arrays with a row a user, or one more, are those that are emptied; weights and checkpoints have none."""
    known = set()
    for name, parts in tensors.FILES.items():
        for part in parts:
            known |= {f"{name}: {part.prefix}indptr"} if isinstance(part, tensors.Lists) else {f"{name}: {part.name}"}
    run = project.run(0)
    by_user = {name for name, array in arrays_of(run).items() if {USERS, USERS + 1} & set(array.shape)}
    pairs = {f"split.safetensors: {part}" for part in ("train", "valid", "test")}
    # Where users are items too, and where a context was learned.
    assert by_user == known - pairs - {"split.safetensors: themselves", "context.safetensors: indptr"}
    checkpoint = torch.load(run.path / "kept.pt", weights_only=True)
    shapes = [tuple(x.shape) for x in _tensors(checkpoint)]
    assert shapes
    assert not any({USERS, USERS + 1} & set(shape) for shape in shapes)


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tensors(part)


def test_the_server_logs_say_nothing_of_who_was_forgotten(project: Project, run: Command) -> None:
    user = "somebody-3f9c1d"
    project.db.write("CREATE (:User {userId: $user})", user=user)
    assert run("forget", user, "--yes").exit_code == 0
    for path in project.settings.home.rglob("*.log"):
        assert user.encode() not in path.read_bytes(), path


def test_the_places_in_runs_are_exported(project: Project, run: Callable[..., Any], tmp_path: Path) -> None:
    user = next(project.users)
    assert run("person", user, "--export", str(tmp_path / "held")).exit_code == 0
    found = json.loads((tmp_path / "held" / "runs.json").read_text(encoding="utf-8"))
    assert {one["run"] for one in found} == set(project.runs)
    learned = project.run()
    place = learned.users.index(user)
    (one,) = (one for one in found if one["run"] == learned.run_id)
    assert one["positions"] == [place]
    pairs = learned.split.train
    assert one["split.safetensors"]["train"] == [learned.items[item] for item in pairs[1, pairs[0] == place].tolist()]
    assert one["trained"] == len(one["split.safetensors"]["train"])
    assert len(one["embeddings.safetensors"]["all.user"][0]) > 0
    assert list(one["benchmark/peer-0.npz"])
    (node,) = json.loads((tmp_path / "held" / "graph.json").read_text(encoding="utf-8"))["embeddings"]
    assert len(node) >= 2
