"""The Cypher queries that read graphrec's published results, in the names of a graph.

A query looks up the active run itself, so it stays valid when another run is published. Values are parameters; the
printed ones are examples, taken from the graph if it can be read.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphrec.common.errors import ConfigError, NotFoundError, nearest
from graphrec.config.ids import stored_forms
from graphrec.config.schema import VECTOR_INDEXES, GraphSchema
from graphrec.config.settings import PublishSettings, Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.literals import literal
from graphrec.db.node_patterns import key_expression, with_parts
from graphrec.db.own_names import TITLE, title_index
from graphrec.serving import availability, explain, why
from graphrec.serving.availability import Availability
from graphrec.serving.lookup import find_item, user_missing

#: Name → file below ``cypher/query/``, and what it returns.
_QUERIES = {
    "recommend": ("recommend", "The items that the active run recommends to a user."),
    "recommend-users": ("recommend_users", "The same for a list of users."),
    "explain": ("explain", "Why an item is recommended to a user: shared entities, users, content."),
    "why": ("why", "The published reasons of a user's recommendations, as sentences."),
    "similar": ("similar", "The items most similar to one, by the embeddings of the active run."),
    "nearest": ("nearest", "The items nearest to any vector, by the embeddings of the active run."),
    "similar-content": ("similar_content", "The items most similar to one, by content vectors."),
    "search": ("search", "The items nearest to a vector of the text, image or audio encoder."),
    "titles": ("titles", "The items whose title resembles some words."),
    "popular": ("popular", "The items with the most users."),
    "shared-knowledge": ("shared_knowledge", "The items that share the most entities with some items."),
    "runs": ("runs", "The published runs, the active one first."),
}
#: Name → file.
FILES = {name: file for name, (file, _) in _QUERIES.items()}
#: Name → what the query returns, in one sentence.
ANSWERS = {name: answer for name, (_, answer) in _QUERIES.items()}
#: Queries that return nothing before a run is published.
PUBLISHED = frozenset({"recommend", "recommend-users", "why", "similar", "nearest", "titles", "runs"})
#: Queries that use the active run.
RUN = frozenset({"recommend", "recommend-users", "explain", "why", "similar", "nearest"})

#: Parameters that are a number of rows.
_SIZES = frozenset({"k", "limit", "candidates", "least"})

_K = 10
_CANDIDATES = 200


@dataclass(frozen=True)
class Example:
    """Example values for a query.

    ``content`` has a content vector. ``modality`` is one whose vectors are indexed, ``vector`` one of them;
    ``embedding`` is an item's in the active run. ``run_id`` is the active run, or None if none is published or the
    database was not read. ``titles`` is the index of titles; ``prefix`` begins the names of graphrec's own indexes.
    """

    user: Any = "196"
    item: Any = "50"
    title: str = "Toy Story"
    content: Any = "50"
    modality: str = "text"
    vector: list[float] | None = None
    embedding: list[float] | None = None
    run_id: str | None = None
    titles: str = TITLE
    prefix: str = ""
    reason_users: int = PublishSettings().reason_users


@dataclass(frozen=True)
class ReaderQuery:
    """A query, ready to print.

    ``header``: purpose, parameters and columns, as Cypher comments. ``parameters``: name → value; ``vector`` is None if
    no graph was read. ``expressions``: name → Cypher, for values too long to print.
    """

    name: str
    header: str
    query: str
    parameters: Mapping[str, Any]
    expressions: Mapping[str, str]

    def script(self) -> str:
        """Return text for Neo4j Browser or cypher-shell: parameters, header, query."""
        lines = [
            f":param {name} => {self.expressions[name] if name in self.expressions else literal(value)}"
            for name, value in self.parameters.items()
        ]
        driver = "// The lines above are for Neo4j Browser and cypher-shell; for a driver, use --json."
        return "\n".join([*lines, *(["", driver] if lines else []), self.header, f"{self.query};"])


def made_up(settings: Settings) -> Example:
    """Return an example for a database that is not read."""
    prefix = settings.database.index_prefix
    return Example(titles=prefix + TITLE, prefix=prefix, reason_users=settings.publish.reason_users)


def read_example(db: Database, schema: GraphSchema) -> Example:
    """Return a user and items of the graph for which the queries return rows.

    Raises
    ------
    DatabaseError
        Neo4j refused, or the connection was lost.
    """
    row = db.read(queries.load("query/example", schema))[0]
    indexes = {found["name"] for found in db.read(queries.load("embed/indexes"))}
    modality = next(
        (name for name, index in VECTOR_INDEXES.items() if db.index_name(index) in indexes and name != "content"),
        "text",
    )
    vector = db.read(_vector_query(schema, modality))
    embedding = db.read(_vector_query(schema, None))
    return Example(
        user=row["user"],
        item=row["item"],
        title=str(row["title"] or ""),
        content=row["content"] if row["content"] is not None else row["item"],
        modality=modality,
        vector=vector[0]["vector"] if vector else None,
        embedding=embedding[0]["vector"] if embedding else None,
        run_id=row["runId"],
        titles=title_index(db, schema) or db.index_name(TITLE),
        prefix=db.index_prefix,
    )


def reader_query(
    name: str,
    schema: GraphSchema,
    example: Example | None = None,
    given: Mapping[str, Any] | None = None,
    available: Availability | None = None,
) -> ReaderQuery:
    """Return a query in the names of ``schema``.

    Parameters
    ----------
    name
        One of :data:`FILES`.
    example
        Example values; made-up ids if absent.
    given
        Parameter values that replace those of the example.
    available
        The properties that decide whether an item may be shown; by default those of the default names.

    Raises
    ------
    NotFoundError
        No query has that name.
    ConfigError
        The query has no such parameter, or a value is of another type.
    """
    if name not in FILES:
        raise NotFoundError(f"no query {name!r}", hint=nearest(name, FILES))
    example = example or Example()
    parameters = _parameters(name, schema, example)
    for key, value in (given or {}).items():
        if key not in parameters:
            raise ConfigError(f"the query {name} has no parameter {key!r}", hint=nearest(key, parameters))
        parameters[key] = _checked(key, value, parameters[key])
    if name == "search" and "candidates" not in (given or {}):
        parameters["candidates"] = max(_CANDIDATES, 10 * parameters["k"])
    expressions = {}
    if "vector" in parameters and "vector" not in (given or {}):
        made = _vector_query(schema, None if name == "nearest" else example.modality)
        expressions["vector"] = f"head(COLLECT {{ {' '.join(made.split())} }})"
    file = f"query/{FILES[name]}"
    header = "\n".join(line for line in queries.header(file).splitlines() if ":param" not in line)
    if name in RUN and example.run_id is not None:
        header += f"\n// Run: the active one, which the query finds; now it is {example.run_id}."
    names = {TITLE: example.titles, "itemEmbedding": f"{example.prefix}itemEmbedding"}
    query = _without_repeats(queries.with_indexes(availability.load(file, schema, available), names), schema)
    used = {name: value for name, value in parameters.items() if re.search(rf"\${name}\b", query)}
    parts = {name: value for name, value in with_parts(query, parameters).items() if name not in parameters}
    return ReaderQuery(name, header, query, used | parts, expressions)


def _without_repeats(query: str, schema: GraphSchema) -> str:
    """Return a query in which a composite key is compared by its values alone, not also by their JSON text."""
    for name, role in itertools.product(("u", "v", "i", "item", "one"), (schema.user, schema.item)):
        if role.composite:
            query = re.sub(rf" AND {re.escape(key_expression(name, role))} = \$\w+", "", query)
    return query


def typed(text: str) -> Any:
    """Return a typed value: parsed as JSON if possible (a number, a list, null), else text.

    >>> typed("10"), typed("u001"), typed('"10"'), typed("[1, 2]")
    (10, 'u001', '10', [1, 2])
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def as_stored(db: Database, schema: GraphSchema, key: str, text: str) -> Any:
    """Return a typed parameter value as the graph stores it: ids in their stored form, items also by title.

    Raises
    ------
    NotFoundError
        The user or item does not exist.
    """
    if key == "item":
        return find_item(db, schema, text)[0]
    if key == "user":
        row = db.read(
            queries.load("query/user_status", schema), users=[stored_forms(text, schema.user)], runs=[], blocked=[]
        )[0]
        if row["user"] is None:
            raise user_missing(db, schema, text)
        return row["user"]
    return typed(text)


