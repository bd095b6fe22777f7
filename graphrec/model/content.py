r"""Content as messages: an item's content, projected into the model's space and fused by the configured method.

With :math:`x_{im}` the vector of modality :math:`m` (centred, unit length), :math:`M_i` the modalities that item
:math:`i` has and :math:`p_{im} = P_m x_{im}`:

=============  =========================================================================================
``mean``       :math:`\frac{1}{|M_i|} \sum_{m ∈ M_i} p_{im}`
``weighted``   the same with given weights :math:`w_m`, renormalised over :math:`M_i`
``concat``     one projection of all vectors side by side, those present scaled by :math:`\sqrt{M / |M_i|}`
``gate``       :math:`w_{im} = \mathrm{softmax}_{m ∈ M_i}(g_m · x_{im} + b_m)` (Arevalo et al. 2017, of one layer)
``attention``  the modalities attend to each other (one head, Vaswani et al. 2017), then are pooled by attention
``llm``        the vector of a language model that has read the item, alone
=============  =========================================================================================

A modality that an item lacks is masked: it neither sends nor receives, not even zeros. Content also reaches an item
through its neighbours: the most similar items in each modality send it their learned vectors.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor, nn

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ContentSettings
from graphrec.model.content_vectors import modalities, standardised
from graphrec.model.sparse_conv import Adjacency, TypedConv

#: Before softplus: neighbours start at an eighth of an item's own message, and grow if that helps.
FIRST_SCALE = -2.0
#: Items whose neighbours are searched at once.
_BLOCK = 2048


class Content(nn.Module):
    """Messages from content to items.

    Parameters
    ----------
    data
        The graph, with vectors of at least one modality.
    dim
        Dimension of the messages.
    settings
        ``fusion`` and ``weights`` are used.
    init
        Standard deviation of the initial weights.
    """

    def __init__(self, data: HeteroData, dim: int, settings: ContentSettings, init: float) -> None:
        super().__init__()
        self.names = modalities(data, settings)
        self.fusion = settings.fusion
        self.projections = nn.ModuleDict()
        masks = torch.stack([data["item"][f"{name}_mask"] for name in self.names], 1)
        self.register_buffer("mask", masks, persistent=False)
        for name in self.names:
            vectors = standardised(data, name)
            self.register_buffer(f"{name}_vectors", vectors, persistent=False)
            self.projections[name] = _linear(vectors.shape[1], dim, init)
        given = torch.tensor([float(settings.weights.get(name, 1.0)) for name in self.names])  # type: ignore[call-overload]
        self.register_buffer("given", given, persistent=False)
        if self.fusion == "gate":
            self.gates = nn.ModuleDict({n: _gate(self.get_buffer(f"{n}_vectors").shape[1]) for n in self.names})
        elif self.fusion == "attention":
            self.query, self.key, self.value = (_linear(dim, dim, init) for _ in range(3))
            self.pool = nn.Parameter(torch.zeros(dim))

    def forward(self) -> Tensor:
        """Return the messages ``[n_items, d]``, zero for items without content."""
        tokens, scale, _ = self._fuse()
        return (tokens * scale[:, :, None]).sum(1)

    def parts(self) -> dict[str, Tensor]:
        """Return the message from each modality, ``[n_items, d]`` each; their sum is the message."""
        tokens, scale, _ = self._fuse()
        return {name: tokens[:, column] * scale[:, column, None] for column, name in enumerate(self.names)}

    @torch.no_grad()
    def weights(self) -> dict[str, Tensor]:
        """Return the weight of each modality in each item, float32 ``[n_items]`` each.

        They sum to 1 over the item's modalities; the others are 0.
        """
        shares = self._fuse()[2]
        return {name: shares[:, column] for column, name in enumerate(self.names)}

    def mean_weights(self) -> dict[str, float]:
        """Return the mean weight of each modality, over the items that have any."""
        known = self.get_buffer("mask").any(1)
        return {name: float(share[known].mean()) for name, share in self.weights().items()}

    def _fuse(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the projected vectors ``[n_items, M, d]``, what each is multiplied by, and the weights of the sums."""
        tokens = torch.stack([self.projections[n](self.get_buffer(f"{n}_vectors")) for n in self.names], 1)
        mask = self.get_buffer("mask")
        present = mask.float()
        count = present.sum(1, keepdim=True).clamp(min=1)
        if self.fusion == "concat":
            scale = present * (len(self.names) / count).sqrt()
            return tokens, scale, present / count
        if self.fusion == "weighted":
            weighted = present * self.get_buffer("given")
            shares = weighted / weighted.sum(1, keepdim=True).clamp(min=1e-9)
        elif self.fusion == "gate":
            logits = [gate(self.get_buffer(f"{name}_vectors")) for name, gate in self.gates.items()]
            shares = _masked_softmax(torch.cat(logits, 1), mask)
        elif self.fusion == "attention":
            affinity = self.query(tokens) @ self.key(tokens).transpose(1, 2) / math.sqrt(tokens.shape[2])
            seen = _masked_softmax(affinity, mask[:, None, :].expand_as(affinity))
            tokens = tokens + seen @ self.value(tokens)
            shares = _masked_softmax(tokens @ self.pool, mask)
        else:
            shares = present / count
        return tokens, shares, shares


