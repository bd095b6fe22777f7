"""Every way in which files are wrong: exit code 2, the place and the value in the message, nothing written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

INTER = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
GOOD = {
    "x.inter": INTER + "u1\ti1\t5\t100\n",
    "x.item": "item_id:token\ttitle:token_seq\ni1\tHeat\n",
    "x.user": "user_id:token\tage:float\nu1\t30\n",
    "x.kg": "head_id:token\trelation_id:token\ttail_id:token\nm.1\tgenre\tm.2\n",
    "x.link": "item_id:token\tentity_id:token\ni1\tm.1\n",
}

#: What is changed in the good folder → what the message must say.
BROKEN: dict[str, tuple[dict[str, str | bytes], list[str]]] = {
    "rating is text": ({"x.inter": INTER + "u1\ti1\tgood\t1\n"}, ["x.inter:2", "rating", "'good'", "not a number"]),
    "rating is NaN": ({"x.inter": INTER + "u1\ti1\tnan\t1\n"}, ["x.inter:2", "rating", "not a finite number"]),
    "rating is infinite": ({"x.inter": INTER + "u1\ti1\tinf\t1\n"}, ["x.inter:2", "rating", "not a finite number"]),
    "time is text": ({"x.inter": INTER + "u1\ti1\t1\tsoon\n"}, ["x.inter:2", "timestamp", "'soon'", "ISO 8601"]),
    "time is far off": ({"x.inter": INTER + "u1\ti1\t1\t1e30\n"}, ["x.inter:2", "timestamp", "years 1 to 9999"]),
    "empty user": ({"x.inter": INTER + "\ti1\t1\t1\n"}, ["x.inter:2", "user_id", "empty id"]),
    "empty item": ({"x.inter": INTER + "u1\t \t1\t1\n"}, ["x.inter:2", "item_id", "empty id"]),
    "too few cells": ({"x.inter": INTER + "u1\ti1\t1\n"}, ["x.inter:2", "3 cells instead of 4"]),
    "too many cells": ({"x.inter": INTER + "u1\ti1\t1\t1\t1\n"}, ["x.inter:2", "5 cells instead of 4"]),
    "ragged item": ({"x.item": "item_id:token\ttitle:token_seq\ni1\n"}, ["x.item:2", "1 cells instead of 2"]),
    "ragged triple": ({"x.kg": GOOD["x.kg"] + "m.1\tgenre\n"}, ["x.kg:3", "2 cells instead of 3"]),
    "empty triple": ({"x.kg": GOOD["x.kg"] + "m.1\t\tm.3\n"}, ["x.kg:3", "relation_id", "empty id"]),
    "user's age is text": ({"x.user": "user_id:token\tage:float\nu1\told\n"}, ["x.user:2", "age", "'old'"]),
    "item twice": ({"x.item": GOOD["x.item"] + "i1\tRonin\n"}, ["x.item:3", "'i1'", "already on line 2"]),
    "link twice": ({"x.link": GOOD["x.link"] + "i1\tm.2\n"}, ["x.link:3", "'m.2'", "second entity of item 'i1'"]),
    "no types": ({"x.inter": "user_id\titem_id\nu1\ti1\n"}, ["x.inter:1", "'user_id'", "has no type"]),
    "no header": ({"x.inter": "u1\ti1\t5\t100\n"}, ["x.inter:1", "'u1'", "has no type"]),
    "unknown type": ({"x.user": "user_id:token\tage:flaot\n"}, ["x.user:1", "'flaot'", "did you mean 'float'?"]),
    "id is a number": (
        {"x.inter": "user_id:float\titem_id:token\n1\ti1\n"},
        ["x.inter:1", "'user_id'", "must be token"],
    ),
    "no item column": ({"x.inter": "user_id:token\nu1\n"}, ["x.inter:1", "no column item_id:token"]),
    "column twice": ({"x.user": "user_id:token\ta:token\ta:float\n"}, ["x.user:1", "'a'", "appears twice"]),
    "nameless column": ({"x.user": "user_id:token\t\n"}, ["x.user:1", "column 2 has no name"]),
    "same property": ({"x.user": "user_id:token\tzip_code:token\tzipCode:token\n"}, ["'zip_code'", "'zipCode'"]),
    "our property": ({"x.item": "item_id:token\tcontent_vector:float_seq\n"}, ["contentVector", "writes itself"]),
    "empty file": ({"x.item": ""}, ["x.item", "is empty"]),
    "latin-1": ({"x.item": b"item_id:token\ttitle:token_seq\ni1\tAm\xe9lie\n"}, ["x.item:2", "0xe9", "--encoding"]),
    "UTF-16": ({"x.item": "item_id:token\n".encode("utf-16")}, ["x.item", "UTF-16"]),
    "CR alone": ({"x.item": GOOD["x.item"].replace("\n", "\r")}, ["x.item:1", "CR alone"]),
    "two item files": ({"y.item": GOOD["x.item"]}, ["several .item files", "y.item"]),
    "own type": (
        {"x.inter": "user_id:token\titem_id:token\tbehaviour:token\nu1\ti1\trecommended\n"},
        ["x.inter:2", "behaviour", "'recommended'", "writes itself"],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_bad_files(case, write, run, settings):
    files, said = BROKEN[case]
    result = run("load", "atomic", write(**{**GOOD, **files}), "--dry-run")
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr
    assert "→" in result.stderr
    for words in said:
        assert words in result.stderr


def test_nothing_is_written_beyond_the_limit(write, run, fingerprint):
    bad = INTER + "u1\ti1\t5\t100\nu1\ti1\tx\t1\nu1\ti1\t4\ty\nu1\ti1\tz\t1\nu1\ti1\tz\t1\n"
    folder = write(**{**GOOD, "x.inter": bad})
    result = run("load", "atomic", folder, "--max-bad", "3")
    assert result.exit_code == 2
    assert "4 bad rows, --max-bad allows 3; nothing was written" in result.stderr
    assert "and 1 more" in result.stderr
    assert fingerprint() == ([], [])
    assert Path("rejects/x.inter.tsv").read_text().splitlines() == [
        "line\tcolumn\tvalue\twhy\tuser",
        "3\trating\tx\tis not a number\tu1",
        "4\ttimestamp\ty\tis neither seconds since 1970 nor an ISO 8601 date\tu1",
        "5\trating\tz\tis not a number\tu1",
        "6\trating\tz\tis not a number\tu1",
    ]


def test_bad_rows_within_the_limit_are_left_out(write, run, held):
    folder = write(**{**GOOD, "x.inter": GOOD["x.inter"] + "u1\ti1\tx\t1\n"})
    result = run("load", "atomic", folder, "--max-bad", "1", "--rejects", "left out", "--json")
    report = json.loads(result.stdout)
    assert report["badRows"] == 1
    assert report["rejects"] == [str(Path("left out/x.inter.tsv"))]
    assert held("MATCH (u)-[r:RATED]->(i) RETURN u.userId, i.itemId, r.rating") == {("u1", "i1", 5.0)}


def test_windows_files_and_byte_order_marks(write, run, held):
    files = {name: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() + b"\r\n" for name, text in GOOD.items()}
    assert run("load", "atomic", write(**files)).exit_code == 0
    assert held("MATCH (u:User)-[r:RATED]->(i:Item) RETURN u.userId, u.age, r.rating, i.title") == {
        ("u1", 30.0, 5.0, "Heat")
    }


def test_another_encoding(write, run, held):
    folder = write(**{**GOOD, "x.item": b"item_id:token\ttitle:token_seq\ni1\tAm\xe9lie\n"})
    assert run("load", "atomic", folder, "--encoding", "latin-1").exit_code == 0
    assert held("MATCH (i:Item) RETURN i.title") == {"Amélie"}


def test_repeated_rows_are_duplicates_not_errors(write, run, settings):
    folder = write(**{**GOOD, "x.item": GOOD["x.item"] + "i1\tHeat\n", "x.kg": GOOD["x.kg"] + "m.1\tgenre\tm.2\n"})
    report = json.loads(run("load", "atomic", folder, "--dry-run", "--json").stdout)
    assert report["duplicates"] == {"x.item": 1, "x.kg": 1}
    assert report["badRows"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["atomic", "nowhere"], ["nowhere", "no such folder"]),
        (["atomic", "."], ["no .inter file", "load movielens"]),
        (["movielens", "."], ["no u.data, ratings.dat or ratings.csv"]),
        (["tables", "nowhere.toml"], ["nowhere.toml", "No such file"]),
        (["atomc", "."], ["no source 'atomc'", "did you mean 'atomic'?"]),
        (["atomic", "data", "--behaviour", "recommended"], ["--behaviour 'recommended'", "writes itself"]),
        (["atomic", "data", "--behaviour", "!!"], ["--behaviour '!!'", "cannot be a relationship type"]),
        (["atomic", "data", "--behaviour", "LIKED]->() //"], ["cannot be a relationship type", "PURCHASED"]),
        (["atomic", "data", "--min-rating", "nan"], ["--min-rating nan", "not a finite number"]),
        (["atomic", "data", "--encoding", "latin-99"], ["unknown encoding 'latin-99'"]),
        (["atomic", "data", "--media", "none.tsv"], ["none.tsv", "cannot be read"]),
        (["atomic", "data", "--names", "data/x.user"], ["no columns entity_id and name"]),
        (["atomic", "data", "--media", "data/x.user"], ["no column item_id"]),
    ],
)
def test_bad_arguments(arguments, said, write, run, settings):
    write(**GOOD)
    result = run("load", *arguments)
    assert result.exit_code == 2
    for words in said:
        assert words in result.stderr


def test_min_rating_without_ratings(write, run, settings):
    folder = write(**{**GOOD, "x.inter": "user_id:token\titem_id:token\nu1\ti1\n"})
    result = run("load", "atomic", folder, "--min-rating", "3", "--dry-run")
    assert result.exit_code == 2
    assert "no column 'rating'" in result.stderr


def test_rejects_that_cannot_be_written(write, run, settings):
    folder = write(**{**GOOD, "x.inter": INTER + "u1\ti1\tx\t1\n"})
    Path("rejects").write_text("a file")
    result = run("load", "atomic", folder)
    assert result.exit_code == 2
    assert "--rejects" in result.stderr
