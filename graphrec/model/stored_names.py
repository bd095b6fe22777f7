"""Parameter names in files: those of the first version, so that runs and checkpoints of any version can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn


def store_as(module: nn.Module, names: Mapping[str, str]) -> None:
    """Make ``state_dict`` and ``load_state_dict`` of a module use other names than its attributes.

    Parameters
    ----------
    module
        The module; modules that contain it follow.
    names
        Attribute of the module (a parameter, a buffer or a module) → its name in the state.
    """

    def renamed(state: dict[str, Any], prefix: str, to: Mapping[str, str]) -> None:
        for key in [key for key in state if key.startswith(prefix)]:
            head, dot, rest = key.removeprefix(prefix).partition(".")
            if head in to:
                state[f"{prefix}{to[head]}{dot}{rest}"] = state.pop(key)

    def saved(_: nn.Module, state: dict[str, Any], prefix: str, *__: Any) -> None:
        renamed(state, prefix, names)

    def loaded(_: nn.Module, state: dict[str, Any], prefix: str, *__: Any) -> None:
        renamed(state, prefix, {stored: name for name, stored in names.items()})

    module.register_state_dict_post_hook(saved)  # type: ignore[no-untyped-call]
    module.register_load_state_dict_pre_hook(loaded)  # type: ignore[no-untyped-call]
