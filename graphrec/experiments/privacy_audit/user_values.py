"""A property of the users of a run, from Neo4j or from the files that the run was trained on."""

from __future__ import annotations

from typing import Any

from graphrec.common.errors import InputError, nearest
from graphrec.config.settings import Settings
from graphrec.datasets.folder import DataSet
from graphrec.db import queries
from graphrec.db.database import connect
from graphrec.runs.run import Run


def user_values(run: Run, settings: Settings, name: str) -> list[Any]:
    """Return a property of each user of a run, None where it has none.

    Raises
    ------
    InputError
        No user has the property.
    DatabaseError
        Neo4j is unreachable.
    """
    if run.data is not None:
        nodes = DataSet.of(run.data).tables.nodes("user")
        found = {key: known.get(name) for key, known in zip(nodes.keys(), nodes.properties, strict=True)}
        names = sorted({prop for properties in nodes.properties for prop in properties})
    else:
        with connect(settings) as db:
            rows = db.read(queries.load("audit/user_property", run.schema), property=name)
        found = {row["user"]: row["value"] for row in rows}
        names = sorted({prop for row in rows for prop in row["names"]})
    values = [None if user is None else _plain(found.get(user)) for user in run.users]
    if all(value is None for value in values):
        there = [one for one in names if one != run.schema.user.key_name]
        raise InputError(
            f"--attribute {name}: no user has that property",
            hint=nearest(name, there) if there else "the users have no properties but their id",
        )
    return values


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else str(value)
