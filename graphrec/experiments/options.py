"""Check what the options of experiments name, before anything large is imported.

The names stand here once more, for the modules that define what they mean import PyTorch; a test compares them.
"""

from __future__ import annotations

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
