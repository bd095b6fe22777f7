"""The lines of the table: a run and its peers on the run's own split, each measured on test once."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from graphrec.common.console import progress, warn
from graphrec.evaluation.ranking import Report, evaluate_split
from graphrec.evaluation.reports import averaged
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import (
    Baseline,
    BaselineInputs,
    CannotError,
    DivergedError,
    Fitted,
    Score,
    Validate,
)
from graphrec.experiments.baselines.random_search import TRIES, Setting, search
from graphrec.experiments.baselines.registry import BASELINES
from graphrec.experiments.benchmark.slices import slices

#: What models are tuned and compared by, where nothing else is said.
METRIC = "ndcg@10"


@dataclass(frozen=True)
class ResultRow:
    """One line.

    Attributes
    ----------
    name
        The model.
    report
        Its test figures, over seeds each user's mean; None where it could not be fitted.
    seconds
        Of one training with what was chosen, all preparation included; over seeds the mean.
    search_seconds
        Of all tries together.
    device
        What it was trained on: ``cpu`` or ``cuda``.
    setting
        What was chosen.
    valid
        The validation metric of that choice.
    seeds
        The test metric of each seed.
    slices
        See :func:`graphrec.experiments.benchmark.slices.slices`.
    memory
        Peak of the process that fitted it, bytes.
    skipped
        Why it could not be fitted.
    """

    name: str
    report: Report | None
    seconds: float | None = None
    search_seconds: float | None = None
    device: str | None = None
    setting: dict[str, float] = field(default_factory=dict)
    valid: float | None = None
    seeds: tuple[float, ...] = ()
    slices: dict[str, dict[str, Any]] = field(default_factory=dict)
    memory: int | None = None
    skipped: str | None = None


def measure(name: str, score: Score, split: Split, metric: str = METRIC) -> ResultRow:
    """Evaluate a model that is trained already, on test."""
    report = evaluate_split(score, split, "test", ks=lengths(metric))
    found = slices(score, split, report, metric)
    return ResultRow(name, report, seeds=(report.mean(metric),), slices=found)


def fit_and_measure(
    name: str,
    split: Split,
    seed: int,
    given: BaselineInputs | None = None,
    *,
    metric: str = METRIC,
    tries: int = TRIES,
    seeds: int = 1,
    refit: bool = False,
) -> ResultRow:
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
        How many trainings with the chosen setting are averaged, of a peer in which chance takes part; one that diverges
        is left out.
    refit
        Fit once more on train and validation with what was chosen, stopping where validation stopped before, and
        measure that.
    """
    start = time.perf_counter()
    try:
        given = given or BaselineInputs(split.matrix("train"))
        peer = BASELINES[name](given)
    except CannotError as error:
        return ResultRow(name, None, skipped=str(error))
    prepared = time.perf_counter() - start
    tuning = _Tuning(peer, seed, lambda score: evaluate_split(score, split, "valid", ks=lengths(metric)).mean(metric))
    with progress() as bar:
        task = bar.add_task(name, total=tries if peer.space else 1)
        setting = search(peer.space, peer.defaults, tries, seed, tuning.value, lambda: bar.advance(task))
    if tuning.best is None:
        return ResultRow(name, None, skipped="every setting that was tried diverged")
    searched, valid = time.perf_counter() - start, tuning.top
    trained = [tuning.best]
    if refit:
        whole = BASELINES[name](replace(given, train=split.matrix("train", "valid")))
        looks = tuning.best.looks
        tuning, trained = _Tuning(whole, seed, lambda _: 0.0, looks), []
    more = (tuning.train(setting, seed + n) for n in range(len(trained), seeds if peer.seeded else 1))
    trained += [one for one in more if one is not None]
    if not trained:
        return ResultRow(name, None, skipped="fitted once more, it diverged")
    measured = [measure(name, one.fitted.score, split, metric) for one in trained]
    return replace(
        mean_row(measured),
        seconds=prepared + float(np.mean([one.seconds for one in trained])),
        search_seconds=searched,
        device="cpu",
        setting={**setting, **trained[0].fitted.chosen},
        valid=valid,
    )


class _Trained(NamedTuple):
    """A fitted peer, and after how many looks at validation it was as it was kept; 0 of one that does not look."""

    fitted: Fitted
    seconds: float
    looks: int


class _Judge:
    """Counts the looks of one training; where their number is given, each is better than the last up to that."""

    def __init__(self, validate: Validate, until: int | None) -> None:
        self.validate, self.until = validate, until
        self.looks, self.best, self.top = 0, 0, -math.inf

    def __call__(self, score: Score) -> float:
        self.looks += 1
        if self.until is not None:
            return float(self.looks) if self.looks <= self.until else -1.0
        value = self.validate(score)
        if value > self.top:
            self.best, self.top = self.looks, value
        return value


class _Tuning:
    """Trainings of one peer, the one that validates best being kept."""

    def __init__(self, peer: Baseline, seed: int, validate: Validate, looks: int | None = None) -> None:
        self.peer, self.seed, self.validate, self.looks = peer, seed, validate, looks
        self.best: _Trained | None = None
        self.top = -math.inf

    def value(self, setting: Setting) -> float:
        """Train, and return the validation metric; ``-inf`` where the training diverged."""
        found = self.train(setting, self.seed)
        if found is None:
            return -math.inf
        value = self.validate(found.fitted.score)
        if value > self.top:
            self.best, self.top = found, value
        return value

    def train(self, setting: Setting, seed: int) -> _Trained | None:
        """Train once; None where that diverged."""
        start, judge = time.perf_counter(), _Judge(self.validate, self.looks)
        try:
            fitted = self.peer.fit(setting, seed, judge)
        except DivergedError as error:
            shown = " ".join(f"{name}={value:g}" for name, value in setting.items())
            warn(f"{shown}, seed {seed}: {error}")
            return None
        return _Trained(fitted, time.perf_counter() - start, judge.best)


def lengths(metric: str) -> tuple[int, ...]:
    """Return the lengths of list that are judged: 10, 20 and the metric's own."""
    return tuple(sorted({10, 20, int(metric.partition("@")[2])}))


def mean_row(entries: Sequence[ResultRow]) -> ResultRow:
    """Return the mean of trainings of one model, user by user; what was chosen is that of the first."""
    measured = [entry for entry in entries if entry.report is not None]
    if not measured:
        return entries[0]
    return replace(
        measured[0],
        report=averaged([entry.report for entry in measured if entry.report is not None]),
        seconds=_mean([entry.seconds for entry in measured if entry.seconds is not None]),
        valid=_mean([entry.valid for entry in measured if entry.valid is not None]),
        seeds=tuple(seed for entry in measured for seed in entry.seeds),
        slices=mean_slices([entry.slices for entry in measured]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def mean_slices(found: Sequence[dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return the slices with their values averaged over trainings."""
    return {
        name: part | {"value": float(np.mean([one[name]["value"] for one in found]))} for name, part in found[0].items()
    }
