"""Every file under ``cypher/``: it compiles, says what it needs and gives, keeps to the schema and the style guide."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphrec.common.errors import DatabaseError
from graphrec.config.roles import ItemRole, UserRole
from graphrec.config.schema import NODES, RELATIONSHIPS, Behaviour, GraphSchema
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.server import ensure
from graphrec.graph.behaviours import packs

FILES = sorted(str(f.relative_to(queries.FOLDER))[:-7] for f in queries.FOLDER.rglob("*.cypher"))
QUERIES = [name for name in FILES if name.startswith("query/")]
PROPERTIES = {p for group in (*NODES.values(), *RELATIONSHIPS.values()) for p in group}
CLIENTS = Path(__file__).parents[1] / "clients"
#: Not properties: the parts of a date, and the columns of SHOW.
PARTS = {"epochMillis", "epochSeconds", "indexConfig"}

#: Queries that know behaviours, and so those by a path.
BY_PATH = [name for name in FILES if name.startswith(("export/behaviours", "inspect/odd_"))] + [
    *("inspect/joins", "inspect/path_keys", "export/between", "export/leak", "embed/facts"),
    *(
        f"query/{name}"
        for name in (
            "blocked",
            "done",
            "explain",
            "item_detail",
            "links_of_users",
            "popular",
            "shared_knowledge",
            "shown_often",
            "user_status",
            "users_of_item",
            "why",
        )
    ),
]
FOREIGN = GraphSchema(user=UserRole("Big Reader", "card no"), item=ItemRole("Book", "isbn", title="heading"))
#: Behaviours through other nodes, one of them with names that need quotes, in place of RATED and beside it.
PATHS = GraphSchema(
    user=UserRole("Big Reader", "card no"),
    behaviours={
        "RATED": Behaviour(
            path="(u)-[:PLACED]->(o:Order)-[r:HAS_LINE]->(:`Order Line`)<-[:`IS (IN)`]-(i)", time="o.on"
        ),
        "WROTE": Behaviour(path="(u)-[:WROTE]-(w:User)-[:`a]b`]-(i)", strength="w.stars", dislike=2),
        "VIEWED": Behaviour(),
    },
)

#: Values with which any query compiles; for what is not here, null does.
SAMPLE: dict[str, Any] = {
    "k": 5,
    "limit": 5,
    "sample": 5,
    "others": 5,
    "candidates": 5,
    "seconds": 5,
    "dimensions": 4,
    "name": "someIndex",
    "constraint": "someConstraint",
    "index": "someIndex",
    "property": "contentVector",
    "createdAt": "2026-01-01T00:00:00Z",
}


def split(name: str) -> tuple[str, str]:
    """Return header and body."""
    lines = queries.text(name).splitlines()
    end = next(i for i, line in enumerate(lines) if not line.startswith("//"))
    return "\n".join(lines[:end]), "\n".join(lines[end:])


def code(name: str) -> str:
    """Return the body without comments and without what stands in strings and backticks."""
    return re.sub(r"//[^\n]*|'(?:[^'\\]|\\.)*'|`[^`]*`", lambda m: "" if m[0][0] == "/" else "''", split(name)[1])


def parameters(name: str) -> set[str]:
    # $any(…) and $all(…) are no parameters: what stands in them names labels or types.
    return set(re.findall(r"\$([A-Za-z_]\w*)\b(?!\()", code(name)))


def example(name: str) -> dict[str, str]:
    """Return parameter → Cypher expression, from the ``:param {…}`` of the header."""
    found = re.search(r":param \{(.*)\}", split(name)[0])
    if not found:
        return {}
    return dict(re.findall(r"(\w+): (\[(?:\[[^\]]*\]|[^\[\]])*\]|'[^']*'|[^,]+)", found[1]))


def names(name: str) -> tuple[set[str], set[str], set[str]]:
    """Return the labels, relationship types and properties that a file names."""
    text = code(name)
    patterns = re.findall(r"\[\w*:([A-Z_a-z|&!]+)[^\]]*\]", text)
    types = {t for group in patterns for t in re.split(r"[|&!]", group) if t}
    nodes = re.sub(r"\[\w*:[^\]]*\]", "", text)
    labels = set(re.findall(r"(?<=[\w(]):([A-Za-z_]\w*)", nodes))
    keys = {
        key for body in re.findall(r"[(\[]\w*:[\w|&]+\s*\{([^}]*)\}", text) for key in re.findall(r"(\w+)\s*:", body)
    }
    reads = set(re.findall(r"(?<![\w.$])[a-z]\w*\.([a-z]\w*)\b(?!\s*\(|\.\w+\s*\(|\.\w+\.\w+\s*\()", text))
    return labels, types, keys | reads


def test_there_are_queries():
    assert len(QUERIES) >= 9
    assert {name.split("/")[0] for name in FILES} >= {"load", "publish", "query", "schema"}


@pytest.mark.parametrize("name", FILES)
def test_the_header_says_purpose_parameters_and_columns(name):
    header, body = split(name)
    assert re.match(r"// \w", header)
    assert "Parameters:" in header
    assert "Columns:" in header
    said = header[header.index("Parameters:") :]
    assert {p for p in parameters(name) if not re.search(rf"\b{p}\b", said)} == set()
    assert body.strip()
    assert ";" not in code(name)


@pytest.mark.parametrize("name", FILES)
def test_every_name_is_in_the_schema(name):
    labels, types, properties = names(name)
    assert labels <= set(NODES)
    assert types <= set(RELATIONSHIPS)
    assert properties - PARTS <= PROPERTIES


def test_the_names_are_found_at_all():
    labels, types, properties = names("query/recommend")
    assert labels == {"Recommender", "Run", "User", "Item"}
    assert types == {"ACTIVE", "RECOMMENDED"}
    assert properties == {
        "recommenderId", "publishedAt", "userId", "runId", "rank", "itemId", "title", "score",
    }  # fmt: skip


KEYWORDS = re.compile(
    "(match|optional|where|with|return|order|by|limit|skip|unwind|create|merge|set|remove|delete|detach|call|yield|union"
    "|and|or|xor|not|in|as|is|case|when|then|else|distinct|exists|starts|contains)$",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"\b(OPTIONAL MATCH|MATCH|WHERE|WITH|RETURN|UNWIND|CREATE|MERGE|SET|REMOVE|YIELD|ORDER BY|LIMIT)\b")


@pytest.mark.parametrize("name", FILES)
def test_the_style_guide_is_kept(name):
    text = code(name)
    assert '"' not in text
    assert "\t" not in text
    words = re.findall(r"(?<![\w$.:'])([A-Za-z]+)(?![\w(:.]|\s*:|\s*\()", text)
    used = set(re.findall(r"\b(?:AS|UNWIND \S+ AS|YIELD) (\w+)", text)) | set(re.findall(r"[(\[](\w+)[:)\]\s]", text))
    assert {w for w in words if KEYWORDS.match(w) and w != w.upper() and w not in used} == set()
    for label in names(name)[0]:
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", label)
    for kind in names(name)[1]:
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", kind)
    for word in names(name)[2] | parameters(name):
        assert re.fullmatch(r"[a-z][A-Za-z0-9]*", word)
    if re.match(r"\s*(CREATE (CONSTRAINT|\w+ INDEX|INDEX)|SHOW|DROP)", text):
        return
    for line in text.splitlines():
        flat = line
        while (less := re.sub(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|\bCASE .* END\b", "", flat)) != flat:
            flat = less
        flat = re.sub(r"STARTS WITH|ENDS WITH", "", flat)
        assert len(CLAUSE.findall(flat)) <= 1, f"two clauses in a line: {line}"


@pytest.mark.parametrize(
    ("names", "each"),
    [("foreign", 3), *(pytest.param(names, 1, marks=pytest.mark.long) for names in ("foreign", "default"))],
)
def test_every_query_compiles(names: str, each: int, db: Database):
    """In Cypher 5, and with foreign names in Cypher 25 where there is one: either may be a database's default.

    One of ``each`` queries: Neo4j takes a second for some, and those that the other tests run compile.
    """
    newer = frozenset() if packs(db) else {"export/behaviours_packed"}  # not asked of an older server
    for name in sorted({*FILES} - newer)[::each]:
        given = {p: SAMPLE.get(p) for p in parameters(name)}
        known_paths = name in BY_PATH
        for schema in (FOREIGN, *([PATHS] if known_paths else [])) if names == "foreign" else (None,):
            query = queries.load(name, schema, **({"RATED": "RATED"} if known_paths else {}))
            assert not known_paths or schema is not PATHS or "`Order Line`" in query
            if re.match(r"CREATE (CONSTRAINT|\w+ INDEX|INDEX)|DROP", query):
                db.auto(query, **given)  # a schema command cannot be explained; the database is scratch
            elif name == "doctor/privileges":
                with pytest.raises(DatabaseError, match="Unsupported administration command: SHOW USER PRIVILEGES"):
                    db.read(query, **given)  # understood, and refused by Community
            elif query.startswith("SHOW"):
                db.read(query, **given)
            else:
                language = "CYPHER 25 " if schema and packs(db) and not query.startswith("CYPHER") else ""
                db.auto(f"{language}EXPLAIN {query}", **given)


SEARCH = {"index": "'itemText'", "vector": "[1.0, 0.0]", "candidates": "10", "k": "3"}


def as_floats(value: Any) -> Any:
    """Return a parameter as the JavaScript driver sends it: every number is a float."""
    if isinstance(value, dict):
        return {key: as_floats(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_floats(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.fixture
def published(db: Database) -> Iterator[Database]:
    """Two users, two items and a run, for which every query finds something."""
    db.write(
        """
        CREATE (r:Run {
          runId: 'r', slot: 'A', state: 'ready', publishedAt: datetime(), createdAt: datetime(), k: 1,
          token: '0123456789abcdef', fingerprint: 'f00d'
        })
        CREATE (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(r)
        CREATE (u:User {userId: '196', embeddingA: [1.0, 0.0]})
        CREATE (i:Item {
          itemId: '50', title: 'Toy Story', embeddingA: [1.0, 0.1], contentVector: [1.0, 0.1], textVector: [1.0, 0.1]
        })
        CREATE (j:Item {
          itemId: '51', title: 'Story', embeddingA: [1.0, 0.2], contentVector: [1.0, 0.2], textVector: [1.0, 0.2]
        })
        CREATE (u)-[:RATED]->(j), (u)-[:BLOCKED]->(j), (u)-[:BEHAVIOUR]->(j)
        CREATE (u)-[:SHOWN {runId: 'r', times: 3, firstAt: datetime('2026-01-01'), lastAt: datetime('2026-01-02')}]->(i)
        CREATE (u)-[:RECOMMENDED {
          rank: 1, score: 1.0, runId: 'r',
          reasonKinds: ['entity'], reasonShares: [0.5], reasonItems: ['51', '', ''], reasonCommon: ['g']
        }]->(i)
        CREATE (i)-[:HAS_GENRE]->(:Entity {entityId: 'g'})<-[:HAS_GENRE]-(j)
        CREATE (i)<-[:RATED]-(:User {userId: '7'})-[:RATED]->(j)
        """
    )
    for index, text in (("itemEmbeddingA", "embeddingA"), ("itemText", "textVector")):
        db.auto(queries.load("publish/drop_index"), index=index)
        db.auto(queries.load("publish/vector_index", embeddingA=text), index=index)
        db.auto(queries.load("publish/await_index"), index=index, seconds=60)
    db.auto(queries.load("publish/drop_index"), index="itemTitle")  # may be that of another mapping's label
    db.auto(queries.load("publish/title_index"), index="itemTitle")
    db.auto(queries.load("publish/await_index"), index="itemTitle", seconds=60)
    yield db
    for index in ("itemEmbeddingA", "itemText", "itemTitle"):  # nobody's, to other tests
        db.auto(queries.load("publish/drop_index"), index=index)


def values_of(db: Database, name: str) -> dict[str, Any]:
    """Return the parameters in the header of a query."""
    given = SEARCH if name == "query/search" else example(name)
    assert set(given) == parameters(name), f"{name}: the header's :param does not fit"
    return db.read("RETURN " + ", ".join(f"{v} AS {k}" for k, v in given.items()))[0].data() if given else {}


@pytest.mark.long
def test_every_query_of_people_runs_with_the_parameters_of_its_header(published: Database):
    """What stands after ``:param`` in Neo4j Browser is valid Cypher and complete; the columns are those promised.

    Clients that have no integers, such as JavaScript's, get the same rows.
    """
    for name in QUERIES:
        values = values_of(published, name)
        rows = published.read(queries.text(name), **values)  # as it stands, header and all
        assert rows, f"{name} found nothing"
        assert published.read(queries.text(name), **as_floats(values)) == rows, f"{name} differs with floats"
        header = split(name)[0]
        promised = header[header.index("Columns:") :]
        assert [key for key in rows[0].keys() if not re.search(rf"\b{key}\b", promised)] == []  # noqa: SIM118


def test_the_javascript_driver_runs_every_query_with_plain_numbers(published: Database, settings: Settings):
    if shutil.which("node") is None:
        pytest.skip("there is no node")
    if not (CLIENTS / "node_modules" / "neo4j-driver").is_dir():
        pytest.skip("there is no neo4j-driver: `npm install --no-package-lock` in tests/clients installs it")
    values = {name: values_of(published, name) for name in QUERIES}
    asked = [{"name": name, "query": queries.text(name), "parameters": values[name]} for name in QUERIES]
    given = json.dumps({**vars(ensure(settings.home)), "queries": asked})
    command = ["node", str(CLIENTS / "queries.js")]
    answer = subprocess.run(command, input=given, capture_output=True, text=True, check=True, timeout=60)
    found = json.loads(answer.stdout)
    assert {name: got["error"] for name, got in found.items() if "error" in got} == {}
    for name in QUERIES:
        rows = published.read(queries.text(name), **values[name])
        assert found[name]["keys"] == list(rows[0].keys()), name
        assert len(found[name]["rows"]) == len(rows), name
    assert found["query/recommend"]["rows"][0]["item"] == "50"
