r"""One round of messages item → user → item over the behaviour edges that are kept.

:math:`\mathrm{hop}(Q) = R^\top R\, Q` with :math:`R = D_u^{-1/2} W D_i^{-1/2}`: other interactions of an item's users.
In training the edges to predict are left out, so the product's weights change every step while its pattern stays.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from graphrec.model.item_edges import known_beta
from graphrec.model.profiles import Profiles
from graphrec.model.sparse_conv import Product


class Hop(nn.Module):
    """Propagation over a fixed pattern of user–item pairs.

    Parameters
    ----------
    pairs
        The interactions; nothing travels along disliked ones.
    n_items
        Number of items.
    """

    def __init__(self, pairs: Profiles, n_items: int) -> None:
        super().__init__()
        n_users = len(pairs.indptr) - 1
        self.shape = (n_users, n_items)
        user = pairs.users
        order = torch.argsort(pairs.items * n_users + user)
        starts = torch.zeros(n_items + 1, dtype=torch.int64)
        starts[1:] = torch.bincount(pairs.items, minlength=n_items).cumsum(0)
        for name, value in {
            "rows": pairs.indptr,
            "columns": pairs.items,
            "user": user,
            "order": order,
            "item_rows": starts,
            "item_columns": user[order],
        }.items():
            self.register_buffer(name, value, persistent=False)
        self.register_buffer("wanted", pairs.wanted.float() if pairs.negative else None, persistent=False)

    def edges(self, weight: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return :math:`R` and its transpose for float32 ``[n_pairs]`` weights, 0 being no edge; all 1 if None."""
        user, columns, order = (self.get_buffer(n) for n in ("user", "columns", "order"))
        weight = torch.ones(len(columns), device=columns.device) if weight is None else weight
        if self.wanted is not None:
            weight = weight * self.get_buffer("wanted")
        n_users, n_items = self.shape
        by_user = torch.zeros(n_users, device=weight.device).index_add(0, user, weight).clamp(min=1e-6)
        by_item = torch.zeros(n_items, device=weight.device).index_add(0, columns, weight).clamp(min=1e-6)
        value = weight * by_user.rsqrt()[user] * by_item.rsqrt()[columns]
        with known_beta():
            forth = torch.sparse_csr_tensor(self.get_buffer("rows"), columns, value, self.shape, check_invariants=False)
            back = torch.sparse_csr_tensor(
                self.get_buffer("item_rows"),
                self.get_buffer("item_columns"),
                value[order],
                self.shape[::-1],
                check_invariants=False,
            )
        return forth, back

    def forward(self, table: Tensor, edges: tuple[Tensor, Tensor]) -> Tensor:
        """Send ``table`` ``[n_items, d]`` to the users and back."""
        forth, back = edges
        with torch.autocast(table.device.type, enabled=False):  # sparse products do not support bfloat16
            users = Product.apply(table.float(), forth, back)
            items: Tensor = Product.apply(users, back, forth)
        return items
