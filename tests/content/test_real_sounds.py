"""Real sounds: neighbours by content are alike, well above chance. (Real films: ``tests/test_movielens.py``.)"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graphrec.config.settings import ContentSettings
from graphrec.content.audio import MfccEncoder, read_wave
from graphrec.content.fusion import Block, fuse


def neighbour(vectors: np.ndarray) -> np.ndarray:
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -2)
    return similar.argmax(axis=1)


def test_sounds_near_each_other_share_the_family(shared_data: Path):
    files = sorted((shared_data / "audio").glob("*.flac"))
    family = [file.name.split("_")[0] for file in files]
    vectors = MfccEncoder().encode([read_wave(file) for file in files])
    fused = fuse({"audio": Block(vectors, np.ones(len(files), bool))}, ContentSettings(dim=80)).vectors
    near = neighbour(fused)
    hits = np.mean([family[n] == family[m] for n, m in enumerate(near)])
    chance = np.mean([(family.count(f) - 1) / (len(files) - 1) for f in family])
    assert hits > 2 * chance
