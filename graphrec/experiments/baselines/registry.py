"""The baselines by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphrec.common.errors import ConfigError, nearest
from graphrec.experiments.baselines.base import Baseline
from graphrec.experiments.baselines.bpr import BPR
from graphrec.experiments.baselines.ease import CEASE, EASE
from graphrec.experiments.baselines.gfcf import GFCF
from graphrec.experiments.baselines.ials import IALS
from graphrec.experiments.baselines.itemknn import ItemKNN
from graphrec.experiments.baselines.lightgcn import LightGCN
from graphrec.experiments.baselines.popularity import Popularity
from graphrec.experiments.baselines.rp3beta import RP3Beta
from graphrec.experiments.baselines.vbpr import VBPR

BASELINES: Mapping[str, type[Baseline]] = {
    "popularity": Popularity,
    "itemknn": ItemKNN,
    "rp3beta": RP3Beta,
    "ease": EASE,
    "cease": CEASE,
    "gfcf": GFCF,
    "ials": IALS,
    "bpr": BPR,
    "vbpr": VBPR,
    "lightgcn": LightGCN,
}


def peer_names(text: str) -> list[str]:
    """Split ``"popularity,itemknn"``; ``all`` means every baseline, ``none`` no baseline.

    Raises
    ------
    ConfigError
        A baseline is unknown.
    """
    return names_of(text, list(BASELINES), "--peers", "peer")


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
