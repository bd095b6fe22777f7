"""Load the queries in ``cypher/`` by name.

Queries use the default names of :mod:`graphrec.config.schema`, so that they run unchanged in Neo4j Browser;
:func:`load` replaces them with the names of another graph. Values are always parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from graphrec.config.roles import NodeRole
from graphrec.config.schema import GraphSchema, quoted
from graphrec.db import by_path
from graphrec.db.inserted import Inserted
from graphrec.db.literals import literal
from graphrec.db.node_patterns import Patterns, place_of
from graphrec.db.predicate_scan import refuse_personal
from graphrec.db.withheld import FOLDERS, withhold

_PACKAGE = Path(__file__).resolve().parents[1]
#: Inside the package in a wheel, next to it in a checkout and an editable install.
FOLDER = _PACKAGE / "cypher" if (_PACKAGE / "cypher").is_dir() else _PACKAGE.parent / "cypher"

#: Queries, or folders of queries, that see only the nodes of ``where``. Others may change or count what is left out.
_SUBSET = (
    "query/",
    "export/nodes",
    "export/keyless",
    "publish/nodes",
    "embed/items",
    "embed/vectors",
    "inspect/examples",
    "quality/",
    "experiment/",
    "posts/authors",
)

_HEADER = re.compile(r"\A(?:\s*//[^\n]*\n)*")
# A name in one of the three positions of a label, type or property in Cypher: after ":", "|" or "&", after ".", or
# as a map key. Variables, parameters, aliases and strings stay unchanged.
_NAME = re.compile(
    r"'(?:[^'\\]|\\.)*'"  # a string: skipped
    r"|(?P<label>(?<=[:|&!]))(?P<a>[A-Za-z_]\w*)"
    r"|(?P<property>(?<=[\w)\]]\.))(?P<b>[A-Za-z_]\w*)(?!\s*\()"
    r"|(?<=[{,\s])(?P<c>[A-Za-z_]\w*)(?=\s*:\s)"
)


@cache
def text(name: str) -> str:
    """Return the unchanged file ``cypher/<name>.cypher``, with its header.

    It is found in a wheel, an editable install and a checkout.
    """
    return (FOLDER / f"{name}.cypher").read_text(encoding="utf-8")


def header(name: str) -> str:
    """Return the comment at the beginning of ``cypher/<name>.cypher``: purpose, parameters and columns."""
    match = _HEADER.match(text(name))
    return match[0].strip() if match else ""


def load(
    name: str,
    schema: GraphSchema | None = None,
    user: NodeRole | None = None,
    part: str | None = None,
    /,
    **types: str | tuple[str, ...],
) -> str:
    """Return a query with the names of ``schema``.

    Parameters
    ----------
    name
        Path below ``cypher/`` without the extension, such as ``"query/recommend"``.
    schema
        The mapping of the graph; by default the default names. Behaviours by a path are read as such
        (:mod:`graphrec.db.by_path`).
    user
        The role that ``User`` and ``userId`` stand for, by default that of users.
    part
        Property with the component of a published split, if the query reads it.
    types
        Placeholder name → name, or several labels, such as ``RATED="BORROWED"``.

    Raises
    ------
    ConfigError
        A name is not valid in Cypher.
    """
    roles = {"User": schema.user, "Item": schema.item} if schema else {}
    names = {**(schema.names() if schema else {}), **types}
    if user is not None:
        roles["User"], names["User"], names["userId"] = user, user.label, user.key
    inserted, kind = Inserted(), types.get("RATED")
    patterns = Patterns({label: role for label, role in roles.items() if names[label] == role.label}, inserted)
    query = by_path.rewrite(
        _HEADER.sub("", text(name)).strip(),
        schema or GraphSchema(),
        kind if isinstance(kind, str) else None,
        part,
        inserted,
    )
    if schema is not None and schema.personal and name.startswith(FOLDERS):
        query = withhold(query, schema.personal, names, inserted)
        for role in (schema.user, schema.item):
            if role.where:
                refuse_personal(role.where, place_of(role), schema.personal)
    query = patterns.mark(
        query,
        subset=name.startswith(_SUBSET),
        shared=schema is not None and schema.shared,
    )
    changed = {k: "|".join(map(quoted, (v,) if isinstance(v, str) else v)) for k, v in names.items() if k != v}
    return inserted.fill(rename(query, changed))


def load_types(name: str, kinds: Sequence[str]) -> str:
    """Return a query about the relationships of several types, which take the place of ``HAS_GENRE``.

    Raises
    ------
    ConfigError
        A name is not valid in Cypher.
    """
    return rename(load(name), {"HAS_GENRE": "|".join(map(quoted, kinds))})


def with_indexes(query: str, names: Mapping[str, str]) -> str:
    """Return ``query`` with the names of indexes in its strings replaced, or the beginnings of such names."""
    for name, wanted in names.items():
        query = query.replace(f"'{name}'", literal(wanted))
    return query


def rename(query: str, names: Mapping[str, str]) -> str:
    """Return ``query`` with labels, types and properties renamed."""
    if not names:
        return query

    def swap(match: re.Match[str]) -> str:
        found = match["a"] or match["b"] or match["c"]
        return names.get(found, found) if found else match[0]

    return _NAME.sub(swap, query)
