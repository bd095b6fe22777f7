"""Refuse to write to properties that the owner of a graph uses for something else."""

from __future__ import annotations

from collections.abc import Sequence

from graphrec.common.errors import GraphError
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.own_names import Marks, OwnNames

_EMBEDDINGS = "embeddingA, embeddingB and embeddingC"
_WEIGHTS = "textWeight, imageWeight and audioWeight"


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
            raise _taken(schema.item.name, row["nodes"], " or ".join(names.values()), f", such as {row['key']!r}")


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
    wanted = [("own/embedded", label, _EMBEDDINGS) for label in roles if label not in names.labels]
    if weights or weighed:
        unknown = [label for label in schema.item.labels if not (weighed and label in names.labels)]
        wanted += [("own/weighed", label, _WEIGHTS) for label in unknown]
    for query, label, properties in wanted:
        nodes = db.read(queries.load(query, Item=label))[0]["nodes"]
        if nodes:
            raise _taken(label, nodes, properties, "")


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


def _taken(label: str, nodes: int, names: str, more: str) -> GraphError:
    return GraphError(
        f"{nodes:,} (:{label}) nodes{more} have {names}, and graphrec did not write them; nothing has been written",
        hint="graphrec stores its own values in these properties: rename yours, or remove them if they are not needed",
    )
