"""Plot how far items fall when behaviours are deleted: one line per ordering, with its interval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphrec.common.plotting import figure

_COLOURS = ("#ff725c", "#efb118", "#4269d0", "#6cc5b0", "#9498a0")


def draw(data: dict[str, Any], path: Path) -> None:
    """Plot the deletion curves of :func:`graphrec.experiments.explanations.report.as_data` to an SVG or PNG file."""
    with figure((7, 4.2), path) as axes:
        for ordering, colour in zip(data["orderings"], _COLOURS, strict=True):
            points = ordering["deletion"]
            sizes = [point["n"] for point in points]
            low, mean, high = ([point["log_rank"][name] for point in points] for name in ("low", "mean", "high"))
            axes.plot(sizes, mean, color=colour, marker="o", markersize=4, label=ordering["ordering"])
            axes.fill_between(sizes, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.set_xticks(sizes)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlabel("behaviours deleted, the strongest reason first")
        axes.set_ylabel("increase of log2 of the rank")
        axes.legend(frameon=False)
