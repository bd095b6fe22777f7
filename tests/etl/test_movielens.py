"""The three forms in which GroupLens hands out MovieLens."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from graphrec_etl.movielens import transform
from graphrec_etl.rejects import Rejects

FLAGS = 19


def _movie(number: int, title: str, *genres: int) -> str:
    flags = "|".join("1" if k in genres else "0" for k in range(FLAGS))
    return f"{number}|{title}|01-Jan-1995||http://example.org/{number}|{flags}\n"


HUNDRED = {
    "u.data": "1\t1\t5\t881250949\n1\t2\t3\t881250950\n2\t1\t4\t881250951\n",
    "u.user": "1|24|M|technician|85711\n2|53|F|other|01002\n",
    "u.item": (
        _movie(1, "Toy Story (1995)", 3, 5) + _movie(2, "Misérables, Les (1995)", 8) + _movie(3, "unknown", 0)
    ).encode("latin-1"),
}
MILLION = {
    "ratings.dat": "1::1::5::978300760\n1::2::3::978302109\n2::1::4::978301968\n",
    "users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n",
    "movies.dat": (
        "1::Toy Story (1995)::Animation|Comedy\n2::Misérables, Les (1995)::Drama\n3::unknown::unknown\n".encode(
            "latin-1"
        )
    ),
}
LATEST = {
    "ratings.csv": "userId,movieId,rating,timestamp\n1,1,5.0,964982703\n1,2,3.0,964981247\n2,1,4.0,964982224\n",
    "movies.csv": (
        'movieId,title,genres\n1,Toy Story (1995),Animation|Comedy\n2,"Misérables, Les (1995)",Drama\n'
        "3,unknown,(no genres listed)\n"
    ),
    "links.csv": "movieId,imdbId,tmdbId\n1,0114709,862\n2,0113828,\n9,1,1\n",
    "tags.csv": (
        "userId,movieId,tag,timestamp\n1,1,pixar,1139045764\n1,1,fun,1139045764\n1,1,fun,1139045764\n"
        "7,2,sad,1139045765\n"
    ),
}


@pytest.mark.parametrize("files", [HUNDRED, MILLION, LATEST], ids=["ml-100k", "ml-1m", "ml-latest"])
def test_the_same_films_in_every_form(files, write, run, held):
    result = run("load", "movielens", write(**files), "--json")
    assert result.exit_code == 0, result.stderr
    assert held("MATCH (i:Item) RETURN i.itemId, i.title, i.year") == {
        ("1", "Toy Story", 1995),
        ("2", "Misérables, Les", 1995),
        ("3", "unknown", None),
    }
    assert held("MATCH (i:Item)-[:HAS_GENRE]->(g:Genre:Entity) RETURN i.itemId, g.name, g.entityId") == {
        ("1", "Animation", "genre:Animation"),
        ("1", "Comedy", "genre:Comedy"),
        ("2", "Drama", "genre:Drama"),
    }
    assert held("MATCH (u:User)-[r:RATED]->(i:Item) RETURN u.userId, i.itemId, r.rating") == {
        ("1", "1", 5.0),
        ("1", "2", 3.0),
        ("2", "1", 4.0),
    }
    assert held("MATCH (:User {userId: '1'})-[r:RATED]->(:Item {itemId: '1'}) RETURN r.at.epochSeconds") < {
        881250949,
        978300760,
        964982703,
    }
    assert json.loads(run("load", "movielens", write(**files), "--json").stdout)["changes"] == {}


def test_users_of_ml_100k_and_ml_1m(write, run, held):
    run("load", "movielens", write(**HUNDRED))
    assert ("2", 53, "F", "other", "01002") in held(
        "MATCH (u:User) RETURN u.userId, u.age, u.gender, u.occupation, u.zipCode"
    )
    run("load", "movielens", write("other", **MILLION))
    assert ("2", 56, "M", 16, "70072") in held(
        "MATCH (u:User) RETURN u.userId, u.age, u.gender, u.occupation, u.zipCode"
    )


def test_tags_and_links(write, run, held):
    report = json.loads(run("load", "movielens", write(**LATEST), "--json").stdout)
    assert report["duplicates"] == {"TAGGED": 1}
    assert report["orphans"] == {"links of unknown items": 1}
    assert held("MATCH (u:User)-[r:TAGGED]->(i:Item) RETURN u.userId, i.itemId, r.tag, r.at.epochSeconds") == {
        ("1", "1", "pixar", 1139045764),
        ("1", "1", "fun", 1139045764),
        ("7", "2", "sad", 1139045765),
    }
    assert held("MATCH (i:Item) RETURN i.itemId, i.imdbId, i.tmdbId") == {
        ("1", "0114709", "862"),
        ("2", "0113828", None),
        ("3", None, None),
    }


@pytest.mark.parametrize(
    ("files", "changed", "said"),
    [
        (HUNDRED, {"u.item": _movie(1, "x", 3).replace("|0|", "|2|", 1)}, ["u.item:1", "'2'", "neither 0 nor 1"]),
        (HUNDRED, {"u.data": "1\t1\tgood\t1\n"}, ["u.data:1", "rating", "'good'"]),
        (HUNDRED, {"u.user": "1|young|M|x|1\n"}, ["u.user:1", "age", "'young'"]),
        (MILLION, {"ratings.dat": "1::1::5\n"}, ["ratings.dat:1", "3 cells instead of 4"]),
        (LATEST, {"ratings.csv": "userId,movieId,rating\n"}, ["ratings.csv:1", "no column 'timestamp'"]),
        (LATEST, {"movies.csv": 'movieId,title,genres\n1,"open,x\n'}, ["movies.csv", "not valid CSV"]),
        (LATEST, {"movies.csv": b"movieId,title,genres\n1,Am\xe9lie,Drama\n"}, ["movies.csv:2", "0xe9"]),
    ],
)
@pytest.mark.usefixtures("settings")
def test_bad_files(files, changed, said, write, run):
    result = run("load", "movielens", write(**{**files, **changed}), "--dry-run")
    assert result.exit_code == 2
    for words in said:
        assert words in result.stderr


def test_a_missing_file_is_named(write, run, settings):
    folder = write(**HUNDRED)
    (folder / "u.item").unlink()
    result = run("load", "movielens", folder, "--dry-run")
    assert result.exit_code == 2
    assert "u.item: cannot be read" in result.stderr


def test_ratings_stay_small_in_memory(write):
    """32 million ratings must fit into 4 GB: 125 bytes each. Measured on enough of them for the rest not to count."""
    n = 100_000
    ratings = "userId,movieId,rating,timestamp\n" + "".join(f"{k // 100},{k % 100},3.5,{k}\n" for k in range(n))
    movies = "movieId,title,genres\n" + "".join(f"{k},Film {k} (1999),Drama\n" for k in range(100))
    folder = write(**{"ratings.csv": ratings, "movies.csv": movies})
    del ratings
    tracemalloc.start()
    tables = transform(folder, Rejects())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(len(edges) for edges in tables.edges if edges.type == "RATED") == n
    assert peak / n < 125


def test_real_movies(shared_data, write, run, held):
    """ML-1M's own users and films; its ratings are made up, for the folder holds only a split of them."""
    source = shared_data / "ml-1m"
    folder = write(**{name: (source / name).read_bytes() for name in ("movies.dat", "users.dat")})
    (folder / "ratings.dat").write_text("1::1193::5::978300760\n6040::1097::4::956715569\n")
    report = json.loads(run("load", "movielens", folder, "--json").stdout)
    assert report["nodes"] == {"User": 6_040, "Item": 3_883, "Entity": 18}
    genres = sum(line.count("|") + 1 for line in (source / "movies.dat").read_text("latin-1").splitlines())
    assert report["relationships"] == {"HAS_GENRE": genres, "RATED": 2}
    assert held("MATCH (i:Item {itemId: '1193'})<-[:RATED]-(u) RETURN i.title, i.year, u.userId") == {
        ("One Flew Over the Cuckoo's Nest", 1975, "1")
    }
