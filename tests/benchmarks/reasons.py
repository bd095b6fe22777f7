"""What the reasons of links cost: publishing a run without and with them, by turns, and computing them alone.

``python tests/benchmarks/reasons.py RUN [--rounds 2]``: RUN is the directory of a trained run; its users and items are
created, with their ids alone, in a database of its own, which is removed at the end. Figures are seconds: by the clock,
and of the processor, of this process (``client``) and of Neo4j (``server``). Ratios compare what was measured side by
side.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import torch

from graphrec.config.settings import Settings, load_settings
from graphrec.db import queries
from graphrec.db.database import Database, connect
from graphrec.db.server import status, stop
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.reasons import Reasons
from graphrec.publishing.publish import publish
from graphrec.publishing.top_k import top_k
from graphrec.runs.run import Run
from graphrec.runs.store import read_run

K = 20


def timed(work: Callable[[], Any], server: psutil.Process | None = None) -> dict[str, float]:
    """Return the seconds that some work takes."""

    def now() -> dict[str, float]:
        found = {"clock": time.perf_counter(), "client": time.process_time()}
        return found if server is None else found | {"server": sum(server.cpu_times()[:2])}

    before = now()
    work()
    return {name: round(value - before[name], 2) for name, value in now().items()}


def alone(run: Run) -> dict[str, float]:
    """Return the seconds that the reasons of all links take, without writing them."""
    everybody = torch.arange(len(run.users))
    found = list(top_k(lambda part: run.scores(part, "all"), everybody, run.seen("all"), K))
    lists = [ids[scores > -torch.inf] for block in found for ids, scores in zip(*block, strict=True)]
    return timed(lambda: Reasons(Attribution(run)).of_users(everybody, lists, 3))


def rounds(db: Database, run: Run, settings: Settings, n: int) -> Iterator[dict[str, Any]]:
    """Yield what publishing takes without and with reasons."""
    for label, key, keys in (("User", "userId", run.users), ("Item", "itemId", run.items)):
        db.write(f"UNWIND $keys AS key CREATE (:{label} {{{key}: key}})", keys=keys)
    server = psutil.Process(status(settings.home).pid)
    publish(db, run, K, settings=settings)  # Neo4j plans and compiles
    for _ in range(n):
        for reasons in (0, 3):
            wanted = settings.override("publish", reasons=reasons)
            runs = [row["run"] for row in db.read("MATCH (run:Run) RETURN run.runId AS run")]
            db.auto(queries.load("publish/remove_links"), runIds=runs)
            yield {"reasons": reasons, **timed(partial(publish, db, run, K, settings=wanted), server)}


def main() -> None:
    """Measure, and print JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("run", type=Path)
    options.add_argument("--rounds", type=int, default=2)
    given = options.parse_args()
    path = given.run.resolve()
    run = read_run(path.parent, path.name)
    print(json.dumps({"alone": alone(run), "users": len(run.users), "items": len(run.items)}), flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRAPHREC_HOME"] = str(Path(folder) / "home")
        os.chdir(folder)
        settings = load_settings()
        try:
            with connect(settings, create=True) as db:
                for row in rounds(db, run, settings, given.rounds):
                    rows.append(row)
                    print(json.dumps(row), flush=True)
        finally:
            stop(settings.home)
    for names in (("clock",), ("client", "server")):
        without, there = (sum(row[name] for row in rows if row["reasons"] == n for name in names) for n in (0, 3))
        print(f"{' and '.join(names)}: {there / without:.2f} times as long with reasons")


if __name__ == "__main__":
    main()
