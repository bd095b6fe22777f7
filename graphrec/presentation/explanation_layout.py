"""Where the nodes, edges and labels of an explanation stand: in four columns, or in two for narrow screens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from graphrec.presentation.explanation_graph import Edge, Subgraph

#: Width in which edges are drawn. It is stretched to the width of the picture; heights are pixels.
WIDTH = 1000
#: The widest edge, and the largest sum of the widths of edges side by side, in pixels.
_WIDE, _NARROW = (16.0, 46.0), (9.0, 20.0)
#: Left end and width of each column; narrow: of the two in the middle.
_COLUMNS = ((0, 90), (200, 235), (570, 195), (862, 138))
_MIDDLE = ((92, 378), (560, 350))
_GAP, _MARGIN = 12.0, 10.0
#: Height of a label, and pixels → WIDTH on a narrow screen.
_LABEL, _SCALE = 15.0, 2.9


@dataclass(frozen=True)
class Box:
    """A place: left end and width in :data:`WIDTH`, top and height in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right end."""
        return self.x + self.width

    @property
    def centre(self) -> float:
        """Vertical centre."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Layout:
    """Places in a picture.

    Attributes
    ----------
    height
        In pixels.
    boxes
        Of each node.
    paths, widths
        SVG path and stroke width in pixels of each edge. The widths are proportional to the shares.
    labels
        Edge → place of its label, for edges that have one: its right end if the edge begins at the user, else its left
        end, and its centre in height.
    """

    height: float
    boxes: Sequence[Box]
    paths: Sequence[str]
    widths: Sequence[float]
    labels: Mapping[int, tuple[float, float]]


def wide(graph: Subgraph, posters: Collection[Any]) -> Layout:
    """Return the places in four columns from left to right, with room for the posters of some items."""
    scored = 264 if graph.nodes[-1].item in posters else 110
    sizes = {"user": 76, "chosen": 68 if posters else 52, "more": 32, "scored": scored}
    heights = [sizes.get(node.kind, 62) for node in graph.nodes]
    columns = [graph.column(number) for number in range(4)]
    height = max(_height(column, heights) for column in columns) + 2 * _MARGIN
    boxes: dict[int, Box] = {}
    for span, column in zip(_COLUMNS, columns, strict=True):
        boxes |= _column(column, heights, span, (0, height))
    places = [boxes[at] for at in range(len(graph.nodes))]
    widths = _widths(graph, *_WIDE)
    leaving, arriving = _offsets(graph.edges, places, widths)
    paths, labels = [], {}
    for n, edge in enumerate(graph.edges):
        start, end = places[edge.start], places[edge.end]
        ends = (start.right, start.centre + leaving[n]), (end.x, end.centre + arriving[n])
        paths.append(_curve(*ends))
        if edge.label:
            # Near the items, or what is in common: there edges are apart.
            near, far, aside = (ends[1], ends[0], -8) if edge.start == 0 else (ends[0], ends[1], 8)
            labels[n] = near[0] + aside, near[1] + (far[1] - near[1]) * 0.15
    return Layout(height, places, paths, widths, _apart(labels))


def narrow(graph: Subgraph, posters: Collection[Any]) -> Layout:
    """Return the places in rows: the user, the two columns in the middle, the scored item.

    Edges of the user run down on the left, those to the scored item on the right.
    """
    sizes = {"chosen": 76, "more": 32}
    heights = [sizes.get(node.kind, 92 if node.note else 76) for node in graph.nodes]
    columns = graph.column(1), graph.column(2)
    top, scored = 44.0, 118.0 if graph.nodes[-1].item in posters else 84.0
    bottom = top + max(_height(column, heights) for column in columns) + 2 * _MARGIN
    boxes = {0: Box(0, 0, WIDTH, top), len(graph.nodes) - 1: Box(0, bottom, WIDTH, scored)}
    for span, column in zip(_MIDDLE, columns, strict=True):
        boxes |= _column(column, heights, span, (top, bottom))
    places = [boxes[at] for at in range(len(graph.nodes))]
    widths = _widths(graph, *_NARROW)
    leaving, arriving = _offsets(graph.edges, places, widths)
    lanes = _lanes(graph.edges, places, widths)
    bend = 10 * _SCALE
    paths = []
    for n, edge in enumerate(graph.edges):
        start, end, x = places[edge.start], places[edge.end], lanes.get(n, 0.0)
        y = start.centre
        if edge.start == 0:
            y = end.centre
            path = f"M{x:.1f} {top:.1f}V{y - 10:.1f}Q{x:.1f} {y:.1f} {x + bend:.1f} {y:.1f}H{end.x:.1f}"
        elif n in lanes:
            path = f"M{start.right:.1f} {y:.1f}H{x - bend:.1f}Q{x:.1f} {y:.1f} {x:.1f} {y + 10:.1f}V{end.y:.1f}"
        else:
            path = _curve((start.right, y + leaving[n]), (end.x, end.centre + arriving[n]))
        paths.append(path)
    return Layout(bottom + scored, places, paths, widths, {})


