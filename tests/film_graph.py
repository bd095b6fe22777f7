"""A small graph with known answers, and run directories as training leaves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from scipy.sparse import csr_array

from graphrec.common.files import write_json
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.runs.begin import new_run
from graphrec.runs.run import Run
from graphrec.runs.run_info import FINISHED

MakeRun = Callable[..., Run]


def run_maker(settings: Settings) -> MakeRun:
    """Return what makes a finished run directory from plain lists, in a project."""

    def make(
        users: Sequence[Any],
        items: Sequence[Any],
        user: Sequence[Sequence[float]],
        item: Sequence[Sequence[float]],
        seen: Sequence[tuple[int, int]] = (),
        *,
        schema: GraphSchema | None = None,
        metrics: dict[str, Any] | None = None,
        arrays: dict[str, torch.Tensor] | None = None,
    ) -> Run:
        info = {
            "schema": msgspec.to_builtins(schema or GraphSchema()),
            "settings": {"model": {"dim": 2}},
            "metrics": metrics or {"valid": {"ndcg@10": 0.25}},
            "fingerprint": "f00d",
        }
        run = new_run(settings.runs, info)
        write_json(run.path / "ids.json", {"users": list(users), "items": list(items)})
        rows = csr_array((np.ones(len(seen)), tuple(np.array(seen).reshape(-1, 2).T)), shape=(len(users), len(items)))
        held = {
            "item": torch.tensor(item, dtype=torch.float32),
            "all.user": torch.tensor(user, dtype=torch.float32),
            "all.indptr": torch.from_numpy(rows.indptr.astype(np.int64)),
            "all.indices": torch.from_numpy(rows.indices.astype(np.int64)),
        }
        save_file(held | (arrays or {}), run.path / "embeddings.safetensors")
        run.update(state=FINISHED)
        return run

    return make


@pytest.fixture
def make_run(settings: Settings) -> MakeRun:
    """Make a finished run directory from plain lists."""
    return run_maker(settings)


#: Anna liked Jaws and E.T., Ben Jaws and Duel, Cleo Alien; nobody Dune. Spielberg made three, Scott one.
FILMS = {
    "1": ("Jaws", [1.0, 0.0]),
    "2": ("E.T.", [0.9, 0.1]),
    "3": ("Duel", [0.8, 0.3]),
    "4": ("Alien", [0.0, 1.0]),
    "5": ("Dune", [0.1, 0.9]),
}


@pytest.fixture
def films(db: Database) -> Database:
    """Five films, three users, what they did, and who made the films."""
    db.write(
        "UNWIND $rows AS row CREATE (:Item {itemId: row[0], title: row[1], contentVector: row[2]})",
        rows=[[key, title, vector] for key, (title, vector) in FILMS.items()],
    )
    db.write(
        """
        UNWIND [['anna', ['1', '2'], [5, 4]], ['ben', ['1', '3'], [4, 5]], ['cleo', ['4', '1'], [5, 1]]] AS row
        CREATE (u:User {userId: row[0]})
        WITH u, row
        UNWIND range(0, size(row[1]) - 1) AS k
        MATCH (i:Item {itemId: row[1][k]})
        CREATE (u)-[:RATED {rating: row[2][k]}]->(i)
        """
    )
    db.write(
        """
        UNWIND [
          ['Steven Spielberg', 'DIRECTED_BY', ['1', '2', '3']],
          ['Ridley Scott', 'DIRECTED_BY', ['4']],
          ['Film', 'HAS_GENRE', ['1', '2', '3', '4', '5']]
        ] AS row
        CREATE (e:Entity {entityId: 'e.' + row[0], name: row[0]})
        WITH e, row
        UNWIND row[2] AS key
        MATCH (i:Item {itemId: key})
        CREATE (i)-[r:$(row[1])]->(e)
        """
    )
    return db


#: Anna and Ben like the first direction, Cleo the second; user · item is the score.
USERS = {"anna": [1.0, 0.0], "ben": [0.9, 0.1], "cleo": [0.0, 1.0]}
SEEN = [(0, 0), (0, 1), (1, 0), (1, 2), (2, 3), (2, 0)]


@pytest.fixture
def film_run(films: Database, make_run: MakeRun) -> Run:
    """A run whose item vectors are the content vectors and whose user vectors are known."""
    return make_run(list(USERS), list(FILMS), list(USERS.values()), [v for _, v in FILMS.values()], SEEN)
