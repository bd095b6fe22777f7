"""The description of the API is enough to make a client from: names, examples that hold, keys, servers."""

from __future__ import annotations

from typing import Any

import pytest

from graphrec.client import models, models_admin, models_copy, models_page
from graphrec.config.settings import load_settings
from graphrec.service.app import create_app

MODULES = (models, models_admin, models_copy, models_page)
BODIES = {name: kind for module in MODULES for name, kind in vars(module).items()}


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
