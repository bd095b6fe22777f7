"""How long an answer takes: ``python tests/benchmarks/latency.py PROJECT [SECONDS]``.

PROJECT is a folder with a graphrec.toml, its database running, a run published and on this machine. Random users are
asked for, by 1 and by 16 clients (threads of one process), for so many seconds each: the published links, by Cypher;
and folded in, from reading what the user has done to the ten best of all items. Prints milliseconds and answers
a second.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.graph.history import read_history
from graphrec.publishing.registry import published_runs
from graphrec.runs.store import open_run
from graphrec.serving.live import LiveRecommender
from graphrec.serving.recommend import recommend

K, CLIENTS, WARM = 10, (1, 16), 50


def main(project: Path, seconds: float) -> None:
    """Measure and print."""
    settings = load_settings(project / "graphrec.toml")
    with connect(settings) as db:
        active = next(run for run in published_runs(db) if run.active)
        run = open_run(settings, active.run_id.partition("~")[0])
        served = LiveRecommender(run)

        def by_links(user: Any) -> None:
            recommend(db, settings, [user], K)

        def folded(user: Any) -> None:
            found = served.scores(read_history(db, run.schema, [user])[user])
            assert found is not None
            found.scores[found.done] = -np.inf
            np.argpartition(-found.scores, K)[:K]

        for name, ask in (("links by Cypher", by_links), ("folded in", folded)):
            for user in run.users[:WARM]:
                ask(user)
            for clients in CLIENTS:
                _say(name, clients, seconds, asked(ask, run.users, clients, seconds))


def asked(ask: Callable[[Any], None], users: list[Any], clients: int, seconds: float) -> list[float]:
    """Return how long each answer took, in seconds."""
    took: list[list[float]] = [[] for _ in range(clients)]
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        draw = random.Random(number)
        while (began := time.perf_counter()) < end:
            ask(draw.choice(users))
            took[number].append(time.perf_counter() - began)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for part in took for one in part]


def _say(name: str, clients: int, seconds: float, took: list[float]) -> None:
    half, most = np.percentile(took, (50, 99)) * 1000
    print(
        f"{name:<16} {clients:>2} clients  p50 {half:6.1f} ms  p99 {most:6.1f} ms  {len(took) / seconds:6.0f}/s",
        flush=True,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if sys.argv[2:] else 20)
