"""A load that is cut off: nothing acknowledged is lost, nothing is half there, and the same load goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import psutil
import pytest

from graphrec.common.errors import DatabaseError
from graphrec.config.schema import GraphSchema
from graphrec.db.database import Database, connect
from graphrec.db.driver import driver_module
from graphrec.db.server import ensure, status
from graphrec_etl.atomic import transform
from graphrec_etl.rejects import Rejects
from graphrec_etl.write import Writer

USERS, ITEMS, BATCH = 200, 150, 1_000


@pytest.fixture
def folder(write):
    rows = "".join(f"u{u}\ti{i}\t{1 + (u + i) % 5}\t{1000 * u + i}\n" for u in range(USERS) for i in range(ITEMS))
    return write(**{"x.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n" + rows})


def _stored(db: Database) -> Counter[tuple[str, str]]:
    return Counter(tuple(r) for r in db.read("MATCH (u:User)-[:RATED]->(i:Item) RETURN u.userId, i.itemId"))


def test_the_server_is_killed(db, settings, folder):
    tables = transform(folder, Rejects())
    address = ensure(settings.home)
    process = psutil.Process(status(settings.home).pid)
    # The driver would try again for half a minute; the end is the same.
    driver = driver_module().GraphDatabase.driver(
        address.uri, auth=(address.username, address.password), max_transaction_retry_time=1
    )
    acknowledged = 0

    def advance(what: str, rows: int) -> None:
        nonlocal acknowledged
        acknowledged += rows if what == "RATED" else 0
        if what == "RATED" and acknowledged == 5 * BATCH:
            # A little later, so that it falls into the middle of a transaction.
            threading.Timer(0.02, process.kill).start()

    with Database(driver) as cut, pytest.raises(DatabaseError):
        Writer(cut, GraphSchema(), BATCH, advance).write(tables)
    assert 5 * BATCH <= acknowledged < USERS * ITEMS
    process.wait(30)
    with connect(settings) as again:  # starts the server, which recovers
        edges = tables.edges[0]
        users, items = list(tables.users.codes), list(tables.items.codes)
        expected = [(users[h], items[t]) for h, t in zip(edges.heads.tolist(), edges.tails.tolist(), strict=True)]
        found = _stored(again)
        assert set(found) >= set(expected[:acknowledged])
        # The batch under way is there as a whole (committed, the answer lost) or not at all.
        assert sum(found.values()) in {acknowledged, acknowledged + BATCH}
        before = sum(found.values())
        changes = Writer(again, GraphSchema(), BATCH).write(tables)
        assert changes == Counter(
            {"relationships_created": USERS * ITEMS - before, "properties_set": 2 * (USERS * ITEMS - before)}
        )
        assert _stored(again) == Counter(expected)


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
