"""What the context adds to scores: shares by hour, weekday and situation, shrunk level by level."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
import torch

from graphrec.config.settings import SplitSettings
from graphrec.evaluation.events import event_ndcg, visits
from graphrec.evaluation.split import make_split
from graphrec.graph.contexts import HALF_HOURS
from graphrec.graph.hetero import Graph
from graphrec.graph.situation import Situation
from graphrec.graph.typed import NO_TIME
from graphrec.model.context import ContextModel, Shrinkage, Variable, VariableTables
from graphrec.model.context_log import ContextLog, Evidence
from graphrec.runs.in_context import parts
from graphrec.training.context_selection import ChosenContext, choose_context
from graphrec.training.context_shrinkage import choose_shrinkage
from tests.planted_habits import BEGIN, DAY, HOUR, graph_of, planted

NOTHING = Evidence(np.zeros(0, np.int64), np.zeros(0, np.int64))
WEEKDAY = Variable("weekday", shrinkage=Shrinkage(user=2.0, item=3.0, group=4.0, pair=5.0))


def array(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


def test_shares_are_those_of_the_definition() -> None:
    items, codes, groups = array(0, 0, 1, 2, 2, 2), array(0, 0, 1, 2, 2, 0), array(0, 0, 1)
    tables = VariableTables(WEEKDAY, items, codes, groups)
    mine, wanted = Evidence(array(0, 1, 2), array(0, 1, -1)), np.arange(7)
    found = tables.terms(mine, wanted)
    everybody = (np.bincount(codes, minlength=7) + 1 / 7) / 7
    of_item = np.stack([np.bincount(codes[items == i], minlength=7) for i in range(3)])
    of_item = (of_item + 3 * everybody) / (of_item.sum(1, keepdims=True) + 3)
    user = (np.bincount([0, 1], minlength=7) + 2 * everybody) / (2 + 2)  # what has no value says nothing
    expected = user * of_item / everybody
    expected /= expected.sum(1, keepdims=True)
    in_group = np.stack([np.bincount([0, 1], minlength=7), np.zeros(7)])
    expected = (in_group[groups] + 4 * expected) / (in_group.sum(1)[groups][:, None] + 4)
    pair = np.eye(7)[[0, 1, 0]] * array(1, 1, 0)[:, None]
    expected = (pair + 5 * expected) / (pair.sum(1, keepdims=True) + 5)
    np.testing.assert_allclose(found.T, np.log(expected / user), rtol=1e-5)
    np.testing.assert_allclose((np.exp(found.T) * user).sum(1), 1, rtol=1e-5)  # shares of all weekdays


def test_hours_are_smooth_around_midnight() -> None:
    kernel = Variable("hour").kernel()
    np.testing.assert_allclose(kernel.sum(1), 1)
    assert kernel[0, HALF_HOURS - 1] == kernel[0, 1] > kernel[0, 2] > kernel[0, HALF_HOURS // 2]


def test_a_situation_counts_only_what_it_names() -> None:
    values = array(0, 1, -1)[:, None]
    log = ContextLog(array(0, 3), array(0, 1, 1), array(BEGIN, BEGIN + HOUR, NO_TIME), values, ("presence",))
    known = Shrinkage(user=1.0, item=1.0)
    variables = [Variable("hour", shrinkage=known), Variable("presence", ("alone", "family"), 2.0, known)]
    model = ContextModel(log, variables, array(0, 0), "Europe/Berlin")
    mine = model.evidence(0)
    assert mine["hour"].codes.tolist() == [2, 4, -1]  # an hour ahead of UTC
    assert model.shares(Situation(), mine) == model.shares(Situation(None, {"presence": "a new value"}), mine) == {}
    both = model.shares(Situation(BEGIN, {"presence": "alone"}), mine)
    assert sorted(both) == ["hour", "presence"]
    (alone,) = model.shares(Situation(None, {"presence": "alone"}), mine).values()
    np.testing.assert_array_equal(alone, both["presence"])
    assert alone[0] > 0 > alone[1]
    half = replace_weight(log, variables[1])
    np.testing.assert_allclose(half.shares(Situation(None, {"presence": "alone"}), mine)["presence"], alone / 2)
    assert model.shares(Situation(BEGIN), {})["hour"].shape == (2,)  # of whom nothing is known


def replace_weight(log: ContextLog, variable: Variable) -> ContextModel:
    return ContextModel(log, [msgspec.structs.replace(variable, weight=1.0)], array(0, 0), "UTC")


def test_a_context_that_says_nothing_is_shrunk_away() -> None:
    rng = np.random.default_rng(0)
    users, items = np.sort(rng.integers(0, 40, 4_000)), rng.integers(0, 30, 4_000)
    indptr = np.concatenate([[0], np.bincount(users, minlength=40).cumsum()])
    log = ContextLog(indptr, items, np.zeros(4_000, np.int64), np.zeros((4_000, 0), np.int64))
    chance, groups = rng.integers(0, 7, 4_000), np.arange(30) % 3
    told = choose_shrinkage(Variable("weekday"), log, (items + users) % 7, groups, np.arange(4_000))
    assert told.pair is not None
    assert told.pair < 10
    said = choose_shrinkage(Variable("weekday"), log, chance, groups, np.arange(4_000))
    assert said.pair is None or said.pair >= 100
    assert said.item is None or said.item >= 100


def test_behaviours_are_ranked_one_by_one_in_visits() -> None:
    scores = np.array([[3.0, 2, 1], [3, 2, 1], [0, 0, -np.inf]], np.float32)
    found = event_ndcg(scores, array(0, 1, 2), 2)
    assert found.tolist() == [1, 1 / np.log2(3), 0]
    tied = event_ndcg(np.zeros((2, 2), np.float32), array(0, 1), 1)
    assert sorted(tied.tolist()) == [0, 1]
    assert visits(array(0, 0, 0, 1), array(0, 60, 3 * HOUR, 3 * HOUR)).tolist() == [0, 0, 1, 2]
    assert visits(array(0, 0), array(NO_TIME, NO_TIME)).tolist() == [0, 1]


def log_and_split(graph: Graph, method: str = "random") -> tuple[ContextLog, object]:
    split = make_split(graph.data, SplitSettings(method=method), graph.schema)  # type: ignore[arg-type]
    return ContextLog.of(graph.data, graph.schema), split


@pytest.mark.parametrize("method", ["random", "user-time"])
def test_no_held_out_behaviour_is_counted(method: str) -> None:
    graph = graph_of(planted(users=20, items=30, acts=30), 20, 30)
    log, split = log_and_split(graph, method)
    for on in ("valid", "test"):
        known, asked = parts(log, split, on, False)  # type: ignore[arg-type]
        assert asked.any()
        pairs = log.users * 30 + log.items
        held = torch.cat([split.valid, split.test], 1)  # type: ignore[attr-defined]
        assert not np.isin(pairs[known], (held[0] * 30 + held[1]).numpy()).any()
        if method == "user-time":
            assert (log.times[known] < split.cutoff["user"].numpy()[log.users[known]]).all()  # type: ignore[attr-defined]
        known, asked = parts(log, split, on, True)  # type: ignore[arg-type]
        assert not (known & asked).any()
        assert np.isin(pairs[asked], pairs[known]).all()  # done before
        for user in set(log.users[asked].tolist()):
            mine = log.users == user
            assert log.times[mine & known].max() <= log.times[mine & asked].min()


def chosen(*, habits: bool, repeats: bool) -> ChosenContext | None:
    size = {"users": 2, "items": 12, "acts": 500} if repeats else {"users": 80, "items": 60, "acts": 30}
    graph = graph_of(planted(**size, groups=4, habits=habits), size["users"], size["items"])  # type: ignore[arg-type]
    log, split = log_and_split(graph)
    popular = torch.from_numpy(np.bincount(log.items, minlength=size["items"])).log1p()
    vectors = torch.eye(4)[torch.arange(size["items"]) % 4]
    score = lambda users: popular.expand(len(users), -1).clone()  # noqa: E731
    return choose_context(score, vectors, log, split, graph.schema, repeats=repeats, k=10)  # type: ignore[arg-type]


@pytest.mark.parametrize("repeats", [False, True])
def test_validation_finds_planted_habits_and_nothing_in_chance(repeats: bool) -> None:
    found = chosen(habits=True, repeats=repeats)
    assert found is not None
    assert {"hour", "presence"} <= {one.name for one in found.variables}
    valid = found.report["valid"]
    assert valid["gain"]["low"] > 0
    assert valid["without"]["high"] < valid["with"]["low"]
    by_chance = chosen(habits=False, repeats=repeats)
    assert by_chance is not None
    assert by_chance.variables == []
    assert by_chance.report["valid"]["gain"] == {"mean": 0, "low": 0, "high": 0}


def test_dates_without_hours_say_nothing_of_the_hour() -> None:
    log = [act._replace(at=BEGIN + (act.at - BEGIN) // DAY * DAY) for act in planted(users=40, items=30, acts=20)]
    graph = graph_of(log, 40, 30)
    behaviours, split = log_and_split(graph)
    flat = lambda users: torch.zeros(len(users), 30)  # noqa: E731
    found = choose_context(flat, torch.ones(30, 2), behaviours, split, graph.schema, repeats=False, k=10)  # type: ignore[arg-type]
    assert found is not None
    assert found.report["tried"] == ["weekday", "presence"]
    none = replace(behaviours, times=np.full_like(behaviours.times, NO_TIME), values=behaviours.values[:, :0], names=())
    assert choose_context(flat, torch.ones(30, 2), none, split, graph.schema, repeats=False, k=10) is None  # type: ignore[arg-type]
