"""Small graphs and files with known answers: number ids, nodes of a user's own, batches, reject lines, CSR lists."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from graphrec.common.errors import ConfigError, InputError
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.content.cache import VectorCache
from graphrec.content.embed import cache_folder
from graphrec.credentials.keys import Keys
from graphrec.db.database import Database
from graphrec.erasure import in_graph as graph
from graphrec.erasure import in_rejects as rejects
from graphrec.erasure import tensors
from graphrec.evaluation.split_methods import NEVER
from graphrec.language.answer_cache import AnswerCache
from graphrec.language.answers import Generated
from graphrec_etl.rejects import Reject, Rejects

PLAIN = GraphSchema()


def test_a_number_and_a_text_are_told_apart(db: Database, run: Callable[..., Any]) -> None:
    db.write("CREATE (:User {userId: 196, name: 'n'}), (:User {userId: '196'}), (:User {userId: 1960})")
    both = run("forget", "196", "--yes")
    assert (both.exit_code, "two users '196'" in both.stderr) == (2, True)
    assert run("forget", "196", "--yes", "--stored", "number").exit_code == 0
    assert [row["id"] for row in db.read("MATCH (u:User) RETURN u.userId AS id ORDER BY toString(id)")] == ["196", 1960]
    assert run("forget", "1960", "--yes").exit_code == 0
    assert [row["id"] for row in db.read("MATCH (u:User) RETURN u.userId AS id")] == ["196"]
    db.write("CREATE (:User {userId: 12.5})")  # no id, but nobody may say that it never was there
    odd = run("forget", "12.5", "--yes")
    assert odd.exit_code == 2
    assert "1 (User) nodes have userId 12.5 as FLOAT" in odd.stderr
    assert "WHERE toStringOrNull(u.userId) = '12.5' DETACH DELETE u" in odd.stderr


def test_a_number_stands_in_runs_as_a_number(settings: Settings, db: Database, run: Callable[..., Any]) -> None:
    folder = settings.runs / "20260101-000000-aaaa"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"created": "2026-01-01", "state": "training", "schema": {}}))
    (folder / "ids.json").write_text(json.dumps({"users": [7, "x", 70], "items": [7]}))
    assert run("forget", "7", "--yes").exit_code == 0
    assert json.loads((folder / "ids.json").read_text()) == {"users": [None, "x", 70], "items": [7]}


def test_an_unknown_user_is_an_error_with_the_nearest(db: Database, run: Callable[..., Any]) -> None:
    db.write("CREATE (:User {userId: 'anna'})")
    result = run("forget", "annna", "--yes")
    assert result.exit_code == 2
    assert "did you mean 'anna'?" in result.stderr
    assert db.read("MATCH (u:User) RETURN count(u) AS n")[0]["n"] == 1


def test_batches_take_every_tie_of_the_user_and_no_other(db: Database) -> None:
    schema = GraphSchema(user=UserRole("Big Reader", "card no"), item=ItemRole("Book", "isbn"))
    db.write(
        """
        CREATE (a:`Big Reader` {`card no`: 'a'}), (b:`Big Reader` {`card no`: 'b'})
        WITH a, b
        UNWIND range(1, 25) AS k
        CREATE (book:Book {isbn: k}), (a)-[:BORROWED]->(book), (b)-[:BORROWED]->(book), (book)-[:LENT]->(a)
        WITH DISTINCT a, b
        CREATE (a)-[:KNOWS]->(b), (b)-[:KNOWS]->(a), (a)-[:KNOWS]->(a)
        """
    )
    found = graph.look(db, schema, ["a"])
    assert (found.keys, found.ties) == (("a",), {"BORROWED": 25, "LENT": 25, "KNOWS": 3})
    assert found.ties.keys() == {"BORROWED", "LENT", "KNOWS"}
    graph.remove(db, schema, ["a"], batch=4)
    assert not graph.look(db, schema, ["a"])
    row = db.read("MATCH (b:`Big Reader`) RETURN b.`card no` AS key, COUNT { (b)-[:BORROWED]->(:Book) } AS books")
    assert [tuple(r.values()) for r in row] == [("b", 25)]


def test_nodes_of_a_label_go_where_no_other_user_is_tied_to_them(db: Database, run: Callable[..., Any]) -> None:
    db.write(
        """
        CREATE (a:User {userId: 'a'}), (b:User {userId: 'b'}), (i:Item {itemId: 'i'})
        CREATE (a)-[:ASKED]->(:Search {text: 'alone'})-[:FOUND]->(i)
        CREATE (a)-[:ASKED]->(s:Search {text: 'shared'})<-[:ASKED]-(b)
        CREATE (a)-[:ASKED]->(t:Search {text: 'keyless'})<-[:ASKED]-(:User)
        """
    )
    found = graph.look(db, PLAIN, ["a"])
    assert (found.own, found.alone) == ({}, {"Search": 1})
    assert "stay, with all their properties: Search 1; --own LABEL" in run("forget", "a", "--dry-run").stdout
    left = run("forget", "a", "--yes", "--own", "Serach")
    assert (left.exit_code, "did you mean 'Search'" in left.stderr) == (2, True)
    result = run("forget", "a", "--yes", "--own", "Search", "--json")
    assert json.loads(result.stdout)["removed"]["graph"]["own"] == {"Search": 1}
    kept = sorted(row["text"] for row in db.read("MATCH (s:Search) RETURN s.text AS text"))
    assert kept == ["keyless", "shared"]
    # The same command again, where the last node of the label went with the user.
    assert "nothing is left" in run("forget", "a", "--yes", "--own", "Address").stderr
    assert db.read("MATCH (i:Item) RETURN count(i) AS n")[0]["n"] == 1


def test_searches_go_with_the_user_and_so_does_what_is_cached(
    settings: Settings, db: Database, run: Callable[..., Any]
) -> None:
    (settings.root / "graphrec.toml").write_text('[graph.searches.ASKED]\nlabel = "Query"\n')
    db.write(
        """
        CREATE (a:User {userId: 'a'}), (b:User {userId: 'b'})
        CREATE (a)-[:ASKED]->(:Query {searchId: 1, textHash: 'alone'})
        CREATE (a)-[:ASKED]->(:Query {searchId: 2, textHash: 'shared'})<-[:ASKED]-(b)
        """
    )
    folder = cache_folder(settings)
    with VectorCache(folder) as cache:
        cache.put("encoder", {name: np.ones(2, np.float32) for name in ("alone", "shared", "other")})
    keys = Keys(settings.home / "service")
    for user in "ab":
        keys.add(user, ("read",), user)
    answers = AnswerCache(settings.home / "cache" / "language")
    for user in "ab":
        answers.user(user).put("key", Generated(f"For {user}.", 9, 3, 0.1, "stop", "model tiny"))
    told = json.loads(run("forget", "a", "--yes", "--json").stdout)
    assert (told["removed"]["graph"]["own"], told["removed"]["cached"], told["left"]) == ({"Query": 1}, 1, None)
    assert (told["removed"]["answers"], answers.count("a"), answers.count("b")) == (1, 0, 1)
    assert (told["removed"]["keys"], list(keys.all())) == (1, ["b"])
    keys.path.unlink()
    with VectorCache(folder) as cache:
        assert set(cache.get("encoder", ["alone", "shared", "other"])) == {"shared", "other"}
    (row,) = db.read("MATCH (q:Query) RETURN q.searchId AS id")
    assert row["id"] == 2


@pytest.mark.parametrize("label", ["User", "Item", "Entity", "Run"])
def test_users_items_and_the_like_are_nobodys_own(db: Database, label: str) -> None:
    with pytest.raises(ConfigError, match=f"--own {label}"):
        graph.look(db, PLAIN, ["a"], [label])


def test_lines_of_the_user_go_and_others_stay(tmp_path: Path) -> None:
    found, source = Rejects(), tmp_path / "x.inter"
    found.add(source, 1, "user_id", " 196", "is odd")
    found.ragged(source, 2, ["196", "x"], 4)
    found.add(source, 3, "user_id", "1960", "is odd")
    found.orphan("o", Reject(source, 4, "item_id", "196", "is not a known item"))
    found.orphan("o", Reject(source, 5, "user_id", "196", "is not a known user"))
    (path,) = found.write(tmp_path / "rejects")
    head, *lines = path.read_text().splitlines(keepends=True)
    assert rejects.look(path.parent, "196") == {"x.inter.tsv": 3}
    rejects.remove(path.parent, "196")
    assert path.read_text() == "".join([head, lines[2], lines[3]])
    assert rejects.look(path.parent, "196") == {}
    assert rejects.look(tmp_path / "nowhere", "196") == {}


def test_places_are_emptied_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "profiles.safetensors"
    weights = torch.arange(10.0).reshape(5, 2)
    save_file(
        {"indptr": torch.tensor([0, 2, 2, 4, 5]), "items": torch.tensor([3, 4, 0, 1, 2]), "weights": weights}, path
    )
    assert [tensors.held(path, [place]) for place in range(4)] == [2, 0, 2, 1]
    tensors.empty(path, [0, 3])
    assert [tensors.held(path, [place]) for place in range(4)] == [0, 0, 2, 0]
    found, _ = tensors._read(path)
    assert (found["indptr"].tolist(), found["items"].tolist()) == ([0, 0, 0, 2, 2], [0, 1])
    assert torch.equal(found["weights"], weights[2:4])


def test_the_parts_of_a_person_who_is_an_item_are_emptied(tmp_path: Path) -> None:
    path, terms = tmp_path / "parts.safetensors", torch.arange(1.0, 7.0).view(3, 2)
    arrays = {
        "source.content.text": terms,
        "target.hop.1": terms * 2,
        "messages": torch.ones(4, 2),
        "relation": torch.tensor([0, 0, 1, 1]),
        "entity": torch.tensor([0, 1, -1, -1]),
        "item": torch.tensor([-1, -1, 0, 1]),
        "indptr": torch.tensor([0, 2, 3, 5]),
        "received": torch.tensor([0, 3, 2, 1, 2]),
        "weights": torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5]),
        "appeal": torch.ones(2),
    }
    save_file(arrays, path)
    assert tensors.held(path, [1], tensors.ITEM_FILES) == 2 + 1 + 1  # terms, a received message, a sent one
    tensors.empty(path, [1], tensors.ITEM_FILES)
    assert tensors.held(path, [1], tensors.ITEM_FILES) == 0
    left = load_file(path)
    assert left["source.content.text"].tolist() == [[1, 2], [0, 0], [5, 6]]
    assert left["target.hop.1"].tolist() == [[2, 4], [0, 0], [10, 12]]
    assert (left["indptr"].tolist(), left["received"].tolist()) == ([0, 2, 2, 4], [0, 3, 1, 2])
    assert (left["item"].tolist(), left["messages"].tolist()) == ([-1, -1, 0, -1], [[1, 1], [1, 1], [1, 1], [0, 0]])
    for name in ("relation", "entity", "appeal"):
        assert torch.equal(left[name], arrays[name])


def test_arrays_that_do_not_fit_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "profiles.safetensors"
    save_file({"indptr": torch.tensor([0, 2]), "items": torch.tensor([3, 4]), "odd": torch.zeros(3)}, path)
    with pytest.raises(InputError, match="damaged"):
        tensors.empty(path, [0])


def test_a_split_keeps_its_settings_and_the_moments_of_others(tmp_path: Path) -> None:
    path = tmp_path / "split.safetensors"
    pairs = {
        "train": torch.tensor([[0, 0, 1], [1, 2, 0]]),
        "valid": torch.tensor([[1], [2]]),
        "test": torch.empty(2, 0).long(),
    }
    save_file(pairs | {"cutoff.user": torch.tensor([5, 6])}, path, {"settings": "{}", "shape": "[2, 3]"})
    assert tensors.held(path, [0]) == 3
    assert tensors.pairs(path, ["train"], [0]) == 2
    tensors.empty(path, [0])
    found, metadata = tensors._read(path)
    assert metadata == {"settings": "{}", "shape": "[2, 3]"}
    assert (found["train"].tolist(), found["valid"].tolist()) == ([[1], [0]], [[1], [2]])
    assert found["cutoff.user"].tolist() == [NEVER, 6]
    assert tensors.held(path, [0]) == 0
