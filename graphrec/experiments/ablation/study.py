"""Train and measure all variants, each training in its own process; results are kept in the run's folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphrec.common.console import note, warn
from graphrec.common.errors import GraphrecError
from graphrec.common.source_code import code_digest
from graphrec.evaluation.split import Split
from graphrec.experiments.ablation.trial import Packed, RunSettings, packed, train_and_measure
from graphrec.experiments.ablation.variants import FULL, VARIANTS, Change, lacking
from graphrec.experiments.benchmark.results_cache import file_of, load_result, save_result, split_digest
from graphrec.experiments.benchmark.run_graph import Source
from graphrec.experiments.benchmark.table import METRIC, ResultRow
from graphrec.experiments.isolated import apart
from graphrec.runs.run import Run

#: Module that trains and measures a variant: its results depend on this code and everything it imports.
CODE = "graphrec.experiments.ablation.trial"


def ablate(
    run: Run, source: Source, names: Sequence[str], seed: int, *, metric: str = METRIC, seeds: int = 1
) -> list[ResultRow]:
    """Return one row per variant, the full model first.

    Results of an earlier call with the same inputs are read from their file in the run's folder.

    Parameters
    ----------
    run, source
        The run, and its graph.
    names
        Names of variants; the full model is always included.
    seed, seeds, metric
        See :func:`graphrec.experiments.ablation.trial.train_and_measure`.
    """
    names = list(dict.fromkeys([FULL, *names]))
    split, told = run.split, RunSettings.of(run)
    if source.data is None:
        warn(f"ablations are skipped: {source.missing}")
        return [ResultRow(name, None, skipped=source.missing) for name in names]
    asked = {"seed": seed, "metric": metric, "seeds": seeds}
    places = {name: _place(run, name, split, told, asked) for name in names}
    # All at once, so that a damaged file is found before any training.
    found = {name: entry for name, path in places.items() if (entry := load_result(path)) is not None}
    for name in found:
        note(f"{name}: kept in {places[name]}")
    for name in names:
        reason = lacking(VARIANTS[name], told.model, told.content, source.data)
        if reason is not None:
            warn(f"{name} is skipped: {reason}")
            found[name] = ResultRow(name, None, skipped=reason)
    groups: dict[Change, list[str]] = {}
    for name in names:
        if name not in found:
            groups.setdefault(VARIANTS[name].change, []).append(name)
    graph = packed(source.data)
    for number, group in enumerate(groups.values(), start=1):
        note(f"{number}/{len(groups)}  {', '.join(group)}")
        found |= _train(group, graph, split, told, places, asked)
    return [found[name] for name in names]


def _train(
    group: Sequence[str], graph: Packed, split: Split, told: RunSettings, places: dict[str, Path], asked: dict[str, Any]
) -> dict[str, ResultRow]:
    """Train one group of variants and keep the results; if it fails, its rows give the reason and the rest continue."""
    try:
        entries, memory = apart(train_and_measure, group, graph, split, told, **asked)
    except GraphrecError as error:
        warn(f"{', '.join(group)}: {error.message}")
        return {name: ResultRow(name, None, skipped=error.message) for name in group}
    found = {name: replace(entry, memory=memory) for name, entry in zip(group, entries, strict=True)}
    for name, entry in found.items():
        if entry.skipped:
            warn(f"{name} is skipped: {entry.skipped}")
        else:
            save_result(places[name], entry)
    return found


def _place(run: Run, name: str, split: Split, told: RunSettings, asked: dict[str, Any]) -> Path:
    plain = json.dumps([name, told.plain(), asked], sort_keys=True)
    return file_of(run.path, f"ablation-{name}", run.fingerprint, split_digest(split), plain, code_digest(CODE))
