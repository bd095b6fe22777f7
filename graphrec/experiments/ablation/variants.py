"""The variants by name: what changes before training, and which component of the trained model scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ContentSettings, ModelSettings
from graphrec.experiments.ablation.shuffle import shuffled_content, shuffled_knowledge
from graphrec.model.content_vectors import modalities
from graphrec.model.knowledge import has_knowledge
from graphrec.model.recommender import COMPONENTS, Component

FULL = "full"
#: What happens to knowledge or content.
Treatment = Literal["kept", "shuffled", "left out"]
#: Optional components in addition to the network, named as in the settings.
Beside = Literal["similar", "als"]
_WORDS: Mapping[str, str] = {
    "knowledge": "knowledge",
    "content": "content",
    "similar": "SIMILAR edges",
    "als": "ALS vectors",
}


@dataclass(frozen=True)
class Change:
    """The change of a training; equal changes share one training."""

    knowledge: Treatment = "kept"
    content: Treatment = "kept"
    without: Beside | None = None

    def model(self, settings: ModelSettings) -> ModelSettings:
        """Return the model's settings with this change."""
        changed = {} if self.without is None else {self.without: False}
        return msgspec.structs.replace(
            settings,
            knowledge=settings.knowledge and self.knowledge != "left out",
            content=settings.content and self.content != "left out",
            **changed,
        )

    def graph(self, data: HeteroData, seed: int) -> HeteroData:
        """Return the training graph with this change; the input is not changed."""
        if self.knowledge == "shuffled":
            data = shuffled_knowledge(data, seed)
        return shuffled_content(data, seed) if self.content == "shuffled" else data


@dataclass(frozen=True)
class Variant:
    """A training, and the one component that scores; all components if ``alone`` is None."""

    change: Change = field(default_factory=Change)
    alone: Component | None = None

    @property
    def parts(self) -> tuple[Component, ...]:
        """The components that score."""
        return COMPONENTS if self.alone is None else (self.alone,)

    @property
    def needs(self) -> tuple[str, ...]:
        """What must exist for the variant to differ from the full model."""
        treated = {"knowledge": self.change.knowledge, "content": self.change.content}
        needs = [name for name, treatment in treated.items() if treatment != "kept"]
        return (*needs, *(part for part in (self.change.without, self.alone) if part is not None and part in _WORDS))


VARIANTS: Mapping[str, Variant] = {
    FULL: Variant(),
    "no-knowledge": Variant(Change(knowledge="left out")),
    "shuffled-knowledge": Variant(Change(knowledge="shuffled")),
    "no-content": Variant(Change(content="left out")),
    "shuffled-content": Variant(Change(content="shuffled")),
    "neither": Variant(Change(knowledge="left out", content="left out")),
    "no-similar": Variant(Change(without="similar")),
    "no-als": Variant(Change(without="als")),
    "network-alone": Variant(alone="network"),
    "similar-alone": Variant(alone="similar"),
    "als-alone": Variant(alone="als"),
}


def lacking(variant: Variant, model: ModelSettings, content: ContentSettings, data: HeteroData) -> str | None:
    """Return why a variant does not apply to a run with these settings on this training graph; None if it does."""
    there = {"knowledge": has_knowledge(data), "content": bool(modalities(data, content))}
    for need in variant.needs:
        if not getattr(model, need):
            return f"the run was trained without {_WORDS[need]}"
        if not there.get(need, True):
            return f"there is no {need} in the graph"
    return None
