"""The parameters of the query that reads published reasons: see ``cypher/query/why.cypher``."""

from __future__ import annotations

from typing import Any

from graphrec.config.schema import GraphSchema


def parameters(schema: GraphSchema, least: int, run_id: str | None = None) -> dict[str, Any]:
    """Return the parameters other than ``user`` and ``item``.

    Parameters
    ----------
    schema
        The mapping.
    least
        Others who must have both items of a reason that rests on their behaviour.
    run_id
        A published run; None, or one that is not kept: the active one.
    """
    behaviours = {name: one for name, one in schema.behaviours.items() if not one.negative}
    return {
        "run": run_id,
        "behaviours": list(behaviours) or None,
        "strengths": {name: one.key(one.strength) for name, one in behaviours.items() if one.strength is not None},
        "targets": [name for name, one in behaviours.items() if one.target] or list(behaviours) or None,
        "knowledge": None if schema.knowledge is None else list(schema.knowledge),
        "least": least,
    }
