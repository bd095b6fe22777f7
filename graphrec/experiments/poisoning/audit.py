"""Poison a data set in memory: the target's reach, what the detector finds, what defences give and cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from graphrec.common.console import progress
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import Split
from graphrec.experiments.poisoning.hits import Reach, reach
from graphrec.experiments.poisoning.victims import Victim
from graphrec.poisoning.attacks import Attacker, unpopular
from graphrec.poisoning.defences import learned
from graphrec.poisoning.detector import THRESHOLD, suspicion

Ints = NDArray[np.int64]

METRIC = "ndcg@10"


@dataclass(frozen=True)
class Plan:
    """What to try.

    Attributes
    ----------
    attacks, shares
        Kinds of attack, and shares of fake users, of the real ones.
    defences
        Of :data:`graphrec.poisoning.defences.DEFENCES`, besides ``keep``.
    targets
        Number of unpopular items to push, each on its own.
    users
        Most real users to ask.
    k
        Length of the list.
    seed
        Of everything that is drawn.
    """

    attacks: Sequence[str]
    shares: Sequence[float]
    defences: Sequence[str] = ("leave out",)
    targets: int = 3
    users: int = 2000
    k: int = 10
    seed: int = 0


@dataclass(frozen=True)
class Planted:
    """Fake profiles among real ones, and the probability of each that it is fake."""

    attack: str
    share: float
    target: int
    fake: csr_array
    both: csr_array
    suspicion: NDArray[np.float64]


class Audit:
    """Attacks recommenders that learn from one split.

    Parameters
    ----------
    split
        The split; its training pairs are poisoned, its test measures the cost of defences.
    plan
        What to try.
    """

    def __init__(self, split: Split, plan: Plan) -> None:
        self.split, self.plan, self.pairs = split, plan, split.matrix("train")
        there = np.flatnonzero(np.diff(self.pairs.indptr) > 0)
        self.n_users = len(there)
        self.users: Ints = np.sort(np.random.default_rng(plan.seed).permutation(there)[: plan.users])
        self.targets = unpopular(self.pairs, plan.targets, plan.seed)
        self._none = csr_array((0, self.pairs.shape[1]), dtype=np.float32)
        self._clean = suspicion(self.pairs, plan.seed)
        self.planted = list(self._plant())

    def _plant(self) -> Iterator[Planted]:
        attacker, plan = Attacker(self.pairs), self.plan
        with progress() as bar:
            task = bar.add_task("planting and detecting", total=self.trainings)
            for kind in plan.attacks:
                for share in plan.shares:
                    for at, target in enumerate(self.targets):
                        count = max(1, round(share * self.n_users))
                        seeds = [plan.seed, 1, at, count]
                        fake = attacker.profiles(kind, int(target), count, seeds)
                        both = csr_array(vstack([self.pairs, fake], format="csr"))
                        # Another seed than that of the attack: the detector does not know the targets.
                        found = suspicion(both, plan.seed + 1)
                        yield Planted(kind, share, int(target), fake, both, found)
                        bar.advance(task)

    @property
    def trainings(self) -> int:
        """How often each recommender is trained on poisoned data, without a defence."""
        return len(self.plan.attacks) * len(self.plan.shares) * len(self.targets)

    def detection(self) -> list[dict[str, Any]]:
        """Return recall, precision and false alarms for each attack and share, over all targets."""
        rows = []
        for kind, share in self._cases():
            planted = self._of(kind, share)
            flagged = [one.suspicion > THRESHOLD for one in planted]
            real = [int(one[: self.pairs.shape[0]].sum()) for one in flagged]
            fake = [int(one[self.pairs.shape[0] :].sum()) for one in flagged]
            total = sum(one.fake.shape[0] for one in planted)
            rows.append(
                {
                    "attack": kind,
                    "share": share,
                    "recall": sum(fake) / total,
                    "precision": sum(fake) / max(sum(fake) + sum(real), 1),
                    "falseAlarms": float(np.mean(real)),
                }
            )
        return rows

    def clean(self) -> dict[str, int]:
        """Return how many real profiles are flagged where nothing is planted."""
        return {"users": self.n_users, "flagged": int((self._clean > THRESHOLD).sum())}

    def hits(self, victim: Victim) -> list[dict[str, Any]]:
        """Return the hit ratio and the median rank of the targets before, after, and with each defence."""
        plan = self.plan
        score = victim.fitted(self._none)
        before = {target: reach(score, self.pairs, int(target), self.users, plan.k) for target in self.targets}
        found: dict[tuple[str, float], list[dict[str, Reach]]] = {}
        with progress() as bar:
            task = bar.add_task(f"{victim.name} under attack", total=self.trainings * (1 + len(plan.defences)))
            for one in self.planted:
                reached = {"before": before[one.target]}
                for how in ("keep", *plan.defences):
                    pairs = None if how == "keep" else learned(one.both, how, plan.seed, one.suspicion)
                    score = victim.fitted(one.fake, pairs)
                    reached[how] = reach(score, self.pairs, one.target, self.users, plan.k)
                    bar.advance(task)
                found.setdefault((one.attack, one.share), []).append(reached)
        return [
            {"system": victim.name, "attack": kind, "share": share}
            | {
                f"{part} {name}": float(np.mean([getattr(one[name], part) for one in reached]))
                for part in ("hit", "rank")
                for name in ("before", "keep", *plan.defences)
            }
            for (kind, share), reached in found.items()
        ]

    def cost(self, victim: Victim) -> dict[str, Any]:
        """Return the test NDCG@10 on clean data, without and with each defence."""
        row: dict[str, Any] = {"system": victim.name}
        for how in ("keep", *self.plan.defences):
            pairs = None if how == "keep" else learned(self.pairs, how, self.plan.seed, self._clean)
            score = victim.fitted(self._none, pairs)
            row[how] = evaluate_split(score, self.split, "test", ks=(10,)).mean(METRIC)
        return row

    def _cases(self) -> list[tuple[str, float]]:
        return [(kind, share) for kind in self.plan.attacks for share in self.plan.shares]

    def _of(self, kind: str, share: float) -> list[Planted]:
        return [one for one in self.planted if (one.attack, one.share) == (kind, share)]
