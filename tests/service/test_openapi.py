"""The description of the API is enough to make a client from: names, examples that hold, keys, servers."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

import graphrec.client
from graphrec.client import models
from graphrec.config.settings import load_settings
from graphrec.service.app import create_app
from graphrec.service.invalid import plain_faults

MODULES = [one.name for one in pkgutil.iter_modules(graphrec.client.__path__) if one.name.startswith("models")]
BODIES = {
    name: kind
    for module in MODULES
    for name, kind in vars(importlib.import_module(f"graphrec.client.{module}")).items()
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The description."""
    return create_app(load_settings()).openapi()


def test_every_model_has_an_example_that_holds(document):
    for name, schema in document["components"]["schemas"].items():
        if name.startswith("Body_"):  # FastAPI's own, of a form with a file
            continue
        (example,) = schema["examples"]
        read = BODIES[name].model_validate(example)
        assert set(example) <= set(BODIES[name].model_fields), name
        assert read.model_dump(exclude_unset=True), name


def test_every_operation_has_a_name_a_text_a_known_tag_and_examples(document):
    tags = {tag["name"] for tag in document["tags"]}
    assert all(tag["description"] for tag in document["tags"])
    names = []
    for path, operations in document["paths"].items():
        for operation in operations.values():
            names.append(operation["operationId"])
            assert operation["description"]
            assert set(operation["tags"]) <= tags
            for parameter in operation.get("parameters", []):
                assert "example" in parameter or "examples" in parameter["schema"], (path, parameter["name"])
            assert path.startswith("/v1/") == ("security" in operation)
    assert len(names) == len(set(names))
    assert document["servers"]
    assert document["components"]["securitySchemes"]


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        (models.Events | models.Event, {}, ["body.events is needed"]),
        (models.Events | models.Event, {"user_id": "a"}, ["body.type is needed"]),
        (
            models.Events | models.Event,
            {"event": []},
            ["body.events is needed", "body.event: there is no such field"],
        ),
        (models.Events | models.Event, {"events": []}, ["body.events must have at least 1 entry"]),
        (
            models.Events | models.Event,
            {"events": [{"user_id": "a", "type": "R"}, {"user_id": {}, "type": 5}]},
            ["body.events.1.user_id must be a whole number, a text or a list", "body.events.1.type = 5 must be a text"],
        ),
        (models.Events | models.Event, b"{}", ["body must be an object"]),
        (models.TokenRequest, {"user_id": ["a", {}]}, ["body.user_id.1 must be a whole number or a text"]),
        (
            models.AnonymousRequest,
            {"k": 0, "likes": "x", "searches": [""], "events": [{"type": "R", "item_id": 1, "at": "soon"}]},
            [
                "body.likes = 'x' must be a list",
                "body.searches.0 = '' must have at least 1 character",
                "body.events.0.at = 'soon' must be a time, such as 2026-11-30T20:15:00Z",
                "body.k = 0 must be at least 1",
            ],
        ),
        (
            models.NewItem,
            {"item_id": 1, "properties": {"a": {}}},
            ["body.properties.a must be a text, a number, true or"],
        ),
    ],
)
def test_what_is_wrong_with_a_body_is_said_in_words(kind: Any, body: Any, said: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(body)
    found = plain_faults([{**one, "loc": ("body", *one["loc"])} for one in caught.value.errors()], body)
    assert [fault.detail[: len(text)] for fault, text in zip(found, said, strict=True)] == said
    assert all(fault.hint for fault in found)
