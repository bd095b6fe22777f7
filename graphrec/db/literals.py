"""Write plain values as Cypher literals for pasting; graphrec's own queries use parameters."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from graphrec.config.schema import quoted


def literal(value: Any) -> str:
    r"""Return a value as a Cypher literal.

    Raises
    ------
    TypeError
        Cypher has no literal for the value.

    >>> literal({"user": "O'Hara", "k": 3, "types": None, "rated": [True, 2.0]})
    "{user: 'O\\'Hara', k: 3, types: null, rated: [true, 2.0]}"
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        # As in JSON, except for the quotes.
        text = json.dumps(value, ensure_ascii=False)[1:-1]
        return "'" + text.replace('\\"', '"').replace("'", "\\'") + "'"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(str(key))}: {literal(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(literal(one) for one in value) + "]"
    raise TypeError(f"{value!r} cannot be written in Cypher")
