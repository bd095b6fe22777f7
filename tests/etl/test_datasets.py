"""The benchmark sets: tiny sources in their published form, written, then loaded by the commands that are printed."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "datasets.py"
ML_1M = {
    "train.txt": "0 0 1\n1 1\n",
    "test.txt": "0 2\n1 0\n",
    "item_map.txt": "7 0\n3 1\n9 2\n",
    "movies.dat": "3::Contender, The (2000)::Drama|Thriller\n7::Caf\xe9 (1995)::Drama\n".encode("latin-1"),
    "descriptions.json": json.dumps({"7": 'A "caf\xe9"\nin\tParis.', "8": "Not in the split."}),
}
TRIPLES = "40\tfilm.film.genre\t50\n40\tfilm.film.director\t51\n41\tfilm.film.director\t51\n42\tfilm.film.star\t52\n"
LASTFM = {
    "item_index2entity_id.txt": "20\t0\r\n10\t1\r\n",
    "kg.txt": "0\tmusic.artist.origin\t2\r\n1\tmusic.artist.origin\t2\r\n0\tfilm.film.music\t1\r\n",
    "user_artists.dat": "userID\tartistID\tweight\n1\t20\t300\n1\t30\t5\n2\t10\t7\n3\t30\t1\n",
}


@pytest.fixture
def prepare(monkeypatch, tmp_path, settings):
    """Write a set, go to its folder and return the commands' arguments."""

    def call(name: str, source: Path) -> list[list[str]]:
        dest = tmp_path / "the project"
        done = subprocess.run([sys.executable, SCRIPT, name, source, dest], capture_output=True, text=True, check=True)
        where, *commands = [shlex.split(line) for line in done.stdout.splitlines()]
        assert where == ["cd", str(dest)]
        assert {command[0] for command in commands} == {"graphrec"}
        monkeypatch.chdir(dest)
        return [command[1:] for command in commands]

    return call


@pytest.fixture
def ml_1m(write):
    source = write("ml-1m", **ML_1M)
    write("ml-1m/kg", **{"item_index2entity_id.txt": "7\t40\n8\t41\n", "kg.txt": TRIPLES})
    write("posters", **{"7.jpg": b"a picture"})
    return source


def test_movielens(prepare, ml_1m, run, held):
    *loads, embed = prepare("ml-1m", ml_1m)
    assert embed == ["embed", "--image", "classical"]
    for command in loads:
        result = run(*command)
        assert result.exit_code == 0, result.stderr
        assert "bad" not in result.stdout
    assert held("MATCH (u:User)-[r:RATED]->(i:Item) RETURN u.userId, i.itemId, r.split") == {
        ("0", "0", "train"),
        ("0", "1", "train"),
        ("1", "1", "train"),
        ("0", "2", "test"),
        ("1", "0", "test"),
    }
    poster = "../posters/7.jpg"  # relative to the project's root
    items = "MATCH (i:Item) RETURN i.itemId, i.movieId, i.title, i.year, i.entityId, i.description, i.image"
    assert held(items) == {
        ("0", "7", "Café", 1995, "40", 'A "café" in Paris.', poster),
        ("1", "3", "Contender, The", 2000, None, None, None),
        ("2", "9", None, None, None, None, None),
    }
    edges = "MATCH (a)-[r]->(e:Entity) RETURN labels(a)[0], coalesce(a.itemId, a.entityId), type(r), e.entityId"
    assert held(edges) == {
        ("Item", "0", "HAS_GENRE", "Drama"),
        ("Item", "1", "HAS_GENRE", "Drama"),
        ("Item", "1", "HAS_GENRE", "Thriller"),
        ("Item", "0", "HAS_FILM_FILM_GENRE", "50"),
        ("Item", "0", "HAS_DIRECTOR", "51"),
        ("Entity", "41", "HAS_DIRECTOR", "51"),
        ("Entity", "42", "HAS_STAR", "52"),
    }


def test_lastfm(prepare, write, run):
    [command] = prepare("lastfm-kg", write("lastfm", **LASTFM))
    assert Path("lastfm-kg.inter").read_text() == "user_id:token\titem_id:token\tweight:float\n1\t20\t300\n2\t10\t7\n"
    result = run(*command, "--dry-run", "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["nodes"] == {"User": 2, "Item": 2, "Entity": 1}
    assert report["relationships"] == {"LISTENED": 2, "HAS_MUSIC": 1, "HAS_ORIGIN": 2}
    assert (report["badRows"], report["orphans"]) == (0, {})


def test_every_pair_of_lastfm_counts_alike(prepare, write, run, db):
    from graphrec.config.settings import load_settings
    from graphrec.graph.hetero import load_graph

    [command] = prepare("lastfm-kg", write("lastfm", **LASTFM))
    assert run(*command).exit_code == 0
    found = load_settings()
    graph = load_graph(db, found.graph, found.split)
    assert graph.data["user", "LISTENED", "item"].edge_weight.tolist() == [1.0, 1.0]
    assert db.read("MATCH (:User {userId: '1'})-[r:LISTENED]->() RETURN r.weight AS plays")[0]["plays"] == 300


def test_gowalla(prepare, write, run):
    source = write("go walla", **{"train.txt": "0 0 1\n", "test.txt": "0 2\n"})
    [command] = prepare("gowalla", source)
    report = json.loads(run(*command, "--dry-run", "--json").stdout)
    assert "(2 train, 1 test)" in report["notes"][0]
    assert 'method = "published"' in Path("graphrec.toml").read_text()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"item_map.txt": "7 0\n3\n"}, ["item_map.txt:2: 1 cells instead of 2"]),
        ({"descriptions.json": '{"7": "a"\n'}, ["descriptions.json:", "not valid JSON"]),
        ({"descriptions.json": '{"7": 1}'}, ["does not map movie ids to texts"]),
        ({"movies.dat": "3;Contender\n"}, ["movies.dat:1: 1 cells instead of 3"]),
    ],
)
def test_a_damaged_source_is_named(ml_1m, write, tmp_path, spoil, said):
    write("ml-1m", **spoil)
    command = [sys.executable, SCRIPT, "ml-1m", ml_1m, tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in done.stderr
