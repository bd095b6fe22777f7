"""--where: what it finds, what it refuses, and what nobody gets past it."""

from __future__ import annotations

import json

import pytest

from graphrec.common.errors import ConfigError, DatabaseError
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import GraphSchema
from graphrec.db import predicate as module
from graphrec.db.database import Database
from graphrec.db.predicate_scan import scan
from graphrec.serving.cypher_filter import Where

PLAIN = GraphSchema()


def found(db: Database, text: str, user: str = "anna") -> str:
    return "".join(sorted(Where(text).items(db, PLAIN, user)))


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("true", "abcdefgh"),
        ("null", ""),
        ("i.year >= 1990", "cdefg"),  # h has no year: null is no
        ("NOT i.year >= 1990", "ab"),
        ("i.year IS NULL", "h"),
        ("i.year >= 1990 AND NOT (i)-[:HAS_GENRE]->(:Entity {name: 'Horror'})", "dfg"),
        ('i.year >= 1990\n\tOR i.title = "Beta"', "bcdefg"),
        ("i.title STARTS WITH 'E' OR i.title ENDS WITH 'ma'", "ceg"),
        ("i.title CONTAINS 'lph' OR i.title CONTAINS 'ta' OR i.title IN ['it\\'s', '; // $x CREATE (']", "abdfgh"),
        ("i.`title` IN ['Beta', 'Gamma'][..1]", "b"),
        ("EXISTS { (i)-[:HAS_GENRE]->(e) WHERE e.name = 'Poetry' }", "fg"),
        ("EXISTS { MATCH (i)-[:HAS_GENRE]->(e) WITH e.name AS name WHERE name = 'Crime' RETURN name }", "abcd"),
        ("COUNT { MATCH (i)-[:HAS_GENRE]->() RETURN 1 UNION ALL UNWIND [1] AS x RETURN 1 } = 3", "c"),
        ("size([(i)-[:HAS_GENRE]->(e) | e.name]) = 2", "c"),
        ("any(name IN COLLECT { MATCH (i)--(e:Entity) RETURN e.name } WHERE name = 'Poetry')", "fg"),
        ("i.year > u.born", "defg"),
        ("EXISTS { (u)-[:RATED]->(i) }", "a"),
        ("date.truncate('year', date({year: i.year})) = date('1995-01-01')", "d"),
        ("CASE WHEN i.year < 1990 THEN true ELSE false END", "ab"),
        ("EXISTS { (i)-[:HAS_GENRE]-{2}(:Item {title: 'Eta'}) }", "f"),
        ("all(x IN [i.year] WHERE any(y IN [1995] WHERE x = y)) AND none(x IN [1] WHERE x = 2)", "d"),
        ("0x7C6 <= i.year AND i.year < 1.995e3", "c"),
    ],
)
def test_what_fits(books, text: str, items: str):
    assert found(books, text) == items


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("i.title >= 1990", "i.title is a text in this graph, such as '"),
        ("i.title >= 1990", "and is compared with a number, which never fits; write toFloat(i.title)"),
        ("-1 < i.`title`", "write toFloat(i.title)"),
        ("i.year = '1995'", "i.year is a number in this graph, such as '"),
        ("i.year = '1995'", "and is compared with a text"),
        ("i.year = 3000", None),
        ("i.title = 'Alpha' AND {i: u}.i.year = 'x'", None),
        ("i.born >= 3", "no item has the property 'born'"),
        ("i.title = 'alpha'", "no item has i.title = 'alpha'; there is 'Alpha'"),
        ("i.title = 'x'", "no item has i.title = 'x'; there are 'Alpha', 'Beta', 'Delta', …"),
        ("i.year = 'x'", "write a number, such as 10"),
        ("i.year = '1995'", "write 1995, without quotation marks"),
    ],
)
def test_comparisons_of_texts_with_numbers(books, caplog, text: str, said: str | None):
    assert found(books, text) == ""
    types = [record.message for record in caplog.records if record.message.startswith("--where: ")]
    assert len(types) == (said is not None)
    assert said is None or said in types[0]


