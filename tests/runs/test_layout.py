"""What a run's files hold, by name: as earlier versions wrote it, and read as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from graphrec.model import UserItemCSR
from graphrec.model.item_edges import matrix_of
from graphrec.model.scores import ItemTables
from graphrec.runs import layout
from graphrec.runs.layout import EmbeddingArrays, EncoderArrays, Ids

DENSE = torch.tensor([[0.0, 0.5, 0.0], [0.0, 0.0, 2.0], [1.0, 0.0, 0.0]])
SPARSE = matrix_of(torch.tensor([0, 1, 2, 3]), torch.tensor([1, 2, 0]), torch.tensor([0.5, 2.0, 1.0]), 3)


def rows(age: bool = False) -> UserItemCSR:
    return UserItemCSR(torch.tensor([0, 2, 3]), torch.tensor([0, 2, 1]), age=torch.tensor([1, 0, 0]) if age else None)


def arrays(similar: Tensor | None = None, recency: float = 0.0, side: int = 0) -> EmbeddingArrays:
    spread = None if similar is None else torch.tensor([1.0, 0.02, 1.0])
    tables = ItemTables(torch.arange(6.0).view(3, 2), similar, 0.0 if similar is None else 0.5, spread, recency)
    user = {"heldout": torch.ones(2, 2), "all": torch.full((2, 2), 2.0)}
    done = {"heldout": rows(recency > 0), "all": rows(recency > 0)}
    return EmbeddingArrays(user, done, tables, side, {"text": torch.tensor([1.0, 0.0, 0.5])})


PLAIN = {"item", "weights.text"} | {f"{view}.{name}" for view in layout.VIEWS for name in ("user", "indptr", "indices")}
EDGES = {"similar.alpha", "similar.spread"}


@pytest.mark.parametrize(
    ("held", "names"),
    [
        (arrays(), set()),
        (arrays(DENSE), {"similar", *EDGES}),
        (arrays(SPARSE), {"similar.indptr", "similar.indices", "similar.values", *EDGES}),
        (arrays(recency=20.0), {"recency", "heldout.age", "all.age"}),
        (arrays(side=1), {"further"}),
    ],
    ids=["plain", "dense edges", "sparse edges", "recency", "side features"],
)
def test_embeddings_are_read_as_they_were_written(held: EmbeddingArrays, names: set[str], tmp_path: Path):
    layout.write_arrays(tmp_path, {layout.EMBEDDINGS: held.tensors()})
    found = layout.read_arrays(tmp_path, layout.EMBEDDINGS)
    assert set(found) == PLAIN | names
    again = EmbeddingArrays.from_tensors(found)
    assert {name: value.tolist() for name, value in again.tensors().items()} == {
        name: value.tolist() for name, value in found.items()
    }
    everybody = torch.arange(2)
    for view in layout.VIEWS:
        before, after = (one.items.scores(one.user[view], one.done[view], everybody) for one in (held, again))
        assert torch.equal(before, after)
    assert again.side_features == held.side_features


def test_the_score_is_the_inner_product_and_what_comes_along_edges():
    held = arrays(DENSE)
    scores = held.items.scores(held.user["all"], held.done["all"], torch.tensor([1, 0]))
    inner = held.user["all"] @ held.items.item.T
    # The first did items 0 and 2, each of which counts 2 ** -0.5; item 1 is cold and counts a fiftieth.
    along = torch.tensor([[0.0, 0.0, 2.0], [2**-0.5, 0.02 * 0.5 * 2**-0.5, 0.0]])
    torch.testing.assert_close(scores, inner[[1, 0]] + along)
    for one in (arrays(SPARSE), arrays(DENSE)):
        torch.testing.assert_close(one.items.scores(one.user["all"], one.done["all"], torch.tensor([1, 0])), scores)
    assert torch.equal(held.items.scores(held.user["all"], None, torch.arange(2)), inner)


@pytest.mark.parametrize("updated", [False, True])
def test_the_encoder_is_read_as_it_was_written(updated: bool, tmp_path: Path):
    more = {"users_at_update": torch.tensor([-1, 3]), "warm_items": torch.tensor([True, False])} if updated else {}
    held = EncoderArrays({"source": torch.ones(2, 1)}, torch.tensor([7, 8]), 9, **more)
    layout.write_arrays(tmp_path, {layout.ENCODER: held.tensors()})
    found = layout.read_arrays(tmp_path, layout.ENCODER)
    assert set(found) == {"source", "digests", "social"} | ({"heard", "tried"} if updated else set())
    again = EncoderArrays.from_tensors(found)
    assert again.social == 9
    assert set(again.encoder) == {"source"}
    assert (again.users_at_update is not None, again.warm_items is not None) == (updated, updated)


def test_ids_keep_who_is_forgotten_and_entities(tmp_path: Path):
    Ids(["a", None, 7], [1, "1"]).write(tmp_path)
    assert Ids.read(tmp_path) == Ids(["a", None, 7], [1, "1"])
    Ids([], [], ["g"]).write(tmp_path)
    assert Ids.read(tmp_path).entities == ["g"]


def test_files_are_replaced_together(tmp_path: Path):
    layout.write_arrays(tmp_path, {layout.WEIGHTS: {"a": torch.ones(1)}})
    with pytest.raises(AttributeError):
        layout.write_arrays(tmp_path, {layout.WEIGHTS: {"a": torch.zeros(1)}, layout.ENCODER: {"b": "no array"}})  # type: ignore[dict-item]
    assert layout.read_arrays(tmp_path, layout.WEIGHTS)["a"].item() == 1
    assert [file.name for file in tmp_path.iterdir()] == [layout.WEIGHTS]
