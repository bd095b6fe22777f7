"""Who gets which run, and the statistics of what follows; the numbers of the literature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2_contingency, norm

from graphrec.common.errors import ConfigError
from graphrec.service.experiment import Experiment
from graphrec.service.online_test import Interval, needed, newcombe, sample_ratio, wilson


def test_every_user_keeps_a_run_and_the_shares_are_kept() -> None:
    test = Experiment({"b": 0.3, "a": 0.7})
    places = np.sort(np.fromiter((test.place(n) for n in range(1_000_000)), float))
    assert np.abs(places - (np.arange(len(places)) + 0.5) / len(places)).max() < 1e-3  # uniform
    runs = {n: test.run_of(n) for n in range(20_000)}
    assert sum(run == "b" for run in runs.values()) / len(runs) == pytest.approx(0.3, abs=0.01)
    again = Experiment({"a": 0.7, "b": 0.3})  # as another process reads it, from another file
    assert all(again.run_of(str(n)) == runs[n] for n in range(1_000))
    # A larger share takes users from the other run alone, and another experiment mixes them anew.
    more = Experiment({"a": 0.6, "b": 0.4})
    assert {(runs[n], more.run_of(n)) for n in range(20_000)} == {("a", "a"), ("a", "b"), ("b", "b")}
    other = Experiment({"a": 0.7, "c": 0.3})
    both = sum(runs[n] == "b" and other.run_of(n) == "c" for n in range(20_000)) / 20_000
    assert both == pytest.approx(0.09, abs=0.01)
    assert Experiment({}).run_of(1) is None
    assert test.run_of('["acme",7]') == test.run_of(["acme", 7]) == test.run_of("acme/7")
    for wrong in ({"a": 1.0}, {"a": 0.5, "b": 0.4}, {"a": 1.0, "b": 0.0}):
        with pytest.raises(ConfigError, match=r"\[serve.experiment\]"):
            Experiment(wrong)


def test_intervals_are_those_of_the_literature() -> None:
    """Newcombe, Interval estimation (1998): table I of the first paper, table II (methods 10) of the second."""

    def near(found: Interval | None, low: float, high: float) -> bool:
        return found is not None and (round(found.low, 4), round(found.high, 4)) == (low, high)

    assert near(wilson(81, 263), 0.2553, 0.3662)
    assert near(wilson(15, 148), 0.0624, 0.1605)
    assert near(wilson(0, 20), 0.0, 0.1611)
    assert near(wilson(1, 29), 0.0061, 0.1718)
    assert wilson(0, 0) is None
    assert near(newcombe((48, 80), (56, 70)), 0.0524, 0.3339)
    assert near(newcombe((3, 10), (9, 10)), 0.1705, 0.8090)
    assert near(newcombe((0, 20), (10, 10)), 0.6791, 1.0)
    assert newcombe((0, 0), (1, 2)) is None


def test_mismatches_and_needed_users() -> None:
    assert sample_ratio([0, 0], [0.5, 0.5]) is None
    assert sample_ratio([821_588, 815_482], [0.5, 0.5]) == pytest.approx(1.8e-6, rel=0.02)
    # The power that the formula promises, computed by the normal distribution.
    size = needed(0.05, 0.1, 2.0)
    assert size is not None
    share, changed = 0.05, 0.055
    error = math.sqrt(share * (1 - share) / size + changed * (1 - changed) / (2 * size))
    assert norm.sf(norm.isf(0.025) - (changed - share) / error) == pytest.approx(0.8, abs=0.01)
    assert needed(0.1, 0.1) == 14_751
    assert needed(0.0, 0.1) is needed(1.0, 0.1) is needed(0.99, 0.1) is None
    # An interval beyond 0 and a test below 5 % agree.
    found = newcombe((100, 2000), (140, 2000))
    assert found is not None
    assert found.low > 0
    assert chi2_contingency([[100, 1900], [140, 1860]], correction=False).pvalue < 0.05
