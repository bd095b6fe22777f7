"""The comparison as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from graphrec.common.errors import ConfigError
from graphrec.common.plotting import check_picture
from graphrec.experiments.benchmark.plot import draw

pytest.importorskip("matplotlib")


def row(name: str, mean: float, kind: str = "model") -> dict[str, Any]:
    return {kind: name, "metrics": {"recall@20": {"mean": mean, "low": mean - 0.01, "high": mean + 0.01}}}


def test_a_bar_each_the_best_peer_first_and_what_was_skipped_left_out(tmp_path: Path) -> None:
    models = [
        row("20260101-000000-aaaa", 0.3),
        row("weak", 0.1),
        row("the $strong", 0.25),
        {"model": "ease", "skipped": "too many"},
    ]
    path = tmp_path / "bars.svg"
    draw(models, [row("no-content", 0.2, "variant")], "recall@20", path)
    texts = [
        text for text in (node.text for node in ElementTree.parse(path).iter() if node.tag.endswith("text")) if text
    ]
    labels = [
        text
        for text in texts
        if text in ("graphrec", "20260101-000000-aaaa", "the $strong", "weak", "ease", "no-content")
    ]
    assert labels == ["graphrec", "the $strong", "weak", "no-content"]
    assert [text.strip() for text in texts if text.startswith("  ")] == ["0.300", "0.250", "0.100", "0.200"]
    first = path.read_bytes()
    draw(models, [row("no-content", 0.2, "variant")], "recall@20", path)
    assert path.read_bytes() == first
    draw(models, [], "recall@20", tmp_path / "bars.PNG")
    assert (tmp_path / "bars.PNG").read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_is_refused_at_once(tmp_path: Path, run: Any) -> None:
    assert check_picture(tmp_path / "a.svg", "--plot") == tmp_path / "a.svg"
    for path, message in (
        (tmp_path / "a.pdf", "is neither .svg nor .png"),
        (tmp_path / "absent" / "a.svg", "there is no folder"),
    ):
        with pytest.raises(ConfigError, match=message):
            check_picture(path, "--plot")
        left = run("benchmark", "--plot", path)
        assert left.exit_code == 2
        assert message in left.stderr
