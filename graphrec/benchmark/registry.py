"""Every peer by name."""

from __future__ import annotations

from collections.abc import Mapping

from graphrec.benchmark.bpr import BPR
from graphrec.benchmark.ease import CEASE, EASE
from graphrec.benchmark.gfcf import GFCF
from graphrec.benchmark.ials import IALS
from graphrec.benchmark.itemknn import ItemKNN
from graphrec.benchmark.lightgcn import LightGCN
from graphrec.benchmark.peer import Peer
from graphrec.benchmark.popularity import Popularity
from graphrec.benchmark.rp3beta import RP3Beta
from graphrec.benchmark.vbpr import VBPR
from graphrec.errors import ConfigError, nearest

PEERS: Mapping[str, type[Peer]] = {
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
    """Split ``"popularity,itemknn"``; ``all`` stands for every peer.

    Raises
    ------
    ConfigError
        A peer is unknown.
    """
    names: list[str] = []
    for name in (part.strip() for part in text.split(",")):
        if name and name not in PEERS and name != "all":
            raise ConfigError(f"--peers: no peer {name!r}", hint=nearest(name, [*PEERS, "all"]))
        names += list(PEERS) if name == "all" else [name] if name else []
    return list(dict.fromkeys(names))
