"""The conditions that are compared: which content the recommender sees, and how it is fused.

===============  =======================================================================
``none``         no content
``text``, …      one modality alone, where there are several
``text+image``   two of three, and so on
``all``          every modality, averaged
``all:gate``, …  every modality, fused in another way
``shuffled``     as ``all``, but each modality's vectors belong to the wrong items
===============  =======================================================================

``shuffled`` keeps all that vectors have apart from telling of their item: the parameters, the mask, the distribution.
What it gains over ``none`` is not content. Where the graph has knowledge, each condition stands twice, with it and
without: content and knowledge say much of the same.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import msgspec

from graphrec.common.errors import ConfigError, GraphError, nearest
from graphrec.common.pyg import HeteroData
from graphrec.config.schema import MODALITIES, MODALITY_FUSIONS, READING
from graphrec.config.settings import ContentSettings, ModelSettings
from graphrec.experiments.ablation.shuffle import shuffled_content
from graphrec.model.knowledge import has_knowledge

NONE, ALL, SHUFFLED = "none", "all", "shuffled"
#: How ``all`` may be fused otherwise than by the mean; ``weighted`` takes part where weights are given.
OTHER_FUSIONS = tuple(fusion for fusion in MODALITY_FUSIONS if fusion != "mean")


@dataclass(frozen=True)
class Condition:
    """One line of the comparison: ``modalities`` are what the model sees of the content."""

    name: str
    modalities: tuple[str, ...]
    fusion: str = "mean"
    knowledge: bool = True
    shuffled: bool = False

    @property
    def title(self) -> str:
        """The name, and whether knowledge is left out."""
        return self.name if self.knowledge else f"{self.name} (no knowledge)"

    def model(self, settings: ModelSettings) -> ModelSettings:
        """Return the model's settings under this condition."""
        return msgspec.structs.replace(settings, content=bool(self.modalities), knowledge=self.knowledge)

    def content(self, settings: ContentSettings) -> ContentSettings:
        """Return the content's settings under this condition."""
        return msgspec.structs.replace(settings, fusion=self.fusion)


def conditions(data: HeteroData, settings: ContentSettings, only: Sequence[str] = ()) -> list[Condition]:
    """Return the conditions that a graph allows.

    Parameters
    ----------
    data
        The graph, with vectors.
    settings
        ``weights`` counts.
    only
        Names to keep; all where empty.

    Raises
    ------
    GraphError
        No item has a vector.
    ConfigError
        A name is unknown.
    """
    present = tuple(name for name in MODALITIES if name in data["item"])
    if not present:
        raise GraphError("no item has a content vector, so there is nothing to prove", hint="graphrec embed")
    found = [Condition(NONE, ())]
    for size in range(1, len(present)):
        found += [Condition("+".join(part), part) for part in combinations(present, size)]
    found.append(Condition(ALL, present))
    found += [Condition(f"{ALL}:{fusion}", present, fusion) for fusion in _fusions(data, settings, present)]
    found.append(Condition(SHUFFLED, present, shuffled=True))
    names = [condition.name for condition in found]
    for name in only:
        if name not in names:
            raise ConfigError(f"--conditions: no condition {name!r} here", hint=nearest(name, names))
    kept = [condition for condition in found if not only or condition.name in only]
    if not has_knowledge(data):
        return kept
    return kept + [_without_knowledge(condition) for condition in kept]


def _fusions(data: HeteroData, settings: ContentSettings, present: Sequence[str]) -> list[str]:
    given = any(settings.weights.get(name, 1.0) != 1.0 for name in present)  # type: ignore[call-overload]
    fusions: list[str] = [name for name in OTHER_FUSIONS if len(present) > 1 and (name != "weighted" or given)]
    return [*fusions, "llm"] if READING in data["item"] else fusions


def _without_knowledge(condition: Condition) -> Condition:
    return Condition(condition.name, condition.modalities, condition.fusion, False, condition.shuffled)


def graph_of(data: HeteroData, condition: Condition, seed: int) -> HeteroData:
    """Return the training graph as a condition sees it; the tensors are shared, the input is not changed.

    Parameters
    ----------
    data
        The training graph.
    condition
        The condition.
    seed
        Of the permutations of ``shuffled``.
    """
    graph = copy.copy(data)
    shown = (READING,) if condition.fusion == "llm" else condition.modalities
    for name in (*MODALITIES, READING):
        if name in graph["item"] and name not in shown:
            del graph["item"][name], graph["item"][f"{name}_mask"]
    return shuffled_content(graph, seed) if condition.shuffled else graph
