"""``graphrec person``: everything that ``forget`` removes, in files that only their owner may read."""

from __future__ import annotations

import inspect
import json
import stat
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

from graphrec import erasure
from graphrec.assistant.dialogue import Dialogue
from graphrec.assistant.store import Conversations
from graphrec.config.settings import Settings
from graphrec.credentials.keys import Keys
from graphrec.db.database import Database
from graphrec.erasure import erase, trace
from graphrec.erasure.person import PLACES
from graphrec.erasure.trace import Trace
from graphrec.ingest.event import Checked
from graphrec.ingest.spool import FILE, Spool
from graphrec.language.answer_cache import AnswerCache
from graphrec.language.answers import Generated

PEOPLE = """
CREATE (a:User {userId: 'anna-0001', email: 'a@example.org', born: date('1990-01-02'), at: point({x: 1, y: 2})})
CREATE (b:User {userId: 'ben', email: 'b@example.org'}), (i:Item {itemId: 'i', title: 'Jaws'})
CREATE (a)-[:RATED {rating: 5, at: datetime('2024-01-02T03:04:05Z')}]->(i)<-[:RATED {rating: 1}]-(b)
CREATE (a)-[:FRIEND_OF]->(b), (a)-[:WROTE]->(:Post {postId: 1, text: 'loved it'})-[:ABOUT]->(i)
CREATE (a)-[:LIVES_AT]->(:Address {street: 'Main St 1'}), (a)-[:LIVES_IN]->(:City {name: 'X'})<-[:LIVES_IN]-(b)
CREATE (a)-[:ASKED {at: date('2024-01-01')}]->(:Query {searchId: 1, text: 'sharks'})
CREATE (a)-[:RECOMMENDED {runId: 'r', rank: 1, reasonKinds: ['item'], reasonItems: ['j', '', '']}]->(i)
"""


def test_every_place_that_is_searched_is_emptied_and_exported() -> None:
    counted = {field.name for field in fields(Trace)} - {"searched", "passed"}
    assert set(PLACES) == counted
    modules = {path.stem for path in Path(str(erasure.__file__)).parent.glob("in_*.py")} - {"in_store"}
    assert len(modules) == len(PLACES)
    for name in modules:
        module = import_module(f"graphrec.erasure.{name}")
        alias = name.removeprefix("in_")
        assert all(hasattr(module, verb) for verb in ("look", "read", "remove")), name
        assert f"{alias}.look(" in inspect.getsource(trace.search), name
        assert f"{alias}.remove(" in inspect.getsource(erase.forget), name
        assert f"{alias}.read(" in inspect.getsource(import_module("graphrec.erasure.person")), name


def test_what_is_held_is_exported(settings: Settings, db: Database, run: Callable[..., Any]) -> None:
    toml = '[graph]\npersonal = ["User.email"]\nsocial = ["FRIEND_OF"]\n[graph.behaviours.RATED]\n'
    (settings.root / "graphrec.toml").write_text(toml, encoding="utf-8")
    db.write(PEOPLE)
    conversations, spool = Conversations(settings.home, settings.assistant), Spool(settings.home / FILE)
    with closing(conversations), closing(spool):
        conversations.keep(Dialogue(str(settings.root), user="anna-0001"))
        spool.append([Checked(kind="behaviour", user="anna-0001", type="RATED", item="i")])
    keys = Keys(settings.home / "service")
    keys.path.unlink(missing_ok=True)
    keys.add("hers", ("read",), "anna-0001")
    answer = Generated("For Anna.", 9, 3, 0.1, "stop", "model tiny")
    AnswerCache(settings.home / "cache" / "language").user("anna-0001").put("key", answer)
    (settings.root / "rejects").mkdir()
    (settings.root / "rejects" / "x.tsv").write_text("line\tcolumn\tvalue\twhy\tuser\n3\tat\t?\tis odd\tanna-0001\n")
    (settings.root / "mine.csv").write_text("anna-0001,i\n")
    result = run("person", "anna-0001", "--export", "one.json", "--json")
    assert result.exit_code == 0, result.stderr
    held = json.loads((settings.root / "one.json").read_text(encoding="utf-8"))
    assert next(iter(held)) == "index"
    assert set(held["index"]["places"]) == {"graph", "events", "conversations", "keys", "answers", "rejects"}
    assert held["index"]["files of yours that hold the id"] == ["mine.csv"]
    (node,) = held["graph"]["nodes"]
    assert (node["properties"]["email"], node["properties"]["born"]) == ("a@example.org", "1990-01-02")
    ties = {tie["kind"]: tie for tie in held["graph"]["relationships"]}
    assert (ties["RATED"]["item"], ties["RATED"]["properties"]["rating"]) == (["i", "Jaws"], 5)
    assert (ties["FRIEND_OF"]["user"], ties["LIVES_AT"]["node"]["street"]) == ("ben", "Main St 1")
    assert ties["ASKED"]["node"]["text"] == "sharks"
    assert ties["RECOMMENDED"]["properties"]["reasonItems"] == ["j", "", ""]
    assert held["graph"]["posts"] == [{"postId": 1, "text": "loved it"}]
    assert (held["answers"][0]["text"], held["keys"][0]["name"]) == ("For Anna.", "hers")
    whole = (settings.root / "one.json").read_text(encoding="utf-8")
    assert "b@example.org" not in whole
    assert "node" not in ties["LIVES_IN"]  # others live there
    assert stat.S_IMODE((settings.root / "one.json").stat().st_mode) == 0o600
    assert run("person", "anna-0001", "--export", "held").exit_code == 0
    folder = settings.root / "held"
    assert {path.stem for path in folder.iterdir()} == set(held)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    again = run("person", "anna-0001", "--export", "held")
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    unknown = run("person", "anne-0001", "--export", "no.json")
    assert (unknown.exit_code, "anna-0001" in unknown.stderr) == (2, True)
    assert not (settings.root / "no.json").exists()
    assert run("forget", "anna-0001", "--yes", "--between", "keep").exit_code == 0
    assert run("person", "anna-0001", "--export", "gone.json").exit_code == 2
    keys.path.unlink()
