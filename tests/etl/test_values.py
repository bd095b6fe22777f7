"""Cells: what they become, and why not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from graphrec_etl import values
from graphrec_etl.times import Times


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
        ("1700000000250000", 1_700_000_000_250),
        (1_700_000_000_250_000_000, 1_700_000_000_250),
        ("20240301", 1_709_251_200_000),
        (20240301.0, 1_709_251_200_000),
        ("20240301103015", 1_709_289_015_000),
        ("2024", 1_704_067_200_000),
        ("2024/03/01", 1_709_251_200_000),
        ("2024-03-01T02:00:00+02:00", 1_709_251_200_000),
        (datetime(2024, 3, 1), 1_709_251_200_000),
        ("", None),
        (None, None),
    ],
)
def test_times(cell, milliseconds):
    assert Times().read(cell) == milliseconds


def test_a_column_that_counts_has_no_years():
    times = Times()
    assert [times.read(n) for n in (1, "1999", 2000)] == [1_000, 1_999_000, 2_000_000]
    years = Times()
    assert years.read("1999") == 915_148_800_000
    with pytest.raises(ValueError, match="neither a year nor another date"):
        years.read(7)
    with pytest.raises(ValueError, match="looks like numbers of the form YYYYMMDD"):
        Times().read("20241301")


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
        (Times().read, "04/12/1997", "ISO 8601"),
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
