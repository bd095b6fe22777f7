"""Data sets as research publishes them: numbered users and items, a split, vectors beside them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array, load_npz, save_npz

from graphrec_etl import lightgcn, mmrec, tables
from graphrec_etl.rejects import Rejects

INTER = (
    "userID\titemID\trating\ttimestamp\tx_label\n0\t0\t5\t100\t0\n0\t2\t3\t200\t1\n1\t0\t4\t300\t0\n1\t1\t1\t400\t2\n"
)
OWN = "userID\titemID\nann\t70\nann\t71\nbob\t70\nbob\t72\n"
RATED = "MATCH (u:User)-[r:RATED]->(i:Item) RETURN u.userId, i.itemId, r.rating, r.at.epochSeconds, r.split"
PARTS = "MATCH (u:User)-[r:RATED]->(i:Item) RETURN u.userId, i.itemId, r.split"


def matrix(shape, *pairs):
    users, items = zip(*pairs, strict=True)
    return csr_array((np.ones(len(pairs), np.float32), (users, items)), shape=shape)


@pytest.fixture
def three(tmp_path):
    """A folder of matrices: 3 users and 4 items, of which user 1 and item 3 have nothing."""
    folder = tmp_path / "three"
    folder.mkdir()
    for name, pairs in (("train", [(0, 0), (0, 1), (2, 0)]), ("valid", [(2, 1)]), ("test", [(0, 2)])):
        save_npz(folder / f"{name}.npz", matrix((3, 4), *pairs))
    return folder


def test_mmrec(write, run, held):
    folder = write(**{"x.inter": INTER})
    np.save(folder / "text.npy", np.zeros((4, 2), np.float32))
    np.save(folder / "image.npy", np.zeros((4, 3)))
    np.save(folder / "users.npy", np.array([{0: [1]}]))
    result = run("load", "mmrec", folder, "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["nodes"] == {"User": 2, "Item": 4}
    assert "(2 train, 1 valid, 1 test)" in report["notes"][0]
    assert held("MATCH (i:Item) RETURN i.itemId") == {"0", "1", "2", "3"}
    expected = {
        ("0", "0", 5.0, 100, "train"),
        ("0", "2", 3.0, 200, "valid"),
        ("1", "0", 4.0, 300, "train"),
        ("1", "1", 1.0, 400, "test"),
    }
    assert held(RATED) == expected
    assert json.loads(run("load", "mmrec", folder, "--json").stdout)["changes"] == {}
    write(**{"x.inter": INTER.replace("400\t2", "400\t0")})
    assert json.loads(run("load", "mmrec", folder, "--json").stdout)["changes"] == {"propertiesSet": 2}
    assert held(RATED) == expected - {("1", "1", 1.0, 400, "test")} | {("1", "1", 1.0, 400, "train")}


def test_mmrec_with_the_users_own_ids(write, run, held):
    folder = write(**{"data.inter": INTER, "own.inter": OWN})
    assert run("load", "mmrec", folder, "--user-ids", folder / "own.inter", "--items", "5").exit_code == 0
    assert {(user, item) for user, item, *_ in held(RATED)} == {("ann", "0"), ("ann", "2"), ("bob", "0"), ("bob", "1")}
    assert held("MATCH (i:Item) RETURN i.itemId") == {"0", "1", "2", "3", "4"}
    # Without it the file that is called like the folder counts.
    assert run("load", "mmrec", folder, "--behaviour", "heard", "--items", "5").exit_code == 0
    assert held("MATCH (u)-[:HEARD]->() RETURN u.userId") == {"0", "1"}


def test_matrices(three, run, held):
    result = run("load", "mmrec", three)
    assert result.exit_code == 0, result.stderr
    assert held(PARTS) == {
        ("0", "0", "train"),
        ("0", "1", "train"),
        ("2", "0", "train"),
        ("2", "1", "valid"),
        ("0", "2", "test"),
    }
    assert held("MATCH (n) RETURN labels(n)[0], coalesce(n.userId, n.itemId)") == {
        *(("User", str(n)) for n in range(3)),
        *(("Item", str(n)) for n in range(4)),
    }
    assert held("MATCH ()-[r]->() UNWIND keys(r) AS k RETURN k") == {"split"}


def test_matrices_of_ratings(three, run, held):
    save_npz(three / "test.npz", matrix((3, 4), (0, 2)) * 4)
    assert run("load", "mmrec", three).exit_code == 0
    assert held("MATCH (u:User)-[r:RATED]->(i:Item) RETURN i.itemId, r.rating") == {("0", 1.0), ("1", 1.0), ("2", 4.0)}


def test_adjacency_lists(write, run, held):
    folder = write(**{"train.txt": "0 0 1 \n1 2\n2\n", "test.txt": "0 3\n\n1 0\n"})
    result = run("load", "lightgcn", folder, "--items", "6")
    assert result.exit_code == 0, result.stderr
    assert held(PARTS) == {
        ("0", "0", "train"),
        ("0", "1", "train"),
        ("1", "2", "train"),
        ("0", "3", "test"),
        ("1", "0", "test"),
    }
    assert held("MATCH (u:User) RETURN u.userId") == {"0", "1", "2"}
    assert held("MATCH (i:Item) RETURN count(i)") == {6}
    assert json.loads(run("load", "lightgcn", folder, "--items", "6", "--json").stdout)["changes"] == {}


def test_adjacency_lists_with_validation_and_a_list_too_short(write, run, settings):
    folder = write(**{"train.txt": "0 0\n", "valid.txt": "0 1\n", "test.txt": "0 2\n0 2\n"})
    report = json.loads(run("load", "lightgcn", folder, "--dry-run", "--json").stdout)
    assert "(1 train, 1 valid, 1 test)" in report["notes"][0]
    assert report["duplicates"] == {"RATED": 1}
    short = json.loads(run("load", "lightgcn", folder, "--dry-run", "--json", "--items", "2").stdout)
    assert short["orphans"] == {"behaviours of unknown items": 2}
    assert short["relationships"] == {"RATED": 2}


def test_recbole_benchmark_files(write, run, held):
    header = "user_id:token\titem_id:token\ttimestamp:float\n"
    folder = write(
        **{
            "x.inter": header + "u1\ti9\t1\n",
            "x.train.inter": header + "u1\ti1\t1\nu2\ti1\t2\n",
            "x.valid.inter": header + "u1\ti2\t3\n",
            "x.test.inter": header + "u1\ti3\t4\n",
        }
    )
    report = json.loads(run("load", "atomic", folder, "--json").stdout)
    assert "x.inter left out" in report["notes"][0]
    assert held(PARTS) == {("u1", "i1", "train"), ("u2", "i1", "train"), ("u1", "i2", "valid"), ("u1", "i3", "test")}
    clash = write("clash", **{"x.train.inter": header[:-1] + "\tsplit:token\nu1\ti1\t1\ttest\n"})
    assert "the file's name already gives the split" in run("load", "atomic", clash, "--dry-run").stderr


@pytest.mark.parametrize(
    ("source", "files", "said"),
    [
        ("mmrec", {"a.inter": INTER, "b.inter": INTER}, ["a.inter, b.inter", "data.inter"]),
        ("mmrec", {"a.inter": INTER.replace("userID", "user")}, ["a.inter:1", "no column userID", "x_label"]),
        ("mmrec", {"a.inter": "user_id:token\titem_id:token\n"}, ["load atomic"]),
        ("mmrec", {"a.inter": INTER.replace("400\t2", "400\t3")}, ["a.inter:5", "x_label", "'3'", "0 (train)"]),
        ("mmrec", {"a.inter": INTER + "0\t2\t3\t200\t2\n"}, ["user '0'", "item '2'", "two parts", "valid and test"]),
        ("mmrec", {"a.inter": INTER, "x.npy": b"nothing"}, ["x.npy", "not a NumPy array"]),
        ("mmrec", {"train.npz": b"nothing"}, ["train.npz", "not a sparse matrix"]),
        ("mmrec", {"train.txt": "0 1\n"}, ["it holds train.txt", "load lightgcn"]),
        ("lightgcn", {"train.txt": "0 1\n"}, ["no test.txt", "it holds train.txt"]),
        ("lightgcn", {"train.txt": "0 1\n", "test.txt": "0 2\nu 3\n"}, ["test.txt:2", "'u'", "not a number"]),
        ("lightgcn", {"train.txt": "0 1 2\n", "test.txt": "0 2\n"}, ["user '0'", "item '2'", "train and test"]),
        ("atomic", {"a.inter": INTER}, ["'userID' has no type", "load mmrec"]),
    ],
)
@pytest.mark.usefixtures("settings")
def test_what_cannot_be_read_is_named(source, files, said, write, run):
    result = run("load", source, write(**files), "--dry-run")
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr
    for words in said:
        assert words in result.stderr


@pytest.mark.usefixtures("settings")
def test_files_that_do_not_fit_each_other(write, three, run):
    folder = write(**{"a.inter": INTER, "short.tsv": OWN[:-7], "mixed.tsv": OWN.replace("bob\t72", "ann\t72")})
    assert "different numbers of rows" in run("load", "mmrec", folder, "--user-ids", folder / "short.tsv").stderr
    told = run("load", "mmrec", folder, "--user-ids", folder / "mixed.tsv").stderr
    assert "mixed.tsv:5: user '1' of a.inter is 'ann' here" in told
    np.save(folder / "a.npy", np.zeros((3, 2)))
    np.save(folder / "b.npy", np.zeros((4, 2)))
    assert "a.npy has 3, b.npy has 4" in run("load", "mmrec", folder).stderr
    assert run("load", "mmrec", folder, "--items", "4", "--dry-run").exit_code == 0
    assert "leave out --user-ids" in run("load", "mmrec", three, "--user-ids", folder / "short.tsv").stderr
    assert "the matrices have 4 items" in run("load", "mmrec", three, "--items", "3").stderr
    np.save(three / "a.npy", np.zeros((3, 2)))
    assert "the matrices have 4 items, the vectors 3" in run("load", "mmrec", three).stderr
    save_npz(three / "test.npz", matrix((3, 5), (0, 0)))
    assert "test.npz: (3, 5) users × items, train.npz has (3, 4)" in run("load", "mmrec", three).stderr


@pytest.mark.usefixtures("settings")
def test_a_pickle_is_never_opened(three, run):
    np.savez(three / "train.npz", format=b"csr", shape=(1, 1), data=np.array([{}]), indices=[0], indptr=[0, 1])
    result = run("load", "mmrec", three, "--dry-run")
    assert result.exit_code == 2
    assert "not a sparse matrix" in result.stderr


def parts(found):
    """Return part → (user, item) of the only type of behaviour."""
    (edges,) = found.edges
    users, items = list(found.users.codes), list(found.items.codes)
    sets = {"train": set(), "valid": set(), "test": set()}
    rows = zip(edges.heads.tolist(), edges.tails.tolist(), edges.properties["split"].tolist(), strict=True)
    for user, item, part in rows:
        sets[part].add((users[user], items[item]))
    return sets


def test_lfm2k(shared_data):
    folder = shared_data / "lfm2k"
    rejects = Rejects()
    found = mmrec.transform(folder, rejects, user_ids=folder / "lfm2k_og_ids.inter")
    rows = [
        (own.split("\t")[0], *line.split("\t"))
        for own, line in zip(
            (folder / "lfm2k_og_ids.inter").read_text().splitlines()[1:],
            (folder / "lfm2k.inter").read_text().splitlines()[1:],
            strict=True,
        )
    ]
    assert parts(found) == {
        name: {(own, item) for own, _, item, _, said in rows if said == label}
        for name, label in (("train", "0"), ("valid", "1"), ("test", "2"))
    }
    counts = {name: len(pairs) for name, pairs in parts(found).items()}
    assert counts == {"train": 44_327, "valid": 4_799, "test": 7_219}
    assert (len(found.users), len(found.items), rejects.bad) == (1_858, 1_425, 0)


def test_the_documented_example_ties_names_tags_and_friends_to_lfm2k(shared_data, tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "loading.md").read_text()
    (tmp_path / "lfm2k.toml").write_text(re.search(r"```toml\n(# lfm2k.*?)```", text, re.DOTALL)[1])
    (tmp_path / "lfm2k").symlink_to(shared_data / "lfm2k", target_is_directory=True)
    rejects = Rejects()
    found = tables.transform(tmp_path / "lfm2k.toml", rejects)
    assert rejects.bad == 0
    lines = (shared_data / "lfm2k" / "artist_join.tsv").read_text().splitlines()[1:]
    rows = {cells[2]: cells for line in lines if (cells := line.split("\t"))[2]}
    assert found.items.codes.keys() == rows.keys() == {str(n) for n in range(1_425)}
    assert found.items.properties[found.items.codes["879"]]["title"] == '"Weird Al" Yankovic'
    tags, friends = found.edges
    items, words = list(found.items.codes), list(found.entities.codes)
    pairs = {(items[i], words[t]) for i, t in zip(tags.heads.tolist(), tags.tails.tolist(), strict=True)}
    assert pairs == {(row, tag.strip()) for row, cells in rows.items() for tag in cells[5].split(",") if tag.strip()}
    assert all(found.entities.properties[code]["name"] == word for word, code in found.entities.codes.items())
    assert (len(found.users), len(friends)) == (1_858, 24_960)


def test_tiktok(shared_data):
    folder = shared_data / "tiktok"
    found = mmrec.transform(folder, Rejects())
    expected = {}
    for name in ("train", "valid", "test"):
        users, items = load_npz(folder / f"{name}.npz").nonzero()
        expected[name] = {(str(u), str(i)) for u, i in zip(users, items, strict=True)}
    assert parts(found) == expected
    assert {name: len(pairs) for name, pairs in expected.items()} == {"train": 59_541, "valid": 3_051, "test": 6_130}
    assert (len(found.users), len(found.items)) == (9_308, 6_710)


def test_ml_1m(shared_data):
    found = lightgcn.transform(shared_data / "ml-1m", Rejects())
    assert Counter(found.edges[0].properties["split"].tolist()) == {"train": 801_218, "test": 197_321}
    assert (len(found.users), len(found.items)) == (6_040, 3_260)
    last = (shared_data / "ml-1m" / "test.txt").read_text().splitlines()[-1].split()
    assert {item for user, item in parts(found)["test"] if user == last[0]} == set(last[1:])
