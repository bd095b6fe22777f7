"""The whole audit of a small run, and what rests on few people."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from graphrec.config.settings import Settings
from graphrec.datasets.folder import DataSet
from graphrec.db.database import Database
from graphrec.experiments.benchmark.trainings import trainings
from graphrec.experiments.options import ATTACKS
from graphrec.experiments.privacy_audit import few_people
from graphrec.experiments.privacy_audit.advice import advice
from graphrec.experiments.privacy_audit.audit import Asked, Audit
from graphrec.experiments.privacy_audit.features import of_lists
from graphrec.experiments.privacy_audit.membership import membership
from graphrec.experiments.privacy_audit.report import page, tables
from graphrec.experiments.privacy_audit.shadows import Shadows, answer
from graphrec.experiments.privacy_audit.user_values import user_values
from graphrec.experiments.privacy_audit.world import halves
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.reasons import OTHERS, Reason, Reasons
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder
from graphrec.updating.update import update

N_USERS, N_ITEMS = 60, 24
FAST = '[train]\nepochs = 3\nlr = 0.02\ndevice = "cpu"\n[model]\ndim = 8\n[publish]\nk = 5\n'


@pytest.fixture(scope="module")
def audited(project_at: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Run]]:
    """A run on files: users of two tastes, which are their genders, and items with directors."""
    folder = tmp_path_factory.mktemp("audited")
    (folder / "graphrec.toml").write_text(FAST, encoding="utf-8")
    files = folder / "films"
    files.mkdir()
    rng = np.random.default_rng(0)
    lines = ["user_id:token\titem_id:token\ttimestamp:float"]
    for user in range(N_USERS):
        mine = [*rng.permutation(np.arange(user % 2, N_ITEMS, 2))[:8], 2 * rng.integers(12) + 1 - user % 2]
        lines += [f"u{user}\ti{item}\t{1000 + at}" for at, item in enumerate(dict.fromkeys(mine))]
    (files / "films.inter").write_text("\n".join(lines) + "\n", encoding="utf-8")
    people = ["user_id:token\tgender:token", *(f"u{user}\t{'FM'[user % 2]}" for user in range(N_USERS))]
    (files / "films.user").write_text("\n".join(people) + "\n", encoding="utf-8")
    triples = ["head_id:token\trelation_id:token\ttail_id:token"]
    triples += [f"m{item}\tdirected_by\td{item % 4}" for item in range(N_ITEMS)]
    (files / "films.kg").write_text("\n".join(triples) + "\n", encoding="utf-8")
    links = ["item_id:token\tentity_id:token", *(f"i{item}\tm{item}" for item in range(N_ITEMS))]
    (files / "films.link").write_text("\n".join(links) + "\n", encoding="utf-8")
    with project_at(folder, folder / "home") as settings:
        found = DataSet.at(files, {})
        (run,) = trainings(found, found.graph(settings.split), settings, 1)
        yield settings, run


@pytest.mark.long
def test_a_report_has_every_attack_and_advice(audited, run, monkeypatch, tmp_path) -> None:
    settings, trained = audited
    monkeypatch.chdir(settings.root)
    html = tmp_path / "audit.html"
    said = run("audit", "privacy", trained.run_id, "--attribute", "gender", "--epochs", "2", "--json", "--html", html)
    assert said.exit_code == 0, said.stderr
    data = json.loads(said.stdout)
    assert data["run"] == trained.run_id
    assert data["epsilon"] is None
    assert data["shadows"]["models"] == 3
    rows = {row["from"]: row for row in data["membership"]}
    assert {"lists", "vectors", "SIMILAR edges", "service"} <= rows.keys()
    assert rows["lists"]["positives"] + rows["lists"]["negatives"] == 3 * N_USERS
    assert len(data["difference"]) == 4
    assert {row["from"] for row in data["attributes"]} == {"vectors", "lists", "behaviour itself"}
    assert next(row for row in data["attributes"] if row["from"] == "vectors")["auc"]["mean"] > 0.9
    assert {row["from"] for row in data["interactions"]} >= {"lists and knowledge", "vectors", "reasons"}
    assert data["named"]["true"] == 1.0
    assert data["advice"]
    text = html.read_text(encoding="utf-8")
    assert all(table.title in text for table in tables(data))
    assert "<script" not in text


def test_a_shadow_model_publishes_as_a_run_does_and_knows_its_members(audited) -> None:
    settings, run = audited
    audit = Audit(run, settings, Asked(()))
    few = settings.override("publish", similar=3)
    shadows = Shadows(run, few, audit.graph, audit.people, epochs=1)
    members = shadows.half(7)
    world = shadows.world(members, 7, "shadow model")
    assert world.members.tolist() == members.tolist()
    assert 0 < members.sum() < N_USERS
    assert world.popularity.tolist() == audit.history[np.flatnonzero(members)].sum(axis=0).tolist()
    assert world.lists.shape == (N_USERS, 5)
    assert world.listed.multiply(world.history).nnz == 0
    assert (np.diff(world.values, axis=1) <= 0).all()
    assert all(answer.shape == (N_USERS, N_ITEMS) for answer in world.answers)
    assert world.similar is None or np.diff(world.similar.indptr).max() <= 3
    rows = membership([world, world, world], {"lists": of_lists})
    assert rows[0]["positives"] == 3 * members.sum()


def test_reasons_rest_on_enough_people_and_the_count_sees_where_they_do_not(audited) -> None:
    settings, run = audited
    data = Audit(run, settings, Asked(["few-people"])).found()
    reasons = next(row for row in data["few_people"] if row["what"] == "reasons by other people")
    assert reasons["total"] > 0
    assert reasons["few"] == 0
    assert reasons["least"] >= OTHERS
    loose = settings.override("publish", reason_users=1, reasons=100)
    data = Audit(run, loose, Asked(["few-people"])).found() | {"people": OTHERS}
    broken = next(row for row in data["few_people"] if row["what"] == "reasons by other people")
    assert broken["few"] > 0
    assert broken["least"] < OTHERS
    assert any("reason_users" in sentence for sentence in advice(data))


@pytest.mark.parametrize("size", [3, 5, 6, 7])
def test_a_graph_of_few_users_gives_no_reason_by_them(size: int, audited) -> None:
    """Of a run's users all but a few are forgotten: whatever is left may say nothing of one of them."""
    _, run = audited
    gone = torch.arange(N_USERS) >= size
    few = Run(run.path, run.info)
    for rows in (few.arrays.done["all"], few.profiles):
        lengths = rows.indptr.diff()
        kept = ~gone[rows.users]
        object.__setattr__(rows, "items", rows.items[kept])
        object.__setattr__(rows, "age", None if rows.age is None else rows.age[kept])
        object.__setattr__(rows, "indptr", torch.cat([torch.zeros(1).long(), (lengths * ~gone).cumsum(0)]))
    object.__setattr__(few.profiles, "weights", run.profiles.weights[~gone[run.profiles.users]])
    history = few.rows("all").matrix(N_ITEMS)
    people = np.arange(size)
    lists = [np.flatnonzero(history[[user]].toarray()[0] == 0) for user in range(size)]
    for others in (OTHERS, 1):
        found = Reasons(Attribution(few), others).of_users(
            torch.from_numpy(people), [torch.from_numpy(items) for items in lists], 50
        )
        counted = few_people.of_reasons(history, people, lists, found, OTHERS)
        if others == OTHERS:
            assert counted.few == 0
        elif size > 3:
            assert counted.few > 0


