"""Splits: what is held out, what training may see, and that a leak is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphrec.common.errors import ConfigError, GraphError, InputError, LeakageError, NotFoundError
from graphrec.common.pyg import HeteroData, ToUndirected
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import SplitSettings
from graphrec.evaluation.split import Split, check_leakage, make_split, training_graph
from graphrec.graph.typed import NO_TIME

SCHEMA = GraphSchema(
    behaviours={"BOUGHT": Behaviour(), "RATED": Behaviour(), "BROWSED": Behaviour(target=False)},
    knowledge=("HAS_GENRE",),
)
METHODS = ("random", "user-time", "global-time")


def graph(types: dict[str, list[tuple[int, int, int]]], n_users: int, n_items: int, undirected: bool = True) -> Any:
    """Make a graph of (user, item, time) behaviours, with one genre per item and a friendship."""
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes, data["entity"].num_nodes = n_users, n_items, 2
    for name, edges in types.items():
        table = torch.tensor(edges, dtype=torch.int64).reshape(-1, 3)
        store = data["user", name, "item"]
        store.edge_index = table[:, :2].T.contiguous()
        store.edge_weight = torch.arange(len(table), dtype=torch.float32)
        store.time = table[:, 2].clone()
    data["item", "HAS_GENRE", "entity"].edge_index = torch.stack([torch.arange(n_items), torch.arange(n_items) % 2])
    data["user", "FRIEND_OF", "user"].edge_index = torch.tensor([[0], [1]])
    return ToUndirected(merge=False)(data) if undirected else data


def busy(seed: int = 0, n_users: int = 60, n_items: int = 40, n: int = 1500) -> Any:
    """Make a random graph with repeated behaviours, three types, ties in time."""
    rng = np.random.default_rng(seed)

    def some(count: int) -> list[tuple[int, int, int]]:
        columns = (rng.integers(n_users, size=count), rng.integers(n_items, size=count), rng.integers(300, size=count))
        return list(zip(*(column.tolist() for column in columns), strict=True))

    return graph({"BOUGHT": some(n), "RATED": some(n // 2), "BROWSED": some(n)}, n_users, n_items)


def pairs(tensor: torch.Tensor) -> set[tuple[int, int]]:
    return {(u, i) for u, i in tensor.T.tolist()}


def times(data: Any, *types: str) -> dict[tuple[int, int], int]:
    """Find the first time of each pair, edge by edge."""
    found: dict[tuple[int, int], int] = {}
    for name in types:
        store = data["user", name, "item"]
        for (u, i), at in zip(store.edge_index.T.tolist(), store.time.tolist(), strict=True):
            found[u, i] = min(at, found.get((u, i), at))
    return found


@pytest.mark.parametrize("method", METHODS)
def test_split_is_a_partition_of_the_target_pairs(method: str) -> None:
    data = busy()
    split = make_split(data, SplitSettings(method=method), SCHEMA)
    train, valid, test = pairs(split.train), pairs(split.valid), pairs(split.test)
    everything = set(times(data, "BOUGHT", "RATED"))
    assert not train & valid
    assert not train & test
    assert not valid & test
    assert train | valid | test <= everything
    left_out = everything - train - valid - test
    assert {u for u, _ in left_out}.isdisjoint({u for u, _ in train}), "only users without a past are left out"
    assert valid
    assert test
    for part in (split.train, split.valid, split.test):
        assert part.dtype == torch.int64
        assert part.T.tolist() == sorted(part.T.tolist())


@pytest.mark.parametrize("method", METHODS)
def test_training_graph_holds_no_answer_edge_by_edge(method: str) -> None:
    data = busy()
    before = {kind: data[kind].edge_index.size(1) for kind in data.edge_types}
    split = make_split(data, SplitSettings(method=method), SCHEMA)
    train = training_graph(data, split)
    train.validate()
    held = pairs(split.valid) | pairs(split.test)
    for kind in data.edge_types:
        assert data[kind].edge_index.size(1) == before[kind], "the input must not change"
        if {kind[0], kind[2]} != {"user", "item"}:
            assert torch.equal(train[kind].edge_index, data[kind].edge_index)
            continue
        kept, whole = train[kind], data[kind]
        u, i = (0, 1) if kind[0] == "user" else (1, 0)
        expected = [
            edge
            for edge in range(whole.edge_index.size(1))
            if (int(whole.edge_index[u, edge]), int(whole.edge_index[i, edge])) not in held
            and (method == "random" or whole.time[edge] < split.cutoff["user"][whole.edge_index[u, edge]])
        ]
        assert torch.equal(kept.edge_index, whole.edge_index[:, expected])
        assert torch.equal(kept.edge_weight, whole.edge_weight[expected])
        assert torch.equal(kept.time, whole.time[expected])
    targets = set(times(train, "BOUGHT", "RATED"))
    assert targets == pairs(split.train), "every training pair keeps an edge, and no other pair has one"
    check_leakage(train, split)


def test_random_takes_the_share_of_each_user_and_spares_short_profiles() -> None:
    profiles = {0: 30, 1: 10, 2: 3, 3: 2, 4: 1, 5: 11}
    data = graph({"BOUGHT": [(u, i, 0) for u, n in profiles.items() for i in range(n)]}, 6, 30)
    split = make_split(data, SplitSettings(), SCHEMA)
    counts = {
        name: torch.bincount(getattr(split, name)[0], minlength=6).tolist() for name in ("train", "valid", "test")
    }
    assert counts["test"] == [3, 1, 1, 0, 0, 2]
    assert counts["valid"] == [3, 1, 1, 0, 0, 2]
    assert counts["train"] == [24, 8, 1, 2, 1, 7]


@pytest.mark.parametrize(("valid", "test"), [(0.0, 0.95), (0.45, 0.5), (0.95, 0.0), (0.0, 0.0)])
def test_everybody_keeps_a_training_pair_whatever_the_shares(valid: float, test: float) -> None:
    data = graph({"BOUGHT": [(u, i, i) for u in range(12) for i in range(u + 1)]}, 12, 12)
    for method in ("random", "user-time"):
        split = make_split(data, SplitSettings(method=method, valid=valid, test=test), SCHEMA)
        assert set(split.train[0].tolist()) == set(range(12))
        assert (split.valid.size(1) > 0) == (valid > 0)
        assert (split.test.size(1) > 0) == (test > 0)


def test_same_seed_same_split_in_any_edge_order_and_another_seed_another() -> None:
    data = busy()
    shuffled = data.clone()
    for name in ("BOUGHT", "RATED", "BROWSED"):
        store = shuffled["user", name, "item"]
        order = torch.randperm(store.edge_index.size(1), generator=torch.Generator().manual_seed(1))
        store.edge_index, store.time = store.edge_index[:, order], store.time[order]
    for method in METHODS:
        one = make_split(data, SplitSettings(method=method, seed=3), SCHEMA)
        again = make_split(shuffled, SplitSettings(method=method, seed=3), SCHEMA)
        assert torch.equal(one.test, again.test)
        assert torch.equal(one.valid, again.valid)
    assert pairs(make_split(data, SplitSettings(seed=1), SCHEMA).test) != pairs(
        make_split(data, SplitSettings(seed=2), SCHEMA).test
    )


def test_user_time_holds_out_the_last_pairs_by_their_first_time() -> None:
    # Item 0 is bought first and again last: its pair is old.
    bought = [(0, i, 100 + i) for i in range(10)] + [(0, 0, 500)]
    browsed = [(0, 9, 1), (0, 20, 105), (0, 21, 400), (0, 1, 400)]
    data = graph({"BOUGHT": bought, "BROWSED": browsed}, 2, 30)
    split = make_split(data, SplitSettings(method="user-time"), SCHEMA)
    assert pairs(split.test) == {(0, 9)}
    assert pairs(split.valid) == {(0, 8)}
    assert split.cutoff["user"].tolist() == [108, 2**63 - 1]
    train = training_graph(data, split)
    assert (0, 0, 500) not in {
        (0, int(i), int(t))
        for i, t in zip(
            train["user", "BOUGHT", "item"].edge_index[1], train["user", "BOUGHT", "item"].time, strict=True
        )
    }
    # The browse of a held-out pair tells, even before the cut; browses after the cut are the future.
    assert pairs(train["user", "BROWSED", "item"].edge_index) == {(0, 20)}
    assert pairs(train["item", "rev_BROWSED", "user"].edge_index.flip(0)) == {(0, 20)}


def test_equal_times_are_drawn_by_lot_not_by_item_order() -> None:
    n_users, n_items = 300, 20
    data = graph({"BOUGHT": [(u, i, 7) for u in range(n_users) for i in range(n_items)]}, n_users, n_items)
    split = make_split(data, SplitSettings(method="user-time", valid=0.1, test=0.1), SCHEMA)
    counts = torch.bincount(split.test[1], minlength=n_items)
    assert split.test.size(1) == 2 * n_users
    # 30 expected each, standard deviation 5.2; by item order it would be 300 for two of them and 0 for the others.
    assert counts.min() > 5
    assert counts.max() < 60
    train = training_graph(data, split)
    assert pairs(train["user", "BOUGHT", "item"].edge_index) == pairs(split.train), (
        "kept pairs of the cut's second stay"
    )
    check_leakage(train, split)


def test_global_time_cuts_at_a_date_and_leaves_users_without_a_past_out() -> None:
    bought = [(u, i, 10 * i + u) for u in range(4) for i in range(10)] + [(4, i, 90 + i) for i in range(3)]
    data = graph({"BOUGHT": bought}, 5, 10)
    split = make_split(data, SplitSettings(method="global-time", valid=0.1, test=0.2), SCHEMA)
    first = times(data, "BOUGHT")
    valid_at, test_at = int(split.cutoff["valid"]), int(split.cutoff["test"])
    assert pairs(split.train) == {pair for pair, at in first.items() if at < valid_at}
    assert pairs(split.valid) == {(u, i) for (u, i), at in first.items() if valid_at <= at < test_at and u != 4}
    assert pairs(split.test) == {(u, i) for (u, i), at in first.items() if at >= test_at and u != 4}
    late = sum(at >= test_at for at in first.values())
    assert late == int(0.2 * len(first)), "no more than the share"
    train = training_graph(data, split)
    assert int(train["user", "BOUGHT", "item"].time.max()) < valid_at
    check_leakage(train, split)


@pytest.mark.parametrize("method", ["user-time", "global-time"])
def test_time_splits_need_all_times(method: str) -> None:
    data = graph({"BOUGHT": [(0, i, i) for i in range(9)], "BROWSED": [(0, 1, NO_TIME), (0, 2, 3)]}, 1, 9)
    with pytest.raises(GraphError, match=r"1 of 2 BROWSED have none") as error:
        make_split(data, SplitSettings(method=method), SCHEMA)
    assert "graph.behaviours.BROWSED" in str(error.value)
    del data["user", "BOUGHT", "item"].time
    with pytest.raises(GraphError, match="9 of 9 BOUGHT"):
        make_split(data, SplitSettings(method=method), SCHEMA)
    assert make_split(data, SplitSettings(), SCHEMA).test.size(1) == 1


def test_bad_settings_and_graphs_are_refused() -> None:
    data = busy()
    with pytest.raises(ConfigError, match=r"valid = 0\.5 and test = 0\.5"):
        make_split(data, SplitSettings(valid=0.5, test=0.5), SCHEMA)
    with pytest.raises(GraphError, match="behaviours in the graph: BOUGHT, RATED, BROWSED"):
        make_split(data, SplitSettings(), GraphSchema(behaviours={"BROWSED": Behaviour(target=False)}))
    same = graph({"BOUGHT": [(0, i, 5) for i in range(9)]}, 1, 9)
    with pytest.raises(GraphError, match="nothing to train on"):
        make_split(same, SplitSettings(method="global-time"), SCHEMA)


def _leak(train: Any, split: Split, kind: tuple[str, str, str], pair: tuple[int, int], at: int = 0) -> Any:
    """Add one edge to a training graph."""
    data = train.clone()
    end = torch.tensor([[pair[0]], [pair[1]]])
    edge = end if kind[0] == "user" else end.flip(0)
    store = data[kind]
    known = "edge_index" in store
    store.edge_index = torch.cat([store.edge_index, edge], dim=1) if known else edge
    store.time = torch.cat([store.time, torch.tensor([at])]) if known else torch.tensor([at])
    return data


@pytest.mark.parametrize("part", ["valid", "test"])
@pytest.mark.parametrize(
    "kind",
    [
        ("user", "BOUGHT", "item"),
        ("item", "rev_BOUGHT", "user"),
        ("user", "BROWSED", "item"),
        ("item", "rev_BROWSED", "user"),
        ("item", "OWNED_BY", "user"),
        ("user", "KNOWS_OF", "item"),
    ],
)
def test_a_leaked_pair_is_named(part: str, kind: tuple[str, str, str]) -> None:
    data = busy()
    split = make_split(data, SplitSettings(), SCHEMA)
    train = training_graph(data, split)
    user, item = getattr(split, part)[:, 3].tolist()
    with pytest.raises(LeakageError, match=rf"{kind[1]}.* {part} pairs, such as \(user {user}, item {item}\)"):
        check_leakage(_leak(train, split, kind, (user, item)), split)


def test_a_behaviour_after_the_cut_is_found() -> None:
    data = busy()
    for method in ("user-time", "global-time"):
        split = make_split(data, SplitSettings(method=method), SCHEMA)
        train = training_graph(data, split)
        user, item = split.train[:, split.cutoff["user"][split.train[0]].argmin()].tolist()
        cut = int(split.cutoff["user"][user])
        check_leakage(_leak(train, split, ("user", "BOUGHT", "item"), (user, item), cut - 1), split)
        with pytest.raises(LeakageError, match=f"after the cut.* at {cut} "):
            check_leakage(_leak(train, split, ("user", "BOUGHT", "item"), (user, item), cut), split)
        del train["user", "RATED", "item"].time
        with pytest.raises(LeakageError, match="have no time"):
            check_leakage(train, split)


def test_parts_that_share_a_pair_are_found() -> None:
    data = busy()
    split = make_split(data, SplitSettings(), SCHEMA)
    mixed = Split(split.train, split.valid, split.train[:, :1], split.settings, {}, split.shape)
    with pytest.raises(LeakageError, match="is in train and in test"):
        check_leakage(training_graph(data, split), mixed)


@pytest.mark.parametrize("method", METHODS)
def test_split_survives_the_disk(method: str, tmp_path: Path) -> None:
    split = make_split(busy(), SplitSettings(method=method, valid=0.2, seed=5), SCHEMA)
    split.save(tmp_path / "split.safetensors")
    split.save(tmp_path / "split.safetensors")
    assert [file.name for file in tmp_path.iterdir()] == ["split.safetensors"]
    again = Split.load(tmp_path / "split.safetensors")
    assert again.settings == split.settings
    assert again.shape == split.shape
    for part in ("train", "valid", "test"):
        assert torch.equal(getattr(again, part), getattr(split, part))
    assert again.cutoff.keys() == split.cutoff.keys()
    assert all(torch.equal(again.cutoff[name], split.cutoff[name]) for name in split.cutoff)


def test_a_file_that_is_no_split_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"gone\.safetensors"):
        Split.load(tmp_path / "gone.safetensors")
    file = tmp_path / "bad.safetensors"
    file.write_bytes(b"no tensors here")
    with pytest.raises(InputError, match=r"bad\.safetensors: not a split"):
        Split.load(file)


def test_matrices_mask_what_came_before() -> None:
    split = make_split(busy(), SplitSettings(), SCHEMA)
    train, valid = split.matrix("train"), split.matrix("valid")
    assert train.shape == (60, 40)
    assert train.sum() == split.train.size(1)
    assert (split.seen("valid") != train).nnz == 0
    assert (split.seen("test") != train + valid).nnz == 0
