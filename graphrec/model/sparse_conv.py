"""Messages along one edge type, as a sparse product with a stored transpose.

The gradient of ``A x`` is ``Aᵀ g``. PyTorch transposes a CSR matrix in every backward pass; storing both forms makes a
training step over a fixed edge type faster than that, and than gathering and scattering per edge
(``tests/benchmarks/propagate.py``).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from graphrec.common.pyg import MessagePassing
from graphrec.model.item_edges import known_beta


class Product(torch.autograd.Function):
    """``A x`` whose backward pass multiplies by a stored ``Aᵀ``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, matrix: Tensor, transposed: Tensor) -> Tensor:
        """Multiply."""
        ctx.transposed = transposed
        return matrix @ x

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        """Multiply the gradient by the transpose."""
        return ctx.transposed @ gradients[0].contiguous(), None, None


class Adjacency(nn.Module):
    """The fixed, weighted edges of one type.

    Parameters
    ----------
    source, target
        int64 ``[n_edges]`` node indices; messages travel from source to target.
    weight
        float32 ``[n_edges]``.
    shape
        Number of targets and of sources.
    """

    def __init__(self, source: Tensor, target: Tensor, weight: Tensor, shape: tuple[int, int]) -> None:
        super().__init__()
        self.shape = shape
        self.register_buffer("matrix", _csr(target, source, weight, shape), persistent=False)
        self.register_buffer("transposed", _csr(source, target, weight, shape[::-1]), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the weighted sums of the sources' rows, ``[n_sources, d]`` → ``[n_targets, d]``, in float32."""
        with torch.autocast(x.device.type, enabled=False):  # sparse products do not support bfloat16
            product: Tensor = Product.apply(x.float(), self.matrix, self.transposed)
        return product


class TypedConv(MessagePassing):  # type: ignore[misc]
    """PyG message passing along one typed adjacency, message and aggregation fused into one sparse product."""

    def __init__(self, adjacency: Adjacency) -> None:
        super().__init__(aggr="sum")
        self.adjacency = adjacency

    def forward(self, x: Tensor) -> Tensor:
        """Send ``x`` ``[n_sources, d]``; return the received messages, ``[n_targets, d]``."""
        received: Tensor = self.propagate(self.adjacency.matrix, x=x, size=self.adjacency.shape[::-1])
        return received

    def message_and_aggregate(self, edge_index: Tensor, x: Tensor) -> Tensor:
        """Multiply instead of materialising a message per edge."""
        product: Tensor = self.adjacency(x)
        return product


def _csr(rows: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, int]) -> Tensor:
    with known_beta():
        coordinates = torch.sparse_coo_tensor(
            torch.stack([rows, columns]), values.float(), shape, check_invariants=True
        )
        return coordinates.coalesce().to_sparse_csr()
