"""Times and properties as contexts, and how callers name them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from graphrec.common.errors import ConfigError, GraphError, InputError
from graphrec.config.convert import convert
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.graph.contexts import categories, encode, timed_codes
from graphrec.graph.situation import Situation, named_values, read_moment, situation
from graphrec.graph.typed import NO_TIME, TypedArrays

SCHEMA = GraphSchema(behaviours={"USED": Behaviour(context=("presence",))}, time_zone="Europe/Berlin")
SUMMER, WINTER = 1_751_320_800, 1_767_222_000  # 2025-06-30T22:00Z and 2025-12-31T23:00Z: midnight in Berlin


def test_hours_and_weekdays_are_those_of_the_local_clock() -> None:
    times = np.array([SUMMER, WINTER, NO_TIME, -(2**62)], np.int64)
    found = timed_codes(times, "Europe/Berlin")
    assert found["hour"].tolist()[:3] == [0, 0, -1]
    assert found["weekday"].tolist()[:3] == [1, 3, -1]  # a Tuesday and a Thursday
    assert timed_codes(times, "UTC")["hour"].tolist()[:2] == [44, 46]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-01-01", WINTER),
        ("2026-01-01T00:00", WINTER),
        ("2025-12-31T23:00Z", WINTER),
        (str(WINTER), WINTER),
        (float(WINTER), WINTER),
        (datetime(2025, 12, 31, 23, tzinfo=UTC), WINTER),
        (datetime(2026, 1, 1), WINTER),
        (None, None),
    ],
)
def test_a_time_without_a_zone_is_local(given: object, expected: int | None) -> None:
    assert read_moment(given, "Europe/Berlin") == expected


def test_a_clock_time_is_today() -> None:
    today = datetime.fromtimestamp(read_moment("18:30", "UTC") or 0, UTC)
    now = datetime.fromtimestamp(read_moment("now", "UTC") or 0, UTC)
    assert (today.hour, today.minute, today.second) == (18, 30, 0)
    assert abs((today.date() - now.date()).days) <= 1


@pytest.mark.parametrize("given", ["soon", "25:00", "2026-13-01", True, 1e300, [1], str(10**30)])
def test_what_is_no_time_is_refused(given: object) -> None:
    with pytest.raises(InputError, match="not a time"):
        read_moment(given, "UTC")


def test_a_situation_is_checked_against_the_mapping() -> None:
    assert situation(SCHEMA, None, {"presence": True}) == Situation(None, {"presence": "true"})
    assert not situation(SCHEMA)
    with pytest.raises(InputError, match="presense") as error:
        situation(SCHEMA, None, {"presense": "alone"})
    assert "presence" in error.value.hint
    with pytest.raises(InputError, match="not a text, number or boolean"):
        situation(SCHEMA, None, {"presence": ["alone"]})
    for texts in (["presence"], ["=alone"], ["presence="], ["presence=a", "presence=b"]):
        with pytest.raises(InputError, match="context"):
            named_values(texts)


def test_categories_are_numbered_in_the_order_of_their_names() -> None:
    stores = TypedArrays()
    values = categories("USED", ["presence"], [["b"], [None], [" a "], [""]])
    schema = encode(stores, SCHEMA, {"USED": values})
    assert schema.contexts == {"presence": ("a", "b")}
    assert stores["user", "USED", "item"].context.tolist() == [[1], [-1], [0], [-1]]
    # An update reads with the values of its run.
    encode(stores, schema, {"USED": categories("USED", ["presence"], [["c"], ["b"]])})
    assert stores["user", "USED", "item"].context.tolist() == [[-1], [1]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[0.5]], r"USED\.presence = 0\.5: not a category"),
        ([[["a"]]], r"USED\.presence = \['a'\]: not a category"),
        ([[str(n)] for n in range(33)], "context 'presence' has 33 values"),
        ([[None]], "context 'presence': no behaviour has this property"),
    ],
)
def test_what_cannot_be_categories_is_refused(rows: list[list[object]], message: str) -> None:
    with pytest.raises(GraphError, match=message):
        encode(TypedArrays(), SCHEMA, {"USED": categories("USED", ["presence"], rows)})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"time_zone": "Mars/Olympus"}, "no time zone has this name"),
        ({"time_zone": "../etc/passwd"}, "no time zone has this name"),
        ({"behaviours": {"USED": {"context": ["hour"]}}}, "comes from the time by itself"),
        ({"behaviours": {"USED": {"context": ["a", "a"]}}}, "twice"),
        ({"behaviours": {"USED": {"context": list("abcdefghi")}}}, "at most 8"),
        (
            {"behaviours": {"USED": {"path": "(u)-[:DID]->(d:Doing)-[:OF]->(i)", "context": ["presence"]}}},
            "say of which node or relationship",
        ),
    ],
)
def test_the_mapping_is_checked(table: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        convert(table, GraphSchema, "graphrec.toml")
