"""What ``inspect`` proposes, asks and says on graphs with labels, names and values of their own kind."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from graphrec.config.roles import UserRole
from graphrec.db.database import Database
from graphrec.graph.columns import read_nodes
from graphrec.graph.proposal import propose
from graphrec.graph.proposed import Proposal
from graphrec.graph.survey import survey

#: Authors and borrowers are people; books and discs are media, of which only books have an ISBN.
LIBRARY = """
UNWIND range(0, 9) AS n CREATE (:Person:Author {personId: 100 + n, name: 'Writer ' + n})
WITH collect(n) AS done
UNWIND range(0, 29) AS n CREATE (:Person:Borrower {personId: n, name: 'Reader ' + n, card: ''})
WITH collect(n) AS done
UNWIND range(0, 19) AS n
CREATE (m:Medium {signatur: 'S' + n, title: 'Work ' + n, poster: '', image: ' '})
SET m:$(CASE WHEN n % 2 = 0 THEN 'Book' ELSE 'DVD' END)
SET m.isbn = CASE WHEN n % 2 = 0 THEN '978' + n END
"""
BORROWED = """
UNWIND range(0, 29) AS n UNWIND range(0, 5) AS k
MATCH (u:Borrower {personId: n}), (m:Medium {signatur: 'S' + (n + k * 3) % 20})
CREATE (u)-[:BORROWED {menge: '1,5', date: '3/1/2024'}]->(m)
"""
SIMILAR = "MATCH (a:Medium {signatur: 'S1'}), (b:Medium {signatur: 'S2'}) CREATE (a)-[:SIMILAR {score: 1}]->(b)"


@pytest.fixture
def media(db: Database) -> Database:
    for query in (LIBRARY, BORROWED, SIMILAR):
        db.write(query)
    return db


def proposed(db: Database) -> Proposal:
    return propose(db, survey(db))


@pytest.mark.long
def test_labels_hold_all_of_a_behaviour_and_the_key_is_on_all_of_them(
    media: Database, run: Any, tmp_path: Path
) -> None:
    found = proposed(media)
    user, item = found.schema.user, found.schema.item
    assert (user.label, user.key, item.label, item.key, item.title) == (
        "Borrower",
        "personId",
        "Medium",
        "signatur",
        "title",
    )
    assert (item.image, found.questions.answers) == ("image", [])  # the default: every poster is empty
    text = found.toml()
    assert "poster" not in text
    assert "left out: SIMILAR: 1 of them are yours" in text
    assert "'date' holds '3/1/2024', whose order of day and month is not known" in text
    assert "'menge' holds numbers with a decimal comma (180 of 180, such as '1,5')" in text
    media.write("MATCH (m:Medium) REMOVE m:Medium")
    found = proposed(media)
    assert (found.schema.item.label, found.schema.item.key) == (("Book", "DVD"), "signatur")
    assert "90 BORROWED lead to 'DVD' too" in found.toml()
    table = '[graph.user]\nlabel = "Borrower"\nkey = "personId"\n[graph.item]\nlabel = "Book"\nkey = "isbn"\n'
    (tmp_path / "graphrec.toml").write_text(table + "[graph.behaviours.BORROWED]\n")
    media.write("MATCH (b:Book) SET b.embeddingB = [1.0]")
    left = run("inspect", "--check")
    assert left.exit_code == 0, left.stdout
    assert "warning\tBORROWED: 90 of 180 end at 'DVD' nodes, which [graph.item] label does not name" in left.stdout
    assert "warning\tleft out: SIMILAR: 1 of them are yours" in left.stdout
    assert "graphrec publish will refuse: 10 (:Book) nodes have embeddingB, which graphrec did not write" in left.stdout
    (tmp_path / "graphrec.toml").write_text(table.replace('"isbn"', '"ISBN"\nwhere = "i.isbn ="'))
    left = run("inspect", "--check")
    assert left.exit_code == 2
    assert "[graph.item] where 'i.isbn =': Neo4j says: Invalid input" in left.stdout
    assert "  → known: isbn, poster" not in left.stdout
    assert "known: image, isbn, poster, signatur, title" in left.stdout


def test_an_empty_text_is_no_id(media: Database, caplog: pytest.LogCaptureFixture) -> None:
    media.write("MATCH (u:Borrower) WHERE u.personId < 28 SET u.card = 'B' + u.personId")
    nodes = read_nodes(media, "user", UserRole("Borrower", "card"))
    assert (len(nodes.keys), len(nodes.keyless)) == (28, 2)
    assert "2 of 30 'Borrower' nodes lack it" in caplog.text


def test_where_nothing_reads_like_a_behaviour_one_question_names_the_mappings(
    db: Database, run: Any, tmp_path: Path
) -> None:
    db.write("UNWIND range(0, 29) AS n CREATE (:Author {orcid: 'o' + n})-[:AUTHORED]->(:Paper {doi: 'd' + n})")
    db.write(
        "UNWIND range(0, 29) AS n UNWIND [1, 4, 11] AS k "
        "MATCH (p:Paper {doi: 'd' + n}), (q:Paper {doi: 'd' + (n + k) % 30}) CREATE (p)-[:CITES]->(q)"
    )
    left = run("inspect", "--write")
    assert left.exit_code == 2
    assert left.stderr.count("(:Author)  30") == 1
    first, second = left.stderr.partition("\n\nerror")[0].split("\n\n[graph.user]")[1:]
    tables = tomllib.loads("[graph.user]" + first)["graph"]
    assert tables == {
        "user": {"label": "Paper", "key": "doi"},
        "item": {"label": "Paper", "key": "doi"},
        "behaviours": {"CITES": {}},
    }
    assert tomllib.loads("[graph.user]" + second)["graph"]["behaviours"] == {"AUTHORED": {}}
    left = run("inspect", "--write", "--yes")
    assert left.exit_code == 0, left.stderr
    assert tomllib.loads((tmp_path / "graphrec.toml").read_text())["graph"]["behaviours"].keys() == {"CITES"}
    assert run("inspect", "--check").exit_code == 0


def test_composite_keys_are_shown_as_their_values(db: Database, run: Any) -> None:
    for label in ("Account", "Article"):
        db.write(f"UNWIND ['acme', 'bolt'] AS t UNWIND range(0, 9) AS n CREATE (:{label} {{tenant: t, no: n}})")
    db.write(
        "MATCH (a:Account), (b:Article) WHERE a.tenant = b.tenant AND (a.no + b.no) % 3 = 0 CREATE (a)-[:VIEWED]->(b)"
    )
    left = run("inspect", "--write")
    assert left.exit_code == 0, left.stderr
    assert '\n  ["acme",' in left.stderr.replace("  [", "\n  [")
    assert "WHERE u.tenant IS NOT NULL AND u.no IS NOT NULL AND" in left.stderr
    assert "[u.tenant, u.no] AS user" in left.stderr
    script = run("cypher", "recommend").stdout
    assert "(u:Account WHERE (u.tenant = $user__0 AND u.no = $user__1))" in script
    assert ":param user =>" not in script
