"""What carries the scores of a run: its components, behaviour types, relations and modalities, over many users.

Taken apart are the scores of the items at the top of each user's list, items that they have already left out. A share
is what one past behaviour (an item of the user and a type of behaviour) adds through one part of one component, all
entities of a relation together; terms of the pair, such as the bias, have no behaviour. Measured is the share of a part
in the sum of the absolute values of all these shares: a part whose shares cancel out counts for as much as one whose
shares agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from graphrec.common.console import progress
from graphrec.evaluation.metrics import quantile_parts
from graphrec.explanation.attribution import Attribution, UserAttribution
from graphrec.explanation.shares import KNOWLEDGE, OWN, WHOLE, edges, part_of
from graphrec.model.item_parts import CONTENT, relation_type
from graphrec.runs.run import Run

#: An item with fewer users in training is cold.
COLD = 5
#: More users than this are sampled.
USERS = 10_000
#: Columns of the result: all users, quarters of them, the least active first, and lists of cold items alone.
ALL, QUARTERS, COLD_ITEMS = "all users", ("users 1/4", "users 2/4", "users 3/4", "users 4/4"), "items with < 5 users"
#: Name for terms that no past behaviour has a share in.
NO_BEHAVIOUR = "none"
#: What the lines divide the scores by.
DIMENSIONS = ("component", "behaviour", "part", "modality", "relation")


class Part(NamedTuple):
    """A part of the scores: the component, the kind of part of the item vectors, and its modality or relation."""

    component: str
    part: str = WHOLE
    name: str = ""


@dataclass(frozen=True)
class OverviewRow:
    """A line of the overview.

    Attributes
    ----------
    by
        ``component``, ``behaviour``, ``part``, ``modality`` or ``relation``.
    name
        Which one.
    shares
        Column → share of the sum of absolute shares, between 0 and 1; columns without any list are absent.
    """

    by: str
    name: str
    shares: dict[str, float]


@dataclass(frozen=True)
class Overview:
    """What carries the scores of a run.

    Attributes
    ----------
    run_id
        The run.
    k
        Items of each list.
    n_users
        Users whose lists were taken apart.
    sampled
        Whether they are a sample, by ``seed``.
    lists
        Column → number of lists.
    rows
        The lines; those of one ``by`` stand together, the largest first. Components and behaviours each sum to 1, and
        so do parts; modalities and relations are parts of those.
    """

    run_id: str
    k: int
    n_users: int
    sampled: bool
    seed: int
    lists: dict[str, int]
    rows: list[OverviewRow] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        about = {name: value for name, value in vars(self).items() if name != "rows"}
        return about | {"cold_below": COLD, "rows": [vars(row) for row in self.rows]}

    def table(self) -> tuple[list[dict[str, str]], tuple[str, ...]]:
        """Return the rows as text, in percent, and the columns."""
        columns = ("by", "name", *(name for name, lists in self.lists.items() if lists))
        rows = [
            {"by": row.by, "name": row.name} | {name: f"{share:.1%}" for name, share in row.shares.items()}
            for row in self.rows
        ]
        return rows, columns


def overview(run: Run, k: int = 10, *, n_users: int = USERS, seed: int = 0) -> Overview:
    """Return what carries the scores of a run's lists.

    Parameters
    ----------
    run
        A finished run.
    k
        Items of each list.
    n_users
        Number of users to sample by ``seed``; all where there are no more.
    """
    of = Attribution(run)
    sizes = run.profiles.indptr.diff().numpy()
    active = np.flatnonzero(sizes)
    sampled = len(active) > n_users
    users = np.sort(np.random.default_rng(seed).permutation(active)[:n_users]) if sampled else active
    quarter = quantile_parts(sizes[users], len(QUARTERS))
    cold = run.rows("heldout").items.bincount(minlength=len(run.items)) < COLD
    sums = _Sums(run.behaviours)
    lists = torch.zeros(len(QUARTERS) + 1, dtype=torch.int64)
    with progress() as bar:
        task = bar.add_task("shares", total=len(users))
        for user, column in zip(users.tolist(), quarter.tolist(), strict=True):
            scores = run.scores(torch.tensor([user]), "all")[0]
            scores[torch.from_numpy(of.seen[[user]].indices).long()] = -torch.inf
            best = [_best(scores, k), _best(scores.masked_fill(~cold, -torch.inf), k)]
            columns = torch.tensor([column, len(QUARTERS)]).repeat_interleave(torch.tensor([len(top) for top in best]))
            for place, top in zip((column, len(QUARTERS)), best, strict=True):
                lists[place] += bool(len(top))
            for part, shares in absolute_shares(of.user(user), torch.cat(best)):
                sums.add(part, shares, columns)
            bar.advance(task)
    counts = {ALL: len(users), **dict(zip((*QUARTERS, COLD_ITEMS), lists.tolist(), strict=True))}
    return Overview(run.run_id, k, len(users), sampled, seed, counts, sums.rows())


def _best(scores: Tensor, k: int) -> Tensor:
    """Return the best items that may be recommended, at most k."""
    found = scores.topk(min(k, len(scores)))
    return found.indices[found.values > -torch.inf]


@torch.inference_mode()
def absolute_shares(user: UserAttribution, items: Tensor) -> Iterator[tuple[Part, Tensor]]:
    """Yield each part of some scores with the sums of its absolute shares, float64 ``[len(items), T + 1]``.

    A column for each behaviour type, and one for terms without behaviour. The shares are those of
    :func:`graphrec.explanation.shares.shares`, the entities of a relation added up.
    """
    for name, share in user.summands(items).items():
        types = user.types if name in ("network", "side_features") else user.target_types
        divided = _network(user, items) if name == "network" else [(Part(name), share)]
        for part, values in divided:
            yield part, _by_type(values, types)
    for constant, value in user.constants(items).items():
        terms = _bias(user, items, value) if constant == "bias" else [(Part(constant), value)]
        for part, term in terms:
            found = torch.zeros(len(items), user.types.shape[1] + 1, dtype=torch.double)
            found[:, -1] = term.abs()
            yield part, found


def _by_type(shares: Tensor, types: Tensor) -> Tensor:
    """Return the sums of absolute shares by behaviour type from shares of items, ``[m, n]`` and ``[m, T]``."""
    found = shares.abs().double().T @ types.abs().double()
    return torch.cat([found, found.new_zeros(len(found), 1)], 1)


def _network(user: UserAttribution, items: Tensor) -> Iterator[tuple[Part, Tensor]]:
    """Yield the network's shares by part, ``[m, n]``; see :mod:`graphrec.explanation.shares`."""
    of, base, parts = user.of, user.base[:, None] / 2, user.of.parts
    if parts is None:
        yield Part("network"), user.base[:, None] * (of.source[user.items] @ of.target[items].T)
        return
    source, target, factor = of.source[user.items], of.target[items], of.factor[items]

    def halves(sent: Tensor, received: Tensor) -> Tensor:
        return base * (sent @ target.T + source @ received.T)

    yield Part("network", OWN), halves(of.own[0][user.items], of.own[1][items])
    for name, table in parts.source.items():
        yield Part("network", *part_of(name)), halves(table[user.items], parts.target[name][items] * factor[:, None])
    if not len(parts.messages):
        return
    mine, theirs = (_by_relation(user.of, some) for some in (user.items, items))
    for relation, name in enumerate(of.run.info["relations"]):
        yield Part("network", KNOWLEDGE, name), halves(mine[:, relation], theirs[:, relation] * factor[:, None])


