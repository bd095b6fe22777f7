"""RecBole's atomic files, read back from the database as sets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

INTER = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
ITEM = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
USER = "user_id:token\tage:token\tzip_code:token\n"
KG = "head_id:token\trelation_id:token\ttail_id:token\n"
LINK = "item_id:token\tentity_id:token\n"

SMALL = {
    "x.inter": INTER + "u1\ti1\t5\t100\nu1\ti2\t3\t200.5\nu2\ti1\t4\t300\nu1\ti1\t5\t100\nu1\ti1\t2\t400\n",
    "x.item": ITEM + "i1\tToy Story\t1995\tAnimation Comedy\ni2\tHeat\t\t\n",
    "x.user": USER + "u1\t24\t08520\nu2\t\t\n",
    "x.kg": KG
    + "m.1\tfilm.film.genre\tm.g\nm.1\tfilm.film.directed_by\tm.p\nm.p\tperson.person.born_in\tm.c\n"
    + "m.9\tfilm.film.genre\tm.g\nm.1\tfilm.film.sequel\tm.2\n",
    "x.link": LINK + "i1\tm.1\ni2\tm.2\n",
}


def test_everything_arrives(write, run, held):
    names = write(**{"names.tsv": "entity_id\tname\nm.g\tComedy\nm.none\tNobody\n"}, **SMALL) / "names.tsv"
    result = run("load", "atomic", names.parent, "--names", names, "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["nodes"] == {"User": 2, "Item": 2, "Entity": 4}
    assert report["duplicates"] == {"RATED": 1}
    assert report["orphans"] == {"names of entities in no triple": 1}
    assert held("MATCH (u:User) RETURN u.userId, u.age, u.zipCode") == {("u1", "24", "08520"), ("u2", None, None)}
    assert held("MATCH (i:Item) RETURN i.itemId, i.title, i.releaseYear, i.genres, i.entityId") == {
        ("i1", "Toy Story", "1995", ("Animation", "Comedy"), "m.1"),
        ("i2", "Heat", None, None, "m.2"),
    }
    # The same user and item at another time is another behaviour; the same time is not.
    assert held("MATCH (u:User)-[r:RATED]->(i:Item) RETURN u.userId, i.itemId, r.rating, r.at.epochMillis") == {
        ("u1", "i1", 5.0, 100_000),
        ("u1", "i1", 2.0, 400_000),
        ("u1", "i2", 3.0, 200_500),
        ("u2", "i1", 4.0, 300_000),
    }
    assert held("MATCH (i:Item)-[r]->(e:Entity) RETURN i.itemId, type(r), e.entityId, e.name") == {
        ("i1", "HAS_GENRE", "m.g", "Comedy"),
        ("i1", "DIRECTED_BY", "m.p", None),
    }
    assert held("MATCH (a:Item)-[r]->(b:Item) RETURN a.itemId, type(r), b.itemId") == {("i1", "HAS_SEQUEL", "i2")}
    assert held("MATCH (a:Entity)-[r]->(b:Entity) RETURN a.entityId, type(r), b.entityId") == {
        ("m.9", "HAS_GENRE", "m.g"),
        ("m.p", "BORN_IN", "m.c"),
    }
    kinds = held("MATCH (e:Entity) UNWIND labels(e) AS l WITH e, l WHERE l <> 'Entity' RETURN e.entityId, l")
    assert kinds == {("m.g", "Genre"), ("m.p", "Person"), ("m.9", "Film")}


@pytest.mark.usefixtures("bare")
def test_the_constraints_are_there(write, run, held):
    run("load", "atomic", write(**SMALL))
    unique = (
        "SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties "
        "WHERE type ENDS WITH 'UNIQUENESS' AND NOT labelsOrTypes[0] IN ['Run', 'Recommender'] "
    )
    assert held(unique + "RETURN labelsOrTypes, properties") == {
        (("User",), ("userId",)),
        (("Item",), ("itemId",)),
        (("Entity",), ("entityId",)),
    }


def test_loading_twice_changes_nothing(write, run, fingerprint):
    folder = write(**SMALL)
    first = json.loads(run("load", "atomic", folder, "--json").stdout)["changes"]
    assert first["relationshipsCreated"] == 4 + 5
    before = fingerprint()
    again = json.loads(run("load", "atomic", folder, "--json", "--batch", "1").stdout)
    assert again["changes"] == {}
    assert fingerprint() == before


def test_a_corrected_file_corrects_the_graph(write, run, held):
    folder = write(**SMALL)
    run("load", "atomic", folder)
    text = SMALL["x.inter"].replace("u2\ti1\t4\t300", "u2\ti1\t1\t300") + "u2\ti2\t2\t900\n"
    write(**{"x.inter": text, "x.user": USER + "u1\t25\t08520\nu2\t\t\n"})
    result = json.loads(run("load", "atomic", folder, "--json").stdout)
    assert result["changes"] == {"relationshipsCreated": 1, "propertiesSet": 2 + 1 + 2}
    assert ("u2", "i1", 1.0) in held("MATCH (u)-[r:RATED]->(i) RETURN u.userId, i.itemId, r.rating")
    assert held("MATCH (u:User {userId: 'u1'}) RETURN u.age") == {"25"}


def test_several_behaviours_and_files(write, run, held):
    header = "user_id:token\titem_id:token\tbehaviour:token\ttimestamp:float\n"
    folder = write(
        **{
            "a.inter": header + "u1\ti1\tpurchased\t1\nu1\ti1\taddToCart\t2\nu1\ti2\t\t3\n",
            "b.inter": "user_id:token\titem_id:token\tweight:float\nu2\ti1\t0.5\n",
        }
    )
    assert run("load", "atomic", folder, "--behaviour", "browsed").exit_code == 0
    assert held("MATCH (u:User)-[r]->(i:Item) RETURN u.userId, type(r), i.itemId, r.weight") == {
        ("u1", "PURCHASED", "i1", None),
        ("u1", "ADD_TO_CART", "i1", None),
        ("u1", "BROWSED", "i2", None),
        ("u2", "BROWSED", "i1", 0.5),
    }


def test_the_names_of_another_graph(write, run, held, settings):
    mapping = "[graph.user]\nlabel = 'Big Reader'\nkey = 'readerId'\n[graph.item]\nlabel = 'Book'\nkey = 'isbn'\n"
    Path("graphrec.toml").write_text(mapping + "title = 'name'\n")
    folder = write(**SMALL)
    assert run("load", "atomic", folder).exit_code == 0
    assert json.loads(run("load", "atomic", folder, "--json").stdout)["changes"] == {}
    assert ("u1", "i2", "Heat") in held("MATCH (u:`Big Reader`)-[:RATED]->(b:Book) RETURN u.readerId, b.isbn, b.name")


def test_friends(write, run, held):
    net = "source_id:token\ttarget_id:token\nu1\tu2\nu1\tu9\n"
    result = run("load", "atomic", write(**SMALL, **{"x.net": net}), "--json")
    assert json.loads(result.stdout)["orphans"] == {"friendships of unknown users": 1}
    assert held("MATCH (a:User)-[:FRIEND_OF]->(b:User) RETURN a.userId, b.userId") == {("u1", "u2")}


def test_media(write, run, held):
    pictures = write("posters", **{"1.jpg": b"picture"})
    table = "item_id\tmovie_id\tposter\taudio\tdescription\n"
    table += (
        "i1\t77\tposters/1.jpg\thttp://example.org/1.mp3\tToys come to life.\ni2\t\tposters/none.jpg\t\t\ni9\t\t\t\tx\n"
    )
    folder = write(**SMALL, **{"media.tsv": table})
    report = json.loads(run("load", "atomic", folder, "--media", folder / "media.tsv", "--json").stdout)
    assert report["orphans"]["media of unknown items"] == 1
    assert "1 media files are not below" in report["notes"][0]
    assert held("MATCH (i:Item) RETURN i.itemId, i.movieId, i.image, i.audio, i.description") == {
        (
            "i1",
            "77",
            f"{pictures.name}/1.jpg",
            "http://example.org/1.mp3",
            "Toys come to life.",
        ),
        ("i2", None, None, None, None),
    }


def test_min_rating(write, run, held):
    run("load", "atomic", write(**SMALL), "--min-rating", "4")
    assert held("MATCH (u)-[r:RATED]->(i) RETURN u.userId, i.itemId, r.rating") == {
        ("u1", "i1", 5.0),
        ("u2", "i1", 4.0),
    }


def test_the_dry_run_writes_nothing(write, run, db, fingerprint):
    text = SMALL["x.inter"] + "u9\ti1\t3\t5\nu1\ti9\t3\t5\n"
    folder = write(**{**SMALL, "x.inter": text, "x.link": SMALL["x.link"] + "i8\tm.1\ni2\tm.2\n"})
    report = json.loads(run("load", "atomic", folder, "--dry-run", "--json").stdout)
    assert report["dryRun"] is True
    assert report["changes"] is None
    assert report["relationships"] == {"RATED": 4, "DIRECTED_BY": 1, "HAS_GENRE": 2, "HAS_SEQUEL": 1, "BORN_IN": 1}
    assert report["orphans"] == {
        "behaviours of unknown users": 1,
        "behaviours of unknown items": 1,
        "links of unknown items": 1,
    }
    assert fingerprint() == ([], [])
    shown = run("load", "atomic", folder, "--dry-run").stdout
    assert "nothing was written" in shown
    assert "behaviours of unknown users" in shown
    rejects = Path("rejects/x.inter.tsv").read_text().splitlines()
    assert rejects == [
        "line\tcolumn\tvalue\twhy\tuser",
        "7\tuser_id\tu9\tis not a known user\tu9",
        "8\titem_id\ti9\tis not a known item\tu1",
    ]


def test_python_m_does_the_same(write, held, settings, db):
    folder = write(**SMALL)
    done = subprocess.run(
        [sys.executable, "-m", "graphrec_etl.atomic", str(folder), "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["changes"]["relationshipsCreated"] == 9
    assert len(held("MATCH (u:User) RETURN u.userId")) == 2


def test_load_imports_neither_torch_nor_pandas():
    modules = [
        "graphrec.cli.commands.load",
        *(f"graphrec_etl.{n}" for n in ("atomic", "lightgcn", "mmrec", "movielens", "tables")),
    ]
    code = f"import sys, {', '.join(modules)}; print(sorted({{'torch', 'pandas'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
