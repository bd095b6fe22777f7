"""Plot a training: loss and validation metric by epoch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graphrec.common.errors import InputError

_COLOURS = ("#1f77b4", "#d18b00", "#2a8f4f")


def read_epochs(run: Path) -> list[dict[str, Any]]:
    """Return the records of a run's ``metrics.jsonl``, one per epoch.

    Raises
    ------
    InputError
        The file is missing or damaged.
    """
    file = run / "metrics.jsonl"
    try:
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: no training curve: {error}", hint="name a run that was trained here") from error


def draw_training_curve(axes: Sequence[Any], epochs: Sequence[Mapping[str, Any]], metric: str = "ndcg@10") -> None:
    """Plot the loss and the validation metric of each trained objective.

    Parameters
    ----------
    axes
        Two matplotlib axes: the first for the loss, the second for the metric.
    epochs
        As returned by :func:`read_epochs`.
    """
    loss, valid = axes
    for n, objective in enumerate(dict.fromkeys(epoch["objective"] for epoch in epochs)):
        own = [epoch for epoch in epochs if epoch["objective"] == objective]
        steps = [epoch["epoch"] for epoch in own]
        colour = _COLOURS[n % len(_COLOURS)]
        loss.plot(steps, [epoch["loss"] for epoch in own], marker=".", color=colour, label=objective)
        checked = [(epoch["epoch"], epoch[metric]) for epoch in own if epoch.get(metric) is not None]
        valid.plot([step for step, _ in checked], [value for _, value in checked], marker=".", color=colour)
    loss.set(xlabel="epoch", ylabel="training loss")
    loss.legend(frameon=False)
    valid.set(xlabel="epoch", ylabel=metric.upper(), title="validation", ylim=(0, None))
    for one in (loss, valid):
        one.xaxis.get_major_locator().set_params(integer=True)
