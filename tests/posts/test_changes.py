"""Sudden changes: those that are there are found, and where nothing changes, alarms are as rare as is stated."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from graphrec.posts.changes import find_changes, without_weekdays
from graphrec.posts.trends import Day, tone_alerts, volume_alerts

ONES = np.ones(60)


def test_a_level_and_a_stretch_are_found_where_they_are() -> None:
    rng = np.random.default_rng(0)
    level = rng.normal(0, 1, 60) + np.where(np.arange(60) >= 40, 4, 0)
    (change,) = find_changes(level, ONES)
    assert (change.start, change.end) == (40, 60)
    stretch = rng.normal(0, 1, 60) + np.where((np.arange(60) >= 20) & (np.arange(60) < 27), 6, 0)
    first = find_changes(stretch, ONES)[0]
    assert abs(first.start - 20) <= 1
    assert abs(first.end - 27) <= 2
    before, within = first.means(stretch, ONES)
    assert within - before > 4


def test_false_alarms_are_as_rare_as_is_stated() -> None:
    rng = np.random.default_rng(1)
    alarms = sum(
        bool(find_changes(rng.gamma(0.3, 1.0, 40), np.ones(40), rate=0.1, shuffles=99, seed=n)) for n in range(300)
    )
    assert alarms <= 45  # 30 are expected; more than 45 have a chance of 0.2 %


def test_one_day_alone_and_days_without_any_difference_are_no_change() -> None:
    spike = np.zeros(40)
    spike[20] = 100
    assert find_changes(spike, np.ones(40)) == []
    assert find_changes(np.full(40, 3.0), np.ones(40)) == []
    assert find_changes(np.array([]), np.array([])) == []


def test_the_days_of_the_week_are_compared_with_their_own_kind() -> None:
    days = np.tile([1.0, 1, 1, 1, 1, 9, 9], 6)
    values, kinds = without_weekdays(days, 5)
    assert np.ptp(values) == pytest.approx(0)
    assert kinds[:3].tolist() == [5, 6, 0]
    values, kinds = without_weekdays(days[:14], 0)
    assert (values == days[:14]).all()
    assert not kinds.any()


def test_alerts_have_dates_and_means_of_what_people_see() -> None:
    days = [Day(date(2026, 1, 1 + n), 2 if n < 20 else 20, 2, 0.5 - n % 3 / 10 if n < 20 else -0.5) for n in range(31)]
    (volume,) = volume_alerts(days, date(2026, 1, 1), date(2026, 1, 31))
    assert (volume.since, volume.until, volume.before, volume.within) == (date(2026, 1, 21), None, 2.0, 20.0)
    (tone,) = tone_alerts(days)
    assert (tone.since, tone.until, tone.within) == (date(2026, 1, 21), None, -0.5)
    assert 0.3 < tone.before < 0.5
