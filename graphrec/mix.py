"""Choosing what the ``SIMILAR`` edges are fitted to: one part at a time, by validation.

Each candidate is one closed-form fit. On catalogues where a fit takes long only the parts that matter most are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from graphrec.model.similar import Grams, Mix, Similar

#: Up to so many items all candidates are tried; above, the first mix is taken as it is.
SEARCHED = 4000
RIDGES = (100.0, 200.0, 400.0)
KNOWLEDGE = (0.0, 0.1, 0.5)
CONTENT = (0.0, 10.0, 40.0)


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
        return judge(Similar(grams.invert(mix), mix.alpha, grams.pairs))

    top = value(best)
    steps = [[replace(best, knowledge=k) for k in KNOWLEDGE]] if grams.knowledge is not None else []
    for candidates in steps:
        top, best = max([(top, best), *((value(m), m) for m in candidates if m != best)], key=lambda pair: pair[0])
    for name in names:
        for scale in CONTENT:
            mix = replace(best, content={**best.content, name: scale})
            if mix != best and (found := value(mix)) > top:
                top, best = found, mix
    for ridge in RIDGES:
        mix = replace(best, ridge=ridge)
        if mix != best and (found := value(mix)) > top:
            top, best = found, mix
    return best
