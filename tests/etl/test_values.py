"""Cells: what they become, and why not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from graphrec_etl import values


@pytest.mark.parametrize(
    ("cell", "milliseconds"),
    [
        ("881250949", 881_250_949_000),
        ("8.81250949e8", 881_250_949_000),
        ("1700000000.25", 1_700_000_000_250),
        ("1700000000250", 1_700_000_000_250),  # milliseconds, by their size
        ("-86400", -86_400_000),
        ("1997-12-04T15:55:49+00:00", 881_250_949_000),
        ("1997-12-04 15:55:49", 881_250_949_000),
        ("1997-12-04", 881_193_600_000),
        (date(1997, 12, 4), 881_193_600_000),
        (datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC), 881_250_949_000),
        ("", None),
        (None, None),
    ],
)
def test_times(cell, milliseconds):
    assert values.time(cell) == milliseconds


@pytest.mark.parametrize(
    ("parse", "cell", "expected"),
    [
        (values.token, " a b ", "a b"),
        (values.token, 5.0, "5"),
        (values.token, float("nan"), None),
        (values.key, 7, "7"),
        (values.number, "1e3", 1000.0),
        (values.number, " ", None),
        (values.whole, "7", 7),
        (values.tokens, "Sci-Fi War", ["Sci-Fi", "War"]),
        (values.tokens, "", None),
        (values.numbers, "1 2.5", [1.0, 2.5]),
        (values.native, True, True),
        (values.native, [1, 2], [1, 2]),
    ],
)
def test_cells(parse, cell, expected):
    assert parse(cell) == expected


@pytest.mark.parametrize(
    ("parse", "cell", "why"),
    [
        (values.key, "", "empty id"),
        (values.key, None, "empty id"),
        (values.number, "NaN", "finite"),
        (values.number, "1,5", "not a number"),
        (values.whole, "1.5", "whole number"),
        (values.numbers, "1 x", "not a number"),
        (values.time, "04/12/1997", "ISO 8601"),
        (values.native, {"a": 1}, "struct"),
    ],
)
def test_reasons(parse, cell, why):
    with pytest.raises(ValueError, match=why):
        parse(cell)


@pytest.mark.parametrize(
    ("name", "camel", "snake"),
    [
        ("release_year", "releaseYear", "RELEASE_YEAR"),
        ("zip code", "zipCode", "ZIP_CODE"),
        ("addToCart", "addToCart", "ADD_TO_CART"),
        ("IMDb URL", "imDbUrl", "IM_DB_URL"),
        ("userID", "userId", "USER_ID"),
        ("2nd", "n2nd", "_2ND"),
        ("top10List", "top10List", "TOP10_LIST"),
    ],
)
def test_property_and_type_names(name, camel, snake):
    assert values.camel(name) == camel
    assert values.snake(name) == snake
