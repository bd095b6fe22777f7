"""Who does things at the same moment does them in an order of their own, whoever else is there."""

from __future__ import annotations

import torch

from graphrec.model.item_item import _nearness, _shuffled
from graphrec.model.profiles import UserItemCSR

N_USERS, N_ITEMS = 40, 30


def pairs_of(users: torch.Tensor) -> UserItemCSR:
    """Some of forty users with half of thirty items each, all of one moment."""
    done = torch.rand(N_USERS, N_ITEMS, generator=torch.Generator().manual_seed(1)) < 0.5
    done = done[users]
    ends = torch.cat([torch.zeros(1, dtype=torch.int64), done.sum(1).cumsum(0)])
    items = done.nonzero()[:, 1]
    return UserItemCSR(ends, items, age=torch.zeros(len(items), dtype=torch.int64))


def test_without_somebody_everybody_else_counts_as_before() -> None:
    everybody, one = torch.arange(N_USERS), torch.tensor([7])
    others = everybody[everybody != 7]
    whole, alone, rest = (_nearness(pairs_of(users), N_ITEMS, 0.0) for users in (everybody, one, others))
    assert torch.allclose(whole, alone + rest, atol=1e-4)
    assert torch.allclose(whole, _nearness(pairs_of(everybody.flip(0)), N_ITEMS, 0.0), atol=1e-4)


def test_two_people_have_two_orders() -> None:
    """One order of all items, the same for everybody, would bring the same items together each time."""
    pairs = pairs_of(torch.arange(N_USERS))
    order = _shuffled(pairs, N_ITEMS)
    assert order.sort().values.tolist() == list(range(len(pairs.items)))
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order))
    before = 0.0
    first, second = 3, 11
    both = [u for u in range(N_USERS) if {first, second} <= set(pairs.items[pairs.users == u].tolist())]
    for user in both:
        mine = (pairs.users == user).nonzero()[:, 0]
        at = {int(pairs.items[pair]): int(place[pair]) for pair in mine}
        before += at[first] < at[second]
    assert 0.2 < before / len(both) < 0.8
