"""The conditions to compare: which content the recommender gets, and how it is fused.

===============  =======================================================================
``none``         no content
``text``, …      one modality alone, if there are several
``text+image``   two of three, and so on
``all``          every modality, averaged
``all:gate``, …  every modality, fused in another way
``shuffled``     as ``all``, but each modality's vectors belong to the wrong items
===============  =======================================================================

``shuffled`` keeps everything about the vectors except which item they belong to: parameters, mask, distribution. Its
gain over ``none`` is not due to content. If the graph has knowledge, each condition appears twice, with and without it:
content and knowledge overlap.
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
#: Alternatives to the mean for fusing ``all``; ``weighted`` is included if weights are given.
OTHER_FUSIONS = tuple(fusion for fusion in MODALITY_FUSIONS if fusion != "mean")


@dataclass(frozen=True)
class Condition:
    """One row of the comparison: ``modalities`` is the content that the model gets."""

    name: str
    modalities: tuple[str, ...]
    fusion: str = "mean"
    knowledge: bool = True
    shuffled: bool = False

    @property
    def title(self) -> str:
        """The name, marked if knowledge is left out."""
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
        ``weights`` is used.
    only
        Names to keep; empty: all.

    Raises
    ------
    GraphError
        No item has a vector.
    ConfigError
        A name is unknown.
    """
    present = tuple(name for name in MODALITIES if name in data["item"])
    if not present:
        raise GraphError("no item has a content vector, so there is nothing to measure", hint="graphrec embed")
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
    """Return the training graph under a condition; the tensors are shared, the input is not changed.

    Parameters
    ----------
    data
        The training graph.
    condition
        The condition.
    seed
        Seed of the permutations of ``shuffled``.
    """
    graph = copy.copy(data)
    shown = (READING,) if condition.fusion == "llm" else condition.modalities
    for name in (*MODALITIES, READING):
        if name in graph["item"] and name not in shown:
            del graph["item"][name], graph["item"][f"{name}_mask"]
    return shuffled_content(graph, seed) if condition.shuffled else graph
