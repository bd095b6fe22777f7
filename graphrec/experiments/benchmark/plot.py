"""Plot the comparison: one bar per model, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphrec.common.plotting import figure, plain

#: Colours of the run, its baselines, its variants.
_COLOURS = ("#ff725c", "#4269d0", "#6cc5b0")
#: Label of the run: its id means nothing to readers of the plot.
OURS = "graphrec"


def draw(models: Sequence[dict[str, Any]], variants: Sequence[dict[str, Any]], metric: str, path: Path) -> None:
    """Plot the metric of the run, its baselines and its variants, as far as they were measured.

    Parameters
    ----------
    models
        The run and its baselines, from :func:`graphrec.experiments.benchmark.report.as_data`; baselines are sorted by
        their metric.
    variants
        From :func:`graphrec.experiments.ablation.report.as_data`, in their own order.
    metric
        For example ``ndcg@10``.
    path
        An SVG or PNG file.
    """
    run, *peers = [row for row in models if "metrics" in row]
    run = run | {"model": OURS}
    peers.sort(key=lambda row: -row["metrics"][metric]["mean"])
    kinds = [[run], peers, [row for row in variants if "metrics" in row]]
    bars = [(row, colour) for rows, colour in zip(kinds, _COLOURS, strict=True) for row in rows]
    with figure((7, 0.32 * len(bars) + 1.2), path) as axes:
        for place, (row, colour) in enumerate(bars):
            value = row["metrics"][metric]
            ends = [[value["mean"] - value["low"]], [value["high"] - value["mean"]]]
            axes.barh(place, value["mean"], color=colour, xerr=ends, error_kw={"capsize": 3, "elinewidth": 1})
            axes.text(value["high"], place, f"  {value['mean']:.3f}", va="center", fontsize=8)
        axes.set_yticks(range(len(bars)), [plain(row.get("model") or row["variant"]) for row, _ in bars])
        axes.invert_yaxis()
        axes.margins(x=0.12, y=0.01)
        axes.set_xlim(left=0)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlabel(f"{metric} on test, mean over users and 95 % interval")
