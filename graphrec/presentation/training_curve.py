"""How a training went: its loss, and what validation said, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graphrec.runs.curve import training_curve
from graphrec.runs.run import Run

_COLOURS = ("#1f77b4", "#d18b00", "#2a8f4f")


def read_epochs(run: Path) -> list[dict[str, Any]]:
    """Return the records of the epochs of a run in that directory, objective by objective.

    Raises
    ------
    InputError
        As :func:`graphrec.runs.curve.training_curve`.
    """
    return [record for epochs in training_curve(Run(run, {})).values() for record in epochs]


def draw_training_curve(axes: Sequence[Any], epochs: Sequence[Mapping[str, Any]], metric: str = "ndcg@10") -> None:
    """Draw the loss and the validation metric of each objective that was trained.

    Parameters
    ----------
    axes
        Two of matplotlib: the first takes the loss, the second the metric.
    epochs
        As :func:`read_epochs` has them.
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
