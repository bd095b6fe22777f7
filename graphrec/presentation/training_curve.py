"""Plot a training: loss and validation metric by epoch, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_COLOURS = ("#1f77b4", "#d18b00", "#2a8f4f")


def draw_training_curve(
    axes: Sequence[Any], curve: Mapping[str, Sequence[Mapping[str, Any]]], metric: str = "ndcg@10"
) -> None:
    """Plot the loss and the validation metric of each trained objective.

    Parameters
    ----------
    axes
        Two matplotlib axes: the first for the loss, the second for the metric.
    curve
        As returned by :func:`graphrec.runs.curve.training_curve`.
    """
    loss, valid = axes
    for n, (objective, epochs) in enumerate(curve.items()):
        steps = [epoch["epoch"] for epoch in epochs]
        colour = _COLOURS[n % len(_COLOURS)]
        loss.plot(steps, [epoch["loss"] for epoch in epochs], marker=".", color=colour, label=objective)
        valid.plot(steps, [epoch[metric] for epoch in epochs], marker=".", color=colour)
    loss.set(xlabel="epoch", ylabel="training loss")
    loss.legend(frameon=False)
    valid.set(xlabel="epoch", ylabel=metric.upper(), title="validation", ylim=(0, None))
    for one in (loss, valid):
        one.xaxis.get_major_locator().set_params(integer=True)
