"""Interventions are what a model without these messages gives."""

from __future__ import annotations

import copy
from dataclasses import replace

import msgspec
import pytest
import torch

from graphrec.common.errors import InputError
from graphrec.config.settings import ModelSettings
from graphrec.evaluation.split import leak_free_training_graph
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.intervention import Cut, intervene, interventions
from graphrec.graph.hetero import Graph
from graphrec.graph.history import Interaction
from graphrec.model import HeteroRecommender, Profiles
from graphrec.runs.run import Run
from graphrec.serving.fold_in import Folder

Histories = list[list[Interaction]]


@pytest.fixture
def model(run: Run, graph: Graph) -> HeteroRecommender:
    """The trained model with neither hops nor neighbours: those carry on what they had."""
    data = leak_free_training_graph(graph.data, run.split)
    settings = msgspec.structs.replace(run.table("model", ModelSettings), hops=0, neighbours=0)
    found = HeteroRecommender(data, Profiles.of(data), settings.decided("softmax"))
    carried = ("hop_scale", "neighbours.", "als.", "factors", "similar")
    weights = {name: value for name, value in run.weights.items() if not name.startswith(carried)}
    assert {"source", "bias", "appeal", "knowledge.scale", "content.projections.text.weight"} <= set(weights)
    found.load_state_dict(weights, strict=False)
    return found.train(False)


def changed_run(run: Run, whole: tuple[torch.Tensor, ...], cut: tuple[torch.Tensor, ...], more: torch.Tensor) -> Run:
    """Return the run with item vectors that lose what one model has and the other has not, and ``more``."""
    source, target, bias = (one - other for one, other in zip(whole, cut, strict=True))
    factor = torch.where(run.warm_items, 1.0, 0.02)[:, None]
    found, width = copy.copy(run), source.shape[1]
    found.__dict__["encoder"] = copy.deepcopy(run.encoder)
    found.encoder.get_buffer("source").sub_(source + more)
    item = run.arrays.items.item.clone()
    item[:, :width] -= factor * (target + more)
    item[:, -2] -= factor[:, 0] * bias
    found.__dict__["arrays"] = replace(run.arrays, items=replace(run.arrays.items, item=item))
    return found


def silence(model: HeteroRecommender, cut: Cut) -> None:
    """Let the messages of a cut not be sent."""
    knowledge = model.knowledge
    if cut.modality is not None:
        model.content.projections[cut.modality].weight.zero_()
    elif cut.entity is None and cut.related is None:
        knowledge.scale[cut.relation] = -torch.inf
    else:
        sender = cut.entity if cut.related is None else len(knowledge.entities) + cut.related
        gone = knowledge.get_buffer("sender") == sender
        if cut.relation is not None:
            gone &= knowledge.get_buffer("relation") == cut.relation
        assert gone.any()
        matrix = knowledge.to_items.adjacency.get_buffer("matrix")
        matrix.values().masked_fill_(gone[matrix.col_indices()], 0.0)


@pytest.mark.parametrize(
    "cut",
    [
        Cut(relation=0),
        Cut(relation=2),
        Cut(entity=1),
        Cut(relation=2, entity=9),
        Cut(related=4),
        Cut(modality="text"),
    ],
    ids=repr,
)
def test_the_score_is_that_of_a_model_without_the_messages(
    run: Run, of: Attribution, model: HeteroRecommender, histories: Histories, cut: Cut
) -> None:
    with torch.no_grad():
        whole = model.items()
        silence(model, cut)
        lost = model.items()
    more = torch.zeros_like(whole[0])
    if cut.modality is not None:
        more = run.item_parts.source[f"neighbours.{cut.modality}"]
    changed, hidden = changed_run(run, whole, lost, more), torch.from_numpy(run.seen("all").toarray() > 0)
    before, after = (Folder(one).scores(*Folder(one).profiles(histories)) for one in (run, changed))
    assert (before - after).abs().max() > 0.1
    for user in range(0, len(run.users), 20):
        for item in range(3, len(run.items), 9):
            found = intervene(of, user, item, cut)
            assert found.before == pytest.approx(float(before[user, item]), abs=1e-3)
            assert found.after == pytest.approx(float(after[user, item]), abs=1e-3)
            for scores, rank in ((before, found.rank_before), (after, found.rank_after)):
                others = scores[user].masked_fill(hidden[user], -torch.inf)
                others[item] = -torch.inf
                gap = float((others - scores[user, item]).abs().min())
                assert rank == int((others > scores[user, item]).sum()) + 1 or gap < 1e-3


def test_every_relation_and_modality_in_turn(run: Run, of: Attribution) -> None:
    found = interventions(of, 1, 2)
    assert {one.cut for one in found} == {
        *(Cut(relation=n) for n in range(3)),
        *(Cut(modality=name) for name in ("text", "image")),
    }
    changes = [one.change for one in found]
    assert changes == sorted(changes)
    plain = found[0].to_dict(run)
    assert (plain["user"], plain["item"]) == (run.users[1], run.items[2])
    assert {tuple(one.to_dict(run)["without"]) for one in found} == {("relation",), ("modality",)}
    assert Cut(relation=2, entity=9).to_dict(run) == {"relation": "MADE_BY", "entity": run.entities[9]}


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (Cut(), "takes out a modality"),
        (Cut(modality="text", relation=0), "takes out a modality"),
        (Cut(modality="audio"), "no content of modality 'audio'"),
        (Cut(relation=0, related=0), "no such messages"),
    ],
)
def test_what_cannot_be_taken_out(of: Attribution, cut: Cut, said: str) -> None:
    with pytest.raises(InputError, match=said):
        intervene(of, 0, 1, cut)


def test_a_run_of_an_earlier_release_cannot_be_taken_apart(run: Run) -> None:
    earlier = copy.copy(run)
    earlier.__dict__["item_parts"] = None
    with pytest.raises(InputError, match="an earlier release made it"):
        interventions(Attribution(earlier), 0, 1)
