"""What the reasons of links cost: publishing a run without and with them, by turns, and computing them alone.

``python tests/benchmarks/reasons.py RUN [--rounds 2]``: RUN is the directory of a trained run; its users and items are
created, with their ids alone, in a database of its own, which is removed at the end. Figures are the processor time of
this process and the time by the clock, in seconds; ratios compare what was measured side by side.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from graphrec.config.settings import Settings, load_settings
from graphrec.db import queries
from graphrec.db.database import Database, connect
from graphrec.db.server import stop
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.reasons import Reasons
from graphrec.publishing.publish import publish
from graphrec.publishing.top_k import top_k
from graphrec.runs.run import Run
from graphrec.runs.store import read_run

K = 20


def timed(work: Callable[[], Any]) -> dict[str, float]:
    """Return the seconds that some work takes."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return {"clock": time.perf_counter() - clock, "processor": time.process_time() - processor}


def fill(db: Database, run: Run) -> None:
    """Create the users and items of a run."""
    for label, key, keys in (("User", "userId", run.users), ("Item", "itemId", run.items)):
        db.write(f"UNWIND $keys AS key CREATE (:{label} {{{key}: key}})", keys=keys)


def alone(run: Run) -> dict[str, float]:
    """Return the seconds that the reasons of all links take, without writing them."""
    found = list(top_k(lambda part: run.scores(part, "all"), torch.arange(len(run.users)), run.seen("all"), K))
    lists = [ids[scores > -torch.inf] for block in found for ids, scores in zip(*block, strict=True)]
    return timed(lambda: Reasons(Attribution(run)).of_users(torch.arange(len(run.users)), lists, 3))


def measure(run: Run, settings: Settings, rounds: int) -> list[dict[str, Any]]:
    """Return what publishing takes without and with reasons."""
    rows: list[dict[str, Any]] = []
    with connect(settings, create=True) as db:
        fill(db, run)
        publish(db, run, K, settings=settings)  # Neo4j plans the queries
        for turn in range(rounds):
            for reasons in (0, 3):
                wanted = settings.override("publish", reasons=reasons)
                db.auto(queries.load("publish/remove_links", RECOMMENDED="RECOMMENDED"), runIds=_runs(db))
                seconds = timed(partial(publish, db, run, K, settings=wanted))
                rows.append({"round": turn, "reasons": reasons, **seconds})
    return rows


def _runs(db: Database) -> list[str]:
    return [row["run"] for row in db.read("MATCH (run:Run) RETURN run.runId AS run")]


def main() -> None:
    """Measure, and print JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("run", type=Path)
    options.add_argument("--rounds", type=int, default=2)
    given = options.parse_args()
    path = given.run.resolve()
    run = read_run(path.parent, path.name)
    print(json.dumps({"alone": alone(run), "users": len(run.users), "items": len(run.items)}), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRAPHREC_HOME"] = str(Path(folder) / "home")
        os.chdir(folder)
        settings = load_settings()
        try:
            rows = measure(run, settings, given.rounds)
        finally:
            stop(settings.home)
    for row in rows:
        print(json.dumps(row))
    for name in ("clock", "processor"):
        without, there = (sum(row[name] for row in rows if row["reasons"] == n) for n in (0, 3))
        print(f"{name}: {there / without:.2f} times as long with reasons ({without:.1f} s, {there:.1f} s)")


if __name__ == "__main__":
    main()
