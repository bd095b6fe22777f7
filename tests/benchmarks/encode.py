"""Posters through the pipeline of ``graphrec embed`` (read, encode, cache) against the bare encoder on pictures.

Run: ``python tests/benchmarks/encode.py FOLDER [PICTURES]``. Prints pictures a second and the ratio, which should not
fall below 0.5, for the classical descriptors and for a ResNet-18 of random weights; both ways in turn, three times.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torchvision
from safetensors.torch import save_file

from graphrec.content.cache import VectorCache
from graphrec.content.image import open_image
from graphrec.content.pipeline import Writer, encoded
from graphrec.content.sources import Source, sources
from graphrec.content.store import Item

BATCH, ROUNDS = 64, 3


def posters(folder: Path, most: int) -> list[Source]:
    """Return the first pictures of a folder, as the stage finds them."""
    paths = sorted(folder.glob("*.jpg"))[:most]
    items = [Item(str(p), p.stem, {}, str(p.resolve()), None, {}, {}, None, None) for p in paths]
    return sources(items, "image", [folder])[0]


def piped(encoder: Any, found: Sequence[Source], folder: Path) -> float:
    """Return the seconds of the pipeline, into a new cache."""
    rows: list[Any] = []
    start = time.perf_counter()
    with VectorCache(folder) as cache, Writer(rows.extend, 500) as writer:
        for batch in encoded(encoder, encoder.read, found, BATCH, cache, "image"):
            writer.add(batch)
    seconds = time.perf_counter() - start
    assert len(rows) == len(found)
    return seconds


def bare(encoder: Any, pictures: Sequence[Any]) -> float:
    """Return the seconds of encoding alone."""
    start = time.perf_counter()
    for first in range(0, len(pictures), BATCH):
        encoder.encode(pictures[first : first + BATCH])
    return time.perf_counter() - start


def compare(name: str, found: Sequence[Source], folder: Path) -> str:
    """Return one line of figures."""
    encoder = open_image(name, folder)
    pictures = [encoder.read(source.value) for source in found]
    bare(encoder, pictures[:BATCH])
    pairs = [
        (piped(encoder, found, folder / f"{encoder.name[:8]}-{n}"), bare(encoder, pictures)) for n in range(ROUNDS)
    ]
    whole, alone = (len(found) / statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    return f"{encoder.name.partition(':')[0]}: pipeline {whole:.0f}/s, bare {alone:.0f}/s, ratio {ratio:.2f}"


if __name__ == "__main__":
    chosen = posters(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 512)
    with tempfile.TemporaryDirectory() as temporary:
        torch.manual_seed(0)
        save_file(torchvision.models.resnet18(weights=None).state_dict(), Path(temporary) / "resnet18.safetensors")
        for encoder_name in ("classical", "resnet18:resnet18.safetensors"):
            print(compare(encoder_name, chosen, Path(temporary)), flush=True)
