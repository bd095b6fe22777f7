"""The Python client: a method for every operation of the API, graphrec's own errors, and safe repeats."""

from __future__ import annotations

import inspect
from typing import Any

from graphrec.client import models
from graphrec.client.operations import Operations
from graphrec.common.errors import GraphrecError, NotFoundError
from graphrec.config.settings import Settings
from graphrec.service.app import create_app

#: Operation → arguments, and the answer's kind, or the error that five films give.
CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any], type]] = {
    "recommend": (("anna",), {"k": 2, "exclude": ["3"]}, models.Recommendations),
    "recommend_anonymous": ((), {"likes": ["1"], "k": 2}, models.Recommendations),
    "explain": (("anna", "3"), {}, dict),
    "user": (("anna",), {}, models.User),
    "item": (("1",), {}, models.CatalogueItem),
    "item_image": (("1",), {}, NotFoundError),
    "similar": (("1",), {"by": "embedding"}, models.SimilarItems),
    "find_items": (("Ja",), {}, models.Found),
    "search": (("sharks",), {}, GraphrecError),
    "popular": ((), {"k": 2}, models.Listed),
    "live": ((), {}, models.Health),
    "ready": ((), {}, models.Health),
    "metrics": ((), {}, str),
    "runs": ((), {}, models.Runs),
    "rollback": ((), {}, NotFoundError),
}


def operations() -> dict[str, dict[str, Any]]:
    """Return the operations of the OpenAPI document by their ids."""
    paths = create_app(Settings()).openapi()["paths"]
    return {one["operationId"]: one for path in paths.values() for one in path.values()}


def test_every_operation_has_a_method_with_its_parameters():
    methods = {name: one for base in Operations.__mro__ for name, one in vars(base).items() if callable(one)}
    for name, described in operations().items():
        assert name in methods, f"graphrec.client lacks {name}"
        taken = set(inspect.signature(methods[name]).parameters)
        asked = {one["name"] for one in described.get("parameters", []) if one["in"] != "header"}
        for content in described.get("requestBody", {}).get("content", {}).values():
            for schema in content["schema"].get("anyOf", [content["schema"]]):
                asked |= (
                    set(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"])
                    if "$ref" in schema
                    else set()
                )
        assert asked - taken == set(), name
