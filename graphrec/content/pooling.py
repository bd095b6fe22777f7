"""Pool token states to one vector, as configured by the model's sentence-transformers files.

``modules.json`` lists the modules after the transformer: pooling, then dense layers and normalisation in any order.
Without it, the states are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphrec.common.errors import EncoderError
from graphrec.content.hub import read_json, reason

POOLINGS = ("mean", "cls", "max", "mean_sqrt_len", "weightedmean", "lasttoken")
#: Supported activations of dense layers, by their name in torch.nn.
_ACTIVATIONS = ("Identity", "Tanh", "ReLU", "GELU", "SiLU", "Sigmoid")
#: The step of a head that scales vectors to length 1.
NORMALISE = "normalise"


@dataclass
class Head:
    """Pooling of token states to a vector, with the layers that follow.

    Attributes
    ----------
    pooling
        One of :data:`POOLINGS`.
    prompt
        Text that the model expects before every input; usually empty.
    steps
        Dense layers, or ``normalise``.
    files
        Files of the dense layers.
    """

    pooling: str = "mean"
    prompt: str = ""
    steps: list[Any] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path, *, hint: str) -> Head:
        """Read the head from a model's directory.

        Raises
        ------
        EncoderError
            The model has an unsupported module.
        """
        modules = read_json(folder / "modules.json", [])
        head = cls(_pooling(folder / "1_Pooling", hint), _prompt(folder))
        for module in modules if isinstance(modules, list) else []:
            kind, path = str(module.get("type", "")).rsplit(".", 1)[-1], folder / str(module.get("path", ""))
            if kind == "Pooling" and path != folder:
                head.pooling = _pooling(path, hint)
            elif kind == "Normalize":
                head.steps.append(NORMALISE)
            elif kind == "Dense":
                head.steps.append(_dense(path, hint))
                head.files += [path / "config.json", path / "model.safetensors"]
            elif kind not in ("Transformer", "Pooling"):
                raise EncoderError(
                    f"{folder} has a {kind} module after pooling, which graphrec does not support", hint=hint
                )
        return head

    def to(self, device: Any) -> Head:
        """Move the dense layers to a device."""
        self.steps = [step if step == NORMALISE else step.to(device) for step in self.steps]
        return self

    def settings(self) -> tuple[str, ...]:
        """Return what a fingerprint covers in addition to the files."""
        return self.pooling, self.prompt, *(str(step) for step in self.steps)

    def __call__(self, states: Any, mask: Any) -> Any:
        """Return vectors [n, dim] of token states [n, length, width], ignoring padding on the right."""
        import torch

        vectors = pool(states, mask, self.pooling)
        for step in self.steps:
            vectors = torch.nn.functional.normalize(vectors, dim=1) if step == NORMALISE else step(vectors)
        return vectors


def pool(states: Any, mask: Any, how: str) -> Any:
    """Pool token states [n, length, width] to [n, width], ignoring padding on the right.

    Means: Reimers and Gurevych 2019, section 3; position-weighted for causal models: Muennighoff 2022.
    """
    import torch

    weights = mask.unsqueeze(-1).to(states.dtype)
    if how == "cls":
        return states[:, 0]
    if how == "lasttoken":
        return states[torch.arange(len(states), device=states.device), mask.sum(dim=1) - 1]
    if how == "max":
        return states.masked_fill(weights == 0, float("-inf")).amax(dim=1)
    if how == "weightedmean":
        weights = weights * torch.arange(1, states.shape[1] + 1, device=states.device).view(1, -1, 1)
    length = weights.sum(dim=1)
    return (states * weights).sum(dim=1) / (length.sqrt() if how == "mean_sqrt_len" else length)


def _pooling(folder: Path, hint: str) -> str:
    said = read_json(folder / "config.json", {})
    named = said.get("pooling_mode")
    flags = [k for k, v in said.items() if k.startswith("pooling_mode_") and v is True]
    modes = [named] if isinstance(named, str) else [k.removeprefix("pooling_mode_").split("_tok")[0] for k in flags]
    if len(modes) > 1 or any(m not in POOLINGS for m in modes):
        raise EncoderError(
            f"{folder.parent} pools by {' + '.join(modes)}; known: one of {', '.join(POOLINGS)}", hint=hint
        )
    return modes[0] if modes else "mean"


def _prompt(folder: Path) -> str:
    said = read_json(folder / "config_sentence_transformers.json", {})
    return str((said.get("prompts") or {}).get(said.get("default_prompt_name")) or "")


def _dense(folder: Path, hint: str) -> Any:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    said = read_json(folder / "config.json", {})
    if not {"in_features", "out_features"} <= set(said):
        raise EncoderError(f"{folder / 'config.json'} names no in_features and out_features", hint=hint)
    activation = str(said.get("activation_function", "Tanh")).rsplit(".", 1)[-1]
    if activation not in _ACTIVATIONS:
        raise EncoderError(f"{folder} ends in {activation}; known: {', '.join(_ACTIVATIONS)}", hint=hint)
    if not (folder / "model.safetensors").is_file():
        raise EncoderError(f"{folder} has no weights in safetensors format", hint=hint)
    try:
        weights = load_file(folder / "model.safetensors")
        layer = torch.nn.Linear(int(said["in_features"]), int(said["out_features"]), bool(said.get("bias", True)))
        layer.load_state_dict({key.removeprefix("linear."): value.float() for key, value in weights.items()})
    except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
        raise EncoderError(f"{folder} cannot be loaded as a dense layer: {reason(error)}", hint=hint) from error
    return torch.nn.Sequential(layer, getattr(torch.nn, activation)()).requires_grad_(False)
