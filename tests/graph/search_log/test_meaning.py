"""The items that a text means: the nearest, each with its share."""

from __future__ import annotations

import numpy as np

from graphrec.graph.search_log import nearest_items

ITEMS = np.array([[1, 0], [0, 2], [3, 3], [-1, 0], [0, 0]], np.float32)


def test_the_nearest_items_share_by_their_cosines():
    items, weights = nearest_items(np.array([[2, 0], [0, 5]], np.float32), ITEMS, 2)
    assert items.tolist() == [[0, 2], [1, 2]]
    half = np.sqrt(0.5)
    assert np.allclose(weights, [[1 / (1 + half), half / (1 + half)]] * 2, atol=1e-6)
    assert (items.dtype, weights.dtype) == (np.int64, np.float32)


def test_what_is_not_alike_has_no_share():
    items, weights = nearest_items(np.array([[2, 0], [0, 0]], np.float32), ITEMS, 9)
    assert items.shape == (2, 5)
    shares = dict(zip(items[0].tolist(), weights[0].tolist(), strict=True))
    assert {item for item, share in shares.items() if share} == {0, 2}
    assert not weights[1].any()
    nothing = nearest_items(np.array([[-1, -1]], np.float32), ITEMS[:3], 3)[1]
    assert not nothing.any()


def test_blocks_find_what_a_whole_comparison_finds():
    rng = np.random.default_rng(0)
    texts, items = rng.normal(size=(300, 4)).astype(np.float32), rng.normal(size=(20_000, 4)).astype(np.float32)
    items[::7] = items[0]  # many of one text: the first of them are named
    texts[5] = items[0]
    found, weights = nearest_items(texts, items, 10)
    cosines = (texts / np.linalg.norm(texts, axis=1, keepdims=True)).astype(float) @ (
        items / np.linalg.norm(items, axis=1, keepdims=True)
    ).T.astype(float)
    assert np.allclose(np.take_along_axis(cosines, found, 1), -np.sort(-cosines, 1)[:, :10], atol=1e-5)
    assert found[5].tolist() == list(range(0, 70, 7))
    assert np.allclose(weights.sum(1), 1)


def test_nothing_to_compare():
    items, weights = nearest_items(np.zeros((0, 2), np.float32), ITEMS, 3)
    assert items.shape == weights.shape == (0, 3)
    assert nearest_items(ITEMS, np.zeros((0, 2), np.float32), 3)[0].shape == (5, 0)
