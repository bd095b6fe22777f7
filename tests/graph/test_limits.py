"""Repeated records, bursts and bots: of each user the first behaviours count."""

from __future__ import annotations

import numpy as np
import pytest

from graphrec.config.limits import Limits
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.graph import limits
from graphrec.graph.limits import limit
from graphrec.graph.typed import NO_TIME, TypedArrays

DAY = 86_400
Rows = list[tuple[int, int, int]]


def graph(**given: Rows) -> TypedArrays:
    """Type → user, item, time, sorted; each weighs the number of its row."""
    data = TypedArrays()
    data["user"].num_nodes, data["item"].num_nodes = 3, 4
    for kind, rows in given.items():
        store = data["user", kind, "item"]
        users, items, times = np.array(rows, np.int64).T
        store.edge_index, store.time = np.stack([users, items]), times
        store.edge_weight = np.arange(len(rows), dtype=np.float32)
        store.split = np.zeros(len(rows), np.int8)
    return data


def kept(data: TypedArrays, given: Limits) -> dict[str, list[int]]:
    """Return the rows of each type that are left."""
    kinds = [kind for _, kind, _ in data.edge_types]
    limit(data, GraphSchema(behaviours={kind: Behaviour() for kind in kinds}, limits=given))
    for kind in data.edge_types:
        assert len(data[kind].time) == len(data[kind].split) == data[kind].edge_index.shape[1]
    return {kind: data["user", kind, "item"].edge_weight.astype(int).tolist() for kind in kinds}


def test_what_was_recorded_again_in_the_same_second_counts_once(caplog: pytest.LogCaptureFixture):
    rows = [(0, 1, NO_TIME), (0, 1, NO_TIME), (0, 1, 5), (0, 1, 5), (0, 1, 5), (0, 1, 6), (0, 2, 6), (1, 2, 6)]
    data = graph(SAW=rows, BOUGHT=[(0, 1, 5), (1, 1, 5)])
    assert kept(data, Limits()) == {"SAW": [0, 1, 2, 5, 6, 7], "BOUGHT": [0, 1]}
    assert "2 behaviours recorded again in the same second count once (1 users" in caplog.text
    caplog.clear()
    assert kept(graph(SAW=rows), Limits(once=False)) == {"SAW": list(range(8))}
    assert caplog.text == ""


def test_of_a_burst_the_first_ones_count_whatever_their_type():
    saw = [(0, 0, 60), (0, 1, 62), (0, 2, 119), (0, 3, 120), (1, 0, 60), (2, 0, NO_TIME), (2, 1, NO_TIME)]
    data = graph(SAW=saw, BOUGHT=[(0, 0, 61), (0, 1, 121)])
    assert kept(data, Limits(per_minute=2)) == {"SAW": [0, 3, 4, 5, 6], "BOUGHT": [0, 1]}


def test_a_day_holds_so_many_and_numbers_are_told_but_no_names(caplog: pytest.LogCaptureFixture):
    saw = [(0, 0, 5), (0, 1, 3), (0, 2, 4), (0, 3, DAY), (1, 0, 1), (1, 1, 2), (1, 2, 3)]
    assert kept(graph(SAW=saw), Limits(per_day=1)) == {"SAW": [1, 3, 4]}
    assert "4 behaviours beyond [graph.limits] per_day = 1 do not count (2 users, most of one user: 2, 2)" in (
        caplog.text
    )


def test_a_pair_holds_so_many_of_each_type():
    data = graph(SAW=[(0, 0, NO_TIME), (0, 0, 1), (0, 0, 2), (0, 1, 1)], BOUGHT=[(0, 0, 3), (0, 0, 9)])
    assert kept(data, Limits(per_pair=2)) == {"SAW": [0, 1, 3], "BOUGHT": [0, 1]}


def test_blocks_of_users_change_nothing(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(0)

    def drawn() -> Rows:
        rows = np.stack([rng.integers(0, 3, 200), rng.integers(0, 4, 200), rng.integers(0, 600, 200)], 1)
        return [(u, i, t) for u, i, t in sorted(rows.tolist())]

    given = {"SAW": drawn(), "BOUGHT": drawn()}
    asked = Limits(per_minute=3, per_pair=20, per_day=70)
    whole = kept(graph(**given), asked)
    assert 0 < sum(map(len, whole.values())) < 300
    for size in (1, 100, 250):
        monkeypatch.setattr(limits, "BLOCK", size)
        assert kept(graph(**given), asked) == whole


def test_searches_are_no_behaviours():
    data = graph(SEARCHED=[(0, 0, 5), (0, 1, 5), (0, 2, 5)])
    limit(data, GraphSchema(limits=Limits(per_minute=1)))
    assert data["user", "SEARCHED", "item"].num_edges == 3
