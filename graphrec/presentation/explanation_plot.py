"""Plot why items are recommended: the user, the user's items, what connects them, the recommended items."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from graphrec.common.plotting import figure, plain
from graphrec.serving.explain import Kind, Reason, relation_words

_HEADS = ("user", "has chosen", "in common", "recommended")
_COLOURS = ("#444444", "#1f77b4", "#9a6700", "#2a7f48")
#: Characters per line, lines per box.
_WIDTH, _LINES = 26, 3
_WIDE = 11.0


@dataclass(frozen=True)
class ExplainedItem:
    """A recommended item and its reasons."""

    title: str
    reasons: Sequence[Reason]


@dataclass
class _Columns:
    """The boxes of each column, key → text, and the lines between them as pairs of (column, key)."""

    boxes: list[dict[Any, str]] = field(default_factory=lambda: [{}, {}, {}, {}])
    lines: dict[tuple[tuple[int, Any], tuple[int, Any]], None] = field(default_factory=dict)

    def connect(self, *path: tuple[int, Any, str]) -> None:
        for column, key, text in path:
            self.boxes[column].setdefault(key, text)
        for (start, one, _), (end, other, _) in pairwise(path):
            self.lines[(start, one), (end, other)] = None


def plot_size(explained: Iterable[ExplainedItem]) -> tuple[float, float]:
    """Return the width and height in inches at which nothing overlaps."""
    rows = max(len(boxes) for boxes in _columns("", explained).boxes)
    return (_WIDE, max(2.5, 0.62 * rows + 0.8))


def draw_explanation(axes: Any, user: str, explained: Iterable[ExplainedItem]) -> None:
    """Plot what connects a user with recommended items.

    Parameters
    ----------
    axes
        Matplotlib axes; :func:`plot_size` returns the size they need.
    user
        The name of the user.
    explained
        The items with their reasons from :func:`graphrec.serving.explain.explain`.
    """
    columns = _columns(user, explained)
    places = {
        (x, key): (x, 1 - (y + 0.5) / len(boxes))
        for x, boxes in enumerate(columns.boxes)
        for y, key in enumerate(boxes)
    }
    for start, end in columns.lines:
        (x0, y0), (x1, y1) = places[start], places[end]
        axes.plot([x0, x1], [y0, y1], color="0.75", linewidth=1, zorder=1)
    for (x, key), (_, y) in places.items():
        box = {"facecolor": _COLOURS[x], "edgecolor": "none", "boxstyle": "round,pad=0.4"}
        text = _wrapped(columns.boxes[x][key])
        axes.text(x, y, text, ha="center", va="center", color="white", fontsize=9, bbox=box, zorder=2)
    for x, head in enumerate(_HEADS):
        axes.text(x, 1.03, head, ha="center", va="bottom", fontsize=11, fontweight="bold")
    axes.set(xlim=(-0.45, 3.45), ylim=(0, 1.12))
    axes.axis("off")


def write_explanation(user: str, explained: Sequence[ExplainedItem], path: Path) -> None:
    """Write :func:`draw_explanation` to a PNG or SVG file (by its ending), replaced in one step."""
    with figure(plot_size(explained), path) as axes:
        draw_explanation(axes, user, explained)


def _columns(user: str, explained: Iterable[ExplainedItem]) -> _Columns:
    columns = _Columns()
    columns.boxes[0][0] = user
    for n, item in enumerate(explained):
        columns.boxes[3][n] = item.title
        for reason in item.reasons:
            middle = _middle(reason)
            if middle is None:
                continue
            for key, title in zip(reason.via, reason.via_titles, strict=True):
                columns.connect((0, 0, user), (1, key, title), (2, middle, middle), (3, n, item.title))
    return columns


def _middle(reason: Reason) -> str | None:
    """Return what connects the user's items with the recommended one; None if the reason has no such middle."""
    said: dict[Kind, str | None] = {
        "published": None,
        "done": None,
        "link": relation_words(reason.relations + reason.incoming),
        "similar": f"chosen by the same users\n(model weight {reason.score:.2f})",
        "entity": reason.joined(str(reason.entity)),
        "behaviour": f"{reason.count} of {reason.total} other users\nchose both",
        "content": f"similar content\n(cosine {reason.score:.2f})",
    }
    return said[reason.kind]


def _wrapped(text: str) -> str:
    lines = [line for part in text.splitlines() for line in textwrap.wrap(part, _WIDTH)]
    lines = lines if len(lines) <= _LINES else [*lines[: _LINES - 1], f"{lines[_LINES - 1]} …"]
    return "\n".join(plain(line) for line in lines)
