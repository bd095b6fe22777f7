"""Forward and backward of one edge type: the stored transpose against PyTorch's own ways.

Run: ``python tests/benchmarks/propagate.py``. Prints milliseconds and the ratio to :class:`Adjacency`.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import torch
from torch import Tensor

from graphrec.model.sparse_conv import Adjacency

#: Targets, sources, edges: the knowledge of MovieLens-100K in both directions, and the behaviour of MovieLens-1M.
SHAPES = ((1_682, 34_628, 45_000), (34_628, 1_682, 45_000), (6_040, 3_260, 800_000))


def milliseconds(call: Callable[[], Tensor], rounds: int = 10) -> float:
    """Return the median time of forward and backward."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call().sum().backward()
        times.append(time.perf_counter() - start)
    return sorted(times)[rounds // 2] * 1e3


def compare(targets: int, sources: int, edges: int) -> str:
    """Return one line: the three ways on one random graph."""
    keys = torch.unique(torch.randint(targets * sources, (edges,)))
    target, source, weight = keys // sources, keys % sources, torch.rand(len(keys))
    adjacency = Adjacency(source, target, weight, (targets, sources))
    x = torch.randn(sources, 64, requires_grad=True)
    matrix = adjacency.get_buffer("matrix")
    ours = milliseconds(lambda: adjacency(x))
    csr = milliseconds(lambda: matrix @ x)
    scatter = milliseconds(lambda: torch.zeros(targets, 64).index_add(0, target, x[source] * weight[:, None]))
    return (
        f"{targets} x {sources}, {len(keys)} edges: stored transpose {ours:.2f} ms; "
        f"CSR {csr:.2f} ms ({csr / ours:.1f}x); scatter {scatter:.2f} ms ({scatter / ours:.1f}x)"
    )


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="Sparse")
    torch.manual_seed(0)
    for shape in SHAPES:
        print(compare(*shape))
