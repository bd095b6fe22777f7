"""Loading with pseudonyms: markers of people that are planted in files are nowhere afterwards, and ids join."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from graphrec.common.entry_point import run_command
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.pseudonyms.key import make_key, read_key
from graphrec.pseudonyms.pseudonym import Pseudonyms
from graphrec_etl.guard import Guard

pytest.importorskip("phonenumbers")
pytest.importorskip("faker")

#: What is planted: ids, names, addresses, phone and card numbers of people. A store that is kept between runs must not
#: have the first from an earlier one.
OWN = secrets.token_hex(6)
MARKERS = (
    OWN,
    "4111 1111 1111 1111",
    "4111111111111111",
    "415 555 2671",
    "Wilhelmina",
    "Zephyrine",
)
TEXT = f"Wilhelmina Smith loved it: m.{OWN}@mail.example, +1 415 555 2671, 4111 1111 1111 1111"
MAPPING = """
[users]
file = "users.csv"
key = "id"
[items]
file = "items.csv"
key = "id"
title = "title"
[[behaviours]]
file = "ratings.csv"
type = "RATED"
user = "user"
item = "item"
time = "at"
rating = "stars"
[[relations]]
file = "friends.csv"
type = "KNOWS"
from = "a"
to = "b"
start = "user"
end = "user"
"""
SEARCHES = """
[[behaviours]]
file = "searches.csv"
type = "SEARCHED"
user = "user"
item = "words"
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Files with markers in every place that somebody can get one into, bad rows included."""
    folder = tmp_path / "source"
    folder.mkdir()
    people = [f"marker-{OWN}-{n}" for n in range(6)]
    rows = {
        "users.csv": ["id,full_name,email,again,age,about", *(
            f'{one},Wilhelmina Smith,m.{OWN}@mail.example,{one},{30 + n},"{TEXT}"' for n, one in enumerate(people)
        ), f"marker-{OWN}-7,x,y,z,old,w", f"marker-{OWN}-8,only two"],
        "items.csv": ["id,title", "1,Alien", "2,Duel", "3,Heat"],
        "ratings.csv": ["user,item,stars,at,comment", *(
            f'{one},{1 + n % 3},{1 + n % 5},2026-01-0{1 + n},"{TEXT}"' for n, one in enumerate(people)
        ), f"marker-{OWN}-0,1,marker-{OWN}-0,2026-01-01,shifted", f"marker-{OWN}-9,1,3,2026-01-01,no such user",
            f"marker-{OWN}-1,marker-{OWN}-1,3,2026-01-01,no such item", f"marker-{OWN}-2,1,3,2026-13-01,{TEXT[:16]}",
            f"marker-{OWN}-3,1", f"1,marker-{OWN}-4,3,2026-01-01,swapped"],
        "searches.csv": ["user,words", f"marker-{OWN}-0,Wilhelmina Smith loved it", f"marker-{OWN}-1,space films",
                         f"marker-{OWN}-2,films of m.{OWN}@mail.example", f"marker-{OWN}-3,films of 2@b.example"],
        "friends.csv": ["a,b", f"marker-{OWN}-0,marker-{OWN}-1", f"marker-{OWN}-0,marker-{OWN}-99"],
        "posts.csv": ["author,item,text,time", f'marker-{OWN}-0,1,"{TEXT}",2026-02-01',
                      f'marker-{OWN}-5,9,"{TEXT}",2026-02-02', f"marker-{OWN}-4,1,,2026-02-02",
                      f"marker-{OWN}-3,1,good,marker-{OWN}-3"],
    }  # fmt: skip
    for name, lines in rows.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "map.toml").write_text(MAPPING, encoding="utf-8")
    (folder / "searches.toml").write_text(SEARCHES, encoding="utf-8")
    (folder / "searches.graph.toml").write_text('[graph.item]\nlabel = "Search"\nkey = "searchId"\n', encoding="utf-8")
    return folder


def written(*folders: Path, without: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield every file that graphrec has written, with its bytes: the store of Neo4j and its logs too."""
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file() and not file.is_relative_to(without):
                yield file, file.read_bytes()


def of_graph(db: Database) -> str:
    """Return all that the graph holds, as one text."""
    nodes = db.read("MATCH (n) RETURN labels(n) AS l, properties(n) AS p")
    edges = db.read("MATCH ()-[r]->() RETURN type(r) AS t, properties(r) AS p")
    return str([row.data() for row in (*nodes, *edges)])


