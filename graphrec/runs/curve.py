"""The training curve: the records of ``metrics.jsonl``, also during training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError
from graphrec.common.plotting import figure, plain
from graphrec.runs import layout
from graphrec.runs.run import Run

#: Colours of the objectives, in their order.
_COLOURS = ("#4269d0", "#ff725c")


def training_curve(run: Run) -> dict[str, list[dict[str, Any]]]:
    """Return objective → one record per epoch: ``epoch``, ``loss`` and the validation metrics.

    Raises
    ------
    InputError
        The run has no finished epoch yet, or its ``metrics.jsonl`` is damaged.
    """
    file = run.path / layout.METRICS
    whole = file.read_text(encoding="utf-8").split("\n")[:-1] if file.is_file() else []  # the last may be incomplete
    epochs: dict[tuple[str, int], dict[str, Any]] = {}
    for number, line in enumerate(whole, start=1):
        try:
            record = json.loads(line)
            epochs[record["objective"], record["epoch"]] = record  # an epoch may appear twice after a --resume
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{file}, line {number}: not the record of an epoch", hint="remove that line") from error
    if not epochs:
        raise InputError(f"run {run.run_id} has no finished epoch yet", hint="ask again when the first one has ended")
    curve: dict[str, list[dict[str, Any]]] = {}
    for (objective, _), record in sorted(epochs.items(), key=lambda entry: entry[0][1]):
        curve.setdefault(objective, []).append(record)
    return curve


def draw_curve(run: Run, path: Path) -> None:
    """Plot validation NDCG and training loss of each objective by epoch, with the best epoch marked.

    Parameters
    ----------
    run
        A run; it may still be in training.
    path
        An SVG or PNG file.

    Raises
    ------
    InputError
        See :func:`training_curve`.
    """
    curve = training_curve(run)
    metric = next(name for name in next(iter(curve.values()))[0] if name.startswith("ndcg@"))
    with figure((7, 4), path) as axes:
        losses = axes.twinx()
        for (objective, epochs), colour in zip(curve.items(), _COLOURS, strict=False):
            numbers, values = [record["epoch"] for record in epochs], [record[metric] for record in epochs]
            best = max(epochs, key=lambda record: record[metric])
            said = f"{objective}: best epoch {best['epoch']}, {best[metric]:.4f}"
            axes.plot(numbers, values, color=colour, label=said)
            axes.plot([best["epoch"]], [best[metric]], "o", color=colour)
            losses.plot(numbers, [record["loss"] for record in epochs], "--", color=colour, alpha=0.5, linewidth=1)
        if run.finished and metric in run.metrics:
            axes.axhline(
                run.metrics[metric],
                color="#6b7280",
                linewidth=1,
                linestyle=":",
                label=f"whole model: {run.metrics[metric]:.4f}",
            )
        axes.set_xlabel("epoch")
        axes.set_ylabel(f"validation {metric}")
        losses.set_ylabel("training loss (dashed)")
        axes.set_title(plain(f"graphrec, run {run.run_id}"))
        axes.legend(loc="lower right", frameon=False)
