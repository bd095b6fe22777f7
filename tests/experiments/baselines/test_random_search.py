"""The search for settings: seeded, even, near the best in its end, the best kept."""

from __future__ import annotations

from typing import Any

import pytest

from graphrec.experiments.baselines.random_search import EVEN, TRIES, OneOf, Real, Whole, search
from graphrec.experiments.baselines.registry import BASELINES

SPACE = {"x": Real(0.0, 1.0), "scale": Real(1, 10_000, log=True), "k": Whole(1, 9), "which": OneOf((1, 2, 4))}


DEFAULTS = {"x": 0.25, "scale": 100, "k": 3, "which": 2}


def test_ranges_give_their_ends_and_middles() -> None:
    assert (Real(2, 4).at(0), Real(2, 4).at(0.5)) == (2, 3)
    assert [Real(1, 10_000, log=True).at(share) for share in (0, 0.25, 0.5)] == [1, 10, 100]
    assert Real(0, 1).at(1 / 3) == 0.333
    assert [Whole(1, 9).at(share) for share in (0, 0.49, 1)] == [1, 5, 9]
    assert [OneOf((1, 2, 4)).at(share) for share in (0, 0.34, 0.999, 1)] == [1, 2, 4, 4]


def tried(seed: int, tries: int = TRIES) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    asked: list[dict[str, Any]] = []

    def value(settings: dict[str, Any]) -> float:
        asked.append(settings)
        return -abs(settings["x"] - 0.7)

    return asked, search(SPACE, DEFAULTS, tries, seed, value)


def test_the_same_seed_tries_the_same_and_the_best_is_kept() -> None:
    asked, best = tried(0)
    assert (asked, best) == tried(0)
    assert asked != tried(1)[0]
    assert best == min(asked, key=lambda settings: abs(settings["x"] - 0.7))


def test_the_first_tries_fill_the_space_and_the_rest_lie_near_the_best() -> None:
    asked, best = tried(0)
    even = round(EVEN * TRIES)
    assert asked[0] == DEFAULTS
    stripes = sorted(int(settings["x"] * even) for settings in asked[1 : even + 1])
    assert stripes == list(range(even)), "one in each stripe"
    assert len(asked) == TRIES
    near = [abs(settings["x"] - 0.7) for settings in asked[even + 1 :]]
    assert max(near) < 0.5
    assert abs(best["x"] - 0.7) < 0.05


def test_nothing_is_fitted_twice_and_nothing_to_choose_is_one_try() -> None:
    asked: list[dict[str, Any]] = []
    told: list[int] = []
    best = search(
        {"k": OneOf((1, 2, 3))}, {"k": 2}, 20, 0, lambda s: asked.append(s) or float(s["k"]), lambda: told.append(1)
    )
    assert sorted(settings["k"] for settings in asked) == [1, 2, 3]
    assert (best, len(told)) == ({"k": 3}, 20)
    assert search({}, {}, 20, 0, lambda settings: asked.append(settings) or 0.0) == {}
    assert asked[-1] == {}


@pytest.mark.parametrize("name", list(BASELINES))
def test_every_space_can_be_drawn_from(name: str) -> None:
    asked: list[dict[str, Any]] = []
    search(BASELINES[name].space, BASELINES[name].defaults, TRIES, 0, lambda settings: asked.append(settings) or 0.0)
    assert all(settings.keys() == BASELINES[name].space.keys() for settings in asked)
    assert len(asked) > 10 or not BASELINES[name].space


def test_few_tries_begin_with_the_default() -> None:
    assert tried(0, tries=1) == ([DEFAULTS], DEFAULTS)
    asked, _ = tried(0, tries=3)
    assert asked[0] == DEFAULTS
    assert len(asked) == 3
    # Near the default where that is the best: the last try is drawn around it.
    xs: list[float] = []

    def value(setting: Any) -> float:
        xs.append(setting["x"])
        return -abs(setting["x"] - 0.7)

    assert search({"x": Real(0, 1)}, {"x": 0.7}, 5, 0, value) == {"x": 0.7}
    assert 0 < abs(xs[-1] - 0.7) < 0.4


def test_the_share_of_a_value_is_where_it_is_drawn() -> None:
    for part, value in ((Real(2, 4), 2.5), (Real(1, 10_000, log=True), 100), (Whole(1, 9), 4), (OneOf((1, 2, 4)), 4)):
        assert part.at(part.share(value)) == value


@pytest.mark.parametrize("name", list(BASELINES))
def test_every_default_lies_in_its_space(name: str) -> None:
    space, defaults = BASELINES[name].space, BASELINES[name].defaults
    assert defaults.keys() == space.keys()
    assert all(part.at(part.share(defaults[key])) == pytest.approx(defaults[key]) for key, part in space.items())
    assert all(0 <= part.share(defaults[key]) <= 1 for key, part in space.items())
