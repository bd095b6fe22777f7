"""Answers that fit a type: its JSON schema, and the answer as a value of it.

The type is one of msgspec: a struct, or a union of tagged structs for one of a few actions. A model sees it as the only
property of an object, as endpoints want an object at the top.
"""

from __future__ import annotations

from typing import Any

import msgspec

_PROPERTY = "answer"


def json_schema(kind: Any) -> dict[str, Any]:
    """Return the JSON schema of ``{"answer": VALUE}`` with a value of a type.

    Every property is required and no other is allowed, so that each model fills in the same ones in the same order.
    """
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    whole = {"type": "object", "properties": {_PROPERTY: schema}}
    if parts:
        whole["$defs"] = parts
    return dict(_strict(whole))


def decoded(text: str, kind: Any) -> Any:
    """Return the value in an answer.

    Raises
    ------
    msgspec.DecodeError
        It is not JSON, or not of the type.
    """
    whole = msgspec.json.decode(text.encode("utf-8", "replace"), type=dict[str, msgspec.Raw])
    if _PROPERTY not in whole:
        raise msgspec.ValidationError(f"Object missing required field `{_PROPERTY}`")
    return msgspec.json.decode(whole[_PROPERTY], type=kind)


def _strict(part: Any) -> Any:
    """Return a part of a schema in which objects are complete, without what only people read."""
    if isinstance(part, list):
        return [_strict(one) for one in part]
    if not isinstance(part, dict):
        return part
    # Tags are constants of their structs, so that a discriminator adds nothing.
    found = {name: _strict(one) for name, one in part.items() if name not in ("title", "default", "discriminator")}
    if "properties" in part:  # a property may be called title
        found["properties"] = {name: _strict(one) for name, one in part["properties"].items()}
        found |= {"required": list(part["properties"]), "additionalProperties": False}
    return found
