"""What the service answers under load: ``python -m tests.benchmarks.serve PROJECT [--workers 2] [--seconds 10]``.

PROJECT is a folder with a graphrec.toml, its database running, a run published and on this machine, for example::

    graphrec load lightgcn ml-1m && graphrec train && graphrec publish

``graphrec serve`` is started there, and ``wrk`` asks for random users over 16 connections: the published links, and
folded-in answers (``now=true``). Beside it, 16 threads of one process ask Neo4j for the same links with the driver
alone. These are measured by turns, so that a busy machine slows down all of them. Prints milliseconds, answers a
second, processor milliseconds per answer of the service and of Neo4j, and the memory of each process of the service;
then each service figure divided by that of the bare query.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from graphrec.config.settings import Settings, load_settings
from graphrec.db import queries
from graphrec.db.database import Database, connect
from graphrec.db.server import status
from graphrec.publishing.registry import active_run
from graphrec.runs.store import published_run
from tests.benchmarks.latency import asked

K, CLIENTS, WARM = 10, 16, 3
LUA = """
local users = {%s}
local thread = 0
function setup(thread_) thread = thread + 1; thread_:set("seed", thread) end
function init() math.randomseed(seed) end
function request() return wrk.format("GET", "/v1/users/" .. users[math.random(#users)] .. "/recommendations?%s") end
function done(summary, latency)
  local wrong = summary.errors
  local failed = wrong.status + wrong.connect + wrong.read + wrong.write + wrong.timeout
  io.write(string.format('\\nJSON {"p50": %%f, "p99": %%f, "answers": %%d, "errors": %%d}\\n',
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.requests, failed))
end
"""
Row = dict[str, Any]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("project", type=Path)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--rounds", type=int, default=2)
    given = options.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed")
    os.chdir(given.project)
    settings = load_settings()
    rows: list[Row] = []
    with connect(settings) as db, tempfile.TemporaryDirectory() as folder:
        run = active_run(db)
        assert run is not None, "no run is published"
        users = published_run(settings, run.run_id).users
        with _served(given.workers) as (process, address):
            ways = {"links": f"k={K}", "folded in": f"k={K}&now=true"}
            asks: dict[str, Callable[[int], Row]] = {"bare query": lambda seconds: _bare(db, settings, users, seconds)}
            for name, query in ways.items():
                script = Path(folder) / f"{len(asks)}.lua"
                keys = ", ".join(json.dumps(str(user)) for user in users)
                script.write_text(LUA % (keys, query), encoding="utf-8")
                asks[name] = lambda seconds, script=script: _wrk(address, script, seconds)
            for _ in range(given.rounds):
                for name, ask in asks.items():
                    while not ask(WARM)["answers"]:  # PyTorch is imported, and the run read
                        pass
                    ask(WARM)
                    rows.append(_measured(name, ask, given.seconds, process, settings))
            sizes = ", ".join(f"{one.memory_info().rss / 2**20:.0f}" for one in _family(process))
            print(f"memory of the processes of the service: {sizes} MiB", flush=True)
    _say_ratios(rows)


@contextmanager
def _served(workers: int) -> Iterator[tuple[psutil.Process, str]]:
    """Run the service; yield its process and address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "graphrec", "serve", "--port", str(port), "--workers", str(workers), "--no-open"]
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        while not _ready(address):
            assert started.poll() is None, "the service has not started"
            time.sleep(0.2)
        yield psutil.Process(started.pid), address
    finally:
        started.send_signal(signal.SIGINT)
        started.wait(60)


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _wrk(address: str, script: Path, seconds: int) -> Row:
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script), address]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: Row = json.loads(told.partition("JSON ")[2])
    return found


def _bare(db: Database, settings: Settings, users: list[Any], seconds: int) -> Row:
    query = queries.load("query/recommend", settings.graph)
    took = asked(lambda user: db.read(query, user=user, k=K), users, CLIENTS, seconds)
    half, most = np.percentile(took, (50, 99)) * 1000
    return {"p50": half, "p99": most, "answers": len(took), "errors": 0}


def _measured(name: str, ask: Callable[[int], Row], seconds: int, process: psutil.Process, settings: Settings) -> Row:
    server = psutil.Process(status(settings.home).pid)

    def spent() -> tuple[float, float]:
        mine = time.process_time() if name == "bare query" else sum(sum(p.cpu_times()[:2]) for p in _family(process))
        return mine, sum(server.cpu_times()[:2])

    before = spent()
    row = {"name": name, **ask(seconds)}
    row["client"], row["neo4j"] = (
        (now - then) * 1000 / row["answers"] for now, then in zip(spent(), before, strict=True)
    )
    row["rate"] = row["answers"] / seconds
    memory = max(one.memory_info().rss for one in _family(process)) / 2**20
    print(
        f"{name:<12} p50 {row['p50']:6.1f} ms  p99 {row['p99']:6.1f} ms  {row['rate']:6.0f}/s  processor ms an answer: "
        f"{row['client']:.2f}, Neo4j {row['neo4j']:.2f}  largest process of the service {memory:.0f} MiB  "
        f"errors {row['errors']}  load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return row


def _say_ratios(rows: list[Row]) -> None:
    def middle(name: str, figure: str) -> float:
        return float(np.median([row[figure] for row in rows if row["name"] == name]))

    for name in dict.fromkeys(row["name"] for row in rows):
        if name != "bare query":
            ratios = {
                of: middle(name, of) / middle("bare query", of) for of in ("p50", "p99", "rate", "client", "neo4j")
            }
            print(f"{name} / bare query: " + ", ".join(f"{of} {ratio:.2f}" for of, ratio in ratios.items()), flush=True)


if __name__ == "__main__":
    random.seed(0)
    main()
