"""A small catalogue with known answers, published, and the run directory that it was published from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import save_file

from graphrec.common.files import write_json
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database, connect
from graphrec.publishing.publish import publish
from graphrec.runs.begin import new_run
from graphrec.runs.run import Run
from graphrec.runs.run_info import FINISHED

Project = Callable[[Path, Path], AbstractContextManager[Settings]]

#: Key → title, year, genres, score for anna. She has done a; nobody has done anything else but ben, who has done b.
BOOKS = {
    "a": ("Alpha", 1980, ["Crime"], 9.0),
    "b": ("Beta", 1985, ["Crime"], 8.0),
    "c": ("Gamma", 1990, ["Crime", "Horror"], 7.0),
    "d": ("Delta", 1995, ["Crime"], 6.0),
    "e": ("Epsilon", 2000, ["Horror"], 5.0),
    "f": ("Zeta", 2005, ["Poetry"], 4.0),
    "g": ("Eta", 2010, ["Poetry"], 3.0),
    "h": ("Theta", None, [], 2.0),
}
SCORES = [score for *_, score in BOOKS.values()]


@pytest.fixture(scope="module")
def shop(
    project_at: Project, scratch_home: Path, tmp_path_factory: pytest.TempPathFactory, empty: Callable[[Database], None]
) -> Iterator[tuple[Settings, Database]]:
    """A project with the books, a working directory for a whole file of tests, and its published run."""
    folder = tmp_path_factory.mktemp("shop")
    with project_at(folder, scratch_home) as settings, connect(settings) as db:
        empty(db)
        load_books(db)
        publish(db, book_run(settings), k=2)
        yield settings, db


@pytest.fixture
def books(shop: tuple[Settings, Database]) -> Database:
    """The database with the books."""
    return shop[1]


@pytest.fixture
def change(books: Database) -> Iterator[Callable[[str, str], None]]:
    """Change the graph by one query until the test ends; another one changes it back."""
    undo: list[str] = []

    def call(do: str, back: str) -> None:
        undo.append(back)
        books.write(do)

    yield call
    for back in reversed(undo):
        books.write(back)


def load_books(db: Database) -> None:
    """Write eight books, two users, and what they did."""
    db.write(
        """
        UNWIND $rows AS row
        CREATE (i:Item {itemId: row[0], title: row[1], year: row[2]})
        WITH i, row
        UNWIND row[3] AS genre
        MERGE (e:Entity {entityId: 'g.' + genre, name: genre})
        CREATE (i)-[:HAS_GENRE]->(e)
        """,
        rows=[[key, title, year, genres] for key, (title, year, genres, _) in BOOKS.items()],
    )
    db.write(
        """
        UNWIND [['anna', 'a'], ['ben', 'b']] AS row
        MATCH (i:Item {itemId: row[1]})
        CREATE (:User {userId: row[0], born: 1990})-[:RATED]->(i)
        """
    )


def book_run(settings: Settings) -> Run:
    """A run that scores the books for anna as it stands above, and for ben the other way round."""
    run = new_run(
        settings.runs,
        {
            "schema": msgspec.to_builtins(GraphSchema()),
            "settings": {"model": {"dim": 1}},
            "metrics": {},
            "fingerprint": "f00d",
        },
    )
    write_json(run.path / "ids.json", {"users": ["anna", "ben"], "items": list(BOOKS)})
    arrays = {
        "item": torch.tensor(SCORES)[:, None],
        "all.user": torch.tensor([[1.0], [-1.0]]),
        "all.indptr": torch.tensor([0, 1, 2]),
        "all.indices": torch.tensor([0, 1]),
    }
    save_file(arrays, run.path / "embeddings.safetensors")
    run.update(state=FINISHED)
    return run
