"""Read the values of key properties: texts and whole numbers, also where a whole number is stored as FLOAT."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from graphrec.common.errors import GraphError
from graphrec.config.ids import parts
from graphrec.config.roles import NodeRole

#: Whole numbers in Neo4j have 64 bits.
_BITS = 2.0**63


def key_value(value: Any) -> str | int | None:
    """Return a key as text or integer, 12.0 as 12; None if it is neither.

    In Cypher 12 = 12.0, so that the integer finds the node either way.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < _BITS:
        return int(value)
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def key_order(key: str | int) -> tuple[bool, str | int]:
    """Sort keys: numbers by value, then texts."""
    return isinstance(key, str), key


def check_keys(values: list[Any], part: str, role: NodeRole) -> list[str | int]:
    """Return keys as texts and integers.

    Parameters
    ----------
    values
        The keys as stored.
    part, role
        Role of the nodes, and its mapping.

    Raises
    ------
    GraphError
        A value is neither text nor whole number, occurs twice, or as a text and as a number.
    """
    keys = [key_value(value) for value in values]
    if role.composite:
        keys = [None if parts(key) is None else key for key in keys]
    label, place = role.name, f"[graph.{part}] key = {role.key_name!r}"
    bad = [value for value, found in zip(values, keys, strict=True) if found is None]
    if bad:
        raise GraphError(
            f"{place}: values must be texts or whole numbers: {len(bad)} of {len(keys)} {label!r} nodes have others, "
            f"such as {_shown(bad[0])} ({type(bad[0]).__name__})",
            hint="name another key; graphrec inspect proposes one, or says how to add one",
        )
    found = [one for one in keys if one is not None]
    order = sorted(found, key=key_order)
    twice = [a for a, b in pairwise(order) if a == b]
    if twice:
        more = f" (and {len(set(twice)) - 1} other values)" if len(set(twice)) > 1 else ""
        raise GraphError(
            f"{place}: {twice[0]!r} is on more than one {label!r}{more}",
            hint="merge these nodes, then keep it so with a uniqueness constraint; or name another key",
        )
    texts = {one for one in found if isinstance(one, str)}
    both = next((one for one in order if isinstance(one, int) and str(one) in texts), None) if texts else None
    if both is not None:
        raise GraphError(
            f"{place}: {both} (int) and {str(both)!r} (str) are on different {label!r} nodes",
            hint="merge these nodes if they are the same; or name another key",
        )
    return found


def _shown(value: Any) -> str:
    return str(value) if hasattr(value, "iso_format") else repr(value)