REFUSED = [
    ("", "it is empty"),
    (" \n", "it is empty"),
    ("i.x = 1" + " " * 4000, "4007 characters"),
    ("(" * 51 + "true" + ")" * 51, "more than 50 brackets"),
    ("true) RETURN 1 UNION MATCH (n) DETACH DELETE n //", "a comment at character 48"),
    ("true) RETURN 1 UNION MATCH (n) DETACH DELETE (n", r"the \) at character 5 closes nothing"),
    ("true}", r"the } at character 5 closes nothing"),
    ("i.a = [1)", r"the \) at character 9 closes nothing"),
    ("(true", r"the \( at character 1 is not closed"),
    ("EXISTS { (i)-->()", "the { at character 8 is not closed"),
    ("true /* */", "a comment at character 6"),
    ("true // x", "a comment"),
    ("true /**/ OR true", "a comment"),
    ("true; MATCH (n) RETURN n", "a ; at character 5"),
    ("i.a = $user", r"a \$ at character 7"),
    ("i.a = 'b", "the ' at character 7 is not closed"),
    ('i.a = "b', 'the " at character 7 is not closed'),
    ("i.`a = 1", "the ` at character 3 is not closed"),
    ("i.`a\\`", "the ` at character 3 is not closed"),
    ("i.a = 'x\\'", "the ' at character 7 is not closed"),
    ("i.a = 'x\\y'", "the ' at character 7 is not closed"),
    ("i.a = '\\u0027) RETURN 1 //'", "escapes are not taken"),
    ("i.a = 1 \\U0029 RETURN 1", "escapes are not taken"),
    ("i.`\\u0060` = 1", "escapes are not taken"),
    ("i.größe = 1", "'ö' at character 5"),
    ("true \u037e", "cannot stand there"),
    ("i.a = \u2018b\u2019", "cannot stand there"),
    ("(i)\u2014>()", "cannot stand there"),
    ("true\u00a0OR true", "cannot stand there"),
    ("\x00true", "cannot stand there"),
    ("true \\ true", "cannot stand there"),
    ("EXISTS { CALL db.labels() YIELD label RETURN label }", "CALL at character 10"),
    ("EXISTS { CALL { MATCH (n) RETURN n } RETURN n }", "CALL at character 10"),
    ("EXISTS { cAlL (i) { RETURN 1 AS x } RETURN x }", "CALL at character 10"),
    ("EXISTS { MATCH (n) SET n.x = 1 RETURN n }", "SET at character 20"),
    ("EXISTS { MATCH (n) DETACH DELETE n }", "DETACH at character 20"),
    ("EXISTS { CREATE (n) }", "CREATE"),
    ("EXISTS { MERGE (n:X) }", "MERGE"),
    ("EXISTS { INSERT (:X) }", "INSERT"),
    ("EXISTS { MATCH (n) REMOVE n.x }", "REMOVE"),
    ("EXISTS { FOREACH (x IN [1] | CREATE ()) }", "FOREACH"),
    ("EXISTS { LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row }", "LOAD"),
    ("EXISTS { USE other MATCH (n) RETURN n }", "USE"),
    ("EXPLAIN true", "EXPLAIN"),
    ("true RETURN 1", "RETURN at character 6: a clause"),
    ("true WITH i", "WITH at character 6: a clause"),
    ("(true) MATCH (n)", "MATCH at character 8: a clause"),
    ("true UNION MATCH (n)", "UNION"),
    ("i.a STARTS WITH 'x' WITH i", "WITH at character 21"),
    ("[x IN [1] | {a: 1}] MATCH (n)", "MATCH"),
    ("apoc.util.md5(['a']) = 'x'", "the function apoc.util.md5 at character 1"),
    ("APOC . text . join(['a'], '') = 'a'", "the function APOC.text.join"),
    ("`apoc`.`util`.sleep(1)", "the function `apoc`.`util`.sleep"),
    ("genai.vector.encode('x', 'OpenAI', {}) IS NULL", "the function genai.vector.encode"),
    ("dbms.killConnection('x')", "the function dbms.killConnection"),
    ("(i).x('y')", r"the function x "),
    ("i.title =~ '(a|aa)+'", "the pattern at character"),
    ("size([x IN range(0, 1000000000) | x]) > 0", "the function range at character 12 may make too much"),
    ("`range`(0, 9) = []", "the function `range` at character 1"),
    ("reduce(a = 'x', b IN [1, 2] | a + a) = ''", "the function reduce"),
    ("all(a IN [1] WHERE any(b IN [1] WHERE size([c IN [1]]) = 1))", r"the \[ at character 44: a loop in a loop"),
    ("`date`.truncate('day', date()) = 1", "the function `date`.truncate"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_is_refused_before_neo4j_sees_it(text: str, said: str):
    with pytest.raises(ConfigError, match=said) as caught:
        scan(text, "--where")
    assert str(caught.value).startswith("--where ")
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["i.`set` = 1", "i.`größe` = 1", "i.a = 'CALL { } ; $ // /* \\\\'", 'i.a = "\'"', "i.a = '`\"'", "i.`'` = 1"],
)
def test_quotes_hide_what_stands_in_them(text: str):
    scan(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("i.year >=", "Neo4j says: Invalid input"),
        ("i.year >= 1990 AND", "Neo4j says: Invalid input"),
        ("i.year, true", "Neo4j says: Invalid input ','"),
        ("j.year > 1990", "Neo4j says: Variable `j` not defined"),
        ("nope(i)", "Neo4j says: Unknown function 'nope'"),
        ("i:Item {year: 1990}", "Neo4j says"),
        ("i WHERE true", "Neo4j says"),
        ("1990", "expected Boolean but was Integer"),
        ("'yes'", "expected Boolean but was String"),
        ("i", "expected Boolean but was Node"),
        ("[i]", "Neo4j says: Coercion of list to boolean"),
        ("COUNT { (i)-->() }", "expected Boolean but was Integer"),
        ("i.year", r"for some item it is Long\(\d+\), not true or false"),
        ("i.title", r'for some item it is String\("\w+"\), not true or false'),
        ("split(i.title, 'x')", "list"),
        ("i.year / 0 = 1", "Neo4j says: / by zero"),
        ("i.title + 1 > date(i.title)", "Neo4j says"),
    ],
)
def test_what_neo4j_does_not_take_is_said_with_the_text(books, text: str, said: str):
    with pytest.raises(ConfigError, match=said) as caught:
        found(books, text)
    assert f"--where {text!r}" in str(caught.value)
    assert "line 3" not in str(caught.value)  # of our query, which nobody has written


