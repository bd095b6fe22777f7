"""What carries the scores: the fast sums against every single share."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
import torch

from graphrec.explanation.attribution import Attribution, UserAttribution
from graphrec.explanation.overview import (
    ALL,
    COLD,
    COLD_ITEMS,
    DIMENSIONS,
    NO_BEHAVIOUR,
    QUARTERS,
    Overview,
    absolute_shares,
    overview,
)
from graphrec.explanation.shares import shares
from graphrec.runs.run import Run

K = 2


@pytest.fixture(scope="module")
def run(train_run: Any) -> Run:
    """A run with all components, whose last items nobody tried."""
    trained: Run = train_run(friends=True, cold=True, model={"neighbours": 3, "cold_item_rank": 5})
    return trained


@pytest.fixture(scope="module")
def of(run: Run) -> Attribution:
    return Attribution(run)


@pytest.fixture(scope="module")
def found(run: Run) -> Overview:
    return overview(run, K)


def slow(run: Run, user: UserAttribution, item: int) -> dict[tuple[str, str, str, str], float]:
    """(component, part, relation or modality, behaviour) → sum of absolute shares, from every single share."""
    rows, sums = shares(user, item), defaultdict(float)
    names = [run.info["relations"][number] if number >= 0 else "" for number in rows.relation]
    types = [run.behaviours[number] if number >= 0 else NO_BEHAVIOUR for number in rows.behaviour]
    for n, share in enumerate(rows.share):
        sums[rows.place[n], rows.component[n], rows.part[n], names[n] or rows.modality[n], types[n]] += share
    found: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for (_, *key), share in sums.items():
        found[tuple(key)] += abs(share)
    return found


def test_sums_are_those_of_every_single_share(run: Run, of: Attribution) -> None:
    items = torch.tensor([0, 7, len(run.items) - 1])
    for user in (0, 1, 33, 59):
        fast = list(absolute_shares(of.user(user), items))
        for place, item in enumerate(items.tolist()):
            told = {
                (*part, kind): float(sums[place, n])
                for part, sums in fast
                for n, kind in enumerate((*run.behaviours, NO_BEHAVIOUR))
            }
            known = slow(run, of.user(user), item)
            assert set(known) <= set(told)
            assert told == pytest.approx({key: known[key] for key in told}, abs=1e-5)


def test_lines_are_sums_over_lists(run: Run, of: Attribution, found: Overview) -> None:
    seen, whole, network, bought = run.seen("all"), 0.0, 0.0, 0.0
    for user in np.flatnonzero(run.profiles.indptr.diff().numpy()).tolist():
        scores = run.scores(torch.tensor([user]), "all")[0].numpy()
        scores[seen[[user]].indices] = -np.inf
        attribution = of.user(user)
        for item in np.argsort(-scores, kind="stable")[:K].tolist():
            for (component, _, _, behaviour), share in slow(run, attribution, item).items():
                whole += share
                network += share * (component == "network")
                bought += share * (behaviour == "BOUGHT")
    lines = {(row.by, row.name): row.shares[ALL] for row in found.rows}
    assert lines["component", "network"] == pytest.approx(network / whole, abs=1e-4)
    assert lines["behaviour", "BOUGHT"] == pytest.approx(bought / whole, abs=1e-4)


def test_every_column_is_whole(run: Run, found: Overview) -> None:
    assert list(found.lists) == [ALL, *QUARTERS, COLD_ITEMS]
    assert found.lists[ALL] == sum(found.lists[name] for name in QUARTERS) == found.n_users == len(run.users)
    assert not found.sampled
    for column in found.lists:
        for by in ("component", "behaviour", "part"):
            assert sum(row.shares[column] for row in found.rows if row.by == by) == pytest.approx(1)
    names = {by: {row.name for row in found.rows if row.by == by} for by in DIMENSIONS}
    assert names["behaviour"] == {"BOUGHT", "HATED", "VIEWED", NO_BEHAVIOUR}
    assert names["modality"] == {"text", "image"}
    assert names["relation"] == {"HAS_GENRE", "MADE_BY", "SEQUEL_OF"}
    assert {"network", "similar", "als", "bias", "friends", "placement"} <= names["component"]


def test_cold_items_are_taken_apart(run: Run, found: Overview) -> None:
    assert (run.rows("heldout").items.bincount(minlength=len(run.items)) < COLD).any()
    lines = {(row.by, row.name): row.shares for row in found.rows}
    # Their place in the list is a term of every score, and of no warm item's.
    assert lines["component", "placement"][COLD_ITEMS] > lines["component", "placement"][ALL]


def test_data_and_table(run: Run, found: Overview) -> None:
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert data["run_id"] == run.run_id
    assert data["rows"][0] == {"by": "component", "name": found.rows[0].name, "shares": found.rows[0].shares}
    rows, columns = found.table()
    assert columns == ("by", "name", ALL, *QUARTERS, COLD_ITEMS)
    assert rows[0][ALL] == f"{found.rows[0].shares[ALL]:.1%}"


def test_a_sample_is_the_same_by_its_seed(run: Run) -> None:
    some = overview(run, K, n_users=20, seed=3)
    assert some.sampled
    assert some.lists[ALL] == 20
    assert some == overview(run, K, n_users=20, seed=3)
    assert some != overview(run, K, n_users=20, seed=4)
