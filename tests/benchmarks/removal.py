"""What is left of people in a model after each way to remove them, and what each costs.

``python tests/benchmarks/removal.py FOLDER [--people N] [--seeds N]`` reads a data set in one of the layouts of
``graphrec benchmark --data``. Two random groups of N people leave the training: the *removed*, whom a first model has
learned, and the *strangers*, whom no model ever sees. For three models (the first one; its closed-form parts fitted
again without the removed, the network kept; trained again without them) the lines give the area under the curve of
three membership attacks that tell the removed from the strangers (.5: chance; 95 % interval, bootstrap over people),
and test NDCG@10 of everybody else. The attacks see a person's own interactions and the scores of the model:

loss       mean log-probability of each of 20 interactions, given all the others
overlap    share of the person's items among as many at the top of the person's own list, nothing masked
gain       *loss* minus the same in a reference model of another seed, trained without both groups

Then the removal of one person from the inverse behind the ``SIMILAR`` edges: by a downdate (Woodbury), and by fitting
to what is left; with times (of the processor), and the largest differences.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress as Bar
from sklearn.metrics import roc_auc_score
from torch import Tensor

from graphrec.common.pyg import HeteroData
from graphrec.config.settings import ContentSettings, ModelSettings, SplitSettings, TrainSettings
from graphrec.datasets.folder import DataSet
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import Split, between, leak_free_training_graph, make_split
from graphrec.graph.hetero import Graph
from graphrec.model import HeteroRecommender, Profiles
from graphrec.model.als import refine
from graphrec.model.item_item import GramMatrices
from graphrec.model.loss import Loss
from graphrec.training.hybrid import HybridSelector
from graphrec.training.objectives import train_objectives
from graphrec.training.scoring import Scorer
from graphrec.training.trainer import Trainer

#: Interactions asked about, per person.
ASKED = 20
CPU = torch.device("cpu")


class Learned(NamedTuple):
    """A trained model with what trained it, and the seconds of processor time it took."""

    selector: HybridSelector
    model: HeteroRecommender
    loss: Loss
    seconds: float

    @property
    def trainer(self) -> Trainer:
        return self.selector.trainer

    def scores(self, profiles: Profiles | None = None) -> Scorer:
        if profiles is None:
            return Scorer(self.model, self.trainer.profiles, self.trainer.pairs)
        return Scorer(self.model, profiles, profiles.only(profiles.behaviours))


def without(data: HeteroData, split: Split, people: Tensor) -> tuple[HeteroData, Split]:
    """Return graph and split without the behaviours of some people; their nodes stay, empty."""
    gone = torch.zeros(split.shape[0], dtype=torch.bool)
    gone[people] = True
    keep = {}
    for kind in between(data):
        edges = data[kind].edge_index
        keep[kind] = ~gone[edges[0] if kind[0] == "user" else edges[1]]
    parts = {part: getattr(split, part) for part in ("train", "valid", "test")}
    return data.edge_subgraph(keep), replace(split, **{k: v[:, ~gone[v[0]]] for k, v in parts.items()})


def learn(data: HeteroData, split: Split, seed: int) -> Learned:
    began = time.process_time()
    train = TrainSettings(seed=seed, device="cpu")
    trainer = Trainer(leak_free_training_graph(data, split), split, ModelSettings(), train, CPU, ContentSettings())
    selector = HybridSelector(trainer)
    with Bar(disable=True) as bar:
        chosen = train_objectives(selector, bar)
    return Learned(selector, chosen.model, chosen.progress.loss, time.process_time() - began)


@torch.no_grad()
def fitted_again(old: Learned, data: HeteroData, split: Split) -> Learned:
    """Return the model with its closed-form parts fitted to other data: same network, same settings."""
    began = time.process_time()
    told = old.trainer
    trainer = Trainer(
        leak_free_training_graph(data, split), split, told.settings, told.train, told.device, told.content
    )
    selector = HybridSelector(trainer, old.selector.item_item_config)
    model = trainer.build(told.train.seed, old.loss)
    names = set(model.state_dict())
    model.load_state_dict({name: value for name, value in old.model.state_dict().items() if name in names})
    model.similar = selector.item_item()
    if old.model.als is not None:
        als = old.model.als
        table = model.items()[0].float()
        model.als = refine(trainer.pairs, table, als.alpha, als.ridge, als.iterations, selector.predictor())
        model.als.standardise_by(trainer.pairs, float(model.profile_encoder.recency))
    model.lengths, model.cold_item_rank = old.model.lengths, old.model.cold_item_rank
    return Learned(selector, model, old.loss, time.process_time() - began)


def each_left_out(profiles: Profiles, people: Tensor, seed: int) -> tuple[Profiles, Tensor, Tensor]:
    """Return profiles, each of a person without one interaction; whose it is; and the item left out."""
    rng, pairs, owner, left = np.random.default_rng(seed), [], [], []
    for person in people.tolist():
        mine = torch.arange(int(profiles.indptr[person]), int(profiles.indptr[person + 1]))
        for place in rng.permutation(len(mine))[:ASKED]:
            pairs.append(torch.cat([mine[:place], mine[place + 1 :]]))
            owner.append(person)
            left.append(int(profiles.items[mine[place]]))
    kept = torch.cat(pairs)
    indptr = torch.tensor([0, *np.cumsum([len(part) for part in pairs])])
    made = replace(
        profiles,
        indptr=indptr,
        items=profiles.items[kept],
        age=None if profiles.age is None else profiles.age[kept],
        weights=profiles.weights[kept],
        days=None if profiles.days is None else profiles.days[kept],
    )
    return made, torch.tensor(owner), torch.tensor(left)


def losses(model: Learned, left_out: tuple[Profiles, Tensor, Tensor], people: Tensor) -> NDArray[np.float64]:
    """Return each person's mean log-probability of the interactions left out, float64 ``[n]``."""
    profiles, owner, item = left_out
    scorer, found = model.scores(profiles), []
    for rows in torch.split(torch.arange(len(owner)), 512):
        scores = scorer(rows).clone()
        _, row, pair = profiles.rows(rows)
        scores[row, profiles.items[pair]] = -torch.inf
        found.append(scores.log_softmax(1).gather(1, item[rows, None])[:, 0])
    told = torch.cat(found)
    return np.array([float(told[owner == person].mean()) for person in people.tolist()])


