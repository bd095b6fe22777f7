"""The comparison as data, as a table and as a sentence."""

from __future__ import annotations

from typing import Any

from graphrec.evaluation.ranking import Report
from graphrec.evaluation.reports import difference, interval
from graphrec.experiments.baselines.random_search import TRIES
from graphrec.experiments.benchmark.table import METRIC, ResultRow

#: Metrics shown in addition to the one that models are compared by.
SHOWN = (METRIC, "recall@20", "ndcg@20", "mrr@10", "map@10", "hit@10")


def as_data(entries: list[ResultRow], metric: str = METRIC, tries: int = TRIES) -> list[dict[str, Any]]:
    """Return plain data of each entry.

    All but the first have the paired difference, first minus this; the first has ``verdict``, see :func:`verdict`.
    """
    rows = []
    for entry in entries:
        row = {"model": entry.name} | plain(entry)
        if entry is not entries[0] and entry.report is not None:
            row["difference"] = {"metric": metric} | difference(_report(entries[0]), entry.report, metric)
        rows.append(row)
    rows[0]["verdict"] = verdict(entries, metric, tries)
    return rows


def plain(entry: ResultRow) -> dict[str, Any]:
    """Return an entry as plain data, without its name."""
    row: dict[str, Any] = {
        "seconds": entry.seconds,
        "search_seconds": entry.search_seconds,
        "device": entry.device,
        "memory": entry.memory,
        "setting": entry.setting,
    }
    row |= {"skipped": entry.skipped} if entry.report is None else entry.report.to_dict()
    return row | {"valid": entry.valid, "seeds": list(entry.seeds), "slices": entry.slices}


def verdict(entries: list[ResultRow], metric: str = METRIC, tries: int = TRIES) -> str:
    """Return how the first fares against the best of the others, the best being the one with the highest test score.

    That favours the baseline: it is chosen by its test score, so chance is on its side. If baselines were tuned with
    fewer ``tries`` than usual, the sentence adds that.
    """
    run, peers = entries[0], [entry for entry in entries[1:] if entry.report is not None]
    if len(entries) == 1:
        return f"{run.name} stands alone: no baseline was requested"
    if not peers:
        return f"{run.name} stands alone: no baseline could be fitted"
    best = max(peers, key=lambda entry: _report(entry).mean(metric))
    found = difference(_report(run), _report(best), metric)
    mean, low, high = found["mean"], found["low"], found["high"]
    searched = "" if tries >= TRIES else f"; {_few(tries)}"
    if low > 0:
        ahead = f"run {run.name} is ahead of the best baseline, {best.name}, by {mean:.4f} {metric}"
        return f"{ahead} [{low:.4f}, {high:.4f}]{searched}"
    if high < 0:
        return f"baseline {best.name} wins by {-mean:.4f} {metric} [{-high:.4f}, {-low:.4f}]{searched}"
    return (
        f"run {run.name} and the best baseline, {best.name}, cannot be told apart: "
        f"the difference is {mean:+.4f} {metric} [{low:+.4f}, {high:+.4f}]{searched}"
    )


def _few(tries: int) -> str:
    """Return a note on how few trials were made, and what that means."""
    how = "at its default setting" if tries == 1 else f"with {tries} trials only, its default setting among them"
    return f"each baseline was tried {how}: --trials {TRIES} may improve them"


def columns(metric: str = METRIC) -> tuple[str, ...]:
    """Return the table's columns."""
    shown = tuple(dict.fromkeys((metric, *SHOWN)))
    seconds = ("seconds of one training", "on", "seconds of the search")
    return ("model", *shown, "coverage@10", *seconds, "memory MB", "setting", f"{metric} of the run minus this")


def as_rows(data: list[dict[str, Any]], metric: str = METRIC) -> list[dict[str, str]]:
    """Return the table's cells from :func:`as_data`, one text per column of :func:`columns`."""
    return [_cells(entry, metric) for entry in data]


def slice_rows(data: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return one row per slice of users or items (:mod:`graphrec.experiments.benchmark.slices`), a column per model."""
    rows = []
    for name, part in data[0]["slices"].items():
        size, what = next((part[what], what) for what in ("users", "links") if what in part)
        row = {"part": name, "metric": part["metric"], "size": f"{size} {what}"}
        row |= {entry["model"]: f"{entry['slices'][name]['value']:.4f}" for entry in data if entry["slices"]}
        rows.append(row)
    return rows


def _cells(entry: dict[str, Any], metric: str) -> dict[str, str]:
    row = dict.fromkeys(columns(metric), "")
    row["model"] = entry["model"]
    if "metrics" not in entry:
        return row | {"setting": f"skipped: {entry['skipped']}"}
    row |= {name: f"{entry['metrics'][name]['mean']:.4f}" for name in dict.fromkeys((metric, *SHOWN))}
    row[metric] = interval(entry["metrics"][metric])
    row["coverage@10"] = f"{entry['coverage']['10']:.3f}"
    row |= cost(entry)
    row["seconds of the search"] = _number(entry["search_seconds"], 1)
    if "difference" in entry:
        row[columns(metric)[-1]] = interval(entry["difference"], sign=True)
    return row


def cost(entry: dict[str, Any]) -> dict[str, str]:
    """Return the cells of a model's cost and its chosen settings."""
    return {
        "seconds of one training": _number(entry["seconds"], 1),
        "on": entry["device"] or "",
        "memory MB": _number(entry["memory"], 0, 1e-6),
        "setting": " ".join(f"{name}={value:g}" for name, value in entry["setting"].items()),
    }


def _report(entry: ResultRow) -> Report:
    if entry.report is None:
        raise ValueError(f"{entry.name} has no report")
    return entry.report


def _number(value: float | None, digits: int, unit: float = 1) -> str:
    return "" if value is None else f"{value * unit:.{digits}f}"
