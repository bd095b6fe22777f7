"""Weighted edges between items, dense or CSR, and messages along them to users. Imports no PyG."""

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
    """Suppress PyTorch's warning at the first use of its CSR layout that the layout is in beta."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse (CSR|invariant)", category=UserWarning)
        yield


def matrix_of(indptr: Tensor, targets: Tensor, weights: Tensor, n_items: int) -> Tensor:
    """Return sparse edges as a CSR matrix ``[n_items, n_items]``."""
    with known_beta():
        return torch.sparse_csr_tensor(indptr, targets, weights, (n_items, n_items), check_invariants=False)


def send(edges: Tensor, done: Interactions, weight: Tensor) -> Tensor:
    """Return the messages of users' items along sparse edges, float32 ``[b, n_items]``.

    Parameters
    ----------
    edges
        CSR ``[n_items, n_items]``.
    done
        The users' interactions.
    weight
        float32 ``[n]``: weight of each interaction.
    """
    n_users, n_items = len(done.offsets), edges.shape[1]
    _, sender, place = UserItemCSR(edges.crow_indices(), edges.col_indices()).rows(done.item)
    target = done.row[sender] * n_items + edges.col_indices()[place]
    scores = torch.zeros(n_users * n_items, device=weight.device)
    return scores.index_add_(0, target, weight[sender] * edges.values()[place]).view(n_users, n_items)


def along(edges: Tensor, done: Interactions, alpha: float) -> Tensor:
    """Return the messages of users' items along weighted edges, dense or CSR, float32 ``[b, n_items]``.

    Parameters
    ----------
    edges
        ``[n_items, n_items]``; row ``j``: what an interaction with ``j`` adds to each item's score.
    done
        The users' interactions.
    alpha
        Exponent of the user degrees.
    """
    weight = done.normal(alpha)
    if edges.layout != torch.strided:
        return send(edges, done, weight)
    # Sums rows of the matrix without copying them.
    return F.embedding_bag(done.item, edges, done.offsets, mode="sum", per_sample_weights=weight)
