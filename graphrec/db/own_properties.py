"""Refuse to write to properties that the owner of a graph uses for something else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from graphrec.common.errors import GraphError
from graphrec.config.schema import NODES, GraphSchema, quoted
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.own_names import PUBLISHED, Marks, OwnNames, own_names

_EMBEDDINGS = tuple(name for name in NODES["Item"] if "mbedding" in name)
_WEIGHTS = tuple(name for name in NODES["Item"] if name.endswith("Weight"))


def publish_refusals(db: Database, schema: GraphSchema, *, weights: bool) -> list[GraphError]:
    """Return the errors that publishing would end with, as names are taken: at most one of each kind."""
    errors = list[GraphError]()
    for check in _checks(db, schema, weights=weights):
        try:
            check()
        except GraphError as error:
            errors.append(error)
    return errors


def require_own_names(db: Database, schema: GraphSchema, *, weights: bool) -> None:
    """Refuse to publish where a name that graphrec needs is taken by something of the owner's.

    Parameters
    ----------
    weights
        Whether the items get weights of modalities.

    Raises
    ------
    GraphError
        An index, constraint, node or property of that name exists, and graphrec did not make it.
    """
    for check in _checks(db, schema, weights=weights):
        check()


def _checks(db: Database, schema: GraphSchema, *, weights: bool) -> list[Callable[[], None]]:
    names = own_names(db, schema)
    return [
        partial(check_pointer, names.marks),
        partial(names.check, PUBLISHED),
        partial(check_embeddings, db, schema, names, weights=weights),
    ]


def check_vectors(db: Database, schema: GraphSchema, modalities: Sequence[str]) -> None:
    """Refuse properties of content vectors that graphrec did not write.

    Parameters
    ----------
    modalities
        Those whose vectors are written.

    Raises
    ------
    GraphError
        Items have such properties without the name of an encoder.
    """
    for modality in (*modalities, "content"):
        parts = ("Vector", "Encoder") if modality == "content" else ("Vector", "Encoder", "Hash")
        names = {f"text{part}": f"{modality}{part}" for part in parts}
        query = "own/other_content" if modality == "content" else "own/other_vectors"
        types = {} if modality == "content" else names
        row = db.read(queries.load(query, schema, **types))[0]
        if row["nodes"]:
            held = _held(db, schema.item.labels, names.values())[1]
            raise _taken(schema.item.name, row["nodes"], held, f", such as {row['key']!r}")


def check_embeddings(db: Database, schema: GraphSchema, names: OwnNames, *, weights: bool) -> None:
    """Refuse properties of embeddings and weights on labels that no run of graphrec's was published for.

    Parameters
    ----------
    weights
        Whether weights of modalities are written too.

    Raises
    ------
    GraphError
        Users or items have such properties.
    """
    roles, weighed = dict.fromkeys((*schema.user.labels, *schema.item.labels)), names.marks.weighed
    wanted = [(label, _EMBEDDINGS) for label in roles if label not in names.labels]
    if weights or weighed:
        unknown = [label for label in schema.item.labels if not (weighed and label in names.labels)]
        wanted += [(label, _WEIGHTS) for label in unknown]
    for label, properties in wanted:
        nodes, held = _held(db, label, properties)
        if nodes:
            raise _taken(label, nodes, held)


def check_pointer(marks: Marks) -> None:
    """Refuse a node of the owner's in the place of graphrec's pointer.

    Raises
    ------
    GraphError
        A ``(:Recommender {recommenderId: 'default'})`` is not graphrec's.
    """
    if marks.pointers > marks.ours:
        raise GraphError(
            "(:Recommender {recommenderId: 'default'}) is taken: graphrec did not write this node, and readers would "
            "find it in place of graphrec's; nothing has been written",
            hint="give your node another recommenderId, or another property for it",
        )


def _held(db: Database, label: str | tuple[str, ...], names: Iterable[str]) -> tuple[int, list[str]]:
    """Return how many nodes have any of the properties, and which properties there are."""
    row = db.read(queries.load("own/held_properties", Item=label), names=list(names))[0]
    return row["nodes"], sorted(row["found"])


def _taken(label: str, nodes: int, names: list[str], more: str = "") -> GraphError:
    keep = " ".join(f"SET n.{quoted(f'my_{name}')} = n.{quoted(name)} REMOVE n.{quoted(name)}" for name in names)
    pattern = "|".join(map(quoted, label.split("|")))
    return GraphError(
        f"{nodes:,} (:{label}) nodes{more} have {' and '.join(names)}, which graphrec did not write, and where it "
        "stores values of its own; nothing has been written",
        hint=f"give yours another name, for example: MATCH (n:{pattern}) {keep}",
    )