def _checked(key: str, value: Any, example: Any) -> Any:
    """Return a given value; the sizes and lists among the parameters need one of the example's type."""
    if key in _SIZES and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ConfigError(f"{key}={value!r} is not a whole number of 1 or more", hint=f"such as {key}={example}")
    if isinstance(example, list) and not isinstance(value, list):
        raise ConfigError(f"{key}={value!r} is not a list", hint=f"JSON, such as {key}={json.dumps(example[:3])}")
    return value


def _parameters(name: str, schema: GraphSchema, example: Example) -> dict[str, Any]:
    """Return the parameters of a query from the example."""
    user, item, k = {"user": example.user}, {"item": example.item}, {"k": _K}
    knowledge = {"knowledge": None if schema.knowledge is None else list(schema.knowledge)}
    wanted = [kind for kind, behaviour in schema.behaviours.items() if not behaviour.negative] or None
    index = example.prefix + VECTOR_INDEXES[example.modality]
    words = '"' + example.title.replace('"', " ").replace("\\", " ") + '"'
    known: dict[str, dict[str, Any]] = {
        "recommend": user | k,
        "recommend-users": {"users": [example.user]} | k,
        "explain": user | item | explain.parameters(schema, 5),
        "why": user | {"item": None} | why.parameters(schema, example.reason_users),
        "similar": item | k,
        "nearest": {"vector": example.embedding} | k,
        "similar-content": {"item": example.content, "property": "contentVector"} | k,
        "search": {"index": index, "vector": example.vector, "candidates": _CANDIDATES} | k,
        "titles": {"words": words, "limit": _K},
        "popular": {"behaviours": wanted, "items": None} | k,
        "shared-knowledge": {"items": [example.item]} | knowledge | k,
        "runs": {},
    }
    return known[name]


def _vector_query(schema: GraphSchema, modality: str | None) -> str:
    """Return the query for an item's vector of one modality; None: for its embedding."""
    if modality is None:
        return queries.load("query/example_embedding", schema)
    return queries.load("query/example_vector", schema, textVector=f"{modality}Vector")
