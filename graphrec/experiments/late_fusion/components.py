r"""Content and knowledge of items as vectors; a user is represented by the mean over their items.

With :math:`c_i` an item's fused content vector or its entities weighted by idf, both of unit length, and :math:`m_{uj}`
the messages of the run's profile encoder (:mod:`graphrec.model.profile_encoder`), a user is :math:`x_u = \sum_j
m_{uj} c_j` and a score :math:`x_u · c_i`. The vectors are reduced to :data:`MOST` dimensions by their leading singular
vectors, which preserve the inner products between items as well as that many can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds
from torch import Tensor

from graphrec.common.pyg import HeteroData
from graphrec.config.schema import MODALITIES, READING
from graphrec.config.settings import ContentSettings
from graphrec.content.fusion import Block, fuse
from graphrec.model import Profiles
from graphrec.model.entity_rows import KNOWLEDGE, item_rows
from graphrec.model.profile_encoder import ProfileEncoder
from graphrec.runs.run import Run

CONTENT = "content"
#: Most dimensions that a component adds to user and item vectors.
MOST = 64
#: Rows scored at once.
_BLOCK = 1024

FeatureRows: TypeAlias = NDArray[np.float32] | csr_array


@dataclass(frozen=True)
class SideComponent:
    """Content or knowledge of the items.

    Attributes
    ----------
    name
        ``content`` or ``knowledge``.
    rows
        float32 ``[n_items, D]``, dense or sparse: the vectors, of unit length or zero.
    table
        float32 ``[n_items, d]``: the same in at most :data:`MOST` dimensions.
    kept
        Share of the squared lengths that ``table`` keeps.
    """

    name: str
    rows: FeatureRows
    table: Tensor
    kept: float

    def scores(self, told: csr_array) -> Tensor:
        """Return the scores by the whole vectors, float32 ``[b, n_items]``, from messages ``[b, n_items]``."""
        found = []
        for start in range(0, told.shape[0], _BLOCK):
            scores = (told[start : start + _BLOCK] @ self.rows) @ self.rows.T
            found.append(torch.from_numpy(scores.toarray() if isinstance(scores, csr_array) else scores))
        return torch.cat(found)


def side_components(run: Run, data: HeteroData) -> list[SideComponent]:
    """Return the content and knowledge components of the run's graph: both, one or none."""
    found: list[SideComponent] = []
    content, knowledge = content_rows(run, data), item_rows(data)
    if knowledge is not None:
        knowledge = csr_array(knowledge[:, np.flatnonzero(knowledge.sum(axis=0))])
    for name, rows in ((CONTENT, content), (KNOWLEDGE, knowledge)):
        if rows is not None and (size := _squares(rows)):
            table = reduced(rows)
            found.append(SideComponent(name, rows, table, min(1.0, float(table.double().square().sum()) / size)))
    return found


def content_rows(run: Run, data: HeteroData) -> NDArray[np.float32] | None:
    """Return the items' content, fused as in the run's settings, float32 ``[n_items, D]``; None without content."""
    settings = run.table("content", ContentSettings)
    names = (READING,) if settings.fusion == "llm" else MODALITIES
    blocks = {
        name: Block(data["item"][name].numpy(), data["item"][f"{name}_mask"].numpy())
        for name in names
        if name in data["item"]
    }
    if not blocks:
        return None
    if settings.fusion == "llm":
        read = blocks[READING].vectors
        rows: NDArray[np.float32] = read / np.maximum(np.linalg.norm(read, axis=1, keepdims=True), 1e-12)
        return rows
    return fuse(blocks, settings, _learned(run)).vectors


def _learned(run: Run) -> NDArray[np.float32] | None:
    """Return the run's learned weights of text, image and audio for each item, float32 ``[n_items, 3]``."""
    weights, none = run.item_weights, torch.zeros(len(run.items))
    return torch.stack([weights.get(name, none) for name in MODALITIES], 1).numpy() if weights else None


def reduced(rows: FeatureRows, most: int = MOST) -> Tensor:
    """Return rows ``[n, D]`` in at most ``most`` dimensions, float32: their leading left singular vectors, scaled."""
    if rows.shape[1] <= most:
        return torch.from_numpy(rows.toarray() if isinstance(rows, csr_array) else rows.copy())
    begin = np.random.default_rng(0).standard_normal(min(rows.shape))
    left, values, _ = svds(rows.astype(np.float64), k=min(most, min(rows.shape) - 1), v0=begin)
    return torch.from_numpy(np.ascontiguousarray(left * values, dtype=np.float32))


def _squares(rows: FeatureRows) -> float:
    return float(np.square(rows.data if isinstance(rows, csr_array) else rows, dtype=np.float64).sum())


@torch.inference_mode()
def messages(reader: ProfileEncoder, profiles: Profiles, n_items: int) -> csr_array:
    """Return the weight of each item in each user's encoding, csr float32 ``[n_users, n_items]``."""
    n_users = len(profiles.indptr) - 1
    read = reader(profiles, torch.arange(n_users), torch.zeros(n_items, 1))
    pairs = (read.weight.numpy(), (read.row.numpy(), read.item.numpy()))
    return csr_array(pairs, shape=(n_users, n_items), dtype=np.float32)
