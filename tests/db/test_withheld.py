"""Personal properties are in the result of no query, whichever way it reads properties."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from graphrec.common.errors import ConfigError, GraphrecError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings, load_settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.predicate_scan import refuse_personal
from graphrec.db.withheld import FOLDERS
from graphrec.graph.personal_properties import check_names
from graphrec.serving.item_detail import read_detail

FILES = sorted(str(file.relative_to(queries.FOLDER))[:-7] for file in queries.FOLDER.rglob("*.cypher"))
#: Ways to read a property that a query does not name. ``$strength`` and the like are properties that the mapping names.
UNNAMED = re.compile(r"\bkeys\(\w+\)|\bproperties\(\w+\)|\{\.\*|\b\w+\[(?!\$(?!property\b)|\$?\d|\.\.|')\w+\]")
#: Folders that write, count and remove what is there, or look at names and kinds: no value leaves the database.
INSIDE = ("load/", "own/", "clean/", "inspect/", "proof/", "ingest/", "export/")
#: What a person is given of themselves, or what is compared with Neo4j's files and goes nowhere.
OF_A_PERSON = ("forget/", "person/")
#: How well a property is guessed: figures, and at most values that twenty users share.
GUESSED = ("audit/",)


@pytest.mark.parametrize("name", [name for name in FILES if UNNAMED.search(queries.text(name))])
def test_queries_that_read_unnamed_properties_are_rewritten_or_listed(name: str) -> None:
    assert name.startswith((*FOLDERS, *INSIDE, *OF_A_PERSON, *GUESSED)), (
        "name the property, or add the folder with its reason"
    )


PERSONAL = GraphSchema(personal=("Item.email", "Item.tags", "Maker.name", "Maker.title", "Maker.fullName"))
PLANT = """
CREATE (i:Item {itemId: 'i', title: 'Lamp', email: 'secret', tags: ['secret'], year: 1990})
CREATE (i)-[:MADE_BY]->(:Maker {name: 'secret', title: 'secret', fullName: 'secret', label: 'open'})
CREATE (i)-[:IN]->(:Town {name: 'Ulm'})
"""


def test_they_are_withheld_by_label_and_name(db: Database, settings: Settings) -> None:
    db.write(PLANT)
    asked = {"items": ["i"], "knowledge": None, "beside": [], "limit": 10}
    (row,) = db.read(queries.load("query/item_facts", PERSONAL), **asked)
    assert {name: value for name, value in row["properties"].items() if value is not None} == {
        "itemId": "i",
        "title": "Lamp",
        "year": 1990,
    }
    assert [edge["name"] for edge in row["edges"]] == ["Ulm", "open"]
    (row,) = db.read(queries.load("query/item_facts", GraphSchema()), **asked)
    assert row["properties"]["email"] == "secret"
    (row,) = db.read(queries.load("embed/text_path", PERSONAL, HAS_GENRE="IN"), property="name", limit=9)
    assert row["texts"] == ["Ulm"]
    assert db.read(queries.load("embed/text_path", PERSONAL, HAS_GENRE="MADE_BY"), property="name", limit=9) == []
    found = read_detail(db, settings, replace(PERSONAL, knowledge=("IN",)), "i")
    assert found is not None
    assert set(found.properties) == {"itemId", "title", "year"}
    described = db.read(queries.load("query/item_properties", PERSONAL), own=[], sample=9, texts=9)
    assert {row["property"] for row in described} == {"itemId", "title", "year"}


def test_predicates_may_not_ask_for_them() -> None:
    for text in ("u.email = 'a'", "u.`email` = 'a'", "u['email'] = 'a'", "size(keys(u)) > 1", "properties(u).x = 1"):
        with pytest.raises(ConfigError, match=r"personal keeps User\.email in the database"):
            refuse_personal(text, "--where", ["User.email"])
    with pytest.raises(ConfigError):
        refuse_personal("EXISTS { MATCH (x:User {email: 'a'}) }", "--where", ["User.email"])
    for text in ("u.country = 'email'", "i.year > 1990", "u:email"):
        refuse_personal(text, "--where", ["User.email"])
    refuse_personal("u.email = 'a'", "--where", [])


def test_a_filter_that_asks_for_one_is_an_error(films: Database, settings: Settings, run: Callable[..., Any]) -> None:
    films.write("MATCH (u:User) SET u.email = 'x'")
    toml = '[graph]\npersonal = ["User.email"]\n[graph.user]\nwhere = "u.email IS NOT NULL"\n'
    (settings.root / "graphrec.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(GraphrecError, match=r"\[graph.user\] where"):
        queries.load("query/popular", load_settings().graph)


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        ('personal = ["Item.title"]', r"\[graph.item\] title reads Item.title"),
        ('personal = ["User.userId"]', r"\[graph.user\] key reads"),
        ('personal = ["email"]', "write it as"),
        ('personal = ["RATED.stars"]\n[graph.behaviours.RATED]\nstrength = "stars"', r"behaviours.RATED\] strength"),
        (
            'personal = ["Order.on"]\n[graph.behaviours.B]\npath = "(u)-[:P]->(o:Order)-[:H]->(i)"\ntime = "o.on"',
            r"behaviours.B\] time reads Order.on",
        ),
        ('personal = ["G.name"]\n[graph.item]\ntext = ["(i)-[:IN]->(g:G).name"]', r"\[graph.item\] text"),
    ],
)
def test_a_mapping_that_reads_one_is_refused(graph: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "graphrec.toml").write_text(f"[graph]\n{graph}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load_settings(tmp_path / "graphrec.toml")


def test_a_misspelled_one_is_an_error(films: Database) -> None:
    films.write("MATCH (u:User) SET u.email = 'x'")
    check_names(films, ["User.email"])
    with pytest.raises(ConfigError, match="no property 'emial'"):
        check_names(films, ["User.emial"])
    with pytest.raises(ConfigError, match="no label or relationship type 'Usr'"):
        check_names(films, ["Usr.email"])


def test_inspect_proposes_them_by_name_and_by_value(films: Database, run: Callable[..., Any]) -> None:
    films.write(
        "MATCH (u:User) SET u.fullName = 'A B', u.birthDate = date(), u.reachedAt = u.userId + '@example.org' "
        "WITH count(u) AS n MATCH (i:Item) SET i.hotline = '+49 30 123456', i.address = 'x', i.released = '1990-01-01'"
    )
    lines = run("inspect").stdout.splitlines()
    (line,) = (line for line in lines if line.startswith("personal = "))
    assert line == 'personal = ["Item.hotline", "User.birthDate", "User.fullName", "User.reachedAt"]'
