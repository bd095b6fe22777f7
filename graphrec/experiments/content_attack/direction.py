"""In which direction a content vector has to move for its item to rise."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor

from graphrec.graph.hetero import Graph
from graphrec.model.adversarial import holding
from graphrec.runs.run import Run
from graphrec.updating.changes import compare
from graphrec.updating.items import ItemUpdater


@dataclass(frozen=True)
class Direction:
    """How the content vectors of one modality become what the model uses, and where they should go.

    Attributes
    ----------
    centre
        float32 ``[width]``: mean of the vectors, which the model subtracts.
    gradient
        float32 ``[n_items, width]``: gradient of an item's mean score by the standardised vector, of unit length; only
        the rows of the targets are filled.
    """

    centre: Tensor
    gradient: Tensor

    def standardised(self, vectors: Tensor) -> Tensor:
        """Return vectors ``[n, width]`` as the model uses them."""
        return F.normalize(vectors - self.centre, dim=1)

    def value(self, item: int, vectors: Tensor) -> Tensor:
        """Return how far each of some vectors ``[n, width]`` of an item has gone that way: a cosine, ``[n]``."""
        found: Tensor = self.standardised(vectors) @ self.gradient[item]
        return found


def directions(run: Run, graph: Graph, targets: Tensor) -> dict[str, Direction]:
    """Return modality → direction; empty for a network without content.

    Parameters
    ----------
    run, graph
        A run and the graph it was trained on.
    targets
        int64 ``[n]``: the items to raise.
    """
    updater = ItemUpdater(run, graph, compare(run, graph))
    model = updater.network()
    if model.content is None:
        return {}
    names = model.content.names
    known = {name: model.content.get_buffer(f"{name}_vectors").clone().requires_grad_() for name in names}
    profiles = updater.delta.known
    users = profiles.indptr.diff().nonzero()[:, 0]
    with torch.enable_grad(), holding(model.content, known):
        source, target, bias = model.items()
        with torch.no_grad():
            mean = torch.cat([model.users(profiles, some, source) for some in torch.split(users, 4096)]).mean(0)
        torch.autograd.backward((target[targets] @ mean + bias[targets]).sum())
    found = {}
    for name, vectors in known.items():
        raw, mask = graph.data["item"][name], graph.data["item"][f"{name}_mask"]
        gradient = torch.zeros_like(vectors) if vectors.grad is None else vectors.grad
        filled = torch.zeros_like(gradient)
        filled[targets] = F.normalize(gradient[targets], dim=1, eps=1e-18)
        found[name] = Direction(raw[mask].mean(0), filled)
    return found