def test_a_property_that_is_a_list_is_not_boolean(books, change):
    change("MATCH (i:Item {itemId: 'c'}) SET i.tags = ['x']", "MATCH (i:Item) REMOVE i.tags")
    with pytest.raises(ConfigError, match="it is a list for some item"):
        found(books, "i.tags")
    assert found(books, "size(i.tags) > 0") == "c"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("i.yaer > 1990", "no property 'yaer': did you mean 'year'?"),
        ("i:Itme", "no label 'Itme': did you mean 'Item'?"),
        ("(i)-[:HAS_GENER]->()", "no relationship type 'HAS_GENER': did you mean 'HAS_GENRE'?"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known(books, run, text: str, said: str):
    result = run("recommend", "anna", "--where", text)
    assert (result.exit_code, result.stdout) == (2, "")
    name, hint = said.split(": ")
    assert result.stderr.startswith(f"error: --where {text!r}: the graph has {name}\n  → {hint}")
    assert "Received notification" not in result.stderr


def test_the_server_refuses_to_write_even_if_the_scan_did_not(books):
    before = books.read("MATCH (n) RETURN count(n) AS n")[0]["n"]
    for query in ("CREATE (:X)", "MATCH (n) DETACH DELETE n", "CREATE INDEX x FOR (n:X) ON (n.x)"):
        with pytest.raises(DatabaseError, match="may not do this"):
            books.read_within(30, query)
    assert books.read("MATCH (n) RETURN count(n) AS n")[0]["n"] == before


class Unscanned(Where):
    """What the scan would be without: the other lines of defence are to hold alone."""

    def __post_init__(self) -> None:
        """Scan nothing."""


@pytest.mark.parametrize(
    "text",
    [
        "EXISTS { CALL dbms.components() YIELD name RETURN name }",
        "true) RETURN 1 AS item UNION MATCH (n) DETACH DELETE n RETURN 1 AS item UNION MATCH (i) WHERE (true",
        "true) DETACH DELETE i WITH 1 AS x MATCH (i) WHERE (true",
    ],
)
def test_what_does_more_than_read_is_refused_even_if_the_scan_took_it(books, text: str):
    before = books.read("MATCH (n) RETURN count(n) AS n")[0]["n"]
    with pytest.raises(ConfigError, match="it does more than read"):
        Unscanned(text).items(books, PLAIN, "anna")
    assert books.read("MATCH (n) RETURN count(n) AS n")[0]["n"] == before


def test_what_takes_too_long_is_ended(books, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 1)
    nodes = "abcdefghjklm"  # every choice of twelve nodes; only whole ones can be judged
    pattern, ids = ", ".join(f"({n})" for n in nodes), " + ".join(f"elementId({n})" for n in nodes)
    with pytest.raises(ConfigError, match="Neo4j was not done after 1 s"):
        found(books, f"COUNT {{ MATCH {pattern} WHERE {ids} = '' }} > 0")
    assert found(books, "i.year > 2005") == "g"  # the server is well


def test_the_command_shows_the_best_that_fit(books, run):
    text = "i.year >= 1990 AND NOT (i)-[:HAS_GENRE]->(:Entity {name: 'Horror'})"
    result = run("recommend", "anna", "--where", text)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        "rank\titem\ttitle\tscore\tsource",
        "1\td\tDelta\t6.0000\tmodel",
        "2\tf\tZeta\t4.0000\tmodel",
        "3\tg\tEta\t3.0000\tmodel",
    ]
    assert "3 of the 10 items asked for: 3 fit --where" in result.stderr
    rows = json.loads(run("recommend", "ben", "-k", "2", "--where", text, "--json").stdout)
    plain = json.loads(run("recommend", "ben", "-k", "2", "--json").stdout)
    assert [(row["rank"], row["item"], row["score"]) for row in rows] == [(1, "g", -3.0), (2, "f", -4.0)]
    assert [list(row) for row in rows] == [list(row) for row in plain]
    assert {row["runId"] for row in rows} == {row["runId"] for row in plain}


