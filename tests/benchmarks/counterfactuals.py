"""What the "what if" of explanations finds and costs: ``python tests/benchmarks/counterfactuals.py RUN [PAIRS]``.

RUN is the directory of a run. For random pairs of a user and an item of their ten best: how often a set of behaviours
is found without which the item is not among them, each verified by a fold-in of the user's history without it, and how
large it is. For as many items at ranks 11 to 50: how often one more behaviour brings them into the list. For a tenth of
the pairs: how sure Shapley values are, and how far the shares are from them; and how many listed items leave the list
without a relation or a modality. Times are processor time of one thread.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from scipy.stats import spearmanr

from graphrec.explanation import counterfactual
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.intervention import interventions
from graphrec.explanation.shapley import shapley
from graphrec.graph.history import Interaction
from graphrec.graph.typed import NO_TIME
from graphrec.runs.run import Run
from graphrec.runs.store import read_run
from graphrec.serving.fold_in import Folder

K, FAR, NOW = 10, 50, 10**9
T = TypeVar("T")


def main(path: Path, n_pairs: int) -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    run = read_run(path.parent, path.name)
    of = Attribution(run)
    sizes = run.profiles.indptr.diff()
    print(f"{run.run_id}: {len(run.users)} users, {len(run.items)} items, median profile {int(sizes.median())}")
    removed(of, list(pairs(run, n_pairs, 0, K)))
    added(of, list(pairs(run, n_pairs, K, FAR)))
    valued(of, list(pairs(run, n_pairs // 10, 0, K)))
    taken(of, list(pairs(run, n_pairs // 10, 0, K)))


def pairs(run: Run, n_pairs: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield random users with a random item of some places of their lists."""
    draw, seen = np.random.default_rng(0), run.seen("all")
    for user in draw.integers(len(run.users), size=n_pairs).tolist():
        scores = run.scores(torch.tensor([user]), "all")[0]
        scores[torch.from_numpy(seen[[user]].toarray()[0] > 0)] = -torch.inf
        yield user, int(scores.topk(last).indices[draw.integers(first, last)])


def timed(make: Callable[..., T], *given: Any, **named: Any) -> tuple[T, float]:
    """Return a result, and the milliseconds of processor time that it took."""
    began = time.process_time()
    return make(*given, **named), (time.process_time() - began) * 1000


def milliseconds(took: list[float]) -> str:
    """Return median and 90th percentile as text."""
    half, most = np.percentile(took, (50, 90))
    return f"{half:.0f} ms (p90 {most:.0f})"


def removed(of: Attribution, asked: list[tuple[int, int]]) -> None:
    """Print what is found of behaviours without which an item leaves the list."""
    found, took = zip(*(timed(counterfactual.removal, of, *pair, k=K) for pair in asked), strict=True)
    there = [one for one in found if one.found]
    sizes = [len(one.removed) for one in there]
    out = sum(refolded_rank(of.run, one) > K for one in there)
    print(f"removal: found {len(there)}/{len(found)}, sets median {np.median(sizes):g}, ", end="")
    print(
        f"{np.bincount(sizes).tolist()} of 0, 1, ...; no smaller set: {np.mean([o.minimal for o in there]):.0%}; ",
        end="",
    )
    print(f"verified {out}/{len(there)}; {milliseconds(list(took))}", flush=True)


def refolded_rank(run: Run, found: counterfactual.Removal) -> int:
    """Return the rank of an item by a fold-in of what the user did, without the set."""
    folder = Folder(run)
    scores = folder.scores(*folder.profiles([list(history(run, found.user, found.removed))]))[0]
    own = scores[found.item].clone()
    scores[torch.from_numpy(run.seen("all")[[found.user]].toarray()[0] > 0)] = -torch.inf
    return int((scores > own).sum()) + 1


def history(run: Run, user: int, left_out: tuple[int, ...]) -> Iterator[Interaction]:
    """Yield behaviours that make the user's profile, at times of the same order, without some items."""
    profiles, faded = run.profiles, bool(run.encoder.profile_encoder.half_life.any())
    for pair in range(*profiles.indptr[user : user + 2].tolist()):
        item = int(profiles.items[pair])
        for column, kind in enumerate(run.behaviours):
            amount, time = float(profiles.weights[pair, column]), NO_TIME
            if faded:
                time = NOW - round(float(profiles.days[pair, column]) * 86_400)
            elif profiles.age is not None:
                time = NOW - int(profiles.age[pair])
            if amount > 0 and item not in left_out:
                yield Interaction(run.items[item], kind, 2**amount - 1, time)


def added(of: Attribution, asked: list[tuple[int, int]]) -> None:
    """Print what one more behaviour does."""
    found, took = zip(*(timed(counterfactual.additions, of, *pair, k=K) for pair in asked), strict=True)
    best = [one.found[0].rank for one in found]
    print(f"addition, ranks {K + 1} to {FAR}: brought into the list {np.mean(np.array(best) <= K):.0%}, ", end="")
    print(
        f"median rank {np.median([one.rank for one in found]):g} -> {np.median(best):g}; {milliseconds(list(took))}",
        flush=True,
    )


def valued(of: Attribution, asked: list[tuple[int, int]]) -> None:
    """Print how sure Shapley values are, and how far from the shares."""
    found, took = zip(*(timed(shapley, of, *pair) for pair in asked), strict=True)
    figures: dict[str, list[float]] = defaultdict(list)
    for one in found:
        summands = of.user(one.user).summands(torch.tensor([one.item]))
        shares = torch.stack(list(summands.values()))[:, :, 0].sum(0).double().numpy()
        deviation = one.values.std()
        figures["standard error / deviation of the values"].append(one.errors.mean() / deviation)
        figures["|share - value| / deviation"].append(np.abs(shares - one.values).mean() / deviation)
        figures["rank correlation with the shares"].append(float(spearmanr(shares, one.values)[0]))
        figures["of the top 3 shares in the top 3 values"].append(
            len({*np.argsort(-shares)[:3]} & {*np.argsort(-one.values)[:3]}) / min(3, len(shares))
        )
        figures["sum - (score - empty)"].append(abs(one.values.sum() - one.score + one.empty))
    used = np.array([one.permutations for one in found])
    print(f"Shapley, {used.min()} to {used.max()} permutations: {milliseconds(list(took))}")
    for name, values in figures.items():
        half, most = np.percentile(values, (50, 90))
        print(f"  {name}: median {half:.3g}, mean {np.mean(values):.3g}, p90 {most:.3g}", flush=True)


def taken(of: Attribution, asked: list[tuple[int, int]]) -> None:
    """Print how many listed items leave the list without a relation or a modality."""
    found, took = zip(*(timed(interventions, of, *pair) for pair in asked), strict=True)
    left: dict[str, list[bool]] = defaultdict(list)
    for effects in found:
        for one in effects:
            left[" ".join(one.cut.to_dict(of.run).values())].append(one.rank_after > K)
    if left:
        print(f"interventions, {len(left)} each: {milliseconds(list(took))}; listed items that leave the list:")
        print("  " + ", ".join(f"{name} {np.mean(out):.0%}" for name, out in sorted(left.items())))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 300)
