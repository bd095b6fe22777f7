"""Compare a run with its baselines, one after the other, each in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphrec.common.console import note, warn
from graphrec.common.errors import GraphrecError
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs
from graphrec.experiments.baselines.registry import BASELINES
from graphrec.experiments.benchmark.inputs import given_by
from graphrec.experiments.benchmark.results_cache import load_result, result_path, save_result
from graphrec.experiments.benchmark.run_graph import Source
from graphrec.experiments.benchmark.table import METRIC, ResultRow, fit_and_measure, mean_row, measure
from graphrec.experiments.isolated import apart
from graphrec.runs.run import Run


def compare(
    run: Run,
    source: Source,
    names: Sequence[str],
    seed: int,
    *,
    others: Sequence[Run] = (),
    metric: str = METRIC,
    **options: Any,
) -> list[ResultRow]:
    """Return the run's row and one per baseline.

    Results of an earlier call with the same inputs are read from their file in the run's folder. If the run was
    refitted on train and validation, the baselines are too.

    Parameters
    ----------
    run, source
        The run, and its graph: read only if a baseline needs more than pairs.
    names
        Names of the baselines.
    others
        Further trainings on the same split with other seeds: the run's row is the mean of all.
    seed, metric, options
        See :func:`graphrec.experiments.benchmark.table.fit_and_measure`.
    """
    split = run.split
    entries = [mean_row([_measured(one, split, metric) for one in (run, *others)])]
    given, missing = BaselineInputs(split.matrix("train")), ""
    if any(BASELINES[name].needs for name in names):
        given = given if source.data is None else given_by(source.data, split)
        missing = source.missing
    told = {"seed": seed, "metric": metric, "refit": run.refit} | options
    places = {name: result_path(run.path, name, split, given.only(BASELINES[name].needs), **told) for name in names}
    # All at once, so that a damaged file is found before any training.
    done = {name: entry for name, path in places.items() if (entry := load_result(path)) is not None}
    for number, name in enumerate(names, start=1):
        needs = BASELINES[name].needs
        note(f"{number}/{len(names)}  {name}" + (f": kept in {places[name]}" if name in done else ""))
        if name in done:
            entry = done[name]
        elif needs and missing:
            entry = ResultRow(name, None, skipped=missing)
        else:
            entry = _fit(name, split, given.only(needs), places[name], told)
        if entry.skipped:
            warn(f"{name} is skipped: {entry.skipped}")
        entries.append(entry)
    return entries


def _fit(name: str, split: Split, given: BaselineInputs, path: Path, told: dict[str, Any]) -> ResultRow:
    """Fit a baseline and keep its results; a failure becomes a row with the reason, and the comparison continues."""
    try:
        entry = fit_apart(name, split, given=given, **told)
    except GraphrecError as error:
        return ResultRow(name, None, skipped=error.message)
    if entry.report is not None:
        save_result(path, entry)
    return entry


def _measured(run: Run, split: Split, metric: str) -> ResultRow:
    return replace(measure(run.run_id, lambda users: run.scores(users, "heldout"), split, metric), **_time(run))


def _time(run: Run) -> dict[str, Any]:
    """Return the training time of the run, and its device."""
    seconds = run.metrics.get("wall")
    if seconds is None:
        seconds = run.metrics.get("seconds")
        warn(f"{run.run_id} records the seconds of its epochs only, without SIMILAR edges and writing")
    return {"seconds": seconds, "device": run.info.get("device")}


def fit_apart(name: str, split: Split, seed: int, given: BaselineInputs, **options: Any) -> ResultRow:
    """Run ``fit_and_measure`` in a process of its own, and add its peak memory.

    Raises
    ------
    GraphrecError
        See :func:`apart`.
    """
    entry, memory = apart(fit_and_measure, name, split, seed, given, **options)
    return replace(entry, memory=memory)
