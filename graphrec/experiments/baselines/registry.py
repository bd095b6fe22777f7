"""The baselines by name."""

from __future__ import annotations

from collections.abc import Mapping

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
