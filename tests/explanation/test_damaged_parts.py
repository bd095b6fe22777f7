"""Arrays of another run, or made to harm, are refused before anything is computed from them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from graphrec.common.errors import InputError
from graphrec.runs import layout
from graphrec.runs.run import Run

#: Damaged array → how.
DAMAGE: dict[str, Callable[[Tensor], Tensor]] = {
    "source.content.text": lambda value: value[:, :-1],
    "messages": lambda value: value * torch.nan,
    "weights": lambda value: value.double(),
    "appeal": lambda value: value[:-1],
    "received": lambda value: -value - 1,
    "entity": lambda value: value + 1000,
    "item": lambda value: value + 1000,
    "relation": lambda value: value[:-1],
    "indptr": lambda value: value.flip(0),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_parts_name_the_array(run: Run, name: str) -> None:
    file, fresh = run.path / layout.PARTS, Run(run.path, run.info)
    whole, arrays = file.read_bytes(), layout.read_arrays(run.path, layout.PARTS)
    try:
        layout.write_arrays(run.path, {layout.PARTS: arrays | {name: DAMAGE[name](arrays[name])}})
        with pytest.raises(InputError, match=rf"the run is damaged: parts: {name} must"):
            assert fresh.item_parts
    finally:
        file.write_bytes(whole)
