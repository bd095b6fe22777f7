"""Rotation of the key: all places of a pseudonym, an interruption anywhere, a killed process; and re-identification."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from graphrec.common.errors import ConfigError
from graphrec.config.settings import Settings
from graphrec.copywriting.campaign_folder import CampaignFolder, Record, read_rows, write_rows
from graphrec.credentials.keys import Keys
from graphrec.db.database import Database
from graphrec.ingest.event import Checked
from graphrec.ingest.spool import FILE, Spool
from graphrec.pseudonyms.key import make_key, read_key
from graphrec.pseudonyms.noted import note_key, noted
from graphrec.pseudonyms.pseudonym import Pseudonyms
from graphrec.rotation.in_files import holding
from graphrec.rotation.rotate import rotate

PEOPLE = 60


class People(NamedTuple):
    """A project of pseudonymous people, with their old key and where the new one goes."""

    settings: Settings
    db: Database
    old: Path
    new: Path
    names: Pseudonyms


@pytest.fixture
def people(db: Database, settings: Settings, tmp_path: Path) -> Iterator[People]:
    """People in the graph, in a run, in rejects, in reports, in a campaign, in keys, and in events on the disk."""
    service = settings.home / "service"
    shutil.rmtree(service, ignore_errors=True)
    names = Pseudonyms(make_key(tmp_path / "old.key"))
    note_key(db, settings.graph, names.key)
    ids = [names.of(n) for n in range(PEOPLE)]
    keys = [names.of_event(f"order-{n}") for n in range(PEOPLE)]
    db.write(
        "UNWIND $rows AS row CREATE (:User {userId: row[0]})-[:RATED {eventKey: row[1]}]->(:Item {itemId: row[1]})",
        rows=list(zip(ids, keys, strict=True)),
    )
    run = settings.runs / "one"
    run.mkdir(parents=True)
    (run / "ids.json").write_text(json.dumps({"users": [*ids, None], "items": ["p1-not one", "7"]}))
    (run / "embeddings.safetensors").write_bytes(bytes(range(256)))
    (settings.root / "rejects").mkdir()
    (settings.root / "rejects" / "u.data.tsv").write_text(f"1\trating\t(withheld)\tis no number\t{ids[0]}\n")
    Keys(service).add("phone", ("read",), ids[1], None)
    (service / "jobs").mkdir(parents=True)
    (service / "jobs" / "report.json").write_text(json.dumps({"examples": ids[:3]}))
    spool = Spool(settings.home / FILE)
    spool.append([Checked(kind="behaviour", user=ids[2], type="RATED", item="1", key=keys[2])])
    spool.close()
    folder = CampaignFolder(settings.home / "copy" / "spring")
    folder.begin(Record("spring", (str(tmp_path / "spring.parquet"),), "one"))
    row: dict[str, Any] = dict.fromkeys(("item", "title", "kind", "lang", "tone", "text", "how", "why", "run"), "x")
    write_rows(
        tmp_path / "spring.parquet", [[{**row, "user": ids[3], "share": 1.0, "sentences": 1, "cut": 0, "sources": []}]]
    )
    yield People(settings, db, tmp_path / "old.key", tmp_path / "new.key", names)
    shutil.rmtree(service, ignore_errors=True)
    shutil.rmtree(settings.home / "copy", ignore_errors=True)


def check(people: People) -> None:
    """Check that every place has the new pseudonyms, and no place an old one."""
    now, settings = Pseudonyms(read_key(people.new)), people.settings
    rows = people.db.read("MATCH (u:User)-[r:RATED]->() RETURN u.userId AS u, r.eventKey AS k")
    assert {(row["u"], row["k"]) for row in rows} == {(now.of(n), now.of_event(f"order-{n}")) for n in range(PEOPLE)}
    ids = json.loads((settings.runs / "one" / "ids.json").read_text())
    assert ids == {"users": [*(now.of(n) for n in range(PEOPLE)), None], "items": ["p1-not one", "7"]}
    assert (settings.runs / "one" / "embeddings.safetensors").read_bytes() == bytes(range(256))
    assert now.of(0) in (settings.root / "rejects" / "u.data.tsv").read_text()
    assert Keys(settings.home / "service").all()["phone"].user == now.of(1)
    spool = Spool(settings.home / FILE)
    event = spool.first(1)[0].event
    assert (event.user, event.key) == (now.of(2), now.of_event("order-2"))
    assert spool.of_user(settings.graph.user, [now.of(2)]) == 1, "it can be forgotten"
    spool.close()
    assert read_rows(settings.root / "spring.parquet")[0]["user"] == now.of(3)
    assert holding(settings, 1) == []
    found = noted(people.db)
    assert found is not None
    assert (found.fingerprint, found.next) == (now.key.fingerprint, None)


def test_every_place_is_relabelled_once(people: People) -> None:
    done = rotate(people.db, people.settings, people.old, people.new)
    assert (done.users, done.event_keys, done.left) == (PEOPLE, PEOPLE, [])
    check(people)
    with pytest.raises(ConfigError, match="the rotation is complete"):
        rotate(people.db, people.settings, people.old, people.new)
    with pytest.raises(ConfigError, match="people would be there twice"):
        note_key(people.db, people.settings.graph, read_key(people.old))
    third = people.settings.root / "third.key"
    assert rotate(people.db, people.settings, people.new, third).users == PEOPLE
    check(people._replace(new=third))


class _StopError(Exception):
    pass


def test_an_interrupted_rotation_refuses_loads_and_goes_on(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphrec.rotation.rotate.BATCH", 7)
    stops = 0
    while True:
        left = 3

        def stop(_: str, __: int) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise _StopError

        try:
            rotate(people.db, people.settings, people.old, people.new, stop)
            break
        except _StopError:
            stops += 1
        with pytest.raises(ConfigError, match="being rotated"):
            note_key(people.db, people.settings.graph, read_key(people.old))
        with pytest.raises(ConfigError, match="does not continue"):
            rotate(people.db, people.settings, people.old, make_other(people))
    assert stops > 5
    check(people)


def make_other(people: People) -> Path:
    """Make another key that follows the old one."""
    other = people.settings.root / "other.key"
    if not other.exists():
        make_key(other, read_key(people.old))
    return other


@pytest.mark.long
def test_a_killed_rotation_goes_on(people: People, run: Callable[..., Any], tmp_path: Path) -> None:
    # A batch of one, and a process that ends at once after so many steps.
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from graphrec.config.settings import load_settings\n"
        "from graphrec.db.database import connect\n"
        "from graphrec.rotation import rotate as r\n"
        "r.BATCH, left = 1, [int(sys.argv[3])]\n"
        "def step(*_):\n"
        "    left[0] -= 1\n"
        "    if not left[0]: os.kill(os.getpid(), signal.SIGKILL)\n"
        "settings = load_settings()\n"
        "with connect(settings) as db:\n"
        "    r.rotate(db, settings, Path(sys.argv[1]), Path(sys.argv[2]), step)\n"
    )
    for steps in (1, 30, 61):
        killed = subprocess.run(
            [sys.executable, "-c", program, str(people.old), str(people.new), str(steps)], check=False
        )
        assert killed.returncode == -signal.SIGKILL
    done = run("pseudonyms", "rotate", people.old, people.new, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["left"] == []
    check(people)


def test_conversations_and_answers_go(people: People) -> None:
    file = people.settings.home / "service" / "conversations.sqlite"
    base = sqlite3.connect(file)
    base.executescript(
        "CREATE TABLE conversation (name TEXT PRIMARY KEY, owner TEXT, until REAL, version INTEGER, state BLOB);"
        "CREATE TABLE handover (place INTEGER PRIMARY KEY, owner TEXT, until REAL, summary BLOB);"
        f"INSERT INTO conversation VALUES ('a', 'b', 9e9, 1, '{people.names.of(1)}');"
    )
    base.close()
    answers = people.settings.home / "cache" / "answers"
    done = rotate(people.db, people.settings, people.old, people.new)
    assert "1 conversations with the assistant" in done.removed
    assert not answers.exists()
    check(people)


def test_what_cannot_be_rewritten_is_named(people: People) -> None:
    file = people.settings.runs / "one" / "strange.bin"
    file.write_bytes(b"\xff\xfe" + people.names.of(1).encode())
    assert rotate(people.db, people.settings, people.old, people.new).left == [str(file)]


def test_people_are_found_by_trying(people: People, run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("5\n 1.0 \nnobody\n5\n")
    found = run("pseudonyms", "reidentify", people.old, "--ids", tmp_path / "ids.txt", "--json")
    assert json.loads(found.stdout) == [
        {"pseudonym": people.names.of(5), "id": "5"},
        {"pseudonym": people.names.of(1), "id": "1.0"},
    ]
    assert "nobody" not in found.stdout
    one = run("pseudonyms", "reidentify", people.old, people.names.of(1), "--ids", tmp_path / "ids.txt", "--json")
    assert json.loads(one.stdout) == [{"pseudonym": people.names.of(1), "id": "1.0"}]
    make_key(tmp_path / "another")
    wrong = run("pseudonyms", "reidentify", tmp_path / "another", "--ids", tmp_path / "ids.txt")
    assert wrong.exit_code == 2
    assert "not" in wrong.stderr
    assert run("pseudonyms", "reidentify", people.old, "anna", "--ids", tmp_path / "ids.txt").exit_code == 2
