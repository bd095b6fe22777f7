"""What lies on the paths of behaviours belongs to users: it exists, and is not knowledge."""

from __future__ import annotations

from collections.abc import Collection

from graphrec.common.errors import ConfigError, GraphError, nearest
from graphrec.config.schema import OWN_TYPES, GraphSchema

Triple = tuple[str, str, str]

_RENAME = "give the table of the path another name, of your choice"


def check_paths(schema: GraphSchema, labels: Collection[str], triples: Collection[Triple]) -> None:
    """Check that labels on paths exist, and that names of behaviours by a path are not those of direct relationships.

    Raises
    ------
    GraphError
        The database lacks a label.
    ConfigError
        The name has another role, or a relationship of that name joins users and items.
    """
    users, items = set(schema.user.labels), set(schema.item.labels)
    taken = {*OWN_TYPES, *schema.searches, *schema.social, *(schema.knowledge or ())}
    for kind, path in schema.paths.items():
        if kind in taken:
            raise ConfigError(f"[graph.behaviours.{kind}]: {kind!r} has another role", hint=_RENAME)
        for label in path.labels:
            if label not in labels:
                raise GraphError(
                    f"[graph.behaviours.{kind}] path: the database has no label {label!r}",
                    hint=nearest(label, labels),
                )
        if any(t == kind and ((a in users and b in items) or (a in items and b in users)) for a, t, b in triples):
            raise ConfigError(
                f"[graph.behaviours.{kind}] has a path, but {kind!r} joins {schema.user.name!r} and "
                f"{schema.item.name!r} directly too",
                hint=_RENAME,
            )


def labels_on_paths(schema: GraphSchema) -> dict[str, str]:
    """Return each label on a path of a behaviour, with the part of the path before it."""
    labels: dict[str, str] = {}
    for path in schema.paths.values():
        shown = f"(:{schema.user.name})"
        for element in path.elements:
            shown += f"(:{element.name})" if element.kind == "node" else f"-[:{element.name}]-"
            if element.kind == "node":
                labels.setdefault(element.name, shown)
    return labels


def also_on_paths(schema: GraphSchema, triples: Collection[Triple]) -> dict[str, str]:
    """Return the types on paths that join items with other nodes too, with the reason why they are not knowledge."""
    own, items = {*schema.user.labels, *labels_on_paths(schema)}, set(schema.item.labels)
    return {
        kind: f"it is on the path of {name!r}, and a type has one role"
        for name, path in schema.paths.items()
        for kind in sorted(set(path.types))
        if any(t == kind and items & {a, b} and not own & {a, b} for a, t, b in triples)
    }
