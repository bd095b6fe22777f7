"""Fusion: known answers on small arrays."""

from __future__ import annotations

import numpy as np
import pytest

from graphrec.common.errors import ConfigError
from graphrec.config.settings import ContentSettings
from graphrec.content.fusion import Block, fuse, fusion_label


def block(n: int, d: int, seed: int, absent: tuple[int, ...] = ()) -> Block:
    vectors = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    mask = ~np.isin(np.arange(n), absent)
    vectors[~mask] = 0
    return Block(vectors, mask)


def unit(block: Block) -> np.ndarray:
    """What fusion takes a modality for: standardised, of length 1."""
    rows = block.vectors[block.mask].astype(float)
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_concat_lays_side_by_side_and_masks():
    text, image = block(6, 4, 0, absent=(1, 3)), block(6, 3, 1, absent=(3, 5))
    fused = fuse({"text": text, "image": image}, ContentSettings(fusion="concat"))
    assert fused.mask.tolist() == [True, True, True, False, True, True]
    assert fused.vectors.shape == (6, 7)
    assert fused.vectors[5] == pytest.approx(np.r_[unit(text)[3], 0, 0, 0], abs=1e-6)
    assert fused.vectors[0] == pytest.approx(np.r_[unit(text)[0], unit(image)[0]] / np.sqrt(2), abs=1e-6)
    assert (fused.vectors[3] == 0).all()


def test_mean_of_one_modality_keeps_its_distances():
    text = block(9, 5, 0)
    fused = fuse({"text": text}, ContentSettings(dim=32)).vectors
    assert fused.shape == (9, 32)
    assert fused @ fused.T == pytest.approx(unit(text) @ unit(text).T, abs=1e-5)


def test_more_dimensions_than_wanted_keep_the_strongest():
    rng = np.random.default_rng(0)
    plane = rng.standard_normal((50, 2)) @ rng.standard_normal((2, 40))
    text = Block(plane.astype(np.float32), np.ones(50, bool))
    fused = fuse({"text": text}, ContentSettings(dim=8)).vectors
    assert fused @ fused.T == pytest.approx(unit(text) @ unit(text).T, abs=1e-3)


def test_modalities_do_not_share_axes():
    """The same vectors as text and as image: an item with text only is not like one with that image only."""
    vectors = block(200, 64, 0).vectors
    half = np.arange(200) < 100
    same = np.concatenate([vectors[:100], vectors[:100]])
    text, image = Block(same * half[:, None], half), Block(same * ~half[:, None], ~half)
    fused = fuse({"text": text, "image": image}, ContentSettings(dim=64)).vectors
    across = np.abs(np.sum(fused[:100] * fused[100:], axis=1))
    assert across.mean() < 0.2


def test_weights_count_among_those_present():
    text, image = block(8, 4, 0, absent=(2,)), block(8, 4, 1)
    heavy = fuse({"text": text, "image": image}, ContentSettings(fusion="weighted", weights={"image": 0.0}, dim=16))
    assert heavy.mask.tolist() == [n != 2 for n in range(8)]
    only = fuse({"text": text}, ContentSettings(dim=16))
    assert heavy.vectors == pytest.approx(only.vectors, abs=1e-6)
    plain = fuse({"text": text, "image": image}, ContentSettings(dim=16))
    leaning = fuse({"text": text, "image": image}, ContentSettings(fusion="weighted", weights={"image": 0.1}, dim=16))
    assert (leaning.vectors[0] @ only.vectors[0]) > (plain.vectors[0] @ only.vectors[0])
    alone = fuse({"image": image}, ContentSettings(dim=16))
    assert leaning.vectors[2] == pytest.approx(alone.vectors[2], abs=1e-6)


def test_scale_does_not_count():
    text, image = block(7, 4, 0), block(7, 5, 1)
    loud = Block(image.vectors * 1000 + 5, image.mask)
    settings = ContentSettings(dim=16)
    quiet = fuse({"text": text, "image": image}, settings).vectors
    assert fuse({"text": text, "image": loud}, settings).vectors == pytest.approx(quiet, abs=1e-3)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_and_identical_items_have_vectors(n):
    same = Block(np.tile(np.float32([1, 2, 3]), (n, 1)), np.ones(n, bool))
    fused = fuse({"text": same}, ContentSettings(dim=2)).vectors
    assert np.linalg.norm(fused, axis=1) == pytest.approx(1, abs=1e-6)


def test_what_cannot_be_fused_and_what_renames_the_result():
    with pytest.raises(ConfigError, match="4200 dimensions"):
        fuse({"text": block(3, 4200, 0)}, ContentSettings(fusion="concat"))
    labels = {
        fusion_label(ContentSettings(), ["a"]),
        fusion_label(ContentSettings(), ["b"]),
        fusion_label(ContentSettings(dim=64), ["a"]),
        fusion_label(ContentSettings(fusion="weighted", weights={"text": 2.0}), ["a"]),
        fusion_label(ContentSettings(fusion="weighted"), ["a"]),
    }
    assert len(labels) == 5
