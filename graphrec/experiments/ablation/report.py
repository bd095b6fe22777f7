"""The variants as data and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphrec.evaluation.reports import difference, interval
from graphrec.evaluation.split import Split
from graphrec.experiments.benchmark.report import cost, plain
from graphrec.experiments.benchmark.slices import quietest
from graphrec.experiments.benchmark.table import METRIC, ResultRow

#: Shown in addition to the metric that variants are compared by.
OTHER = "recall@20"


def as_data(entries: Sequence[ResultRow], split: Split, metric: str = METRIC) -> list[dict[str, Any]]:
    """Return plain data of each variant, the full model first.

    All but the first have the paired difference, full minus this: over all users (``difference``) and over the quarter
    that is least active in training (``quietest``), each with ``metric``, ``users``, ``mean``, ``low`` and ``high``.
    """
    full, rows = entries[0].report, []
    for entry in entries:
        row = {"variant": entry.name} | plain(entry)
        if full is not None and entry.report is not None and entry is not entries[0]:
            quiet = quietest(split, full), quietest(split, entry.report)
            for name, (one, other) in {"difference": (full, entry.report), "quietest": quiet}.items():
                row[name] = {"metric": metric, "users": len(one.users)} | difference(one, other, metric)
        rows.append(row)
    return rows


def columns(metric: str = METRIC) -> tuple[str, ...]:
    """Return the table's columns."""
    shown = dict.fromkeys((metric, OTHER))
    return ("variant", *shown, *_differences(metric), "seconds of one training", "on", "memory MB", "setting")


def as_rows(data: Sequence[dict[str, Any]], metric: str = METRIC) -> list[dict[str, str]]:
    """Return the table's cells from :func:`as_data`, one text per column of :func:`columns`."""
    return [_cells(entry, metric) for entry in data]


def _cells(entry: dict[str, Any], metric: str) -> dict[str, str]:
    row = dict.fromkeys(columns(metric), "")
    row["variant"] = entry["variant"]
    if "metrics" not in entry:
        return row | {"setting": f"skipped: {entry['skipped']}"}
    row[OTHER] = f"{entry['metrics'][OTHER]['mean']:.4f}"
    row[metric] = interval(entry["metrics"][metric])
    for name, column in zip(("difference", "quietest"), _differences(metric), strict=True):
        if name in entry:
            row[column] = interval(entry[name], sign=True)
    return row | cost(entry)


def _differences(metric: str) -> tuple[str, str]:
    return f"{metric} of full minus this", "the same, least active quarter"
