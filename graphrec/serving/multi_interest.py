r"""Several interests of one user: a profile that holds two tastes gets a list that holds both.

1. The items of a profile are clustered by the direction of what they say in the run (spherical k-means, Dhillon and
   Modha 2001), into 1 to so many clusters as are allowed, one for every :data:`EACH` items at most.
2. How many there are is said by the silhouette (Rousseeuw 1987, of cosine distances): the number with the best one,
   where that is :data:`CLEAR` or more, no cluster is smaller than :data:`SMALLEST`, and no two lie in directions nearer
   than :data:`NEAREST`, for the silhouette knows no scale; else it is one.
3. Each cluster is folded in as a user of its own, whose scores count :data:`OWN` beside those of the whole profile:
   a part of a profile says less than all of it.
4. The lists are merged: at every place the interest goes next that is furthest behind its share of the profile.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor

from graphrec.model import Profiles, UserItemCSR
from graphrec.serving.fold_in import Folder

#: Items of a profile for each interest, at least.
EACH = 5
#: Items of an interest, at least.
SMALLEST = 3
#: The silhouette from which clusters count as interests.
CLEAR = 0.2
#: Cosine between the means of two interests, at most: they lie 60° apart.
NEAREST = 0.5
#: What an interest's own scores count beside the whole profile's, the two summing to 1.
OWN = 0.3
#: Items of a profile between which distances are looked at for the silhouette.
_LOOKED_AT = 512
_ROUNDS = 20


class RankedItems(NamedTuple):
    """What is recommended to one user, best first.

    Attributes
    ----------
    items
        int64 ``[n]``.
    scores
        float32 ``[n]``: those of the interest that each item is for.
    interest
        int64 ``[n]``: which one, 0 being that of most of the profile.
    """

    items: Tensor
    scores: Tensor
    interest: Tensor


@torch.inference_mode()
def multi_interest_lists(
    folder: Folder, profiles: Profiles, done: UserItemCSR, k: int, most: int, without: UserItemCSR | None = None
) -> list[RankedItems]:
    """Return a list for each user, every interest of theirs having its places; a few hundred users at a time.

    Parameters
    ----------
    folder
        Of the run.
    profiles, done
        See :meth:`graphrec.serving.fold_in.Folder.profiles`.
    k
        Length of the lists, at most.
    most
        Interests of a user, at most; with 1 the lists are those of the folder's scores.
    without
        What is not recommended; ``done`` where absent.
    """
    group, counts = grouped(folder, profiles, most)
    first = counts.cumsum(0) - counts
    row = first[profiles.users] + group
    owner = torch.repeat_interleave(torch.arange(len(counts)), counts)
    whole, own = folder.scores(profiles, done), folder.scores(*_apart(profiles, done, row, len(owner)))
    # Alone, an interest is the whole profile, and its scores are not to differ from that by a rounding.
    scores = torch.where((counts > 1)[owner, None], torch.lerp(whole[owner], own, OWN), whole[owner])
    left, sizes = done if without is None else without, row.bincount(minlength=len(owner))
    found = []
    for user, (begin, count) in enumerate(zip(first.tolist(), counts.tolist(), strict=True)):
        some = slice(begin, begin + count)
        scores[some, left.items[left.indptr[user] : left.indptr[user + 1]]] = -torch.inf
        found.append(merged(scores[some], sizes[some], k))
    return found


def merged(scores: Tensor, sizes: Tensor, k: int) -> RankedItems:
    """Return the best items of each interest, one at a time, the interest next that is furthest behind its share.

    Parameters
    ----------
    scores
        float32 ``[c, n_items]``; −∞ is never recommended.
    sizes
        int64 ``[c]``: the items of the profile in each interest; an interest of none has a share too where it is alone.
    k
        Length of the list, at most.
    """
    best = scores.topk(min(k, scores.shape[1]))
    ids, values = best.indices.tolist(), best.values.tolist()
    share = (sizes / sizes.sum().clamp(min=1)).tolist()
    at, given = [0] * len(share), [0] * len(share)
    taken: dict[int, tuple[float, int]] = {}
    for place in range(1, k + 1):
        for one in sorted(range(len(share)), key=lambda c: (given[c] - share[c] * place, c)):
            while at[one] < len(ids[one]) and ids[one][at[one]] in taken:
                at[one] += 1
            if at[one] < len(ids[one]) and values[one][at[one]] > -torch.inf:
                taken[ids[one][at[one]]] = values[one][at[one]], one
                given[one] += 1
                break
    said = list(taken.values())
    return RankedItems(
        torch.tensor(list(taken), dtype=torch.int64),
        torch.tensor([score for score, _ in said]),
        torch.tensor([one for _, one in said], dtype=torch.int64),
    )


def grouped(folder: Folder, profiles: Profiles, most: int) -> tuple[Tensor, Tensor]:
    """Return the interest of each pair, int64 ``[n_pairs]``, and how many each user has, int64 ``[n_users]``.

    Interests are numbered within a user, that of most items first; who did nothing has one. What counts less than
    nothing, being not wanted, makes none: it goes with the one that it is nearest to.
    """
    liked = (profiles.weights * folder.encoder.profile_encoder.scales()).sum(1) > 0
    vectors = F.normalize(folder.encoder.get_buffer("source").float(), dim=1)
    group = torch.zeros(len(profiles.items), dtype=torch.int64)
    counts = torch.ones(len(profiles.indptr) - 1, dtype=torch.int64)
    for user, (begin, end) in enumerate(zip(profiles.indptr[:-1].tolist(), profiles.indptr[1:].tolist(), strict=True)):
        mine, wanted = vectors[profiles.items[begin:end]], liked[begin:end]
        allowed = min(most, int(wanted.sum()) // EACH)
        if allowed > 1:
            label = clustered(mine[wanted], allowed)
            counts[user] = count = int(label.max()) + 1
            group[begin:end] = (mine @ _directions(mine[wanted], label, count).T).argmax(1)
            group[begin:end][wanted] = label
    return group, counts


def clustered(vectors: Tensor, most: int) -> Tensor:
    """Return the cluster of each of some unit vectors ``[n, d]``, int64 ``[n]``, the largest being 0.

    There are ``most`` of them at most, and one where no number is clear.
    """
    best, found = CLEAR, torch.zeros(len(vectors), dtype=torch.int64)
    for count in range(2, most + 1):
        label = _means(vectors, count)
        sizes = label.bincount(minlength=count)
        if int(sizes.min()) < SMALLEST or _nearest(vectors, label, count) > NEAREST:
            continue
        if (value := silhouette(vectors, label)) >= best:
            rank = torch.empty_like(sizes)
            rank[sizes.argsort(descending=True, stable=True)] = torch.arange(count)
            best, found = value, rank[label]
    return found


def _means(vectors: Tensor, count: int) -> Tensor:
    """Return the cluster of each unit vector; each begins at the vector that is furthest from all before."""
    nearest = vectors @ F.normalize(vectors.mean(0), dim=0)
    centres = vectors[:0]
    for _ in range(count):
        centres = torch.cat([centres, vectors[nearest.argmin()][None]])
        nearest = (vectors @ centres.T).amax(1)
    label = (vectors @ centres.T).argmax(1)
    for _ in range(_ROUNDS):
        before, label = label, (vectors @ _directions(vectors, label, count).T).argmax(1)
        if torch.equal(before, label):
            break
    return label


def _directions(vectors: Tensor, label: Tensor, count: int) -> Tensor:
    """Return the mean direction of each cluster, float32 ``[count, d]``."""
    sums = torch.zeros(count, vectors.shape[1]).index_add(0, label, vectors)
    return F.normalize(sums, dim=1)


def _nearest(vectors: Tensor, label: Tensor, count: int) -> float:
    """Return the cosine of the two clusters that lie nearest to each other."""
    directions = _directions(vectors, label, count)
    return float((directions @ directions.T).fill_diagonal_(-1.0).max())


def silhouette(vectors: Tensor, label: Tensor) -> float:
    """Return the mean silhouette of clusters of unit vectors ``[n, d]`` by cosine distance; alone in one is 0."""
    some = torch.linspace(0, len(vectors) - 1, min(len(vectors), _LOOKED_AT)).long()
    member = F.one_hot(label).float()
    sizes = member.sum(0)
    total = (1 - vectors[some] @ vectors.T) @ member
    own = F.one_hot(label[some], len(sizes)).bool()
    within = total[own] / (sizes[label[some]] - 1).clamp(min=1)
    other = (total / sizes.clamp(min=1)).masked_fill(own | (sizes == 0), torch.inf).amin(1)
    value = (other - within) / torch.maximum(other, within).clamp(min=1e-12)
    return float(torch.where(sizes[label[some]] > 1, value, 0.0).mean())


def _apart(profiles: Profiles, done: UserItemCSR, row: Tensor, n_rows: int) -> tuple[Profiles, UserItemCSR]:
    """Return the profiles, and what is done of them, with a row an interest; pairs are as old as they were."""
    order = row.argsort(stable=True)
    each = {field.name: getattr(profiles, field.name) for field in fields(profiles) if field.name != "indptr"}
    moved: dict[str, Any] = {name: value[order] for name, value in each.items() if isinstance(value, Tensor)}
    indptr = torch.cat([torch.zeros(1, dtype=torch.int64), row.bincount(minlength=n_rows).cumsum(0)])
    apart = replace(profiles, indptr=indptr, **moved)
    width = int(profiles.items.max()) + 1 if len(profiles.items) else 1
    target = torch.isin(profiles.users * width + profiles.items, done.users * width + done.items)
    return apart, apart.where(target[order])