def test_counts_of_what_rests_on_few() -> None:
    history = csr_array(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [0, 0, 1]], np.float32))
    edges = csr_array(np.array([[0, 0.5, 0.5], [0.5, 0, 0.1], [0, 0, 0]], np.float32))
    found = few_people.of_edges(history, edges, 2)
    # 0–1 rest on two, twice; 0–2 on one; 1–2 on nobody, and so on no person's data.
    assert found.to_dict() | {"what": ""} == {"what": "", "total": 4, "few": 1, "at_bound": 2, "least": 1}
    reasons = [[[Reason("item", 1.0, (0,), (1.0,), 2), Reason("entity", 1.0, (0,), (1.0,), 1, 3)]]]
    counted = few_people.of_reasons(history, np.array([0]), [np.array([1])], reasons, 2)
    assert (counted.total, counted.few, counted.least) == (1, 1, 1)
    assert few_people.of_new_items(np.array([-1, 0, 3, 9]), 5).few == 1


def test_advice_follows_the_figures() -> None:
    def row(name: str, auc: float) -> dict[str, Any]:
        ends = {"mean": auc, "low": auc - 0.02, "high": auc + 0.02}
        return {"from": name, "auc": ends, "tpr": ends}

    quiet = {"people": 5, "epsilon": None, "membership": [row("lists", 0.5), row("service", 0.52)]}
    assert advice(quiet) == ["no attack has an AUC whose interval is above 0.55, and nothing rests on too few people"]
    loud = quiet | {"membership": [row("lists", 0.8), row("lists without scores", 0.6), row("service", 0.9)]}
    lists, service = advice(loud)
    assert "'lists without scores' would leave 0.600" in lists
    assert "no shorter or rounder answer helps" in service
    assert "train with differential privacy" in service
    assert "smaller ε" in advice(loud | {"epsilon": 3.0})[1]
    assert "<b>" not in page(
        loud | {"run": "<b>", "attacked": 1, "users": 1, "items": 1, "k": 1, "shadows": None} | {"advice": []}
    )


