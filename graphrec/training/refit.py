"""Refit on train and validation, with every choice kept.

Kept are the objective, the number of epochs, recency, the settings of the ``SIMILAR`` edges and of ALS with its
iterations, and the weight of each component. Nothing is chosen again; the test split is not used.
"""

from __future__ import annotations

from collections.abc import Callable

from graphrec.common.pyg import HeteroData
from graphrec.config.schema import GraphSchema
from graphrec.evaluation.split import leak_free_training_graph, merged
from graphrec.model import HeteroRecommender
from graphrec.model.als import refine
from graphrec.training.checkpoint import TrainingState
from graphrec.training.hybrid import HybridSelector
from graphrec.training.trainer import Trainer


def refit_on_train_and_valid(
    selector: HybridSelector,
    state: TrainingState,
    model: HeteroRecommender,
    data: HeteroData,
    schema: GraphSchema,
    advance: Callable[[], None] = lambda: None,
) -> tuple[HybridSelector, HeteroRecommender]:
    """Return the selector of the refit on train and validation, and its model.

    Parameters
    ----------
    selector, state, model
        The training to repeat, and the model that the selector built from it.
    data, schema
        The whole graph, and its mapping.
    advance
        Called after each epoch.

    Raises
    ------
    LeakageError
        A test behaviour would reach training.
    """
    trainer = selector.trainer
    split = merged(data, trainer.split, schema)
    whole = Trainer(
        leak_free_training_graph(data, split),
        split,
        trainer.settings,
        trainer.train,
        trainer.device,
        trainer.content,
    )
    return repeat(selector, state, model, whole, advance)


def repeat(
    selector: HybridSelector,
    state: TrainingState,
    model: HeteroRecommender,
    whole: Trainer,
    advance: Callable[[], None] = lambda: None,
) -> tuple[HybridSelector, HeteroRecommender]:
    """Return the selector and the model of a training on other data, with every choice kept.

    Parameters
    ----------
    selector, state, model
        The training to repeat, and the model that the selector built from it.
    whole
        The trainer on the other data.
    advance
        Called after each epoch.
    """
    trainer = selector.trainer
    chosen = HybridSelector(whole, selector.item_item_config)
    again = whole.train_epochs(state, advance)
    again.profile_encoder.recency.copy_(model.profile_encoder.recency)
    again.profile_encoder.half_life.copy_(model.profile_encoder.half_life)
    if model.similar is not None:
        again.similar = chosen.item_item()
    if model.als is not None:
        more = len(whole.pairs.items) / max(len(trainer.pairs.items), 1)
        factors = model.als
        table = again.items()[0].detach().float().cpu()
        again.als = refine(
            whole.pairs, table, factors.alpha * more, factors.ridge, factors.iterations, chosen.predictor()
        )
        again.als.standardise_by(whole.pairs, float(model.profile_encoder.recency))
        again.als.to(trainer.device)
    for name in again.components():
        again.scale(name).copy_(model.scale(name))
    again.lengths = model.lengths
    again.cold_item_rank = 0 if again.get_buffer("warm_items").all() else model.cold_item_rank
    return chosen, again
