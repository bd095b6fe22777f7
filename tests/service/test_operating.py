"""The operating side over HTTP, on a small graph with two published runs that are compared."""

from __future__ import annotations

import shutil
import time
from typing import Any

import httpx
import numpy as np
import pytest

from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.evaluation.ranking import Report
from graphrec.experiments.benchmark.results_cache import save_result
from graphrec.experiments.benchmark.table import ResultRow
from graphrec.publishing.publish import publish
from graphrec.runs.layout import FIGURES
from graphrec.runs.run import Run
from graphrec.service.experiment import Experiment
from tests.film_graph import FILMS, SEEN, USERS

#: Two items that a run has shown to each user since the beginning; the first one was acted on, the second before.
ACTED = """
UNWIND $users AS row
MATCH (u:User {userId: row[0]}), (i:Item {itemId: '1'}), (j:Item {itemId: '2'})
WITH u, i, j, row[1] AS run, datetime() AS now, duration('PT1H') AS hour
CREATE (u)-[:SHOWN {runId: run, times: 3, firstAt: now + hour, lastAt: now + hour + hour}]->(i)
CREATE (u)-[:SHOWN {runId: run, times: 1, firstAt: now + hour, lastAt: now + hour}]->(j)
CREATE (u)-[:RATED {at: now + hour + hour + hour}]->(i)
CREATE (u)-[:RATED {at: now - hour}]->(j)
"""
#: One item that a run has shown, and nothing followed.
SHOWN = """
UNWIND $users AS row
MATCH (u:User {userId: row[0]}), (i:Item {itemId: '3'})
CREATE (u)-[:SHOWN {runId: row[1], times: 1, firstAt: datetime(), lastAt: datetime() + duration('PT1H')}]->(i)
"""
#: Sixty users who have done something else.
USERS_MADE = "UNWIND range(1, 60) AS n CREATE (:User {userId: 'u' + n})-[:RATED]->(:Item {itemId: 'of u' + n})"
#: A stored reason of every link, which names its run; and how the users rated the item that it rests on.
REASONS = """
MATCH (:User)-[r:RECOMMENDED]->(:Item)
SET r.reasonKinds = ['content'], r.reasonShares = [1.0], r.reasonCommon = [r.runId], r.reasonItems = ['1', '', '']
"""
RATINGS = {"anna": 5, "ben": 4, "cleo": 1}


def followed(client: httpx.Client, job: str) -> dict[str, Any]:
    """Wait for the end of a job, and return it."""
    while (found := client.get(f"/v1/jobs/{job}").json())["state"] in ("queued", "running"):
        time.sleep(0.05)
    return dict(found)


@pytest.fixture
def two_runs(settings: Settings, films: Database, film_run: Run, make_run: Any) -> tuple[Run, Run]:
    """Two published runs; the second, which is active, has opposite scores."""
    shutil.rmtree(settings.home / "service", ignore_errors=True)
    items = [[second, first] for _, (first, second) in FILMS.values()]
    other = make_run(list(USERS), list(FILMS), list(USERS.values()), items, SEEN)
    publish(films, film_run, k=2)
    publish(films, other, k=2)
    return film_run, other


def test_the_operating_side(two_runs: tuple[Run, Run], films: Database, settings: Settings, serving: Any) -> None:
    shares = dict.fromkeys((run.run_id for run in two_runs), 0.5)
    test = Experiment(shares)
    films.write(USERS_MADE)
    with serving(settings.override("serve", experiment=shares, update_every="1d")) as client:
        for user in USERS:  # each user gets their own run, and always the same
            for _ in range(2):
                while (answer := client.get(f"/v1/users/{user}/recommendations?k=1")).status_code == 503:
                    pass  # Neo4j plans its first queries on a busy machine
                assert answer.json()["run_id"] == test.run_of(user)
        films.write(REASONS)
        for user in ("anna", "ben", "cleo"):  # so are the reasons
            (first,) = client.get(f"/v1/users/{user}/recommendations?k=1&explain=true").json()["items"]
            assert first["why"] == [
                f"because you RATED “Jaws” ({RATINGS[user]}), whose {test.run_of(user)} points to it"
            ]
        what_followed(client, films, test)
        what_is_shown_first(client, *two_runs)
        long_work(client)


