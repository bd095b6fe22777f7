"""A run and its peers, one after the other, each peer in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphrec.common.console import note, warn
from graphrec.common.errors import GraphrecError
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import Given
from graphrec.experiments.baselines.registry import PEERS
from graphrec.experiments.benchmark.inputs import given_by
from graphrec.experiments.benchmark.results_cache import keep, kept, place
from graphrec.experiments.benchmark.run_graph import Source
from graphrec.experiments.benchmark.table import METRIC, Entry, fit_and_measure, mean_entry, measure
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
) -> list[Entry]:
    """Return the run's line and one a peer.

    A peer that was done before, under the same question, is read from its file in the run's folder. Beside a run that
    was trained once more with the validation part, peers are too.

    Parameters
    ----------
    run, source
        The run, and its graph: asked only where a peer needs more than pairs.
    names
        Of the peers.
    others
        Further trainings on the same split, by other seeds: the run's line is the mean of all.
    seed, metric, options
        See :func:`graphrec.experiments.benchmark.table.fit_and_measure`.
    """
    split = run.split
    entries = [mean_entry([_measured(one, split, metric) for one in (run, *others)])]
    given, missing = Given(split.matrix("train")), ""
    if any(PEERS[name].needs for name in names):
        given = given if source.data is None else given_by(source.data, split)
        missing = source.missing
    told = {"seed": seed, "metric": metric, "refit": run.refit} | options
    places = {name: place(run.path, name, split, given.only(PEERS[name].needs), **told) for name in names}
    # All at once, so that a damaged file is found before any training.
    done = {name: entry for name, path in places.items() if (entry := kept(path)) is not None}
    for number, name in enumerate(names, start=1):
        needs = PEERS[name].needs
        note(f"{number}/{len(names)}  {name}" + (f": kept in {places[name]}" if name in done else ""))
        if name in done:
            entry = done[name]
        elif needs and missing:
            entry = Entry(name, None, skipped=missing)
        else:
            try:
                entry = _fit(name, split, given.only(needs), places[name], told)
            except KeyboardInterrupt:
                note("what was done before is kept; the same command goes on from there")
                raise
        if entry.skipped:
            warn(f"{name} is skipped: {entry.skipped}")
        entries.append(entry)
    return entries


def _fit(name: str, split: Split, given: Given, path: Path, told: dict[str, Any]) -> Entry:
    """Fit a peer and keep its figures; one that fails is a line that says why, and no end of the comparison."""
    try:
        entry = fit_apart(name, split, given=given, **told)
    except GraphrecError as error:
        return Entry(name, None, skipped=error.message)
    if entry.report is not None:
        keep(path, entry)
    return entry


def _measured(run: Run, split: Split, metric: str) -> Entry:
    return replace(measure(run.run_id, lambda users: run.scores(users, "heldout"), split, metric), **_time(run))


def _time(run: Run) -> dict[str, Any]:
    """Return how long the run's training took, and on what."""
    seconds = run.metrics.get("wall")
    if seconds is None:
        seconds = run.metrics.get("seconds")
        warn(f"{run.run_id} tells the seconds of its epochs alone, without SIMILAR edges and writing")
    return {"seconds": seconds, "device": run.info.get("device")}


def fit_apart(name: str, split: Split, seed: int, given: Given, **options: Any) -> Entry:
    """Run ``fit_and_measure`` in a process of its own, and add its peak memory.

    Raises
    ------
    GraphrecError
        As :func:`apart`.
    """
    entry, memory = apart(fit_and_measure, name, split, seed, given, **options)
    return replace(entry, memory=memory)
