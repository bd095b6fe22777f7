"""The content vectors of items as the model uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by

from graphrec.config.schema import MODALITIES, READING

if TYPE_CHECKING:
    from torch import Tensor

    from graphrec.config.settings import ContentSettings
    from graphrec.graph.typed import Typed


def modalities(data: Typed, settings: ContentSettings) -> list[str]:
    """Return the modalities that the fusion uses and at least one item has."""
    wanted = (READING,) if settings.fusion == "llm" else MODALITIES
    dropped = {n for n, w in settings.weights.items() if w == 0} if settings.fusion == "weighted" else set()
    return [name for name in wanted if name in data["item"] and name not in dropped]


def standardised(data: Typed, name: str) -> Tensor:
    """Return one modality's vectors, centred over the items that have it, of unit length; zero for the others.

    What all items share carries no information about any of them.
    """
    vectors, mask = data["item"][name], data["item"][f"{name}_mask"]
    return F.normalize((vectors - vectors[mask].mean(0)) * mask[:, None], dim=1)
