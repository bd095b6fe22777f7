"""Explanations of a run: reasons, and their picture."""

from __future__ import annotations

import pytest

from graphrec.api.model import Model
from graphrec.presentation.explanation_graph import Subgraph
from graphrec.runs.run import Run


def test_the_shares_of_a_reason_go_over_items_of_the_user(run: Run) -> None:
    model, kinds = Model(run), set()
    for row in range(0, len(run.users), 6):
        found = model.explanation(run.users[row], run.items[row % len(run.items)])
        for reason in found.reasons:
            kinds.add(reason.kind)
            shares = [via.share for via in reason.via]
            assert all(share > 0 for share in shares)
            if reason.kind == "item" or len(reason.via) == reason.count:
                assert sum(shares) == pytest.approx(reason.share, rel=1e-4)
        graph = Subgraph(found)
        arriving = sum(edge.share for edge in graph.edges if edge.end == len(graph.nodes) - 1)
        leaving = sum(edge.share for edge in graph.edges if edge.start == 0)
        assert arriving == pytest.approx(leaving, rel=1e-4)
        assert "</html>" in found._repr_html_().replace("&lt;", "<").replace("&gt;", ">")
    assert kinds >= {"entity", "link", "content", "item"}
