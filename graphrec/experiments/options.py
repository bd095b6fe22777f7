"""Check what the options of experiments name, before anything large is imported.

The names stand here once more, for the modules that define what they mean import PyTorch; a test compares them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

from graphrec.common.console import warn
from graphrec.common.errors import ConfigError, nearest
from graphrec.config.schema import MODALITIES, MODALITY_FUSIONS

#: The baselines of :mod:`graphrec.experiments.baselines.registry`.
PEERS = ("popularity", "itemknn", "rp3beta", "ease", "cease", "gfcf", "ials", "bpr", "vbpr", "lightgcn")
#: The variants of :mod:`graphrec.experiments.ablation.variants`.
ABLATIONS = (
    "full",
    "no-knowledge",
    "shuffled-knowledge",
    "no-content",
    "shuffled-content",
    "neither",
    "no-similar",
    "no-als",
    "network-alone",
    "similar-alone",
    "als-alone",
)
#: Old name of a variant → new name, for one release.
OLD_NAMES: Mapping[str, str] = {"no-factors": "no-als", "factors-alone": "als-alone"}
#: The attacks of :mod:`graphrec.experiments.privacy_audit`.
ATTACKS = ("membership", "difference", "interactions", "few-people")
#: The attacks of :mod:`graphrec.poisoning.attacks`, and the defences of :mod:`graphrec.poisoning.defences`.
FAKES = ("random", "average", "bandwagon", "segment", "learned")
WAYS = ("thin", "leave out", "trim")
METRICS = ("ndcg", "recall", "precision", "hit", "mrr", "map")
#: The settings that ``graphrec tune`` searches: :data:`graphrec.experiments.tuning.space.NAMES`.
TUNED = (
    "loss",
    "lr",
    "weight_decay",
    "batch",
    "dim",
    "alpha",
    "hops",
    "tied",
    "dropout",
    "knowledge",
    "content",
    "neighbours",
)
#: Conditions of ``graphrec content report`` for any graph; which of them a graph allows is checked when it is read.
CONDITIONS = (
    "none",
    *("+".join(part) for size in (1, 2) for part in combinations(MODALITIES, size)),
    "all",
    *(f"all:{fusion}" for fusion in (*MODALITY_FUSIONS, "llm") if fusion != "mean"),  # the mean is "all" itself
    "shuffled",
)


def only(text: str, known: Sequence[str], option: str, what: str) -> list[str]:
    """Split ``"lr,dropout"``; nothing means no restriction.

    Raises
    ------
    ConfigError
        A name is unknown.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise ConfigError(f"{option}: no {what} {name!r}", hint=nearest(name, known))
    return names


def names_of(text: str, known: Sequence[str], option: str, what: str) -> list[str]:
    """Split the names given to an option, each once; ``all`` means all known names, ``none`` no name.

    Raises
    ------
    ConfigError
        A name is unknown.
    """
    names: list[str] = []
    for name in (part.strip() for part in text.split(",")):
        if name and name not in (*known, "all", "none"):
            raise ConfigError(f"{option}: no {what} {name!r}", hint=nearest(name, [*known, "all", "none"]))
        names += known if name == "all" else [name] if name in known else []
    return list(dict.fromkeys(names))


def percentages(text: str, option: str) -> list[float]:
    """Split ``"0.5,1"``: percentages, returned as shares.

    Raises
    ------
    ConfigError
        One is no number between 0 and 100, or there is none.
    """
    found = []
    for part in (part.strip() for part in text.split(",")):
        try:
            share = float(part) / 100
        except ValueError:
            share = math.nan
        if not 0 < share <= 1:
            raise ConfigError(f"{option}: {part!r} is no percentage", hint="numbers above 0 and up to 100: 0.5,1,3,5")
        found.append(share)
    return list(dict.fromkeys(found))


def peer_names(text: str) -> list[str]:
    """Split ``"popularity,itemknn"``; ``all`` means every baseline, ``none`` no baseline.

    Raises
    ------
    ConfigError
        A baseline is unknown.
    """
    return names_of(text, PEERS, "--peers", "peer")


def variant_names(text: str) -> list[str]:
    """Split ``"no-content,neither"``; ``all`` means every variant, ``none`` no variant.

    Raises
    ------
    ConfigError
        A variant is unknown.
    """
    names = [part.strip() for part in text.split(",")]
    for old in (name for name in names if name in OLD_NAMES):
        warn(f"--ablations {old} is called {OLD_NAMES[old]} now; the old name is read for this release only")
    text = ",".join(OLD_NAMES.get(name, name) for name in names)
    return names_of(text, ABLATIONS, "--ablations", "variant")


def check_metric(text: str) -> str:
    """Return the metric's name.

    Raises
    ------
    ConfigError
        The metric is unknown.
    """
    name, _, k = text.partition("@")
    if name in METRICS and k.isdecimal() and int(k) > 0:
        return f"{name}@{int(k)}"
    raise ConfigError(f"--metric: no metric {text!r}", hint=f"one of {', '.join(METRICS)}, with a length: ndcg@10")