def overlaps(model: Learned, profiles: Profiles, people: Tensor) -> NDArray[np.float64]:
    """Return the share of each person's items among as many at the top, float64 ``[n]``."""
    scores, found = model.scores(profiles)(people), []
    for row, person in zip(scores, people.tolist(), strict=True):
        mine = profiles.items[int(profiles.indptr[person]) : int(profiles.indptr[person + 1])]
        found.append(float(torch.isin(row.topk(len(mine)).indices, mine).float().mean()))
    return np.array(found)


def area(feature: NDArray[np.float64], n: int) -> str:
    """Return the area under the curve by a feature, the first ``n`` being members, with its interval."""
    member = np.arange(len(feature)) < n
    rng, drawn = np.random.default_rng(0), []
    for _ in range(1000):
        some = np.concatenate([rng.integers(0, n, n), rng.integers(n, len(feature), len(feature) - n)])
        drawn.append(roc_auc_score(member[some], feature[some]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{roc_auc_score(member, feature):.3f} [{low:.3f}, {high:.3f}]"


def compare(graph: Graph, n: int, seed: int) -> None:
    data, split = graph.data, make_split(graph.data, SplitSettings(seed=seed), graph.schema)
    drawn = torch.randperm(split.shape[0], generator=torch.Generator().manual_seed(seed))
    removed, strangers = drawn[:n], drawn[n : 2 * n]
    both = torch.cat([removed, strangers])
    before = without(data, split, strangers)
    after = without(data, split, both)
    first, anew, reference = learn(*before, seed), learn(*after, seed), learn(*after, seed + 1000)
    parts = fitted_again(first, *after)
    everybody = Profiles.of(leak_free_training_graph(data, split))
    left_out = each_left_out(everybody, both, seed)
    base = losses(reference, left_out, both)
    models = {"weights as they were": first, "closed form fitted again": parts, "trained again": anew}
    for name, model in models.items():
        loss = losses(model, left_out, both)
        areas = {"loss": loss, "overlap": overlaps(model, everybody, both), "gain": loss - base}
        said = "  ".join(f"{attack} {area(values, n)}" for attack, values in areas.items())
        scorer = model.scores()
        ndcg = evaluate_split(lambda users, s=scorer: s(users), after[1], "test").mean("ndcg@10")  # type: ignore[misc]
        cost = f"{model.seconds:.1f} s ({model.seconds / anew.seconds:.3f} of a training)"
        print(f"seed {seed}  {name:<26} {said}  NDCG@10 {ndcg:.4f}  {cost}", flush=True)
    print(f"seed {seed}  {downdate(first.selector, int(removed[0]))}", flush=True)


def downdate(selector: HybridSelector, person: int) -> str:
    """Remove one person from the inverse by Woodbury's identity, and by fitting to what is left."""
    config, trainer = selector.item_item_config, selector.trainer
    assert config is not None
    matrices = GramMatrices(trainer.data, trainer.pairs, knowledge=trainer.settings.knowledge)
    inverse = matrices.invert(config).double()
    pairs, theirs = trainer.pairs, trainer.profiles.users == person
    began = time.process_time()
    alone = GramMatrices(trainer.data, trainer.profiles.where(trainer.learnable & theirs), knowledge=False)
    degree, degrees = int((pairs.users == person).sum()), pairs.indptr.diff()
    # The weight that the mean degree of everybody gives to this row; alone, the row has weight 1.
    scale = float(degrees[degrees > 0].float().mean() / degree) ** (2 * config.alpha)
    gram = alone.behaviour(config.alpha).double() * scale
    change = gram * (1 - config.near)
    if config.near and alone.timed:
        change += config.near * scale * alone.behaviour(config.alpha, near=True).double()
    change.diagonal().add_(config.dropout / (1 - config.dropout) * gram.diagonal())
    mine = pairs.items[pairs.users == person]
    block, rows = change[mine][:, mine], inverse[mine]
    inner = torch.linalg.solve(torch.eye(len(mine), dtype=torch.float64) - block @ rows[:, mine], block @ rows)
    down = inverse + rows.T @ inner
    fast = time.process_time() - began
    began = time.process_time()
    left = GramMatrices(
        trainer.data, trainer.profiles.where(trainer.learnable & ~theirs), knowledge=trainer.settings.knowledge
    )
    left._knowledge, left._content = matrices.knowledge, matrices._content  # do not depend on people
    fitted = left.invert(config).double()
    slow = time.process_time() - began
    # The mean degree changes too, and with it the weight of every row: no downdate of low rank knows that.
    kept = matrices
    kept._behaviour = {(config.alpha, False): matrices.behaviour(config.alpha) - gram.float()}
    if config.near and alone.timed:
        near = GramMatrices(trainer.data, pairs, knowledge=False).behaviour(config.alpha, near=True)
        kept._behaviour[config.alpha, True] = near - scale * alone.behaviour(config.alpha, near=True)
    same_mean = kept.invert(config).double()
    # What the mean degree alone does: all rows weighed by a common factor.
    others = pairs.indptr.diff()[torch.arange(len(degrees)) != person]
    factor = float(others[others > 0].float().mean() / degrees[degrees > 0].float().mean()) ** (2 * config.alpha)
    kept._behaviour = {name: gram * factor for name, gram in kept._behaviour.items()}
    other_mean = kept.invert(config).double()
    edges = [-p / p.diagonal() for p in (down, same_mean, other_mean, fitted, inverse)]
    for matrix in edges:
        matrix.fill_diagonal_(0)
    error, mean, ties, moved = (
        float((edges[one] - edges[other]).abs().max()) for one, other in ((0, 1), (0, 2), (2, 3), (4, 3))
    )
    return (
        f"one person of {degree} interactions: downdate {fast:.3f} s, fitting to what is left {slow:.3f} s; largest "
        f"difference of an edge, downdate against fitting at the same mean degree {error:.1e}, at its own {mean:.1e}; "
        f"the order of simultaneous pairs, drawn anew, moves {ties:.1e}; the whole removal {moved:.1e}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--people", type=int, default=150)
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    graph = DataSet.at(asked.folder, {}).graph(SplitSettings())
    for seed in range(asked.seeds):
        compare(graph, asked.people, seed)


if __name__ == "__main__":
    main()
