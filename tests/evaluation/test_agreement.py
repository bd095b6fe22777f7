"""How alike lists are, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from graphrec.evaluation.agreement import agreement


def test_equal_lists_agree_and_apart_ones_do_not() -> None:
    lists = np.array([[3, 1, 2], [5, 6, 7], [8, -1, -1], [-1, -1, -1]])
    found = agreement(lists, lists)
    assert all((values == 1).all() for values in found.values())
    apart = agreement(lists[:2], lists[:2] + 10)
    assert all((values == 0).all() for values in apart.values())


def test_known_values() -> None:
    found = agreement(np.array([[1, 2, 3]]), np.array([[2, 1, 9]]))
    assert found["overlap"].tolist() == pytest.approx([2 / 3])
    assert found["jaccard"].tolist() == pytest.approx([2 / 4])
    weights = np.array([1, 0.9, 0.81])
    assert found["rbo"].tolist() == pytest.approx([weights @ [0, 2 / 2, 2 / 3] / weights.sum()])


def test_a_swap_at_the_top_counts_more_than_one_at_the_end() -> None:
    lists = np.arange(10)[None]
    top, end = lists.copy(), lists.copy()
    top[0, :2], end[0, -2:] = [1, 0], [9, 8]
    assert agreement(lists, top)["rbo"] < agreement(lists, end)["rbo"] < 1
    assert agreement(lists, top)["overlap"] == 1


def test_a_short_list_is_compared_with_a_longer_one() -> None:
    found = agreement(np.array([[4, -1]]), np.array([[4, 5]]))
    assert (found["overlap"].tolist(), found["jaccard"].tolist()) == ([0.5], [0.5])
