"""The lines of the table: a run and its peers on the run's own split, each measured on test once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphrec.benchmark.peer import CannotError, Fitted, Given, Score
from graphrec.benchmark.registry import PEERS
from graphrec.benchmark.search import TRIES, Setting, search
from graphrec.benchmark.slices import slices
from graphrec.console import progress
from graphrec.evaluate import Report, evaluate_split
from graphrec.split import Split

#: What models are tuned and compared by, where nothing else is said.
METRIC = "ndcg@10"


@dataclass(frozen=True)
class Entry:
    """One line.

    Attributes
    ----------
    name
        The model.
    report
        Its test figures, over seeds each user's mean; None where it could not be fitted.
    seconds
        Of its training, the search for its settings included.
    settings
        What was chosen.
    valid
        The validation metric of that choice.
    seeds
        The test metric of each seed.
    slices
        See :func:`graphrec.benchmark.slices.slices`.
    memory
        Peak of the process that fitted it, bytes.
    skipped
        Why it could not be fitted.
    """

    name: str
    report: Report | None
    seconds: float | None = None
    settings: dict[str, Setting] = field(default_factory=dict)
    valid: float | None = None
    seeds: tuple[float, ...] = ()
    slices: dict[str, dict[str, Any]] = field(default_factory=dict)
    memory: int | None = None
    skipped: str | None = None


def measure(name: str, score: Score, split: Split, seconds: float | None = None, metric: str = METRIC) -> Entry:
    """Evaluate a model that is trained already, on test."""
    report = evaluate_split(score, split, "test", ks=lengths(metric))
    found = slices(score, split, report, metric)
    return Entry(name, report, seconds, seeds=(report.mean(metric),), slices=found)


def fit_and_measure(
    name: str,
    split: Split,
    seed: int,
    given: Given | None = None,
    *,
    metric: str = METRIC,
    tries: int = TRIES,
    seeds: int = 1,
) -> Entry:
    """Train a peer on the split's training pairs, let it choose on validation, and evaluate it on test.

    Parameters
    ----------
    name
        Of the peer.
    split
        Its training part is learned from.
    seed
        Of the search and of the first training.
    given
        With knowledge and content; the pairs alone where absent.
    metric
        What is tuned on validation.
    tries
        How many settings are tried.
    seeds
        How many trainings with the chosen settings are averaged, of a peer in which chance takes part.
    """

    def validate(score: Score) -> float:
        return evaluate_split(score, split, "valid", ks=lengths(metric)).mean(metric)

    start = time.perf_counter()
    try:
        peer = PEERS[name](given or Given(split.matrix("train")))
    except CannotError as error:
        return Entry(name, None, skipped=str(error))
    best: tuple[float, Fitted] | None = None

    def value(settings: dict[str, Setting]) -> float:
        nonlocal best
        fitted = peer.fit(settings, seed, validate)
        found = validate(fitted.score)
        if best is None or found > best[0]:
            best = found, fitted
        return found

    with progress() as bar:
        task = bar.add_task(name, total=tries if peer.space else 1)
        settings = search(peer.space, tries, seed, value, lambda: bar.advance(task))
    if best is None:
        raise ValueError(f"{name} was not tried")
    trained = [best[1]]
    trained += [peer.fit(settings, seed + n, validate) for n in range(1, seeds if peer.seeded else 1)]
    seconds = time.perf_counter() - start
    measured = [measure(name, fitted.score, split, metric=metric) for fitted in trained]
    reports = [entry.report for entry in measured if entry.report is not None]
    return Entry(
        name,
        mean_report(reports),
        seconds,
        settings | dict(best[1].chosen),
        best[0],
        tuple(report.mean(metric) for report in reports),
        mean_slices([entry.slices for entry in measured]),
    )


def lengths(metric: str) -> tuple[int, ...]:
    """Return the lengths of list that are judged: 10, 20 and the metric's own."""
    return tuple(sorted({10, 20, int(metric.partition("@")[2])}))


def mean_report(reports: Sequence[Report]) -> Report:
    """Return each user's means over trainings of one model on one split."""
    first = reports[0]
    per_user = {name: np.mean([report.per_user[name] for report in reports], axis=0) for name in first.per_user}
    coverage = {k: float(np.mean([report.coverage[k] for report in reports])) for k in first.coverage}
    return Report(first.users, per_user, coverage, first.seed)


def mean_slices(found: Sequence[dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return the slices with their values averaged over trainings."""
    return {
        name: part | {"value": float(np.mean([one[name]["value"] for one in found]))} for name, part in found[0].items()
    }