def test_what_is_asked_must_exist(audited, run, monkeypatch) -> None:
    settings, _ = audited
    monkeypatch.chdir(settings.root)
    for args, words in (
        (["--only", "memberships"], "no attack 'memberships'"),
        (["--attribute", "salary", "--only", "none"], "--attribute salary: no user has that property"),
        (["--html", "report.txt"], "does not end in .html"),
        (["nothing"], "no run 'nothing'"),
    ):
        said = run("audit", "privacy", *args)
        assert said.exit_code == 2
        assert words in said.stderr
    assert set(ATTACKS) == {"membership", "difference", "interactions", "few-people"}


def test_a_property_of_users_is_read_from_neo4j(audited, db: Database, settings: Settings) -> None:
    _, trained = audited
    db.write("UNWIND ['u0', 'u1', 'stranger'] AS id CREATE (:User {userId: id, gender: 'F', age: 3})")
    stored = Run(trained.path, {name: value for name, value in trained.info.items() if name != "data"})
    values = user_values(stored, settings, "gender")
    assert values.count("F") == 2
    assert values[stored.users.index("u0")] == "F"
    assert user_values(stored, settings, "age")[stored.users.index("u1")] == 3


def test_an_update_by_a_new_user_changes_no_answer_to_likes(audited, tmp_path) -> None:
    settings, run = audited
    files = tmp_path / "films"
    shutil.copytree(settings.root / "films", files)
    with (files / "films.inter").open("a", encoding="utf-8") as lines:
        lines.writelines(f"u{N_USERS}\ti{item}\t2000\n" for item in range(0, N_ITEMS, 3))
    with (files / "films.user").open("a", encoding="utf-8") as lines:
        lines.write(f"u{N_USERS}\tF\n")
    graph: Any = DataSet.at(files, {}).graph(run.split.settings)
    updated = update(settings, run, graph)
    assert updated.delta.new_users == 1
    likes = halves(run.rows("all").matrix(N_ITEMS))[0]
    before, after = (answer(Folder(one), run.behaviours[0], likes) for one in (run, updated.run))
    assert (before == after).all()
