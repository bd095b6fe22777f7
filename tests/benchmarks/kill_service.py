"""Kill the service, Neo4j or both with -9 while events come in, and check that every acknowledged one is there once.

``python tests/benchmarks/kill_service.py [--rounds 20] [--clients 8] [--workers 2] [--seed 0]`` makes a project with a
made catalogue in a temporary folder, serves it, and prints a Markdown table with one row per kill. Clients send events
and impressions with keys; what is not acknowledged they send again, with the same key, as a shop would.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx

from graphrec.config.settings import load_settings
from graphrec.datasets.sample import write_sample
from graphrec.db.database import connect
from graphrec.db.server import ensure, status, stop
from graphrec_etl.atomic import transform
from graphrec_etl.rejects import Rejects
from graphrec_etl.write import Writer

ITEMS = 50
#: Seconds until a client gives up on a request.
PATIENCE = 20
#: Seconds between two requests of a client: the machine is for Neo4j too.
PAUSE = 0.02


class Clients:
    """Threads that send events one after the other; ``acknowledged``: key → status of the answer."""

    def __init__(self, address: str, number: int) -> None:
        self.address, self.acknowledged = address, dict[str, str]()
        self.shown = dict[str, str]()
        self.sent = Counter[str]()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(place,)) for place in range(number)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Stop sending."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _send(self, place: int) -> None:
        chance = random.Random(place)
        with httpx.Client(base_url=self.address, timeout=PATIENCE, trust_env=False) as client:
            number = 0
            while not self._over.is_set():
                number += 1
                names = [f"c{place}-{number}-{part}" for part in range(chance.choice((1, 1, 5)))]
                if chance.random() < 0.2:
                    item = f"i{1 + number % ITEMS:03}"
                    body = {"user_id": f"s{place}-{number}", "item_ids": [item], "run_id": "r", "key": names[0]}
                    path, names, told = "/v1/impressions", [str(body["user_id"])], self.shown
                else:
                    events = [self._event(name, place, chance) for name in names]
                    path, body, told = "/v1/events", {"events": events}, self.acknowledged
                while not self._over.is_set():
                    answer = self._posted(client, path, body)
                    if answer is not None:
                        told.update(dict.fromkeys(names, answer))
                        time.sleep(PAUSE)
                        break
                    time.sleep(0.2)

    def _event(self, name: str, place: int, chance: random.Random) -> dict[str, object]:
        item = f"i{chance.randrange(1, ITEMS + 1):03}"
        return {"user_id": f"k{place}-{chance.randrange(40)}", "type": "PURCHASED", "item_id": item, "key": name}

    def _posted(self, client: httpx.Client, path: str, body: dict[str, object]) -> str | None:
        try:
            answer = client.post(path, json=body)
        except httpx.HTTPError as error:
            self.sent[type(error).__name__] += 1
            return None
        self.sent[str(answer.status_code)] += 1
        return str(answer.json()["status"]) if answer.status_code in (200, 202) else None


class Served:
    """The processes of the service."""

    def __init__(self, port: int, workers: int) -> None:
        self._command = [sys.executable, "-m", "graphrec", "serve", "--no-open", "--port", str(port)]
        self._command += ["--workers", str(workers)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with Path("serve.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, start_new_session=True)

    def kill(self) -> None:
        """Kill all its processes."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def waited(client: httpx.Client, seconds: float = 240) -> float:
    """Wait until the service takes an event into Neo4j, and return the seconds."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            body = {"user_id": "probe", "type": "PURCHASED", "item_id": "i001"}
            if client.post("/v1/events", json=body).status_code == 200:
                return time.monotonic() - began
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit("the service does not come back; see serve.log")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="kill-service-") as folder:
        os.chdir(folder)
        os.environ["GRAPHREC_HOME"] = f"{folder}/home"
        try:
            measure(wanted.rounds, wanted.clients, wanted.workers, random.Random(wanted.seed))
        finally:
            stop(Path(folder, "home"))
            os.chdir("/")


def measure(rounds: int, clients: int, workers: int, chance: random.Random) -> None:
    """Kill so many times, and print the table."""
    write_sample(Path("sample"), users=40, items=ITEMS)
    settings = load_settings()
    with connect(settings, create=True) as db:
        Writer(db, settings.graph).write(transform(Path("sample"), Rejects()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = Served(port, workers)
    served.start()
    address = f"http://127.0.0.1:{port}"
    victims = [("service", "Neo4j", "both")[number % 3] for number in range(rounds)]
    chance.shuffle(victims)
    try:
        with httpx.Client(base_url=address, timeout=PATIENCE, trust_env=False) as probe:
            waited(probe)
            load = Clients(address, clients)
            print("| kill | of | acknowledged before | in Neo4j | on the disk | seconds until Neo4j takes events |")
            print("|---|---|---|---|---|---|", flush=True)
            for number, victim in enumerate(victims, 1):
                time.sleep(chance.uniform(0.5, 4))
                before = Counter(load.acknowledged.values()) + Counter(load.shown.values())
                if victim != "Neo4j":
                    served.kill()
                if victim != "service":
                    process = status(settings.home).pid
                    assert process is not None
                    os.kill(process, signal.SIGKILL)
                    time.sleep(chance.uniform(0, 2))
                if victim != "Neo4j":
                    served.start()  # starts the local Neo4j too
                else:
                    ensure(settings.home)
                seconds = waited(probe)
                told = f"{sum(before.values()):,} | {before['stored']:,} | {before['queued']:,} | {seconds:.1f}"
                print(f"| {number} | {victim} | {told} |", flush=True)
            load.end()
            waited(probe)
    finally:
        served.kill()
    with connect(settings) as db:
        print(check(db, load))


def check(db, load: Clients) -> str:  # type: ignore[no-untyped-def]
    """Return what Neo4j has of what was acknowledged.

    Raises
    ------
    SystemExit
        Something is lost, or there twice.
    """
    query = "MATCH ()-[r:PURCHASED]->() WHERE r.eventKey STARTS WITH 'c' RETURN r.eventKey AS key, count(*) AS n"
    there = {row["key"]: row["n"] for row in db.read(query)}
    query = "MATCH (u)-[s:SHOWN]->() RETURN u.userId AS user, sum(s.times) AS n"
    shown = {row["user"]: row["n"] for row in db.read(query)}
    lost = [key for key in load.acknowledged if key not in there] + [key for key in load.shown if key not in shown]
    twice = [key for key, n in [*there.items(), *shown.items()] if n > 1]
    answers = ", ".join(f"{name} {count:,}" for name, count in sorted(load.sent.items()))
    said = (
        f"\n{len(load.acknowledged):,} events and {len(load.shown):,} impressions acknowledged; lost: {len(lost)}; "
        f"there twice: {len(twice)}; answers: {answers}"
    )
    if lost or twice:
        raise SystemExit(f"{said}\nlost: {lost[:10]}\ntwice: {twice[:10]}")
    return said


if __name__ == "__main__":
    main()
