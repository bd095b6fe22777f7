"""The context of an updated run: today's behaviours, with what validation chose for the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from graphrec.graph.hetero import Graph
from graphrec.graph.read import GraphArrays
from graphrec.model.context_log import ContextLog
from graphrec.runs.stored_context import context_tensors

if TYPE_CHECKING:
    from graphrec.runs.run import Run
    from graphrec.updating.changes import Delta


def updated_context(run: Run, graph: Graph | GraphArrays, delta: Delta, item: Tensor) -> dict[str, Tensor]:
    """Return the arrays of the updated run's context; none if the run has no context.

    A new item gets the group whose mean vector is nearest.

    Parameters
    ----------
    run, graph, delta
        The run, the current graph, and the changes.
    item
        float32 ``[n_items, D]``: the vectors of the graph's items.
    """
    if run.context is None:
        return {}
    old = torch.from_numpy(run.context.groups)
    groups, fresh = old[delta.items.clamp(min=0)], delta.items < 0
    if fresh.any():
        unit = torch.nn.functional.normalize(item, dim=1)
        means = torch.zeros(int(old.max()) + 1, unit.shape[1]).index_add_(0, groups[~fresh], unit[~fresh])
        groups[fresh] = (unit[fresh] @ torch.nn.functional.normalize(means, dim=1).T).argmax(1)
    return context_tensors(ContextLog.of(graph.data, graph.schema), groups.numpy())
