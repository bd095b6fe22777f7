"""Splits that somebody else has made: read from the graph, or from a property of its edges."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from graphrec.common.errors import GraphError, LeakageError
from graphrec.common.pyg import HeteroData, ToUndirected
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.config.settings import SplitSettings
from graphrec.db.database import Database
from graphrec.evaluation.split import Split, check_leakage, make_split, training_graph
from graphrec.graph.hetero import load_graph

SCHEMA = GraphSchema(behaviours={"BOUGHT": Behaviour(), "RATED": Behaviour(), "BROWSED": Behaviour(target=False)})
PUBLISHED = SplitSettings(method="published")
TRAIN, VALID, TEST, NONE = 0, 1, 2, -1


def graph(types: dict[str, list[tuple[int, int, int]]], n_users: int = 4, n_items: int = 12) -> Any:
    """Make a graph of (user, item, part) behaviours."""
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = n_users, n_items
    for name, edges in types.items():
        table = torch.tensor(edges, dtype=torch.int64).reshape(-1, 3)
        store = data["user", name, "item"]
        store.edge_index = table[:, :2].T.contiguous()
        store.split = table[:, 2].to(torch.int8)
    return ToUndirected(merge=False)(data)


def pairs(tensor: torch.Tensor) -> set[tuple[int, int]]:
    return {(u, i) for u, i in tensor.T.tolist()}


def test_the_parts_are_those_published() -> None:
    data = graph(
        {
            "BOUGHT": [(0, 0, TRAIN), (0, 1, TEST), (1, 0, TRAIN), (1, 2, VALID), (0, 0, TRAIN)],
            "RATED": [(0, 1, TEST), (2, 3, TEST), (3, 3, TRAIN)],
            "BROWSED": [(0, 1, NONE), (0, 2, NONE), (0, 5, TEST), (3, 4, TRAIN)],
        }
    )
    split = make_split(data, PUBLISHED, SCHEMA)
    assert pairs(split.train) == {(0, 0), (1, 0), (3, 3)}
    assert pairs(split.valid) == {(1, 2)}
    assert pairs(split.test) == {(0, 1), (2, 3)}, "a user without a past stays in a published split"
    train = training_graph(data, split)
    assert pairs(train["user", "BOUGHT", "item"].edge_index) == {(0, 0), (1, 0)}
    # Browses of a held-out pair, and those that the split itself holds out, are gone.
    assert pairs(train["user", "BROWSED", "item"].edge_index) == {(0, 2), (3, 4)}
    assert pairs(train["item", "rev_BROWSED", "user"].edge_index.flip(0)) == {(0, 2), (3, 4)}
    check_leakage(train, split)
    train["user", "BROWSED", "item"].edge_index = torch.tensor([[0], [5]])
    train["user", "BROWSED", "item"].split = torch.tensor([TEST], dtype=torch.int8)
    with pytest.raises(LeakageError, match=r"1 edges of .*BROWSED.* belong to the valid or test part"):
        check_leakage(train, split)


def test_validation_is_carved_out_of_train() -> None:
    bought = [(u, i, TEST if i > 9 else TRAIN) for u in range(4) for i in range(12)]
    data = graph({"BOUGHT": bought})
    split = make_split(data, SplitSettings(method="published", valid=0.2, seed=1), SCHEMA)
    assert pairs(split.test) == {(u, i) for u in range(4) for i in (10, 11)}
    assert torch.bincount(split.valid[0]).tolist() == [2, 2, 2, 2]
    assert pairs(split.train) | pairs(split.valid) == {(u, i) for u in range(4) for i in range(10)}
    assert not pairs(split.train) & pairs(split.valid)
    check_leakage(training_graph(data, split), split)
    again = make_split(data, SplitSettings(method="published", valid=0.2, seed=1), SCHEMA)
    other = make_split(data, SplitSettings(method="published", valid=0.2, seed=2), SCHEMA)
    assert torch.equal(again.valid, split.valid)
    assert not torch.equal(other.valid, split.valid)
    # The test share plays no part: what is published decides.
    assert torch.equal(
        make_split(data, SplitSettings(method="published", valid=0.5, test=0.9), SCHEMA).test, split.test
    )


def test_a_pair_in_two_parts_is_named() -> None:
    data = graph({"BOUGHT": [(0, 0, TRAIN), (1, 2, TRAIN), (1, 3, TEST)], "RATED": [(1, 2, TEST), (0, 0, TRAIN)]})
    with pytest.raises(
        LeakageError, match=r"\(user 1, item 2\) is in two parts of the published split, as are 0 other"
    ):
        make_split(data, PUBLISHED, SCHEMA)


@pytest.mark.parametrize(
    ("edges", "said"),
    [
        ([(0, 0, TRAIN), (0, 1, TEST), (1, 0, NONE)], "1 of 3 BOUGHT have no 'split'"),
        ([(0, 0, TRAIN), (0, 1, VALID)], "no behaviour has split = 'test'"),
        ([(0, 0, TEST), (0, 1, VALID)], "no behaviour has split = 'train'"),
    ],
)
def test_what_a_published_split_lacks_is_named(edges: Any, said: str) -> None:
    with pytest.raises(GraphError, match=said):
        make_split(graph({"BOUGHT": edges}), PUBLISHED, SCHEMA)


def test_a_graph_read_for_another_split_has_no_parts() -> None:
    data = graph({"BOUGHT": [(0, 0, TRAIN), (0, 1, TEST)]})
    del data["user", "BOUGHT", "item"].split
    with pytest.raises(GraphError, match="2 of 2 BOUGHT have no 'split'"):
        make_split(data, PUBLISHED, SCHEMA)


MADE = """
UNWIND range(0, 3) AS u CREATE (:User {userId: 'u' + u})
WITH count(*) AS done
UNWIND range(0, 5) AS i CREATE (:Item {itemId: 'i' + i})
WITH count(*) AS done
MATCH (u:User), (i:Item)
WITH u, i, toInteger(substring(u.userId, 1)) + toInteger(substring(i.itemId, 1)) AS n
CREATE (u)-[:BOUGHT {part: CASE n % 3 WHEN 0 THEN 'test' WHEN 1 THEN 'valid' ELSE 'train' END, weight: n}]->(i)
WITH u, i, n WHERE n > 6
CREATE (u)-[:BROWSED {at: datetime('2024-01-01')}]->(i)
"""
LOADED = GraphSchema(behaviours={"BOUGHT": Behaviour(strength="weight"), "BROWSED": Behaviour(target=False)})


def expected(name: str) -> set[tuple[int, int]]:
    rest = {"test": 0, "valid": 1, "train": 2}[name]
    return {(u, i) for u in range(4) for i in range(6) if (u + i) % 3 == rest}


@pytest.mark.parametrize("packed", [True, False])
def test_the_graph_in_neo4j_says_the_parts(db: Database, packed: bool) -> None:
    db.write(MADE)
    if not packed:  # a time as text does not fit into a packed list
        db.write("MATCH ()-[r:BOUGHT]->() SET r.at = '2024-01-01T00:00:00'")
    named = SplitSettings(method="published", property="part")
    plain = load_graph(db, LOADED)
    assert "split" not in plain.data["user", "BOUGHT", "item"], "read only when it is asked for"
    found = load_graph(db, LOADED, named)
    assert found.data["user", "BOUGHT", "item"].split.dtype == torch.int8
    assert found.data["user", "BROWSED", "item"].split.unique().tolist() == [NONE]
    split = make_split(found.data, named, found.schema)
    for name in ("train", "valid", "test"):
        assert pairs(getattr(split, name)) == expected(name)
    check_leakage(training_graph(found.data, split), split)
    # A run knows its graph again, whatever the graph was read for.
    assert found.fingerprint == plain.fingerprint
    assert "split" not in load_graph(db, LOADED, SplitSettings()).data["user", "BOUGHT", "item"]


def test_a_part_that_is_none_and_a_property_that_nothing_has(db: Database) -> None:
    db.write(MADE)
    with pytest.raises(GraphError, match=r"\[split\] property = 'parts': no BOUGHT has it") as error:
        load_graph(db, LOADED, SplitSettings(method="published", property="parts"))
    assert "did you mean 'part'" in str(error.value)
    db.write("MATCH (:User {userId: 'u1'})-[r:BOUGHT]->(:Item {itemId: 'i4'}) SET r.part = 'held'")
    with pytest.raises(GraphError, match=r"BOUGHT\.part = 'held': a part must be one of 'train', 'valid', 'test'"):
        load_graph(db, LOADED, SplitSettings(method="published", property="part"))


def test_a_split_without_cold_items_ranks_everything() -> None:
    data = graph({"BOUGHT": [(0, 0, TRAIN), (0, 1, TEST), (0, 2, VALID)]})
    split: Split = make_split(data, PUBLISHED, SCHEMA)
    assert split.cold == {}
    assert split.candidates("test") is None
