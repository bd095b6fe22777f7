"""Publishing while others read, write, or end it: readers have one whole run all the time."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

from graphrec.common.errors import DatabaseError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import load_settings
from graphrec.db import queries
from graphrec.db.database import Database, connect
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import Sizes, published_runs, rollback
from graphrec.publishing.writer import Writer
from graphrec.serving.recommend import recommend

PLAIN = GraphSchema()


def recommended(db: Database, user: str) -> list[dict[str, Any]]:
    """What the active run recommends to a user of the project in the working directory."""
    return recommend(db, load_settings(), [user])[0].rows


def links(db: Database) -> dict[str, int]:
    rows = db.read("MATCH ()-[r:RECOMMENDED]->() RETURN r.runId AS run, count(*) AS links")
    return {row["run"]: row["links"] for row in rows}


@pytest.mark.long
def test_readers_never_see_a_mixture(db, settings, make_run):
    """A thread reads while runs are published and rolled back; each answer is of one run, and whole."""
    n_users, n_items, k = 30, 40, 10
    db.write("UNWIND range(0, 39) AS k CREATE (:Item {itemId: k})")
    db.write("UNWIND range(0, 29) AS k CREATE (:User {userId: k})")
    generator = np.random.default_rng(0)
    users, items = list(range(n_users)), list(range(n_items))
    runs = [
        make_run(users, items, np.ones((n_users, 1)).tolist(), generator.permutation(n_items)[:, None].tolist())
        for _ in range(3)
    ]
    right = {r.run_id: np.argsort(-r.embeddings("all")[1][:, 0].numpy())[:k].tolist() for r in runs}
    publish(db, runs[0], k=k)
    done, answers = threading.Event(), []

    def read() -> None:
        query = queries.load("query/recommend", PLAIN)
        with connect(settings) as other:
            while not done.is_set():
                rows = other.read(query, user=len(answers) % n_users, k=k)
                answers.append([(row["runId"].partition("~")[0], row["item"]) for row in rows])

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for turn in range(6):
            publish(db, runs[(turn + 1) % 3], k=k, batch=3)
            if turn % 2:
                rollback(db)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    seen = set()
    for answer in answers:
        (name,) = {run_id for run_id, _ in answer}  # one run, and never none
        assert [item for _, item in answer] == right[name]
        seen.add(name)
    assert len(answers) > 50
    assert len(seen) == 3


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_publish_leaves_the_old_run_and_the_next_cleans_up(db, settings, make_run, run, how):
    db.write("UNWIND range(0, 1999) AS k CREATE (:User {userId: k})")
    db.write("UNWIND range(0, 39) AS k CREATE (:Item {itemId: k})")
    first = make_run([0], [0, 1], [[1.0]], [[1.0], [2.0]])
    publish(db, first)
    big = make_run(list(range(2000)), list(range(40)), [[1.0]] * 2000, [[float(k)] for k in range(40)])
    (settings.root / "graphrec.toml").write_text("[publish]\nbatch = 20\n")
    writing = subprocess.Popen(
        [sys.executable, "-m", "graphrec", "publish", big.run_id], stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 120
        while links(db).get(big.run_id, 0) == 0:
            assert writing.poll() is None, "it finished before it could be interrupted"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        writing.send_signal(how)
        _, said = writing.communicate(timeout=60)
    finally:
        writing.kill()
    if how == signal.SIGINT:
        assert writing.returncode == 130, said
        assert "readers still see the previous run" in said
    half = links(db)[big.run_id]
    assert 0 < half < 2000 * 20
    assert [row["item"] for row in recommended(db, "0")] == [1, 0]
    states = {r.run_id: (r.active, r.state) for r in published_runs(db)}
    assert states == {first.run_id: (True, "ready"), big.run_id: (False, "writing")}
    assert publish(db, make_run([0], [0, 1], [[1.0]], [[2.0], [1.0]])).outcome == "written"
    assert big.run_id not in links(db)
    assert big.run_id not in {r.run_id for r in published_runs(db)}
    assert [row["item"] for row in recommended(db, "0")] == [0, 1]


def test_a_writer_that_was_overtaken_writes_nothing_more(films, film_run):
    about = {"created": film_run.created, "settings": "{}", "metrics": "{}", "fingerprint": "", "sizes": Sizes(1)}
    nodes = {
        row["key"]: row["node"] for row in films.read("MATCH (n:Item) RETURN n.itemId AS key, elementId(n) AS node")
    }
    anna = films.read("MATCH (u:User {userId: 'anna'}) RETURN elementId(u) AS node")[0]["node"]
    slow = Writer(films, PLAIN, run_id="r", **about)
    slow.links([(anna, [nodes["3"]], [1.0])])
    fast = Writer(films, PLAIN, run_id="r", **about)
    slow.links([(anna, [nodes["4"]], [1.0])])
    with pytest.raises(DatabaseError, match="another `graphrec publish` took over"):
        slow.switch(items=0)
    fast.links([(anna, [nodes["5"]], [1.0])])
    fast.switch(items=0)
    rows = films.read("MATCH ()-[r:RECOMMENDED]->(i) RETURN i.itemId AS item")
    assert [row["item"] for row in rows] == ["5"]


def test_a_batch_that_is_sent_twice_is_written_once(films, film_run):
    about = {"created": film_run.created, "settings": "{}", "metrics": "{}", "fingerprint": "", "sizes": Sizes(1)}
    item = films.read("MATCH (n:Item {itemId: '3'}) RETURN elementId(n) AS node")[0]["node"]
    anna = films.read("MATCH (u:User {userId: 'anna'}) RETURN elementId(u) AS node")[0]["node"]
    writer = Writer(films, PLAIN, run_id="r", **about)
    writer.links([(anna, [item], [1.0])])
    writer._users = 0  # as if the answer to the commit had been lost, and the driver had tried again
    writer.links([(anna, [item], [1.0])])
    writer.switch(items=0)
    assert links(films) == {"r": 1}
