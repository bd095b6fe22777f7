"""The strongest reasons of many users at once are those that the full shares add up to."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
import torch

from graphrec.explanation import pair_table, reasons
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.reasons import KINDS, VIA, Reason, Reasons
from graphrec.explanation.shares import edges, shares
from graphrec.model.item_parts import CONTENT
from graphrec.runs.run import Run


def senders(of: Attribution, item: int) -> set[tuple[int, int]]:
    """Return the entities and items that an item receives messages from, and itself."""
    assert of.parts is not None
    _, message, _ = edges(of.parts, torch.tensor([item]))
    pairs = zip(of.parts.entity[message].tolist(), of.parts.item[message].tolist(), strict=True)
    return {pair for pair in pairs if pair != (-1, -1)} | {(-1, item)}


def slowly(of: Attribution, row: int, item: int, others: int) -> list[Reason]:
    """Add up the shares of a score, one by one, into reasons."""
    user, done = of.user(row), of.run.rows("all").matrix(len(of.run.items)).toarray() > 0
    theirs, found = senders(of, item), dict[tuple[Any, ...], dict[int, float]]()
    rest: dict[int, float] = defaultdict(float)
    mine = [senders(of, j) for j in user.items.tolist()]
    rows = shares(user, item)
    for n, share in enumerate(rows.share.tolist()):
        place, modality = int(rows.place[n]), str(rows.modality[n])
        if place < 0:
            continue
        j, sender = int(user.items[place]), (int(rows.entity[n]), int(rows.item[n]))
        rest[place] += share
        key: tuple[Any, ...] | None = None
        if rows.part[n] == "knowledge" and sender in theirs and sender in mine[place]:
            key = ("link", place) if sender[1] in (j, item) else ("entity", *sender)
        elif rows.part[n] in ("content", "neighbours"):
            assert of.parts is not None
            own = of.parts.source[CONTENT + modality]
            key = ("content", modality) if bool(own[j].any() and own[item].any()) else None
        if key is not None:
            rest[place] -= share
            carried = found.setdefault(key, defaultdict(float))
            carried[place] += share
    chosen = []
    for key, carried in found.items():
        best = sorted((p for p in carried if carried[p] > 0), key=lambda p: -carried[p])[:VIA]
        via = tuple(int(user.items[p]) for p in best)
        told = {"entity": key[1:], "link": (), "content": (-1, -1, key[1])}[key[0]]
        if (total := sum(carried.values())) > 0:
            chosen.append(Reason(key[0], total, via, tuple(carried[p] for p in best), len(carried), *told))
    for place, share in rest.items():
        j = int(user.items[place])
        both = int((done[:, j] & done[:, item]).sum()) - int(done[row, j] and done[row, item])
        if share > 0 and user.target[place] and both >= others:
            chosen.append(Reason("item", share, (j,), (share,), both))
    return sorted(chosen, key=lambda reason: -reason.share)


@pytest.mark.parametrize("small", [True, False])
def test_reasons_are_sums_of_shares(run: Run, monkeypatch: pytest.MonkeyPatch, small: bool) -> None:
    """Whether tables of all pairs are kept or not, in blocks of users or one by one."""
    monkeypatch.setattr(pair_table, "MOST_ITEMS", 4096 if small else 0)
    monkeypatch.setattr(reasons, "_USERS", 7)
    of, draw = Attribution(run), torch.Generator().manual_seed(0)
    users = torch.randperm(len(run.users), generator=draw)[:20]
    seen = run.seen("all")[users.numpy()].toarray() > 0
    lists = [torch.from_numpy((~row).nonzero()[0][:6]) for row in seen]
    lists[3] = lists[3][:0]
    found, kinds = Reasons(of).of_users(users, lists, 4), set[str]()
    each = Reasons(of).top(int(users[0]), lists[0], 1, each_kind=True)
    for row, items, lots in zip(users.tolist(), lists, found, strict=True):
        for item, got in zip(items.tolist(), lots, strict=True):
            wanted = slowly(of, row, item, 5)
            assert len(got) == min(4, len(wanted))
            for one, other in zip(got, wanted, strict=False):
                assert [one.share, *one.shares] == pytest.approx([other.share, *other.shares], rel=1e-3, abs=1e-5)
                assert (one.kind, one.via, one.entity, one.related, one.modality) == (
                    other.kind, other.via, other.entity, other.related, other.modality,
                )  # fmt: skip
                assert one.kind == "entity" or one.count == other.count
                kinds.add(one.kind)
            if row == int(users[0]):
                first = {reason.kind: reason.share for reason in each[items.tolist().index(item)]}
                assert first == pytest.approx({reason.kind: reason.share for reason in reversed(wanted)}, abs=1e-4)
    assert kinds == set(KINDS)


def test_a_reason_that_rests_on_others_needs_enough_of_them(run: Run) -> None:
    of = Attribution(run)
    everybody = torch.arange(len(run.users))
    lists = [torch.from_numpy((row == 0).nonzero()[0]) for row in run.seen("all").toarray()]
    done = run.rows("all").matrix(len(run.items)).toarray() > 0

    def rest_on(others: int) -> dict[tuple[int, int, int], int]:
        found = Reasons(of, others).of_users(everybody, lists, 1000)
        return {
            (row, int(items[n]), reason.via[0]): reason.count
            for row, (items, lots) in enumerate(zip(lists, found, strict=True))
            for n, some in enumerate(lots)
            for reason in some
            if reason.kind == "item"
        }

    with_one, with_five = rest_on(1), rest_on(5)
    for (_, item, via), count in with_one.items():
        assert count == np.count_nonzero(done[:, item] & done[:, via])
    assert 4 in with_one.values()
    assert 5 in with_five.values()
    assert with_five == {pair: count for pair, count in with_one.items() if count >= 5}
