"""The report's pictures, by matplotlib."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.files import replacing

#: Colours that can be told apart; the last two are for what has none of the labels that have a colour.
_PALETTE = (
    "#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e",
    "#8a8f98", "#d4d7dc",
)  # fmt: skip


def can_draw() -> bool:
    """Whether matplotlib is there."""
    return importlib.util.find_spec("matplotlib") is not None


def draw_conditions(rows: Sequence[dict[str, Any]], axis: str, path: Path) -> None:
    """Draw values with their intervals.

    Parameters
    ----------
    rows
        ``name``, ``mean``, ``low`` and ``high`` each, from the top downwards.
    axis
        What the values are.
    path
        The PNG.
    """
    with _figure((7, 0.35 * len(rows) + 1), path) as axes:
        low, high = ([abs(row["mean"] - row[end]) for row in rows] for end in ("low", "high"))
        axes.errorbar([row["mean"] for row in rows], range(len(rows)), xerr=[low, high], fmt="o", capsize=3)
        axes.set_yticks(range(len(rows)), [_plain(row["name"]) for row in rows])
        axes.invert_yaxis()
        axes.set_xlabel(axis)


def draw_map(
    places: NDArray[np.float32], colour: NDArray[np.int64], legend: Sequence[tuple[int, str]], title: str, path: Path
) -> None:
    """Draw points ``[n, 2]``, each in its colour int64 ``[n]``; ``legend``: colour and name, rare ones drawn on top."""
    from matplotlib.lines import Line2D

    with _figure((8, 6), path) as axes:
        for shade in sorted(set(colour.tolist()), reverse=True):
            at = places[colour == shade]
            axes.scatter(at[:, 0], at[:, 1], s=7, color=_PALETTE[shade], linewidths=0)
        present = [(shade, name) for shade, name in legend if (colour == shade).any()]
        dots = [Line2D([], [], marker="o", linestyle="", markersize=5, color=_PALETTE[shade]) for shade, _ in present]
        if present:
            axes.legend(
                dots, [_plain(name) for _, name in present], loc="center left", bbox_to_anchor=(1, 0.5), frameon=False
            )
        axes.set(xticks=[], yticks=[], title=_plain(title))


@contextmanager
def _figure(size: tuple[float, float], path: Path) -> Iterator[Any]:
    """Yield the axes of a figure that is written when the block has gone well."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    yield figure.subplots()
    with warnings.catch_warnings(), replacing(path) as part:
        # Names in scripts that the font lacks are drawn as boxes; that is no reason to stop.
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        figure.set_layout_engine("tight")
        FigureCanvasAgg(figure).print_figure(part, dpi=120, format="png")


def _plain(text: str, longest: int = 40) -> str:
    """Return text that matplotlib takes as it is: no formulas, and not so long that it would push the points aside."""
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    text = text.replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text
