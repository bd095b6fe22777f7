"""Weighted edges between items, dense or CSR, and what comes along them to users. PyG stays out."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor

from graphrec.model.profiles import Interactions, UserItemCSR


@contextmanager
def known_beta() -> Iterator[None]:
    """Keep quiet about PyTorch's CSR layout being beta, which it says at the first use of it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse (CSR|invariant)", category=UserWarning)
        yield


def matrix_of(indptr: Tensor, targets: Tensor, weights: Tensor, n_items: int) -> Tensor:
    """Return sparse edges as a CSR matrix ``[n_items, n_items]``."""
    with known_beta():
        return torch.sparse_csr_tensor(indptr, targets, weights, (n_items, n_items), check_invariants=False)


def send(edges: Tensor, done: Interactions, weight: Tensor) -> Tensor:
    """Return what users' items send along sparse edges, float32 ``[b, n_items]``.

    Parameters
    ----------
    edges
        CSR ``[n_items, n_items]``.
    done
        What the users did.
    weight
        float32 ``[n]``: what each of it counts.
    """
    n_users, n_items = len(done.offsets), edges.shape[1]
    _, sender, place = UserItemCSR(edges.crow_indices(), edges.col_indices()).rows(done.item)
    target = done.row[sender] * n_items + edges.col_indices()[place]
    scores = torch.zeros(n_users * n_items, device=weight.device)
    return scores.index_add_(0, target, weight[sender] * edges.values()[place]).view(n_users, n_items)


def along(edges: Tensor, done: Interactions, alpha: float) -> Tensor:
    """Return what users' items send along weighted edges, dense or CSR, float32 ``[b, n_items]``.

    Parameters
    ----------
    edges
        ``[n_items, n_items]``; row ``j``: what having done ``j`` speaks for each item.
    done
        What the users did.
    alpha
        Exponent of the users' degrees.
    """
    weight = done.normal(alpha)
    if edges.layout != torch.strided:
        return send(edges, done, weight)
    # Sums rows of the matrix, and makes no copy of them.
    return F.embedding_bag(done.item, edges, done.offsets, mode="sum", per_sample_weights=weight)
