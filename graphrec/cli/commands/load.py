"""``graphrec load``: load files into Neo4j."""

from __future__ import annotations

import click

from graphrec.cli.lazy import LazyGroup

#: Source → what it reads. The command is the attribute ``command`` of ``graphrec_etl/<source>.py``.
SOURCES = {
    "atomic": "RecBole's atomic files: .inter .item .user .kg .link.",
    "lightgcn": "Adjacency lists: train.txt, test.txt.",
    "mmrec": "MMRec's .inter with its split, or train/valid/test.npz.",
    "movielens": "A GroupLens folder: ml-100k, ml-1m, ml-latest, ml-32m.",
    "posts": "Posts and reviews: CSV, Parquet or JSONL; or those in the graph.",
    "tables": "Your own CSV or Parquet files, described by a mapping.",
}


class _Sources(LazyGroup):
    known = SOURCES
    noun = "source"

    def place(self, name: str) -> tuple[str, str]:
        return f"graphrec_etl.{name}", "command"


@click.group(cls=_Sources)
def load() -> None:
    """Load files into Neo4j: checked first, in batches, and safe to repeat."""