def _height(column: Sequence[int], heights: Sequence[float]) -> float:
    return sum(heights[at] for at in column) + _GAP * (len(column) - 1)


def _column(
    column: Sequence[int], heights: Sequence[float], span: tuple[float, float], room: tuple[float, float]
) -> dict[int, Box]:
    """Return the places of a column's nodes, spread between two heights."""
    top, bottom = room
    spare = bottom - top - 2 * _MARGIN - _height(column, heights)
    between = min(spare / (len(column) + 1), 3 * _GAP)
    y = top + _MARGIN + (spare - between * (len(column) - 1)) / 2
    boxes = {}
    for at in column:
        boxes[at] = Box(span[0], y, span[1], heights[at])
        y += heights[at] + _GAP + between
    return boxes


def _widths(graph: Subgraph, widest: float, together: float) -> list[float]:
    """Return widths of the edges in pixels, proportional to the sizes of their shares."""
    sizes = [abs(edge.share) for edge in graph.edges]
    done = sum(size for size, edge in zip(sizes, graph.edges, strict=True) if edge.start == 0)
    scale = min(widest / max(sizes), together / done) if any(sizes) else 0.0
    return [size * scale for size in sizes]


def _offsets(
    edges: Sequence[Edge], places: Sequence[Box], widths: Sequence[float]
) -> tuple[Mapping[int, float], Mapping[int, float]]:
    """Return where each edge leaves and arrives, below the centre of the node: edges lie beside each other."""
    numbers = range(len(edges))
    leaving = _stacked(((edges[n].start, places[edges[n].end].centre, n) for n in numbers), widths)
    arriving = _stacked(((edges[n].end, places[edges[n].start].centre, n) for n in numbers), widths)
    return leaving, arriving


def _stacked(ends: Iterable[tuple[int, float, int]], widths: Sequence[float]) -> dict[int, float]:
    by_node: dict[int, list[int]] = {}
    for node, _, edge in sorted(ends):
        by_node.setdefault(node, []).append(edge)
    found = {}
    for edges in by_node.values():
        total = sum(widths[edge] for edge in edges)
        for edge, below in zip(edges, accumulate(widths[edge] for edge in edges), strict=True):
            found[edge] = below - widths[edge] / 2 - total / 2
    return found


def _lanes(edges: Sequence[Edge], places: Sequence[Box], widths: Sequence[float]) -> dict[int, float]:
    """Return where edges run down beside the columns, so that none crosses another there."""
    last = len(places) - 1
    left = sorted((n for n, edge in enumerate(edges) if edge.start == 0), key=lambda n: -places[edges[n].end].y)
    right = sorted((n for n, edge in enumerate(edges) if edge.end == last), key=lambda n: places[edges[n].start].y)
    found = {}
    for side in (left, right):
        margin = 4.0
        for n in side:
            x = (margin + widths[n] / 2) * _SCALE
            found[n] = x if side is left else WIDTH - x
            margin += widths[n]
    return found


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x0, y0), (x1, y1) = start, end
    middle = (x0 + x1) / 2
    return f"M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"


def _apart(labels: Mapping[int, tuple[float, float]]) -> dict[int, tuple[float, float]]:
    """Return labels moved up and down so that none covers another."""
    columns: dict[float, list[int]] = {}
    for n in sorted(labels, key=lambda n: labels[n][1]):
        columns.setdefault(labels[n][0], []).append(n)
    found = {}
    for x, column in columns.items():
        groups: list[list[int]] = []
        tops: list[float] = []
        for n in column:
            groups.append([n])
            tops.append(labels[n][1])
            # A group that reaches into the one above joins it, about the mean of its labels.
            while len(groups) > 1 and tops[-1] - tops[-2] < _LABEL * len(groups[-2]):
                joined = groups[-2] + groups.pop()
                groups[-1] = joined
                tops.pop()
                tops[-1] = sum(labels[one][1] for one in joined) / len(joined) - _LABEL * (len(joined) - 1) / 2
        for group, y in zip(groups, tops, strict=True):
            found.update({one: (x, y + place * _LABEL) for place, one in enumerate(group)})
    return found