def _bias(user: UserAttribution, items: Tensor, value: Tensor) -> Iterator[tuple[Part, Tensor]]:
    """Yield the bias by part of the items, ``[n]``."""
    parts = user.of.parts
    if parts is None or parts.appeal is None:
        yield Part("bias"), value
        return
    scale, rest = user.weights[0] * user.of.factor[items], value.double()
    found = {
        part_of(name): table[items] @ parts.appeal for name, table in parts.source.items() if name.startswith(CONTENT)
    }
    if len(parts.messages):
        received = _by_relation(user.of, items) @ parts.appeal
        found |= {(KNOWLEDGE, name): received[:, n] for n, name in enumerate(user.of.run.info["relations"])}
    for part, term in found.items():
        rest = rest - term * scale
        yield Part("bias", *part), term * scale
    yield Part("bias", OWN), rest


def _by_relation(of: Attribution, items: Tensor) -> Tensor:
    """Return the sums of the messages that items receive along each relation, float32 ``[n, n_relations, d]``."""
    parts, n_relations = of.parts, len(of.run.info["relations"])
    if parts is None:
        raise AssertionError("asked only where there are parts")
    place, message, weight = edges(parts, items)
    found = torch.zeros(len(items) * n_relations, parts.messages.shape[1])
    found.index_add_(0, place * n_relations + parts.relation[message], parts.messages[message] * weight[:, None])
    return found.view(len(items), n_relations, -1)


class _Sums:
    """Sums of absolute shares: part → float64 ``[n_columns, T + 1]``, a column for each quarter and for cold items."""

    def __init__(self, behaviours: tuple[str, ...]) -> None:
        self.behaviours = (*behaviours, NO_BEHAVIOUR)
        self.sums: dict[Part, Tensor] = {}

    def add(self, part: Part, shares: Tensor, columns: Tensor) -> None:
        """Add the shares of some items, each to its column."""
        width = len(QUARTERS) + 1
        found = self.sums.setdefault(part, torch.zeros(width, len(self.behaviours), dtype=torch.double))
        found.index_add_(0, columns, shares)

    def rows(self) -> list[OverviewRow]:
        """Return the lines of the overview."""
        lines: dict[tuple[str, str], Tensor] = defaultdict(lambda: torch.zeros(len(QUARTERS) + 1, dtype=torch.double))
        for part, sums in self.sums.items():
            whole = sums.sum(1)
            lines["component", part.component] += whole
            lines["part", part.part] += whole
            if part.name:
                known = part.part == KNOWLEDGE
                lines[("relation", relation_type(part.name)) if known else ("modality", part.name)] += whole
            for behaviour, column in zip(self.behaviours, sums.T, strict=True):
                lines["behaviour", behaviour] += column
        total = sum((values for (by, _), values in lines.items() if by == "component"), torch.tensor(0.0))
        rows = [OverviewRow(by, name, _shares(values, total)) for (by, name), values in lines.items()]
        return sorted(rows, key=lambda row: (DIMENSIONS.index(row.by), -row.shares.get(ALL, 0.0)))


def _shares(values: Tensor, total: Tensor) -> dict[str, float]:
    """Return column → share of the total; the first column is that of all quarters together."""
    columns = {ALL: (values[:-1].sum(), total[:-1].sum())}
    columns |= dict(zip((*QUARTERS, COLD_ITEMS), zip(values, total, strict=True), strict=True))
    return {name: float(value / whole) for name, (value, whole) in columns.items() if whole > 0}
