"""What a run stores of contexts: everyone's behaviours with their times, and in ``run.json`` what validation chose.

No shares are stored, only what they are counted from: nothing of a forgotten user stays in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from graphrec.config.schema import GraphSchema
from graphrec.model.context import ContextModel, Variable
from graphrec.model.context_log import ContextLog, Ints
from graphrec.runs import layout

if TYPE_CHECKING:
    from torch import Tensor

#: Key in ``run.json``.
INFO = "context"


def context_tensors(log: ContextLog, groups: Ints) -> dict[str, Tensor]:
    """Return the arrays of ``context.safetensors``; ``groups``, int64 ``[n_items]``: the group of each item."""
    import torch

    found: dict[str, Tensor] = log.tensors()
    return found | {"groups": torch.from_numpy(groups)}


def context_info(
    variables: Sequence[Variable], schema: GraphSchema, deviation: float, report: dict[str, Any]
) -> dict[str, Any]:
    """Return what ``run.json`` says of the context.

    Parameters
    ----------
    variables
        What validation chose.
    schema
        The run's mapping.
    deviation
        Standard deviation of the model's scores.
    report
        Figures on validation.
    """
    chosen = [msgspec.to_builtins(variable) for variable in variables]
    names = list(schema.context_names)
    return {"variables": chosen, "names": names, "zone": schema.time_zone, "deviation": deviation} | report


def read_context(
    about: Mapping[str, Any], open_arrays: Callable[[str], AbstractContextManager[Any]]
) -> ContextModel | None:
    """Return what a run adds to scores in a context; None if validation chose none.

    Parameters
    ----------
    about
        What ``run.json`` says of the context.
    open_arrays
        As :meth:`graphrec.runs.run.Run.open_arrays`.

    Raises
    ------
    InputError
        The run is damaged.
    """
    variables = [msgspec.convert(one, Variable) for one in about.get("variables", ())]
    if not variables:
        return None
    with open_arrays(layout.CONTEXT) as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        log = ContextLog.from_arrays(arrays, tuple(about["names"]))
        return ContextModel(log, variables, np.asarray(arrays["groups"]), about["zone"], about["deviation"])