def what_followed(client: httpx.Client, films: Database, test: Experiment) -> None:
    """A third of the users acted on what they were shown; one saw a run that is not theirs."""
    users = [f"u{n}" for n in range(1, 61)]
    films.write(ACTED, users=[[user, test.run_of(user)] for user in users[:20]])
    films.write(SHOWN, users=[*([user, test.run_of(user)] for user in users[20:]), ["u1", "no such run"]])
    (wrong,) = {*test.shares} - {test.run_of("u60")}
    films.write(ACTED, users=[["u60", wrong]])
    found = client.get("/v1/experiment").json()
    assert (found["running"], found["left_out"], found["undated"], found["trustworthy"]) == (True, 1, [], True)
    for arm in found["arms"]:
        mine = [user for user in users if test.run_of(user) == arm["run_id"]]
        acted = [user for user in users[:20] if test.run_of(user) == arm["run_id"]]
        assert (arm["users"], arm["converted"], arm["served"]) == (len(mine), len(acted), True)
        assert (arm["reacted"], arm["shown"]) == (len(acted), len(mine) + len(acted))
        assert arm["impressions"] == len(mine) + 3 * len(acted)
        assert arm["conversion"]["low"] < len(acted) / len(mine) < arm["conversion"]["high"]
        assert arm["needed_impressions"] > arm["needed"] > 1_000
    ((run, difference),) = found["differences"].items()
    assert run == list(test.shares)[1]
    assert difference["low"] < 0 < difference["high"]


def what_is_shown_first(client: httpx.Client, old: Run, new: Run) -> None:
    """A benchmark's stored results are the peers of the active run, and of its updates."""
    assert "measures them" in client.get("/v1/overview").json()["peers"]["note"]
    save_result(new.path / FIGURES / "als-1.npz", ResultRow("als", _report(0.2), 1.5))
    seen = client.get("/v1/overview").json()
    assert [(peer["name"], peer["value"]) for peer in seen["peers"]["rows"]] == [("als", 0.2)]
    assert (seen["graph"]["users"], seen["graph"]["behaviours"]["RATED"]) == (63, 6 + 60 + 42)
    assert seen["graph"]["knowledge"] == {"DIRECTED_BY": 4, "HAS_GENRE": 5}
    roles = {label["name"]: label["role"] for label in seen["graph"]["labels"]}
    assert roles == {"User": "user", "Item": "item", "Entity": "entity"}
    found = [(run["run_id"], run["can"]) for run in seen["history"]]
    assert found == [(new.run_id, None), (old.run_id, "rollback")]
    assert seen["freshness"]["run_id"] == new.run_id
    numbers = client.get("/metrics").text
    assert "graphrec_run_age_seconds " in numbers
    assert 'graphrec_pending_changes{kind="behaviours"}' in numbers
    assert client.get("/v1/users?q=u1&k=3").json() == {"users": ["u1", "u10", "u11"]}


def long_work(client: httpx.Client) -> None:
    """The quality of the data; what is refused; what fails says why."""
    assert client.get("/v1/quality").json()["job_id"] is None
    begun = client.post("/v1/jobs", json={"kind": "quality", "options": {"burst": 9}})
    assert begun.status_code == 202
    done = followed(client, begun.json()["job_id"])
    assert (done["state"], done["message"]) == ("done", None)
    report = client.get("/v1/quality").json()
    assert report["job_id"] == done["job_id"]
    assert {one["name"]: one["count"] for one in report["findings"]}["futureBehaviours"] == 21
    for refused in ({"kind": "quality", "options": {"burst": 0}}, {"kind": "db", "options": {}}):
        assert client.post("/v1/jobs", json=refused).status_code == 422
    assert client.post("/v1/runs/none/publish").status_code == 404
    begun = client.post("/v1/jobs", json={"kind": "train", "options": {"resume": "x"}})
    failed = followed(client, begun.json()["job_id"])
    assert (failed["state"], failed["exit_code"]) == ("failed", 2)
    log = client.get(f"/v1/jobs/{failed['job_id']}/log").json()
    assert failed["message"].splitlines()[0] in log["text"]
    assert log["ended"]
    assert client.delete(f"/v1/jobs/{failed['job_id']}").json()["state"] == "failed"
    assert [job["kind"] for job in client.get("/v1/jobs").json()["jobs"]] == ["train", "quality"]
    for path in ("/v1/jobs/x", "/v1/jobs/20260101-000000-abcd/log", "/v1/jobs/..%2f..%2fsecret"):
        assert client.get(path).status_code == 404, path


def _report(value: float) -> Report:
    return Report(np.arange(2), {"ndcg@10": np.full(2, value)}, {10: 1.0}, 0)
