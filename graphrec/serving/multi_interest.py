r"""Several interests of one user: a profile that holds two tastes gets a list that covers both.

1. The items of a profile are clustered by their direction in the run (spherical k-means, Dhillon and Modha 2001), into
   1 to the maximum number of clusters, and at most one per :data:`EACH` items.
2. The silhouette (Rousseeuw 1987, of cosine distances) chooses the number of clusters: the number with the highest
   silhouette, if that is at least :data:`CLEAR`, no cluster is smaller than :data:`SMALLEST`, and no two directions
   are nearer than :data:`NEAREST` (the silhouette ignores scale); else one.
3. Each cluster is folded in as a user of its own. Its scores weigh :data:`OWN`, those of the whole profile the rest,
   because a part of a profile holds less information than all of it.
4. The lists are merged: each place goes to the interest furthest behind its share of the profile.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows it by
from torch import Tensor

from graphrec.model import Profiles, UserItemCSR
from graphrec.serving.fold_in import Folder

#: Minimum items of a profile per interest.
EACH = 5
#: Minimum items of an interest.
SMALLEST = 3
#: Minimum silhouette for clusters to count as interests.
CLEAR = 0.2
#: Maximum cosine between the means of two interests: they lie 60° apart.
NEAREST = 0.5
#: Weight of an interest's own scores; those of the whole profile weigh 1 - OWN.
OWN = 0.3
#: Maximum items of a profile whose distances enter the silhouette.
_LOOKED_AT = 512
_ROUNDS = 20


class RankedItems(NamedTuple):
    """One user's recommendations, best first.

    Attributes
    ----------
    items
        int64 ``[n]``.
    scores
        float32 ``[n]``: score by the interest that the item belongs to.
    interest
        int64 ``[n]``: the interest, 0 being the one with most items of the profile.
    """

    items: Tensor
    scores: Tensor
    interest: Tensor


@torch.inference_mode()
def multi_interest_lists(
    folder: Folder, profiles: Profiles, done: UserItemCSR, k: int, most: int, without: UserItemCSR | None = None
) -> list[RankedItems]:
    """Return a list per user in which every interest gets places; a few hundred users at a time.

    Parameters
    ----------
    folder
        Fold-in of the run.
    profiles, done
        See :meth:`graphrec.serving.fold_in.Folder.profiles`.
    k
        Maximum length of the lists.
    most
        Maximum interests per user; with 1 the lists follow the fold-in's scores.
    without
        Items not to recommend; ``done`` if absent.
    """
    group, counts = grouped(folder, profiles, most)
    first = counts.cumsum(0) - counts
    row = first[profiles.users] + group
    owner = torch.repeat_interleave(torch.arange(len(counts)), counts)
    whole, own = folder.scores(profiles, done), folder.scores(*_apart(profiles, done, row, len(owner)))
    # A single interest is the whole profile: its scores must not differ by rounding.
    scores = torch.where((counts > 1)[owner, None], torch.lerp(whole[owner], own, OWN), whole[owner])
    left, sizes = done if without is None else without, row.bincount(minlength=len(owner))
    found = []
    for user, (begin, count) in enumerate(zip(first.tolist(), counts.tolist(), strict=True)):
        some = slice(begin, begin + count)
        scores[some, left.items[left.indptr[user] : left.indptr[user + 1]]] = -torch.inf
        found.append(merged(scores[some], sizes[some], k))
    return found


def merged(scores: Tensor, sizes: Tensor, k: int) -> RankedItems:
    """Merge the interests' lists one item at a time; the next place goes to the interest furthest behind its share.

    Parameters
    ----------
    scores
        float32 ``[c, n_items]``; −∞ is never recommended.
    sizes
        int64 ``[c]``: items of the profile in each interest; a single empty interest still gets all places.
    k
        Maximum length of the list.
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
    """Return the interest of each pair, int64 ``[n_pairs]``, and the number of interests per user, int64 ``[n_users]``.

    Interests are numbered within a user, the largest first; a user without interactions has one. Disliked items (with
    negative weight) form no interest: they join the nearest one.
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
    """Cluster unit vectors ``[n, d]``; return labels, int64 ``[n]``, the largest cluster being 0.

    At most ``most`` clusters; one if no number is clear.
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
    """Return spherical k-means labels; each initial centre is the vector furthest from all previous ones."""
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
    """Return the cosine between the two nearest clusters."""
    directions = _directions(vectors, label, count)
    return float((directions @ directions.T).fill_diagonal_(-1.0).max())


def silhouette(vectors: Tensor, label: Tensor) -> float:
    """Return the mean silhouette of clusters of unit vectors ``[n, d]`` by cosine distance; a singleton counts 0."""
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
    """Return profiles and target pairs with one row per interest; the ages of pairs stay."""
    order = row.argsort(stable=True)
    each = {field.name: getattr(profiles, field.name) for field in fields(profiles) if field.name != "indptr"}
    moved: dict[str, Any] = {name: value[order] for name, value in each.items() if isinstance(value, Tensor)}
    indptr = torch.cat([torch.zeros(1, dtype=torch.int64), row.bincount(minlength=n_rows).cumsum(0)])
    apart = replace(profiles, indptr=indptr, **moved)
    width = int(profiles.items.max()) + 1 if len(profiles.items) else 1
    target = torch.isin(profiles.users * width + profiles.items, done.users * width + done.items)
    return apart, apart.where(target[order])
