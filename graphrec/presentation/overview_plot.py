"""Plot what carries the scores: a line per component, behaviour type, part, modality and relation."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from graphrec.common.plotting import figure, plain
from graphrec.explanation.overview import Overview, OverviewRow

#: Lines of one kind at most: relations can be many.
MOST = 12


def write_overview(found: Overview, path: Path) -> None:
    """Draw a heat map of the shares, in percent, to a PNG or SVG file (by its ending), replaced in one step.

    Parameters
    ----------
    found
        Of :func:`graphrec.explanation.overview.overview`. Of relations, and of anything else, the largest
        :data:`MOST` are drawn.
    path
        The file.
    """
    columns = [name for name, lists in found.lists.items() if lists]
    rows = [row for _, group in groupby(found.rows, lambda row: row.by) for row in [*group][:MOST]]
    shares = [[row.shares.get(name, 0.0) for name in columns] for row in rows]
    with figure((2.6 + 0.95 * len(columns), 0.27 * len(rows) + 1.2), path) as axes:
        axes.imshow([[share**0.5 for share in line] for line in shares], cmap="Blues", vmin=0, vmax=1.2, aspect="auto")
        for y, line in enumerate(shares):
            for x, share in enumerate(line):
                axes.text(x, y, f"{share:.1%}", ha="center", va="center", fontsize=8)
        for y in _starts(rows):
            axes.axhline(y - 0.5, color="0.3", linewidth=1)
        axes.set_xticks(range(len(columns)), columns, fontsize=8)
        axes.set_yticks(range(len(rows)), [f"{row.by}: {plain(row.name)}" for row in rows], fontsize=8)
        axes.tick_params(length=0)
        axes.set_title("share of the sum of absolute shares", fontsize=9)


def _starts(rows: list[OverviewRow]) -> list[int]:
    """Return where the lines of another kind begin, without the first."""
    return [n for n in range(1, len(rows)) if rows[n].by != rows[n - 1].by]