class Neighbours(nn.Module):
    """Messages between similar items of one modality, with one learned scale per modality.

    Parameters
    ----------
    data
        The graph, with vectors of at least one modality.
    settings
        ``fusion`` decides which modalities exist.
    k
        Neighbours per item.
    """

    def __init__(self, data: HeteroData, settings: ContentSettings, k: int) -> None:
        super().__init__()
        self.names = modalities(data, settings)
        self.convs = nn.ModuleList(
            [TypedConv(_nearest(standardised(data, n), data["item"][f"{n}_mask"], k)) for n in self.names]
        )
        self.scale = nn.Parameter(torch.full((len(self.names),), FIRST_SCALE))

    def forward(self, table: Tensor) -> Tensor:
        """Return the messages from the neighbours' rows of ``table`` ``[n_items, d]``."""
        return torch.stack(list(self.parts(table).values())).sum(0)

    def parts(self, table: Tensor) -> dict[str, Tensor]:
        """Return the message by each modality, ``[n_items, d]`` each; their sum is the message."""
        named = zip(self.names, F.softplus(self.scale), self.convs, strict=True)
        return {name: scale * conv(table) for name, scale, conv in named}


def _linear(inputs: int, outputs: int, init: float) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(layer.weight, std=init)
    return layer


def _gate(inputs: int) -> nn.Linear:
    """Return a gate that initially lets all modalities through alike."""
    layer = nn.Linear(inputs, 1)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _masked_softmax(logits: Tensor, mask: Tensor) -> Tensor:
    """Return the softmax over the last axis where ``mask`` holds, and zeros where it holds nowhere."""
    shares = torch.softmax(logits.masked_fill(~mask, -1e9), -1)
    return shares * mask


def _nearest(vectors: Tensor, mask: Tensor, k: int) -> Adjacency:
    """Return the edges from each item's ``k`` nearest by cosine, weighted by it, with rows that sum to 1."""
    known = mask.nonzero()[:, 0]
    present = vectors[known]
    k = min(k, len(known) - 1)
    sources, targets, weights = [], [], []
    for start in range(0, len(known) if k > 0 else 0, _BLOCK):
        part = torch.arange(start, min(start + _BLOCK, len(known)))
        cosine = present[part] @ present.T
        cosine[torch.arange(len(part)), part] = -2.0
        value, place = cosine.topk(k, 1)
        value = value.clamp(min=0)
        sources.append(known[place].flatten())
        targets.append(known[part].repeat_interleave(k))
        weights.append((value / value.sum(1, keepdim=True).clamp(min=1e-9)).flatten())
    empty = torch.zeros(0, dtype=torch.int64)
    shape = (len(vectors), len(vectors))
    return Adjacency(
        torch.cat([empty, *sources]), torch.cat([empty, *targets]), torch.cat([torch.zeros(0), *weights]), shape
    )