def test_planted_markers_are_nowhere(
    db: Database, settings: Settings, run: Callable[..., Any], files: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    assert run("pseudonyms", "key", keys / "k").exit_code == 0
    secret = read_key(keys / "k").secrets[0]
    options = ("--pseudonymise", keys / "k", "--max-bad", 20, "--json")
    loaded = run("load", "tables", files / "map.toml", *options)
    assert loaded.exit_code == 0, loaded.stderr
    posted = run("load", "posts", files / "posts.csv", *options)
    assert posted.exit_code == 0, posted.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHREC_CONFIG", str(files / "searches.graph.toml"))
        searched = run("load", "tables", files / "searches.toml", "--rejects", tmp_path / "rejects", *options)
    assert searched.exit_code == 0, searched.stderr
    assert {row["q"] for row in db.read("MATCH (q:Search) RETURN q.searchId AS q")} == {
        "[name] loved it", "space films", "films of [email]"
    }  # fmt: skip
    refused = run("load", "tables", files / "map.toml", "--pseudonymise", keys / "k")
    assert refused.exit_code == 2
    assert "bad rows" in refused.stderr
    told = "".join(one.stdout + one.stderr for one in (loaded, posted, searched, refused))
    places = [("what was printed", told.encode()), ("the graph", of_graph(db).encode())]
    places += [(str(file), data) for file, data in written(tmp_path, settings.home, without=files)]
    store = str(settings.home / "neo4j")  # other tests may have left the rest there
    found = [
        (place, marker)
        for place, data in places
        for marker in MARKERS
        if marker.encode() in data and (marker == OWN or not place.startswith(store))
    ]
    assert found == []
    keyless = [(place, data) for place, data in places if not place.startswith(str(keys))]
    assert [place for place, data in keyless if secret.hex().encode() in data or secret in data] == []
    report = json.loads(loaded.stdout)
    assert report["scrubbed"]["email"] >= 12
    assert report["scrubbed"]["card"] == 12
    assert report["scrubbed"]["phone"] == 12
    assert report["scrubbed"]["name"] >= 12
    assert report["pseudonyms"] == read_key(keys / "k").fingerprint
    assert json.loads(posted.stdout)["load"]["scrubbed"] == {"email": 2, "card": 2, "phone": 2, "name": 2}
    # Rejects name the person by the pseudonym, so that forgetting finds them.
    rejects = (tmp_path / "rejects" / "ratings.csv.tsv").read_text()
    people = Pseudonyms(read_key(keys / "k"))
    assert people.of(f"marker-{OWN}-3") in rejects
    assert "(withheld)" in rejects
    rows = db.read("MATCH (u:User)-[r:RATED]->(i) RETURN u.userId AS u, u.age AS age, i.itemId AS i, keys(u) AS k")
    assert {(row["u"], row["age"], row["i"]) for row in rows} == {
        (people.of(f"marker-{OWN}-{n}"), str(30 + n) if isinstance(row["age"], str) else 30 + n, str(1 + n % 3))
        for n in range(6)
        for row in rows[:1]
    }
    assert set(rows[0]["k"]) == {"userId", "age", "about"}


def test_later_loads_join_and_other_keys_are_refused(
    db: Database, settings: Settings, run: Callable[..., Any], write: Callable[..., Path], tmp_path: Path
) -> None:
    make_key(tmp_path / "k")
    make_key(tmp_path / "other")
    first = write("a", **{"train.txt": "1 5 6\n2 5\n", "test.txt": "1 7\n2 6\n"})
    second = write("b", **{"x.inter": "user_id:token\titem_id:token\n1.0\t5\n3\t6\n"})
    assert run("load", "lightgcn", first, "--pseudonymise", tmp_path / "k").exit_code == 0
    for options, said in (((), "no key is given"), (("--pseudonymise", tmp_path / "other"), "not ")):
        refused = run("load", "atomic", second, *options)
        assert refused.exit_code == 2
        assert "people would be there twice" in refused.stderr
        assert said in refused.stderr
    (tmp_path / "graphrec.toml").write_text('[privacy]\npseudonym_key = "k"\n', encoding="utf-8")
    assert run("load", "atomic", second).exit_code == 0
    people = Pseudonyms(read_key(tmp_path / "k"))
    assert {row["u"] for row in db.read("MATCH (u:User) RETURN u.userId AS u")} == {people.of(n) for n in (1, 2, 3)}
    again = write("c", **{"x.inter": f"user_id:token\titem_id:token\n{people.of(1)}\t5\n"})
    refused = run("load", "atomic", again)
    assert refused.exit_code == 2
    assert "is a pseudonym already" in refused.stderr


def test_a_graph_with_ids_of_its_own_is_refused(
    db: Database, settings: Settings, run: Callable[..., Any], write: Callable[..., Path], tmp_path: Path
) -> None:
    make_key(tmp_path / "k")
    folder = write("b", **{"x.inter": "user_id:token\titem_id:token\n1\t5\n3\t6\n"})
    assert run("load", "atomic", folder).exit_code == 0
    refused = run("load", "atomic", folder, "--pseudonymise", tmp_path / "k")
    assert refused.exit_code == 2
    assert "ids of their own" in refused.stderr
    assert len(db.read("MATCH (u:User) RETURN u")) == 2


def test_messages_of_files_that_cannot_be_used_name_pseudonyms(
    run: Callable[..., Any], write: Callable[..., Path], settings: Settings, tmp_path: Path
) -> None:
    make_key(tmp_path / "k")
    folder = write("b", **{"train.txt": "11 5\n", "test.txt": "11 5\n"})
    plain = run("load", "lightgcn", folder, "--dry-run")
    hidden = run("load", "lightgcn", folder, "--dry-run", "--pseudonymise", tmp_path / "k")
    assert "user '11'" in plain.stderr
    assert "user '11'" not in hidden.stderr
    assert Pseudonyms(read_key(tmp_path / "k")).of(11) in hidden.stderr


def test_an_error_that_nobody_foresaw_is_logged_without_its_message(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHREC_HOME", str(tmp_path / "home"))
    make_key(tmp_path / "k")

    @click.command()
    def strange() -> None:
        with Guard(settings, tmp_path / "k").errors():
            {}[OWN]

    with pytest.raises(SystemExit):
        run_command(strange, [], name="strange")
    log = next((tmp_path / "home" / "errors").iterdir()).read_text()
    assert "KeyError" in log
    assert OWN not in log + "".join(capsys.readouterr())


def test_scrubbing_alone_keeps_ids_and_counts(
    run: Callable[..., Any], settings: Settings, files: Path, tmp_path: Path
) -> None:
    report = run("load", "tables", files / "map.toml", "--scrub", "--dry-run", "--max-bad", 20)
    assert report.exit_code == 0, report.stderr
    assert "taken out of texts" in report.stdout
    assert "email" in report.stdout
    rejects = "".join(file.read_text() for file in (tmp_path / "rejects").iterdir())
    assert f"marker-{OWN}" in rejects, "ids stay"
    assert f"m.{OWN}@mail.example" not in rejects
