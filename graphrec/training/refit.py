"""Training once more on all but the test part, with everything as validation chose it.

What was chosen: the objective, the number of epochs, recency, what the ``SIMILAR`` edges are fitted to, the settings
and sweeps of the least squares, and what each part counts. Nothing is chosen again; nobody looks at the test part.
"""

from __future__ import annotations

from collections.abc import Callable

from graphrec.common.pyg import HeteroData
from graphrec.config.schema import GraphSchema
from graphrec.evaluation.split import merged, prepared
from graphrec.model import HeteroRecommender
from graphrec.model.als import refined
from graphrec.training.checkpoint import Progress
from graphrec.training.trainer import Fit


def refitted(
    fit: Fit,
    progress: Progress,
    model: HeteroRecommender,
    data: HeteroData,
    schema: GraphSchema,
    advance: Callable[[], None] = lambda: None,
) -> tuple[Fit, HeteroRecommender]:
    """Return the training on train and validation, and its model.

    Parameters
    ----------
    fit, progress, model
        The training that is to be repeated, and the model that :meth:`graphrec.training.trainer.Fit.best` made of it.
    data, schema
        The whole graph, and its mapping.
    advance
        Called after each epoch.

    Raises
    ------
    LeakageError
        Behaviour of the test part would reach training.
    """
    split = merged(data, fit.split, schema)
    whole = Fit(prepared(data, split), split, fit.settings, fit.train, fit.device, fit.content, fit.mix)
    again = whole.repeated(progress, advance)
    again.reader.recency.copy_(model.reader.recency)
    again.reader.half_life.copy_(model.reader.half_life)
    if model.similar is not None:
        again.similar = whole.connected()
    if model.factors is not None:
        more = len(whole.pairs.items) / max(len(fit.pairs.items), 1)
        factors = model.factors
        table = again.items()[0].detach().float().cpu()
        again.factors = refined(
            whole.pairs, table, factors.alpha * more, factors.ridge, factors.sweeps, whole.predictor()
        )
        again.factors.standardise_by(whole.pairs, float(model.reader.recency))
        again.factors.to(fit.device)
    for name in again.beside():
        again.scale(name).copy_(model.scale(name))
    again.lengths = model.lengths
    again.untried = 0 if again.get_buffer("tried").all() else model.untried
    return whole, again
