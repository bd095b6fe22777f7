"""What is older than ``[privacy] keep_days`` goes, and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from graphrec.assistant.dialogue import Dialogue
from graphrec.assistant.store import Conversations
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database
from graphrec.ingest.event import Checked
from graphrec.ingest.spool import FILE, Spool
from graphrec.updating.retention import expire

_DAY = 86_400
TOML = """
[privacy]
keep_days = 30
[graph.behaviours.RATED]
[graph.behaviours.SAW]
time = "day"
[graph.behaviours.BOUGHT]
path = "(u)-[:PLACED]->(o:Order)-[:HAS]->(i)"
time = "o.on"
[graph.searches.ASKED]
"""
#: Old, new and undated behaviours, with times of several kinds; an old and a new order, search, post, impression, text.
PEOPLE = """
CREATE (u:User {userId: 'u'}), (i:Item {itemId: 'i'}), (j:Item {itemId: 'j'})
CREATE (u)-[:RATED {at: datetime() - duration('P31D'), n: 'old'}]->(i), (u)-[:RATED {at: datetime()}]->(j),
  (u)-[:RATED]->(i)
CREATE (u)-[:SAW {day: toString(date() - duration('P40D')), n: 'old'}]->(i), (u)-[:SAW {day: toString(date())}]->(j),
  (u)-[:SAW {day: (datetime() - duration('P1D')).epochSeconds}]->(j),
  (u)-[:SAW {day: (datetime() - duration('P99D')).epochMillis, n: 'old'}]->(j)
CREATE (u)-[:PLACED]->(:Order {on: date() - duration('P50D'), n: 'old'})-[:HAS]->(i),
  (u)-[:PLACED]->(:Order {on: date()})-[:HAS]->(j)
CREATE (u)-[:ASKED {at: datetime() - duration('P60D'), n: 'old'}]->(:Search {searchId: 1, text: 'a', n: 'old'}),
  (u)-[:ASKED {at: datetime()}]->(:Search {searchId: 2, text: 'b'})
CREATE (u)-[:WROTE]->(:Post {postId: 1, at: datetime() - duration('P31D'), n: 'old'})-[:ABOUT]->(i),
  (u)-[:WROTE]->(:Post {postId: 2, at: datetime()})-[:ABOUT]->(i)
CREATE (u)-[:SHOWN {lastAt: datetime() - duration('P31D'), n: 'old'}]->(i), (u)-[:SHOWN {lastAt: datetime()}]->(j)
CREATE (u)-[:GRAPHREC_COPY {writtenAt: datetime() - duration('P31D'), n: 'old'}]->(i)
"""
COUNTS = """
RETURN
  COUNT { () } AS nodes,
  COUNT { ()-->() } AS ties,
  COUNT { (n {n: 'old'}) } + COUNT { ()-[{n: 'old'}]->() } AS old
"""


def test_old_things_go_and_others_stay(
    settings: Settings, db: Database, run: Callable[..., Any], tmp_path: Path
) -> None:
    (settings.root / "graphrec.toml").write_text(TOML, encoding="utf-8")
    db.write(PEOPLE)
    conversations, spool = Conversations(settings.home, settings.assistant), Spool(settings.home / FILE)
    with closing(conversations) as kept, closing(spool):
        kept.keep(Dialogue(str(tmp_path), user="u"))
        spool.append([Checked(kind="behaviour", user="u", type="RATED", item="i")])
    expected = {"RATED": 1, "SAW": 2, "BOUGHT: Order": 1, "ASKED": 1, "posts": 1, "SHOWN": 1, "GRAPHREC_COPY": 1}
    before = db.read(COUNTS)[0].data()
    result = run("expire", "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    counted = json.loads(result.stdout)
    assert (counted["counts"], counted["undated"], counted["removed"]) == (expected, {"RATED": 1}, False)
    assert db.read(COUNTS)[0].data() == before
    assert json.loads(run("expire", "--json").stdout)["counts"] == expected
    # 7 relationships go as such, and 2 each with an order and a post; 3 nodes, the search that nobody else has too.
    assert db.read(COUNTS)[0].data() == {"nodes": before["nodes"] - 3, "ties": before["ties"] - 10, "old": 0}
    assert json.loads(run("expire", "--json").stdout)["counts"] == {}
    later = expire(db, load_settings(), now=time.time() + 31 * _DAY)
    assert later is not None
    assert {"events on the disk", "conversations"} <= set(later.counts)
    assert db.read("MATCH ()-[r:RATED]->() RETURN count(r) AS n")[0]["n"] == 1  # without a time


def test_nothing_goes_unless_it_is_asked(settings: Settings, db: Database, run: Callable[..., Any]) -> None:
    db.write(PEOPLE)
    assert expire(db, settings) is None
    result = run("expire")
    assert (result.exit_code, "keep_days is 0" in result.stderr) == (2, True)
