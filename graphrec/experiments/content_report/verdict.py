"""The report's conclusion, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphrec.experiments.content_report.conditions import ALL, NONE, SHUFFLED
from graphrec.experiments.content_report.tables import interval
from graphrec.experiments.content_report.trial import TEST
from graphrec.experiments.content_report.warm import METRIC


def verdict(found: Mapping[str, Any]) -> str:
    """Return whether content improves users' lists and, if measured, the ranking of cold items.

    A gain counts if its 95 % interval lies above zero. It counts as due to content if the interval of the difference to
    shuffled content does too.
    """
    told = [_warm(found), *_cold(found)]
    return "; ".join(told) + "."


def _warm(found: Mapping[str, Any]) -> str:
    row = next((row for row in found["conditions"] if row["name"] == ALL), None)
    if row is None or f"minus {NONE}" not in row:
        return f"No verdict on users' lists: the conditions {NONE} and {ALL} were not both trained"
    gain = row[f"minus {NONE}"][TEST]
    said = f"{interval(gain, sign=True)} {METRIC}"
    noise = row.get(f"minus {SHUFFLED}", {}).get(TEST)
    if gain["high"] < 0:
        return f"Content makes users' lists worse: {said}"
    if gain["low"] <= 0:
        return f"Content makes no measurable difference to users' lists: {said}"
    if noise is None:
        return f"Content improves users' lists: {said} (shuffled content was not trained, so chance is not ruled out)"
    if noise["low"] > 0:
        return f"Content improves users' lists: {said}, and {interval(noise, sign=True)} beyond shuffled content"
    return (
        f"Users' lists improve by {said} with content, but not measurably more than with shuffled content "
        f"({interval(noise, sign=True)})"
    )


def _cold(found: Mapping[str, Any]) -> list[str]:
    row = next((row for row in found.get("cold", ()) if "minus no content" in row), None)
    if row is None:
        return []
    gain = row["minus no content"]
    if gain["low"] > 0:
        told = "it improves the ranking of cold items"
    elif gain["high"] < 0:
        told = "it makes the ranking of cold items worse"
    else:
        told = "it makes no measurable difference to cold items"
    return [f"{told}: {interval(gain, sign=True)}"]
