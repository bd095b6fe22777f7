"""The comparison as data, as a table and in a sentence."""

from __future__ import annotations

from typing import Any

from graphrec.benchmark.table import METRIC, Entry
from graphrec.errors import ConfigError
from graphrec.evaluate import Report, paired_bootstrap

#: What is shown beside the metric that models are compared by.
SHOWN = (METRIC, "recall@20", "ndcg@20", "mrr@10", "map@10", "hit@10")
NAMES = ("ndcg", "recall", "precision", "hit", "mrr", "map")


def check_metric(text: str) -> str:
    """Return the metric's name.

    Raises
    ------
    ConfigError
        There is no such metric.
    """
    name, _, k = text.partition("@")
    if name in NAMES and k.isdecimal() and int(k) > 0:
        return f"{name}@{int(k)}"
    raise ConfigError(f"--metric: no metric {text!r}", hint=f"one of {', '.join(NAMES)}, with a length: ndcg@10")


def as_data(entries: list[Entry], metric: str = METRIC) -> list[dict[str, Any]]:
    """Return plain data of each entry.

    After the first with its paired difference, first minus this; the first with ``verdict``, see :func:`verdict`.
    """
    rows = []
    for entry in entries:
        row: dict[str, Any] = {
            "model": entry.name,
            "seconds": entry.seconds,
            "memory": entry.memory,
            "settings": entry.settings,
        }
        row |= {"skipped": entry.skipped} if entry.report is None else entry.report.to_dict()
        row |= {"valid": entry.valid, "seeds": list(entry.seeds), "slices": entry.slices}
        if entry is not entries[0] and entry.report is not None:
            row["difference"] = _difference(_report(entries[0]), entry.report, metric)
        rows.append(row)
    rows[0]["verdict"] = verdict(entries, metric)
    return rows


def verdict(entries: list[Entry], metric: str = METRIC) -> str:
    """Say how the first fares against the best of the others, the best being the one that does best on the test.

    That is the hardest of the choices: with that peer chosen by its test figure, chance is on its side.
    """
    run, peers = entries[0], [entry for entry in entries[1:] if entry.report is not None]
    if not peers:
        return f"{run.name} stands alone: no peer could be fitted"
    best = max(peers, key=lambda entry: _report(entry).mean(metric))
    found = _difference(_report(run), _report(best), metric)
    mean, low, high = found["mean"], found["low"], found["high"]
    if low > 0:
        return f"run {run.name} is ahead of the best peer, {best.name}, by {mean:.4f} {metric} [{low:.4f}, {high:.4f}]"
    if high < 0:
        return f"peer {best.name} wins by {-mean:.4f} {metric} [{-high:.4f}, {-low:.4f}]"
    return (
        f"run {run.name} and the best peer, {best.name}, cannot be told apart: "
        f"the difference is {mean:+.4f} {metric} [{low:+.4f}, {high:+.4f}]"
    )


def columns(metric: str = METRIC) -> tuple[str, ...]:
    """Return the table's columns."""
    shown = tuple(dict.fromkeys((metric, *SHOWN)))
    return ("model", *shown, "coverage@10", "seconds", "memory MB", "settings", f"{metric} of the run minus this")


def as_rows(data: list[dict[str, Any]], metric: str = METRIC) -> list[dict[str, str]]:
    """Return the table's cells from :func:`as_data`, one text a column of :func:`columns`."""
    return [_cells(entry, metric) for entry in data]


def slice_rows(data: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return one line a part of the users or items (see :mod:`graphrec.benchmark.slices`), one column a model."""
    rows = []
    for name, part in data[0]["slices"].items():
        size, what = next((part[what], what) for what in ("users", "links") if what in part)
        row = {"part": name, "metric": part["metric"], "size": f"{size} {what}"}
        row |= {entry["model"]: f"{entry['slices'][name]['value']:.4f}" for entry in data if entry["slices"]}
        rows.append(row)
    return rows


def markdown(rows: list[dict[str, str]]) -> str:
    """Return a table in Markdown; its columns are the keys of the first row."""
    names = tuple(rows[0])
    lines = [names, tuple("---" for _ in names), *(tuple(row[name] for name in names) for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _cells(entry: dict[str, Any], metric: str) -> dict[str, str]:
    row = dict.fromkeys(columns(metric), "")
    row["model"] = entry["model"]
    if "metrics" not in entry:
        return row | {"settings": f"skipped: {entry['skipped']}"}
    row |= {name: f"{entry['metrics'][name]['mean']:.4f}" for name in dict.fromkeys((metric, *SHOWN))}
    row[metric] = _with_interval(entry["metrics"][metric])
    row["coverage@10"] = f"{entry['coverage']['10']:.3f}"
    row["seconds"] = "" if entry["seconds"] is None else f"{entry['seconds']:.1f}"
    row["memory MB"] = "" if entry["memory"] is None else f"{entry['memory'] / 1e6:.0f}"
    row["settings"] = " ".join(f"{name}={value:g}" for name, value in entry["settings"].items())
    if "difference" in entry:
        row[columns(metric)[-1]] = _with_interval(entry["difference"], "+")
    return row


def _report(entry: Entry) -> Report:
    if entry.report is None:
        raise ValueError(f"{entry.name} has no report")
    return entry.report


def _difference(one: Report, other: Report, metric: str) -> dict[str, Any]:
    mean, low, high = paired_bootstrap(one, other, metric)
    return {"metric": metric, "mean": mean, "low": low, "high": high}


def _with_interval(value: dict[str, float], sign: str = "") -> str:
    return f"{value['mean']:{sign}.4f} [{value['low']:{sign}.4f}, {value['high']:{sign}.4f}]"
