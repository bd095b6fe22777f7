"""The report's plots, by matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.common.plotting import figure, plain

#: Distinguishable colours; the last two are for items without a label that has a colour.
_PALETTE = (
    "#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e",
    "#8a8f98", "#d4d7dc",
)  # fmt: skip


def draw_conditions(rows: Sequence[dict[str, Any]], axis: str, path: Path) -> None:
    """Plot values with their intervals.

    Parameters
    ----------
    rows
        ``name``, ``mean``, ``low`` and ``high`` each, from top to bottom.
    axis
        Label of the values.
    path
        The PNG file.
    """
    with figure((7, 0.35 * len(rows) + 1), path) as axes:
        low, high = ([abs(row["mean"] - row[end]) for row in rows] for end in ("low", "high"))
        axes.errorbar([row["mean"] for row in rows], range(len(rows)), xerr=[low, high], fmt="o", capsize=3)
        axes.set_yticks(range(len(rows)), [plain(row["name"]) for row in rows])
        axes.invert_yaxis()
        axes.set_xlabel(axis)


def draw_map(
    places: NDArray[np.float32], colour: NDArray[np.int64], legend: Sequence[tuple[int, str]], title: str, path: Path
) -> None:
    """Plot points ``[n, 2]`` in their colours, int64 ``[n]``; ``legend``: colour and name, rare ones on top."""
    from matplotlib.lines import Line2D

    with figure((8, 6), path) as axes:
        for shade in sorted(set(colour.tolist()), reverse=True):
            at = places[colour == shade]
            axes.scatter(at[:, 0], at[:, 1], s=7, color=_PALETTE[shade], linewidths=0)
        present = [(shade, name) for shade, name in legend if (colour == shade).any()]
        dots = [Line2D([], [], marker="o", linestyle="", markersize=5, color=_PALETTE[shade]) for shade, _ in present]
        if present:
            axes.legend(
                dots, [plain(name) for _, name in present], loc="center left", bbox_to_anchor=(1, 0.5), frameon=False
            )
        axes.set(xticks=[], yticks=[], title=plain(title))
