"""Anyone's CSV and Parquet, as a mapping describes them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from graphrec.cli.commands.load import SOURCES, load
from graphrec_etl.mapping import read_mapping

MAPPING = """
[users]
file = "readers.csv"
key = "id"
properties = { "full name" = "name", born = "born" }
types = { born = "integer" }

[items]
file = "books.parquet"
key = "isbn"
title = "name"
image = "cover"
media_root = "covers"

[[entities]]
file = "authors.tsv"
key = "author"
name = "known as"
kind = "Author"

[[behaviours]]
file = "loans.csv"
type = "BORROWED"
user = "reader"
item = "book"
time = "day"
weight = "weeks"

[[behaviours]]
file = "notes.csv"
separator = ";"
type = "NOTED"
user = "reader"
item = "book"
distinct = ["note"]

[[relations]]
file = "written.csv"
type = "WRITTEN_BY"
from = "book"
to = "author"

[[relations]]
file = "friends.csv"
type = "FRIEND_OF"
from = "a"
to = "b"
start = "user"
end = "user"
"""
FILES = {
    "map.toml": MAPPING,
    "readers.csv": 'id,full name,born,secret\nr1,"Ann, the first",1970,x\nr2,Bob,,y\n',
    "authors.tsv": "author\tknown as\na1\tLe Guin\n",
    "loans.csv": "reader,book,day,weeks\nr1,1,2024-05-01,2\nr1,1,2024-05-01,2\nr1,1,2024-06-01,3\nr2,2,,1\n",
    "notes.csv": 'reader;book;note\nr1;1;"two\n\nlines"\nr1;1;good\nr1;1;good\n',
    "written.csv": "book,author\n1,a1\n2,a9\n",
    "friends.csv": "a,b\nr1,r2\n",
}


@pytest.fixture
def folder(write):
    made = write(**FILES)
    covers = made / "covers"
    covers.mkdir()
    (covers / "1.png").write_bytes(b"picture")
    books = {
        "isbn": [1, 2],
        "name": ["The Dispossessed", "Piranesi"],
        "cover": ["1.png", None],
        "pages": [341, None],
        "price": [9.5, float("nan")],
        "topics": [["anarchy", "moons"], []],
    }
    parquet.write_table(pa.table(books), made / "books.parquet")
    return made


def test_a_whole_mapping(folder, run, held):
    result = run("load", "tables", folder / "map.toml", "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["duplicates"] == {"BORROWED": 1, "NOTED": 1}
    assert report["orphans"] == {"relations of unknown entities": 1}
    assert held("MATCH (u:User) RETURN u.userId, u.name, u.born, u.secret") == {
        ("r1", "Ann, the first", 1970, None),
        ("r2", "Bob", None, None),
    }
    assert held("MATCH (i:Item) RETURN i.itemId, i.title, i.image, i.pages, i.price, i.topics") == {
        ("1", "The Dispossessed", os.path.relpath(folder / "covers" / "1.png"), 341, 9.5, ("anarchy", "moons")),
        ("2", "Piranesi", None, None, None, ()),
    }
    assert held("MATCH (u)-[r:BORROWED]->(i) RETURN u.userId, i.itemId, toString(date(r.at)), r.weight") == {
        ("r1", "1", "2024-05-01", 2.0),
        ("r1", "1", "2024-06-01", 3.0),
        ("r2", "2", None, 1.0),
    }
    assert held("MATCH (u)-[r:NOTED]->(i) RETURN u.userId, i.itemId, r.note") == {
        ("r1", "1", "two\n\nlines"),
        ("r1", "1", "good"),
    }
    assert held("MATCH (i:Item)-[:WRITTEN_BY]->(e:Entity:Author) RETURN i.itemId, e.entityId, e.name") == {
        ("1", "a1", "Le Guin")
    }
    assert held("MATCH (a:User)-[:FRIEND_OF]->(b:User) RETURN a.userId, b.userId") == {("r1", "r2")}
    assert json.loads(run("load", "tables", folder / "map.toml", "--json").stdout)["changes"] == {}


def test_behaviours_alone_are_enough(write, run, held):
    mapping = '[[behaviours]]\nfile = "b.csv"\ntype = "BOUGHT"\nuser = "who"\nitem = "what"\n'
    mapping += '[[relations]]\nfile = "r.csv"\ntype = "MADE_BY"\nfrom = "what"\nto = "maker"\n'
    made = write(**{"m.toml": mapping, "b.csv": "who,what\na,x\nb,y\n", "r.csv": "what,maker\nx,acme\n"})
    assert run("load", "tables", made / "m.toml").exit_code == 0
    assert held("MATCH (u:User)-[:BOUGHT]->(i:Item) RETURN u.userId, i.itemId") == {("a", "x"), ("b", "y")}
    assert held("MATCH (i:Item)-[:MADE_BY]->(e:Entity) RETURN i.itemId, e.entityId") == {("x", "acme")}


def test_files_that_are_not_quite_tables(write, run, held):
    mapping = """
    [items]
    file = "i.tsv"
    quoted = false
    key = "row"
    needs = ["row"]
    title = "name"
    properties = {}

    [[relations]]
    file = "i.tsv"
    quoted = false
    needs = ["row"]
    type = "HAS_TAG"
    from = "row"
    to = "tags"
    many = ","
    """
    rows = 'id\trow\tname\ttags\n7\t0\t"Al" Y\trock, pop,,rock\n8\t\tnobody\tjazz\n9\t1\tB\t\n'
    made = write(**{"m.toml": mapping, "i.tsv": rows})
    result = run("load", "tables", made / "m.toml", "--json")
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["notes"] == ["1 rows of i.tsv without row left out"]
    assert report["duplicates"] == {"HAS_TAG": 1}
    assert held("MATCH (i:Item) RETURN i.itemId, i.title") == {("0", '"Al" Y'), ("1", "B")}
    assert held("MATCH (i:Item)-[:HAS_TAG]->(e:Entity) RETURN i.itemId, e.entityId, e.name") == {
        ("0", "rock", "rock"),
        ("0", "pop", "pop"),
    }
    write(**{"m.toml": mapping.replace('["row"]', '["rows"]', 1)})
    assert "no column 'rows' (needs)" in run("load", "tables", made / "m.toml").stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('key = "id"', 'kee = "id"', ["[users]", "'kee'", "did you mean 'key'?"]),
        ("[users]", "[user]", ["unknown table 'user'", "did you mean 'users'?"]),
        ("[[behaviours]]", "[behaviours]", ["TOML"]),
        ('type = "BORROWED"', 'type = "borrowed by"', ["[[behaviours]] 1", "borrowed by"]),
        ('type = "BORROWED"', 'type = "RECOMMENDED"', ["'RECOMMENDED'", "writes itself"]),
        ('type = "WRITTEN_BY"', 'type = "BORROWED"', ["'BORROWED'", "a behaviour and a relation"]),
        ('kind = "Author"', 'kind = "Item"', ["'Item'", "already has another role"]),
        ('end = "user"', 'end = "item"', ["from user to item"]),
        ('item = "book"', 'item = "boks"', ["loans.csv:1", "'boks'", "did you mean 'book'?"]),
        ('to = "author"', 'to = "autor"', ["written.csv:1", "'autor'", "did you mean 'author'?"]),
        ('distinct = ["note"]', 'distinct = ["not"]', ["notes.csv:1", "'not'", "did you mean 'note'?"]),
        ('born = "integer"', 'born = "int"', ["[users]", "int"]),
        ("readers.csv", "people.csv", ["people.csv", "cannot be read"]),
        ("books.parquet", "nothing.parquet", ["nothing.parquet", "cannot be read"]),
        ("books.parquet", "loans.parquet", ["loans.parquet", "not a Parquet file"]),
        ('key = "isbn"', "", ["[items]", "key"]),
    ],
)
@pytest.mark.usefixtures("settings")
def test_bad_mappings(old, new, said, folder, run):
    (folder / "loans.parquet").write_text(FILES["loans.csv"])
    path = folder / "map.toml"
    path.write_text(MAPPING.replace(old, new, 1))
    result = run("load", "tables", path, "--dry-run")
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr
    for words in said:
        assert words in result.stderr


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("readers.csv", "id,full name,born\nr1,Ann,soon\n", ["readers.csv:2", "born", "'soon'", "not a number"]),
        ("readers.csv", "id,full name,born\nr1,Ann,19.5\n", ["readers.csv:2", "born", "not a whole number"]),
        ("loans.csv", "reader,book,day,weeks\nr1,1,01/05/2024,2\n", ["loans.csv:2", "day", "ISO 8601"]),
        ("loans.csv", "reader,book,day,weeks\nr1,1\n", ["loans.csv:2", "2 cells instead of 4"]),
        ("written.csv", "book,author\n,a1\n", ["written.csv:2", "book", "empty id"]),
        ("written.csv", "book,author\n1\n", ["written.csv:2", "1 cells instead of 2"]),
    ],
)
@pytest.mark.usefixtures("settings")
def test_bad_rows(file, text, said, folder, run):
    (folder / file).write_text(text)
    result = run("load", "tables", folder / "map.toml", "--dry-run")
    assert result.exit_code == 2
    for words in said:
        assert words in result.stderr


def test_bad_parquet_values(folder, run, settings):
    parquet.write_table(
        pa.table({"isbn": ["1", None], "name": ["a", "b"], "cover": [None, ""]}), folder / "books.parquet"
    )
    result = run("load", "tables", folder / "map.toml", "--dry-run")
    assert result.exit_code == 2
    assert "books.parquet:2, column isbn" in result.stderr


def test_the_documented_mapping_is_one(write):
    text = (Path(__file__).parents[2] / "docs" / "loading.md").read_text()
    example = re.search(r"```toml\n(\[users\].*?)```", text, re.DOTALL)
    mapping = read_mapping(write(**{"m.toml": example[1]}) / "m.toml")
    assert mapping.items.entity == "wikidata"
    assert mapping.relations[0].from_ == "book"


def test_every_option_is_documented():
    text = (Path(__file__).parents[2] / "docs" / "loading.md").read_text()
    for source in SOURCES:
        for parameter in load.get_command(None, source).params:
            for option in parameter.opts if parameter.opts[0].startswith("-") else ():
                assert f"`{option}" in text, f"{source} {option}"


@pytest.mark.parametrize(
    ("mapped", "cells", "said"),
    [
        ('rating = "x"', ("1", "0", "1"), "1 of 3 BOUGHT have a rating of 0 or less"),
        ('rating = "x"', ("5", "0", "1"), ""),
        ('properties = { x = "label" }', ("1", "0", "0"), "2 of 3 BOUGHT have a label of 0 or less"),
        ('properties = { x = "label" }', ("1", "", "1"), ""),
    ],
)
def test_labels_that_are_dislikes_are_said(mapped, cells, said, write, run):
    rows = "".join(f"u{n},i{n},{cell}\n" for n, cell in enumerate(cells))
    mapping = f'[[behaviours]]\nfile = "b.csv"\nuser = "u"\nitem = "i"\ntype = "BOUGHT"\n{mapped}\n'
    folder = write(**{"m.toml": mapping, "b.csv": "u,i,x\n" + rows})
    left = run("load", "tables", folder / "m.toml", "--dry-run")
    assert left.exit_code == 0, left.stderr
    assert (said in left.stderr + left.stdout, "of 0 or less" in left.stderr + left.stdout) == (True, bool(said))
