"""The exact best items: the full sort as the truth, and the greedy list checked by what makes it one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from graphrec.serving.rerank import Ints, Shown, best, best_first


def look_at(ties: Sequence[Sequence[tuple[str, str]]], gone: frozenset[int] = frozenset()):
    """Return what looks items up in a list, and how many it has been asked for."""
    asked: list[int] = []

    def look(places: Ints) -> list[Shown | None]:
        asked.extend(places.tolist())
        return [None if place in gone else Shown(place, f"t{place}", ties[place]) for place in places.tolist()]

    return look, asked


@pytest.mark.parametrize("k", [1, 5, 70, 1000])
def test_it_is_the_full_sort_of_what_is_allowed_and_there(k: int):
    generator = np.random.default_rng(k)
    scores = generator.integers(0, 50, 400).astype(np.float32)  # with many equal ones
    allowed = generator.random(400) < 0.6
    gone = frozenset(np.flatnonzero(generator.random(400) < 0.1).tolist())
    look, asked = look_at([()] * 400, gone)
    found = [place for place, _ in best(best_first(scores, allowed, max(k, 64)), k, look)]
    there = [place for place in range(400) if allowed[place] and place not in gone]
    assert found == sorted(there, key=lambda place: (-scores[place], place))[:k]
    assert len(asked) == {1: 64, 5: 64, 70: 70 + 140}.get(k, allowed.sum())  # no further than needed


def test_nothing_allowed_is_nothing():
    look, asked = look_at([()] * 3)
    assert best(best_first(np.ones(3, np.float32), np.zeros(3, bool), 2), 2, look) == []
    assert asked == []


def test_at_most_two_of_one_entity_is_the_best_list_where_each_item_has_one():
    """Compared with every list that there is."""
    from itertools import combinations

    generator = np.random.default_rng(1)
    scores = generator.normal(size=9).astype(np.float32)
    genre = [str(n) for n in generator.integers(0, 3, 9)]
    look, _ = look_at([[("G", one)] for one in genre])
    found = [place for place, _ in best(best_first(scores, np.ones(9, bool), 5), 5, look, {"G": 2})]
    lists = [some for some in combinations(range(9), 5) if max(Counter(genre[i] for i in some).values()) <= 2]
    assert lists
    assert set(found) == set(max(lists, key=lambda some: sum(scores[list(some)])))


def test_with_several_entities_what_is_left_out_does_not_fit():
    generator = np.random.default_rng(2)
    n, most = 500, {"G": 3, "D": 1}
    scores = generator.normal(size=n).astype(np.float32)
    ties = [
        [("G", str(g)) for g in np.flatnonzero(generator.random(20) < 0.1)]
        + [("D", str(d)) for d in np.flatnonzero(generator.random(200) < 0.02)]
        + [("X", "x")]  # a relation without a bound
        for _ in range(n)
    ]
    look, _ = look_at(ties)
    found = [place for place, _ in best(best_first(scores, np.ones(n, bool), 64), 25, look, most)]
    filled: Counter[tuple[str, str]] = Counter()
    for place in np.argsort(-scores):
        free = all(filled[tie] < most.get(tie[0], n) for tie in ties[place])
        assert (place in found) == free
        if place in found:
            filled.update(ties[place])
        if place == found[-1]:
            break
    assert all(count <= most.get(tie[0], n) for tie, count in filled.items())
    assert [scores[place] for place in found] == sorted((scores[place] for place in found), reverse=True)


def test_an_entity_named_twice_counts_once():
    look, _ = look_at([[("G", "x"), ("G", "x")], [("G", "x")], [("G", "x")]])
    found = best(best_first(np.array([3, 2, 1], np.float32), np.ones(3, bool), 3), 3, look, {"G": 2})
    assert [place for place, _ in found] == [0, 1]
