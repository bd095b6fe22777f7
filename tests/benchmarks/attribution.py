"""How exact and how fast shares are: ``python tests/benchmarks/attribution.py RUN...``.

RUN is the directory of a finished run. Prints

1. the largest absolute error of the sum of shares against the score over 10,000 random pairs, as a share of the
   deviation of the scores: the totals by past behaviour, and every single share of 1,000 of these pairs;
2. milliseconds (p50 / p99) of one explanation, the user's part included: the totals, every single share, and, to
   compare, the scores without each item of the user;
3. seconds of a thousand explanations of a thousand pairs, one after the other.

Times are of one thread's processor time, so that they do not depend on what else the machine does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from graphrec.explanation.attribution import Attribution
from graphrec.explanation.shares import shares
from graphrec.explanation.sub_profiles import SubProfiles
from graphrec.runs.run import Run
from graphrec.runs.store import read_run

PAIRS, DETAILED, TIMED = 10_000, 1_000, 200


def errors(run: Run, of: Attribution, users: torch.Tensor, items: torch.Tensor) -> tuple[float, float]:
    """Return the largest errors of totals and of all shares, as a share of the deviation of the scores."""
    totals, detailed, seen = 0.0, 0.0, []
    for n, (user, some) in enumerate(zip(users.tolist(), items, strict=True)):
        exact = run.scores(torch.tensor([user]), "all")[0][some]
        attribution = of.user(user)
        totals = max(totals, float((attribution.scores(some) - exact).abs().max()))
        seen.append(exact)
        if n < DETAILED // items.shape[1]:
            for item, score in zip(some.tolist(), exact.tolist(), strict=True):
                detailed = max(detailed, abs(float(shares(attribution, item).share.sum()) - score))
    deviation = float(torch.cat(seen).std())
    return totals / deviation, detailed / deviation


def left_out(of: Attribution, user: int, item: int) -> torch.Tensor:
    """Return the score of an item without each item of the user."""
    parts = SubProfiles(of, user)
    return parts.scores(~torch.eye(len(parts), dtype=torch.bool), torch.tensor([item]))


def milliseconds(explain: Callable[[int, int], object], users: list[int], items: list[int]) -> str:
    """Return p50 / p99 of one explanation."""
    spent = []
    for user, item in zip(users, items, strict=True):
        start = time.process_time()
        explain(user, item)
        spent.append(1000 * (time.process_time() - start))
    return " / ".join(f"{value:.1f}" for value in np.percentile(spent, [50, 99]))


def main(folder: Path) -> None:
    """Measure and print."""
    run = read_run(folder.parent, folder.name)
    of, draw = Attribution(run), torch.Generator().manual_seed(0)
    users = torch.randint(len(run.users), (PAIRS // 20,), generator=draw)
    items = torch.randint(len(run.items), (len(users), 20), generator=draw)
    totals, detailed = errors(run, of, users, items)
    print(f"{run.run_id}  {len(run.users):,} users, {len(run.items):,} items")
    print(f"largest error / deviation of the scores: {totals:.1e} (totals), {detailed:.1e} (every share)")
    everyone = torch.randint(len(run.users), (1000,), generator=draw).tolist()
    others = torch.randint(len(run.items), (1000,), generator=draw).tolist()
    timed = everyone[:TIMED], others[:TIMED]
    whole = milliseconds(lambda user, item: of.user(user).summands(torch.tensor([item])), *timed)
    every = milliseconds(lambda user, item: shares(of.user(user), item), *timed)
    without = milliseconds(lambda user, item: left_out(of, user, item), *timed)
    print(f"one explanation, ms p50 / p99: {whole} (totals), {every} (every share), {without} (leaving out each item)")
    start = time.process_time()
    for user, item in zip(everyone, others, strict=True):
        shares(of.user(user), item)
    print(f"a thousand, every share: {time.process_time() - start:.1f} s")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for argument in sys.argv[1:]:
        main(Path(argument))