def test_why_there_is_nothing_is_said(books, run):
    result = run("recommend", "anna", "--where", "i.title = 'Alpha'")
    assert (result.exit_code, result.stdout) == (0, "rank\titem\ttitle\tscore\tsource\n")
    assert "0 of the 10 items asked for: 1 fit --where, 1 of them done already" in result.stderr


def test_items_that_came_after_the_training_are_said(change, run):
    change("CREATE (:Item {itemId: 'new', year: 2030})", "MATCH (i:Item {itemId: 'new'}) DELETE i")
    result = run("recommend", "anna", "--where", "i.year > 2005")
    assert "1 of the 10 items asked for: 1 fit --where (1 more came after the training)" in result.stderr


def test_a_refused_text_is_an_error_without_a_traceback(books, run):
    result = run("recommend", "anna", "--where", "true) RETURN 1 UNION MATCH (n) DETACH DELETE n //")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: --where 'true) RETURN 1")
    assert "Traceback" not in result.stderr


def test_another_graph_has_its_own_names(db):
    """Last, for it empties the database that the others share."""
    db.write(
        "CREATE (:`Big Reader` {`card no`: 7})-[:READ]->(:Book {isbn: 1, pages: 90}), (:Book {isbn: 2, pages: 300})"
    )
    schema = GraphSchema(user=UserRole("Big Reader", "card no"), item=ItemRole("Book", "isbn"))
    assert Where("i.pages > 100").items(db, schema, 7) == [2]
    assert Where("(u)-[:READ]->(i)").items(db, schema, 7) == [1]
