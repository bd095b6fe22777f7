"""A load that is cut off: nothing is half there, and the same load goes on.

Where the server is killed: ``tests/updating/test_outage.py``.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from graphrec.config.schema import GraphSchema
from graphrec.db.database import Database
from graphrec.db.driver import driver_module
from graphrec.db.server import ensure
from graphrec_etl.atomic import transform
from graphrec_etl.rejects import Rejects
from graphrec_etl.write import Writer

USERS, ITEMS = 200, 150


@pytest.fixture
def folder(write):
    rows = "".join(f"u{u}\ti{i}\t{1 + (u + i) % 5}\t{1000 * u + i}\n" for u in range(USERS) for i in range(ITEMS))
    return write(**{"x.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n" + rows})


def _stored(db: Database) -> Counter[tuple[str, str]]:
    return Counter(tuple(r) for r in db.read("MATCH (u:User)-[:RATED]->(i:Item) RETURN u.userId, i.itemId"))


@pytest.mark.long
def test_interrupted_by_the_user(db, settings, folder):
    load = subprocess.Popen(
        [sys.executable, "-m", "graphrec_etl.atomic", str(folder), "--batch", "50"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not _stored(db) and load.poll() is None:
        time.sleep(0.05)
    load.send_signal(signal.SIGINT)
    out, said = load.communicate(timeout=60)
    assert load.returncode == 130, said
    assert out == ""
    assert "the same command continues from here" in said
    assert "Traceback" not in said
    assert 0 < sum(_stored(db).values()) < USERS * ITEMS
    assert sum(_stored(db).values()) % 50 == 0
    Writer(db, GraphSchema()).write(transform(folder, Rejects()))
    assert set(_stored(db).values()) == {1}
    assert len(_stored(db)) == USERS * ITEMS


@pytest.mark.long
def test_the_answer_to_a_commit_is_lost(db, settings, folder, caplog):
    """What is written is not known then: it is read before anything is written again."""
    address = ensure(settings.home)
    with _losing_answers(int(address.uri.rpartition(":")[2]), b"MERGE (n:", b"CREATE (u)-[r:") as (port, lost):
        driver = driver_module().GraphDatabase.driver(
            f"bolt://127.0.0.1:{port}", auth=(address.username, address.password), max_transaction_retry_time=0
        )
        with Database(driver, wait=60) as cut:
            Writer(cut, GraphSchema()).write(transform(folder, Rejects()))
    assert len(lost) == 2
    assert len(_stored(db)) == USERS * ITEMS
    assert set(_stored(db).values()) == {1}
    assert caplog.text.count("lost while it committed") == 1  # nodes are merged


@contextmanager
def _losing_answers(server: int, *queries: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Forward to a server's port, but lose the answer to the first commit of each query; yield port and losses."""
    listener = socket.create_server(("127.0.0.1", 0))
    lost: list[bytes] = []
    open_ones = [listener]

    def ask(client: socket.socket, there: socket.socket, cut: threading.Event) -> None:
        said = b""
        while data := client.recv(1 << 16):
            said += data
            if said.endswith(b"\x00\x02\xb0\x12\x00\x00"):  # COMMIT
                found = [query for query in queries if query in said and query not in lost]
                said = b""
                if found:
                    lost.extend(found)
                    cut.set()
            there.sendall(data)

    def answer(client: socket.socket, there: socket.socket, cut: threading.Event) -> None:
        while (data := there.recv(1 << 16)) and not cut.is_set():
            client.sendall(data)
        client.shutdown(socket.SHUT_RDWR)

    def run(work: Callable[..., None], *ends: Any) -> None:
        with suppress(OSError):
            work(*ends)

    def serve() -> None:
        while True:
            client, _ = listener.accept()
            there = socket.create_connection(("127.0.0.1", server))
            open_ones.extend((client, there))
            ends = (client, there, threading.Event())
            for work in (ask, answer):
                threading.Thread(target=run, args=(work, *ends), daemon=True).start()

    threading.Thread(target=run, args=(serve,), daemon=True).start()
    try:
        yield listener.getsockname()[1], lost
    finally:
        for one in open_ones:
            one.close()
