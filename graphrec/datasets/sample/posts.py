"""Posts for the sample, in a file of their own: people praise films of their taste and pan others.

``python -m graphrec.datasets.sample.posts posts.csv`` writes them for the project of ``graphrec quickstart``.

Posts are about other films than their authors bought or looked at, as far as chance allows, so that they say something
more. Some name their film in the text alone. One film turns: from a day on, more people write about it, and badly.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np

from graphrec.common.console import note
from graphrec.common.entry_point import run_command
from graphrec.common.errors import InputError
from graphrec.config.settings import SAMPLE, load_settings
from graphrec.datasets.sample import Sample, write_sample

#: The first day with posts, and how many there are; the day from which one film is panned.
FIRST, DAYS, TURN = datetime(2026, 1, 1, tzinfo=UTC), 90, 60
#: Shares of posts that are about a film of the author's taste, that follow the author's taste in their tone, that say
#: neither, and that name their film in the text alone.
OWN, FAITHFUL, NEITHER, BY_NAME = 0.5, 0.9, 0.1, 0.2
#: Posts a day about the film that turns, from then on.
STORM = 4

_GOOD = (
    "I loved {title}. {director} has never been better.",
    "{title} is a wonderful film, I enjoyed every minute.",
    "What a great evening: {title}! Beautiful and moving.",
    "Just saw {title} again and it is still brilliant.",
    "{title} is excellent. The cast is superb.",
)
_BAD = (
    "I hated {title}. {director} should be ashamed.",
    "{title} is a terrible film, boring from beginning to end.",
    "What a waste of an evening: {title} is awful.",
    "Just saw {title} and it is a disappointing mess.",
    "{title} is dreadful. The cast is bad and the plot is stupid.",
)
_NEITHER = (
    "Saw {title} on Tuesday.",
    "{title} is by {director}, if anybody wonders.",
    "Is {title} shown in the small hall?",
)


class PlantedPost(NamedTuple):
    """A post; ``named``: the film that its text names, ``item``: empty where only the text does."""

    id: str
    author: str
    item: str
    time: str
    text: str
    named: str


def make_posts(sample: Sample, posts: int = 3000, seed: int = 0) -> list[PlantedPost]:
    """Return posts in order of time; the same arguments give the same posts."""
    rng = np.random.default_rng([sample.seed, 20, seed])
    titles, makers = _films(sample)
    users, items = sorted(sample.user_taste), sorted(set(sample.item_taste) - set(sample.cold))
    of = {
        taste: [item for item in items if sample.item_taste[item] == taste] for taste in set(sample.item_taste.values())
    }
    turning = items[0]
    found = []
    for _ in range(posts):
        user = str(rng.choice(users))
        tastes = sorted(sample.tastes_of(user))
        own = rng.random() < OWN
        taste = str(rng.choice(tastes if own else sorted(set(of) - set(tastes))))
        likes = own == (rng.random() < FAITHFUL)
        found.append((int(rng.integers(DAYS)), user, str(rng.choice(of[taste])), likes))
    found += [(day, str(rng.choice(users)), turning, False) for day in range(TURN, DAYS) for _ in range(STORM)]
    rows = []
    for number, (day, user, item, likes) in enumerate(sorted(found)):
        forms = _NEITHER if rng.random() < NEITHER else _GOOD if likes else _BAD
        text = str(rng.choice(forms)).format(title=titles[item], director=makers.get(item, "The director"))
        time = FIRST + timedelta(days=day, seconds=int(rng.integers(86_400)))
        named_alone = rng.random() < BY_NAME
        rows.append(PlantedPost(f"p{number + 1:05d}", user, "" if named_alone else item, time.isoformat(), text, item))
    return rows


def write_posts(sample: Sample, file: str | Path, posts: int = 3000, seed: int = 0) -> Path:
    """Write posts about the sample as CSV: ``id``, ``author``, ``item``, ``time``, ``text``.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    path = Path(file)
    try:
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(("id", "author", "item", "time", "text"))
            writer.writerows(post[:5] for post in make_posts(sample, posts, seed))
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}", hint="choose another file") from error
    return path


def _films(sample: Sample) -> tuple[dict[str, str], dict[str, str]]:
    """Return item → title, and item → director."""
    titles = {row[0]: row[1] for row in _rows(sample.folder / "sample.item")}
    films = {row[1]: row[0] for row in _rows(sample.folder / "sample.link")}
    names = {row[0]: row[1] for row in _rows(sample.folder / "entity_names.tsv")}
    makers = {films[row[0]]: names[row[2]] for row in _rows(sample.folder / "sample.kg") if row[1] == "directed_by"}
    return titles, makers


def _rows(path: Path) -> Sequence[Sequence[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Write made posts about the films of the quickstart to FILE (CSV)."""
    path = write_posts(write_sample(load_settings().home / SAMPLE), file)
    note(f"wrote {path}: `graphrec load posts {path}` loads it")


if __name__ == "__main__":
    run_command(command, name="python -m graphrec.datasets.sample.posts")
