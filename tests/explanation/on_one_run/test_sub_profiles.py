"""Scores by other profiles than a user's own are those of a fold-in of these."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch

from graphrec.explanation.attribution import Attribution
from graphrec.explanation.shapley import shapley
from graphrec.explanation.sub_profiles import SubProfiles
from graphrec.explanation.what_if import what_if
from graphrec.graph.history import Interaction
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder

USERS = range(8)
Histories = list[list[Interaction]]


@pytest.fixture(params=[0.0, 3.0], ids=["", "recency"])
def at(run: Run, request: pytest.FixtureRequest) -> Run:
    """The run, with and without behaviours that fade when there are newer ones."""
    changed = copy.copy(run)
    changed.__dict__["encoder"] = copy.deepcopy(run.encoder)
    changed.encoder.profile_encoder.recency.fill_(request.param)
    items = replace(run.arrays.items, recency=request.param)
    changed.__dict__["arrays"] = replace(run.arrays, items=items)
    vectors = Folder(changed).vectors(run.profiles, run.profiles.only(run.schema.targets))
    changed.arrays.user["all"] = vectors
    return changed


def test_parts_are_folded_in(at: Run, histories: Histories) -> None:
    of, folder = Attribution(at), Folder(at)
    draw = torch.Generator().manual_seed(0)
    for user in USERS:
        sub = SubProfiles(of, user)
        kept = torch.rand(6, len(sub), generator=draw) < torch.linspace(0, 1, 6)[:, None]
        keys = [{at.items[item] for item in sub.items[part].tolist()} for part in kept]
        parts = [[act for act in histories[user] if act.item in some] for some in keys]
        wanted = folder.scores(*folder.profiles(parts))
        torch.testing.assert_close(sub.scores(kept), wanted, atol=1e-4, rtol=1e-4)
        warm = int(at.warm_items.nonzero()[user])
        torch.testing.assert_close(sub.unplaced(kept, warm), wanted[:, warm], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", ["LIKED", "DISLIKED"])
def test_one_more_is_folded_in(at: Run, histories: Histories, kind: str) -> None:
    of, folder = Attribution(at), Folder(at)
    for user in USERS:
        sub = SubProfiles(of, user)
        others = torch.tensor([n for n in range(len(at.items)) if n not in sub.items.tolist()])
        more = sub.with_more(others, kind, 1.0)
        kept = torch.isin(more.items, sub.items) | (more.items == others[:, None])
        newest = max(act.time for act in histories[user]) + 1
        longer = [[*histories[user], Interaction(at.items[item], kind, 1.0, newest)] for item in others.tolist()]
        wanted = folder.scores(*folder.profiles(longer))
        torch.testing.assert_close(more.scores(kept), wanted, atol=1e-3, rtol=1e-3)
        assert more.seen.tolist() == sub.seen.tolist()


def test_an_item_that_leads_is_in_the_list(of: Attribution) -> None:
    for user in USERS:
        sub = SubProfiles(of, user)
        kept = ~torch.eye(len(sub), dtype=torch.bool)
        for item in (n for n in range(0, len(of.item), 13) if n not in sub.seen.tolist()):
            ranks, leads = sub.ranks(kept, item, sub.seen), sub.leads(kept, item, sub.seen, 5)
            assert ((ranks <= 5) == (leads >= 0)).all()
    assert sub.leads(kept, item, sub.seen, len(of.item)).isinf().all()


def test_an_empty_profile_has_answers_too(run: Run) -> None:
    empty, indptr = copy.copy(run), run.profiles.indptr.clone()
    last = len(run.users) - 1
    indptr[-1] = indptr[-2]
    profiles = empty.__dict__["profiles"] = replace(run.profiles, indptr=indptr)
    empty.__dict__["arrays"] = replace(run.arrays, done={**run.arrays.done, "all": profiles.only(run.schema.targets)})
    found = what_if(Attribution(empty), last, 0, k=1)
    assert found.additions is not None
    assert found.additions.found
    assert not found.removal.removed
    assert len(shapley(Attribution(empty), last, 0).values) == 0
