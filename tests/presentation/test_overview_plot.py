"""The plot of what carries the scores."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from PIL import Image

from graphrec.explanation.overview import ALL, COLD_ITEMS, QUARTERS, Overview, OverviewRow
from graphrec.presentation.overview_plot import MOST, write_overview


def test_the_plot_shows_lines_and_percentages(tmp_path: Path) -> None:
    columns = (ALL, *QUARTERS)
    lines = [("component", "network", 0.7), ("component", "als", 0.3)]
    lines += [("relation", f"R$_{n}", 0.01 * n) for n in range(MOST + 2, 0, -1)]
    rows = [OverviewRow(by, name, dict.fromkeys(columns, share)) for by, name, share in lines]
    found = Overview("a run", 10, 8, False, 0, dict.fromkeys(columns, 2) | {COLD_ITEMS: 0}, rows)
    write_overview(found, tmp_path / "all.svg")
    said = " ".join(" ".join(ET.parse(tmp_path / "all.svg").getroot().itertext()).split())
    for text in ("component: network", "70.0%", f"relation: R$_{MOST}", *columns):
        assert text in said
    assert "relation: R$_1 " not in said  # only the largest
    assert COLD_ITEMS not in said
    write_overview(found, tmp_path / "all.png")
    with Image.open(tmp_path / "all.png") as picture:
        assert picture.width > 500
