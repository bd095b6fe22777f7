"""Counterfactual sets are what they claim, by fold-ins of the changed histories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import pytest
import torch

from graphrec.common.errors import InputError
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.counterfactual import Removal, additions, removal
from graphrec.graph.history import Interaction
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder

Histories = list[list[Interaction]]
K = 3


def ranks(run: Run, user: int, item: int, histories: Histories, done: list[int] | None = None) -> list[int]:
    """Return the ranks of an item by changed histories, among what the user has not done (and one more each)."""
    folder = Folder(run)
    scores = folder.scores(*folder.profiles(histories))
    own = scores[:, item].clone()
    scores[:, torch.from_numpy(run.seen("all")[[user]].toarray()[0] > 0)] = -torch.inf
    if done is not None:
        scores[range(len(done)), done] = -torch.inf
    return ((scores > own[:, None]).sum(1) + 1).tolist()


def listed(run: Run, places: slice, every: int = 8) -> Iterator[tuple[int, int]]:
    """Yield some users and the items in some places of their lists."""
    for user in range(0, len(run.users), every):
        scores = run.scores(torch.tensor([user]), "all")[0]
        scores[torch.from_numpy(run.seen("all")[[user]].toarray()[0] > 0)] = -torch.inf
        for item in scores.argsort(descending=True)[places].tolist():
            yield user, item


def without(run: Run, history: list[Interaction], items: tuple[int, ...]) -> list[Interaction]:
    return [act for act in history if run.item_positions[act.item] not in items]


@pytest.fixture(scope="module")
def removals(run: Run, of: Attribution) -> list[Removal]:
    """What is found for the whole lists of some users."""
    return [removal(of, user, item, k=K) for user, item in listed(run, slice(0, K))]


def test_without_the_set_the_item_is_out(run: Run, removals: list[Removal], histories: Histories) -> None:
    for found in removals:
        history = histories[found.user]
        # None of them could stay.
        smaller = [tuple(set(found.removed) - {one}) for one in found.removed]
        sets = [(), found.removed, *smaller]
        whole, out, *kept = ranks(run, found.user, found.item, [without(run, history, some) for some in sets])
        assert found.rank == whole <= K
        assert found.rank_without == (out if found.found else None)
        assert not found.found or out > K
        assert max(kept, default=0) <= K
    assert {1, 2, 3} <= {len(found.removed) for found in removals}


def test_a_minimal_set_has_no_smaller_one(run: Run, removals: list[Removal], histories: Histories) -> None:
    checked = set()
    for found in removals:
        if found.minimal and len(found.removed) > 1:
            profile = [run.item_positions[act.item] for act in histories[found.user]]
            sets = [some for size in range(1, len(found.removed)) for some in combinations(profile, size)]
            smaller = [without(run, histories[found.user], some) for some in sets]
            assert max(ranks(run, found.user, found.item, smaller)) <= K
            checked.add(len(found.removed))
    assert {2, 3} <= checked


def test_no_set_larger_than_asked_for(of: Attribution, removals: list[Removal]) -> None:
    large = next(found for found in removals if len(found.removed) > 2)
    assert removal(of, large.user, large.item, k=K, most=2) == replace(
        large, removed=(), rank_without=None, minimal=True, most=2
    )


def test_what_is_not_listed_needs_no_removal(run: Run, of: Attribution) -> None:
    user, item = next(listed(run, slice(K, K + 1)))
    found = removal(of, user, item, k=K)
    assert (found.rank, found.removed, found.rank_without) == (K + 1, (), None)


def test_one_more_gives_the_rank_that_it_says(run: Run, of: Attribution, histories: Histories) -> None:
    brought = 0
    for user, item in listed(run, slice(K, K + 8, 7), every=16):
        found = additions(of, user, item, k=K, top=3, candidates=len(run.items))
        assert found.rank == ranks(run, user, item, [histories[user]])[0] > K
        newest = max(act.time for act in histories[user]) + 1
        profile = {act.item for act in histories[user]} | {run.items[item]}
        others = [n for n, key in enumerate(run.items) if key not in profile]
        longer = [[*histories[user], Interaction(run.items[n], "LIKED", 1.0, newest)] for n in others]
        wanted = dict(zip(others, ranks(run, user, item, longer, others), strict=True))
        assert [one.rank for one in found.found] == [wanted[one.added] for one in found.found]
        assert [one.rank for one in found.found] == sorted(wanted.values())[:3]
        brought += found.found[0].rank <= K
    assert brought
    assert len(additions(of, user, item, k=K, candidates=2).found) == 2


def test_a_dislike_may_be_added(run: Run, of: Attribution) -> None:
    user, item = next(listed(run, slice(K, K + 1)))
    liked, disliked = (additions(of, user, item, k=K, kind=kind) for kind in ("LIKED", "DISLIKED"))
    assert additions(of, user, item, k=K) == liked
    assert {one.added for one in liked.found} != {one.added for one in disliked.found}
    with pytest.raises(InputError, match="no behaviour 'LIKD'"):
        additions(of, user, item, kind="LIKD")


def test_what_is_never_proposed_is_not_tried(of: Attribution, run: Run) -> None:
    user, item = next(listed(run, slice(K, K + 1)))
    best = [one.added for one in additions(of, user, item, k=K).found]
    others = additions(of, user, item, k=K, left_out=best).found
    assert others
    assert not {one.added for one in others} & set(best)


def test_what_was_done_is_in_no_list(run: Run, of: Attribution, histories: Histories) -> None:
    item = run.item_positions[histories[0][0].item]
    for ask in (removal, additions):
        with pytest.raises(InputError, match="it is in the profile"):
            ask(of, 0, item)


def test_plain_data_has_keys(run: Run, of: Attribution) -> None:
    user, item = next(listed(run, slice(0, 1)))
    found = removal(of, user, item, k=K).to_dict(run)
    assert (found["user"], found["item"], found["k"], found["rank"]) == (run.users[user], run.items[item], K, 1)
    assert set(found["removed"]) <= set(run.items)
    more = additions(of, user, item, k=K, top=2).to_dict(run)
    assert more["behaviour"] == "LIKED"
    assert [one["in_list"] for one in more["added"]] == [one["rank"] <= K for one in more["added"]]
    assert {one["item"] for one in more["added"]} <= set(run.items)
