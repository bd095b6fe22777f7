"""A run and its peers side by side, on the run's own split."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphrec.benchmark.itemknn import ItemKNN
from graphrec.benchmark.lightgcn import LightGCN
from graphrec.benchmark.peer import Peer, Score, Setting
from graphrec.benchmark.popularity import Popularity
from graphrec.errors import ConfigError, nearest
from graphrec.evaluate import Report, evaluate_split, paired_bootstrap
from graphrec.split import Split

#: Name → how it is made from a seed.
PEERS: dict[str, Callable[[int], Peer]] = {
    "popularity": lambda seed: Popularity(),
    "itemknn": lambda seed: ItemKNN(),
    "lightgcn": LightGCN,
}
#: What the runs are compared by.
METRIC = "ndcg@10"
SHOWN = (METRIC, "recall@20", "mrr@10", "map@10", "hit@10")
COLUMNS = ("model", *SHOWN, "coverage@10", "seconds", "settings", f"{METRIC} of the run minus this")


@dataclass(frozen=True)
class Entry:
    """One line: a model's test report, the seconds of its training (tuning included), and what it chose."""

    name: str
    report: Report
    seconds: float | None = None
    settings: dict[str, Setting] = field(default_factory=dict)


def peer_names(text: str) -> list[str]:
    """Split ``"popularity,itemknn"``.

    Raises
    ------
    ConfigError
        A peer is unknown.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in PEERS:
            raise ConfigError(f"--peers: no peer {name!r}", hint=nearest(name, PEERS))
    return names


def measure(name: str, score: Score, split: Split, seconds: float | None = None) -> Entry:
    """Evaluate a model that is trained already, on test."""
    return Entry(name, evaluate_split(score, split, "test"), seconds)


def fit_and_measure(name: str, split: Split, seed: int) -> Entry:
    """Train a peer on the split's training pairs, let it choose on validation, and evaluate it once on test."""
    peer = PEERS[name](seed)

    def validate(score: Score) -> float:
        return evaluate_split(score, split, "valid", ks=(10,)).mean(METRIC)

    start = time.perf_counter()
    peer.fit(split.matrix("train"), validate)
    seconds = time.perf_counter() - start
    return Entry(name, evaluate_split(peer.score, split, "test"), seconds, peer.settings)


def as_data(entries: list[Entry]) -> list[dict[str, Any]]:
    """Return plain data of each entry; after the first with its paired difference: first minus this."""
    rows = []
    for entry in entries:
        row = {"model": entry.name, "seconds": entry.seconds, "settings": entry.settings} | entry.report.to_dict()
        if entry is not entries[0]:
            mean, low, high = paired_bootstrap(entries[0].report, entry.report, METRIC)
            row["difference"] = {"metric": METRIC, "mean": mean, "low": low, "high": high}
        rows.append(row)
    return rows


def as_rows(data: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the table's cells from :func:`as_data`, one text a column of :data:`COLUMNS`."""
    rows = []
    for entry in data:
        row = {"model": entry["model"]}
        row |= {name: _with_interval(entry["metrics"][name]) for name in SHOWN}
        row["coverage@10"] = f"{entry['coverage']['10']:.3f}"
        row["seconds"] = "" if entry["seconds"] is None else f"{entry['seconds']:.1f}"
        row["settings"] = " ".join(f"{name}={value:g}" for name, value in entry["settings"].items())
        row[COLUMNS[-1]] = _with_interval(entry["difference"], "+") if "difference" in entry else ""
        rows.append(row)
    return rows


def markdown(rows: list[dict[str, str]]) -> str:
    """Return the table in Markdown."""
    lines = [COLUMNS, tuple("---" for _ in COLUMNS), *(tuple(row[name] for name in COLUMNS) for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _with_interval(value: dict[str, float], sign: str = "") -> str:
    return f"{value['mean']:{sign}.4f} [{value['low']:{sign}.4f}, {value['high']:{sign}.4f}]"
