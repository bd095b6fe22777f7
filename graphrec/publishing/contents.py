"""Write the contents of a run to Neo4j: embeddings, links and edges between items."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import torch
from threadpoolctl import threadpool_limits

from graphrec.common.console import progress
from graphrec.common.errors import TrainingError
from graphrec.publishing.shown_scores import RELATIVE, by_best
from graphrec.publishing.similar_edges import CommonUsers, write_similar
from graphrec.publishing.top_k import top_k, write_links

if TYPE_CHECKING:
    from torch import Tensor

    from graphrec.publishing.link_reasons import LinkReasons
    from graphrec.publishing.registry import Sizes
    from graphrec.publishing.reuse import Reusable
    from graphrec.publishing.writer import Writer
    from graphrec.runs.run import Run


def check_finite(run: Run) -> None:
    """Refuse a run with values that are not finite.

    Raises
    ------
    TrainingError
        The run's embeddings or edges are not finite numbers.
    """
    edges = run.similar
    values = edges.values() if edges is not None and edges.layout != torch.strided else edges
    if not all(torch.isfinite(part).all() for part in (*run.embeddings("all"), values) if part is not None):
        raise TrainingError(
            f"run {run.run_id} has embeddings or edges that are not finite numbers",
            hint="train again, with a smaller --lr",
        )


def write_contents(
    writer: Writer,
    run: Run,
    nodes: tuple[list[str | None], list[str | None]],
    same: Reusable | None,
    sizes: Sizes,
    batch: int,
    left_out: Collection[Any] = (),
) -> None:
    """Write all of a run; copy inside the database what the previous run has too.

    ``nodes``: element ids of users and items. ``left_out``: ids of the items that no link and no edge leads to.
    """
    (users, items), (user, item), similar = nodes, run.embeddings("all"), sizes.similar
    proposed = [None if key in left_out else node for key, node in zip(run.items, items, strict=True)]
    writer.make_indexes({"item": item.shape[1], "user": user.shape[1]})
    if same is not None and same.unchanged:
        writer.label("item")  # in case the index was lost
    else:
        _write_vectors(writer, "item", items, item, batch, same)
        if run.similar is not None and similar:
            both = None
            if sizes.similar_users:
                both = CommonUsers(run.rows("all").matrix(len(items)), sizes.similar_users)
            write_similar(writer, run.similar, proposed, similar, batch, both)
    _write_vectors(writer, "user", users, user, batch, same)
    there = torch.tensor([node is not None for node in users])
    asked = there if same is None else there & ~same.links
    allowed = torch.tensor([node is not None for node in proposed])
    rows = asked.nonzero()[:, 0]
    ranked = top_k(lambda part: run.scores(part, "all"), rows, run.seen("all"), sizes.k, allowed=allowed)
    if sizes.scores == RELATIVE:
        ranked = ((ids, torch.from_numpy(by_best(scores.numpy()))) for ids, scores in ranked)
    reasons = None
    if sizes.reasons:
        from graphrec.publishing.stored_reasons import StoredReasons

        stored = StoredReasons(run, items, sizes)

        def reasons(first: int, ids: Tensor, scores: Tensor) -> Iterator[list[LinkReasons]]:
            return stored.of_users(rows[first : first + len(ids)], ids, scores)

    # Many small products and solutions: further threads of BLAS only wait, on cores that Neo4j writes with.
    with threadpool_limits(1, user_api="blas"):
        write_links(writer, ranked, [str(users[i]) for i in rows.tolist()], items, batch, reasons)
    if same is not None:
        rest = [str(users[i]) for i in (there & ~asked).nonzero()[:, 0].tolist()]
        for start in range(0, len(rest), batch):
            writer.copy_links(rest[start : start + batch], same.before.run_id)


def _write_vectors(
    writer: Writer, kind: str, nodes: list[str | None], vectors: Tensor, batch: int, same: Reusable | None
) -> None:
    """Write the embeddings of the users or items that exist in the database."""
    kept, slot = (None, "") if same is None else same.vectors(kind)
    rows = [i for i, node in enumerate(nodes) if node is not None]
    anew = rows if kept is None else [i for i in rows if not kept[i]]
    writer.clear(kind, {str(nodes[i]) for i in rows})
    with progress() as bar:
        task = bar.add_task(f"{kind} embeddings", total=len(rows))
        for start in range(0, len(anew), batch):
            part = anew[start : start + batch]
            writer.vectors(kind, [str(nodes[i]) for i in part], vectors[part].tolist())
            bar.advance(task, len(part))
        rest = [] if kept is None else [str(nodes[i]) for i in rows if kept[i]]
        for start in range(0, len(rest), batch):
            writer.copy_vectors(kind, rest[start : start + batch], slot)
            bar.advance(task, len(rest[start : start + batch]))
    writer.label(kind)
