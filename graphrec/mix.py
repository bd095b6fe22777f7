"""Choosing what the ``SIMILAR`` edges are fitted to: one part at a time, by validation.

Each candidate is one closed-form fit. On catalogues where a fit takes long nothing is tried: the first mix is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import torch

from graphrec.model.similar import Grams, Mix, Similar

#: Up to so many items all candidates are tried; above, the first mix is taken as it is.
SEARCHED = 4000
RIDGES = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0)
KNOWLEDGE = (0.0, 0.3, 0.1, 1.0)
CONTENT = (0.0, 10.0, 40.0, 160.0)
NEAR = (0.0, 0.8)


def choose_mix(grams: Grams, names: Sequence[str], judge: Callable[[Similar], float]) -> Mix:
    """Return the mix whose edges alone validate best.

    Parameters
    ----------
    grams
        The parts.
    names
        The modalities that may take part.
    judge
        Edges → validation metric, higher is better.
    """
    best = Mix(knowledge=KNOWLEDGE[1] if grams.knowledge is not None else 0.0, content=dict.fromkeys(names, CONTENT[1]))
    if grams.n_items > SEARCHED:
        return best

    def value(mix: Mix) -> float:
        return judge(Similar(grams.invert(mix, torch.float32), mix.alpha, grams.pairs))

    stages: list[Callable[[Mix], list[Mix]]] = []
    if best.knowledge:
        stages.append(lambda mix: [replace(mix, knowledge=scale) for scale in KNOWLEDGE])
    stages += [partial(_weighed, name=name) for name in names]
    if grams.timed:
        stages.append(lambda mix: [replace(mix, near=share) for share in NEAR])
    stages.append(lambda mix: [replace(mix, ridge=ridge) for ridge in RIDGES])
    top = value(best)
    for stage in stages:
        for mix in stage(best):
            if mix != best and (found := value(mix)) > top:
                top, best = found, mix
    return best


def _weighed(mix: Mix, name: str) -> list[Mix]:
    return [replace(mix, content={**mix.content, name: scale}) for scale in CONTENT]
