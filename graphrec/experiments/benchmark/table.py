"""The rows of the table: a run and its baselines on the run's own split, each measured on test once."""

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

#: Default metric for tuning and comparison.
METRIC = "ndcg@10"


@dataclass(frozen=True)
class ResultRow:
    """One row.

    Attributes
    ----------
    name
        The model.
    report
        Its test report, each user's mean over seeds; None if it could not be fitted.
    seconds
        Time of one training with the chosen setting, all preparation included; the mean over seeds.
    search_seconds
        Time of all trials together.
    device
        Training device: ``cpu`` or ``cuda``.
    setting
        The chosen setting.
    valid
        Validation metric of the chosen setting.
    seeds
        The test metric of each seed.
    slices
        See :func:`graphrec.experiments.benchmark.slices.slices`.
    memory
        Peak memory of the process that fitted it, in bytes.
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
    """Evaluate a trained model on test."""
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
    """Tune a baseline on the split's train and validation pairs, and evaluate it on test.

    Parameters
    ----------
    name
        Name of the baseline.
    split
        Its training pairs are used for fitting.
    seed
        Seed of the search and of the first training.
    given
        Inputs with knowledge and content; the pairs alone if absent.
    metric
        Metric to tune on validation.
    tries
        Number of trials.
    seeds
        Number of trainings with the chosen setting to average, for a baseline that depends on the seed; diverged ones
        are left out.
    refit
        Fit once more on train and validation with the chosen setting, stopping where validation stopped before, and
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
        return ResultRow(name, None, skipped="every trial diverged")
    searched, valid = time.perf_counter() - start, tuning.top
    trained = [tuning.best]
    if refit:
        whole = BASELINES[name](replace(given, train=split.matrix("train", "valid")))
        looks = tuning.best.looks
        tuning, trained = _Tuning(whole, seed, lambda _: 0.0, looks), []
    more = (tuning.train(setting, seed + n) for n in range(len(trained), seeds if peer.seeded else 1))
    trained += [one for one in more if one is not None]
    if not trained:
        return ResultRow(name, None, skipped="the refit diverged")
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
    """A fitted baseline, and the number of its validation checks up to the kept state; 0 without checks."""

    fitted: Fitted
    seconds: float
    looks: int


class _Judge:
    """Counts the checks of a training; with ``until``, every check up to that number counts as an improvement."""

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
    """Trainings of one baseline; keeps the one that validates best."""

    def __init__(self, peer: Baseline, seed: int, validate: Validate, looks: int | None = None) -> None:
        self.peer, self.seed, self.validate, self.looks = peer, seed, validate, looks
        self.best: _Trained | None = None
        self.top = -math.inf

    def value(self, setting: Setting) -> float:
        """Train, and return the validation metric; ``-inf`` if the training diverged."""
        found = self.train(setting, self.seed)
        if found is None:
            return -math.inf
        value = self.validate(found.fitted.score)
        if value > self.top:
            self.best, self.top = found, value
        return value

    def train(self, setting: Setting, seed: int) -> _Trained | None:
        """Train once; return None if that diverged."""
        start, judge = time.perf_counter(), _Judge(self.validate, self.looks)
        try:
            fitted = self.peer.fit(setting, seed, judge)
        except DivergedError as error:
            shown = " ".join(f"{name}={value:g}" for name, value in setting.items())
            warn(f"{shown}, seed {seed}: {error}")
            return None
        return _Trained(fitted, time.perf_counter() - start, judge.best)


def lengths(metric: str) -> tuple[int, ...]:
    """Return the list lengths to evaluate: 10, 20 and the metric's own."""
    return tuple(sorted({10, 20, int(metric.partition("@")[2])}))


def mean_row(entries: Sequence[ResultRow]) -> ResultRow:
    """Return the mean of trainings of one model, user by user, with the setting of the first."""
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
