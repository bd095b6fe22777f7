"""One user's scores without PyTorch are those of the run, whatever it holds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from graphrec.common.errors import InputError
from graphrec.config.schema import Behaviour, GraphSchema
from graphrec.runs.run import Run

USERS, ITEMS = 7, 11


def arrays(kind: str) -> dict[str, torch.Tensor]:
    """What a run has beside vectors: edges, ages, spreads."""
    if kind == "none":
        return {}
    edges = torch.rand(ITEMS, ITEMS) * (torch.rand(ITEMS, ITEMS) < 0.4)
    found = {"similar": edges, "similar.alpha": torch.tensor(0.37)}
    if kind == "sparse":
        sparse = edges.to_sparse_csr()
        found["similar.indptr"], found["similar.indices"] = sparse.crow_indices(), sparse.col_indices()
        found["similar.values"] = sparse.values()
        del found["similar"]
    if kind in ("recent", "sparse"):
        found |= {"recency": torch.tensor(1.7), "all.age": torch.tensor([1, 0, 3, 2, 1, 0, 0, 1, 0])}
    if kind == "spread":
        found |= {"similar.spread": torch.rand(ITEMS), "all.age": torch.zeros(9, dtype=torch.int64)}
    return found


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support:UserWarning")
@pytest.mark.parametrize("kind", ["none", "dense", "sparse", "recent", "spread"])
def test_scores_are_those_of_the_run(make_run, kind: str) -> None:
    torch.manual_seed(3)
    seen = [(0, 1), (0, 4), (1, 0), (1, 2), (1, 7), (1, 10), (3, 5), (5, 3), (5, 4)]
    vectors = (torch.randn(n, 4).tolist() for n in (USERS, ITEMS))
    made = make_run([f"u{n}" for n in range(USERS)], list(range(ITEMS)), *vectors, seen, arrays=arrays(kind))
    expected = Run(made.path, made.info).scores(torch.arange(USERS), "all").numpy()
    for place in range(USERS):
        found = made.user_scores.scores(place)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected[place], rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(made.user_scores.seen(place), [item for user, item in seen if user == place])


def test_what_is_not_wanted_is_left_out_too(make_run) -> None:
    schema = GraphSchema(behaviours={"LIKED": Behaviour(), "DISLIKED": Behaviour(negative=True)})
    vectors = [[1.0]] * 3
    made = make_run(["a", "b", "c"], ["x", "y", "z"], vectors, vectors, [(0, 2), (1, 1)], schema=schema)
    made.update(behaviours=["DISLIKED", "LIKED"])
    profiles = {
        "indptr": torch.tensor([0, 2, 3, 4]),
        "items": torch.tensor([0, 2, 1, 2]),
        "weights": torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [2.0, 0.0]]),
    }
    save_file(profiles, made.path / "profiles.safetensors")
    expected = Run(made.path, made.info).seen("all")
    for place, items in enumerate(([0, 2], [1], [2])):
        assert made.user_scores.seen(place).tolist() == items == sorted(expected[[place]].indices.tolist())


def test_a_damaged_run_is_named(make_run) -> None:
    made = make_run(["a"], ["x"], [[1.0]], [[1.0]])
    (made.path / "embeddings.safetensors").write_bytes(b"cut off")
    with pytest.raises(InputError, match=f"{made.run_id}: the run is damaged"):
        made.user_scores.scores(0)
    with pytest.raises(InputError, match=f"{made.run_id}: the run is damaged"):
        _ = made.has_similar
