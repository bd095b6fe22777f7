"""Every operation of the API, called with data made from its own description, right and wrong."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as examples
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
#: What starts programs is not called with what would start them.
WORK = ("start_job",)


@pytest.mark.parametrize("each", [1, pytest.param(100, marks=pytest.mark.long)])
def test_all_operations_answer_as_they_are_described(each: int, rated_films, settings, serving):
    """Call each operation with ``each`` right requests and as many wrong ones."""
    faults = []
    with serving(settings) as client, requests.Session() as session:
        schema = schemathesis.openapi.from_dict(client.get("/v1/openapi.json").json())
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in GenerationMode:
                if mode == GenerationMode.POSITIVE and operation.definition.raw["operationId"] in WORK:
                    continue
                try:
                    with suppress(Unsatisfiable):  # nothing is sent to it that could be wrong
                        call(operation, mode, session, str(client.base_url), each)
                except FailureGroup as group:
                    faults.append(f"{operation.label}, {mode.value} data: {group}")
        assert client.get("/health/ready").status_code == 200
    assert not faults, "\n\n".join(faults)


def call(operation: Any, mode: GenerationMode, session: requests.Session, address: str, each: int) -> None:
    @seed(0)
    @examples(
        max_examples=each,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        answer = case.call(base_url=address, session=session)
        case.validate_response(answer, checks=CHECKS)

    check()
