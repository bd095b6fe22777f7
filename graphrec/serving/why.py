"""The parameters of the query that reads published reasons: see ``cypher/query/why.cypher``."""

from __future__ import annotations

from typing import Any

from graphrec.config.schema import GraphSchema


def parameters(schema: GraphSchema, least: int) -> dict[str, Any]:
    """Return the parameters other than ``user`` and ``item``.

    Parameters
    ----------
    schema
        The mapping.
    least
        Others who must have both items of a reason that rests on their behaviour.
    """
    behaviours = {name: one for name, one in schema.behaviours.items() if not one.negative}
    return {
        "behaviours": list(behaviours) or None,
        "strengths": {name: one.key(one.strength) for name, one in behaviours.items() if one.strength is not None},
        "targets": [name for name, one in behaviours.items() if one.target] or list(behaviours) or None,
        "knowledge": None if schema.knowledge is None else list(schema.knowledge),
        "least": least,
    }
