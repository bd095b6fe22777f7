"""A small synthetic catalogue of films, for the quickstart and for tests with known answers.

It has files in RecBole's atomic format, real PNG posters and WAV themes, and a knowledge graph with names. Six tastes
are planted in it; :class:`Sample` lists the tastes of users and items.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from graphrec.common.errors import ConfigError, InputError
from graphrec.datasets.sample.catalogue import (
    COLD_PER_TASTE,
    Event,
    Item,
    User,
    entity_names,
    make_events,
    make_items,
    make_users,
    maker_countries,
)
from graphrec.datasets.sample.vocabulary import TASTES

#: Increase whenever the output of :func:`write_sample` changes: folders of older versions are rewritten.
VERSION = 1
#: Written last, so that a folder with it is complete.
TRUTH = "truth.json"

__all__ = ["Sample", "write_sample"]


@dataclass(frozen=True)
class Sample:
    """The catalogue's folder and its planted tastes.

    Parameters
    ----------
    folder
        The folder with ``sample.inter``, ``sample.item``, …, ``images/`` and ``audio/``.
    seed
        Random seed of the catalogue.
    user_taste, item_taste
        Id → taste (a user's first one).
    second_taste
        Id → second taste, for users with one.
    cold
        Ids of the items without behaviours.
    """

    folder: Path
    seed: int
    user_taste: dict[str, str]
    item_taste: dict[str, str]
    second_taste: dict[str, str]
    cold: tuple[str, ...]

    def tastes_of(self, user: str) -> set[str]:
        """Return a user's one or two tastes."""
        return {self.user_taste[user]} | ({self.second_taste[user]} if user in self.second_taste else set())


def write_sample(folder: str | Path, seed: int = 0, users: int = 300, items: int = 240) -> Sample:
    """Write the catalogue to ``folder``; the same arguments give the same files.

    A folder that already has the complete catalogue is not changed.

    Parameters
    ----------
    folder
        Created if missing.
    seed
        Random seed.
    users, items
        Numbers of users and items; one in six has each taste.

    Raises
    ------
    ConfigError
        Too few users or items to plant every taste.
    InputError
        The folder cannot be written.
    """
    smallest = (COLD_PER_TASTE + 2) * len(TASTES)
    if users < len(TASTES) or items < smallest:
        raise ConfigError(
            f"a sample of {users} users and {items} items cannot hold {len(TASTES)} tastes",
            hint=f"ask for at least {len(TASTES)} users and {smallest} items",
        )
    folder = Path(folder)
    arguments = {"version": VERSION, "seed": seed, "users": users, "items": items}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _read(folder, arguments) or _write(folder, arguments)
    except OSError as error:
        raise InputError(
            f"{error.filename or folder}: the sample cannot be written: {error.strerror}",
            hint="choose a folder that you may write to",
        ) from error


def _read(folder: Path, arguments: dict[str, int]) -> Sample | None:
    """Return the sample in the folder, or None if it is incomplete or has other arguments."""
    try:
        stored = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(stored, dict) or stored.get("arguments") != arguments:
        return None
    truth = stored["truth"]
    return Sample(folder=folder, **truth | {"cold": tuple(truth["cold"])})


def _write(folder: Path, arguments: dict[str, int]) -> Sample:
    (folder / TRUTH).unlink(missing_ok=True)
    seed = arguments["seed"]
    # A separate random stream for every part, so that changing one does not affect the others.
    streams = [np.random.default_rng([seed, part]) for part in range(4)]
    items = make_items(arguments["items"], streams[0])
    users = make_users(arguments["users"], streams[1])
    events = make_events(users, items, streams[2])
    _tables(folder, users, items, events, streams[3])
    _media(folder, items, seed)
    sample = Sample(
        folder=folder,
        seed=seed,
        user_taste={user.id: user.tastes[0].name for user in users},
        item_taste={item.id: item.taste.name for item in items},
        second_taste={user.id: user.tastes[1].name for user in users if len(user.tastes) > 1},
        cold=tuple(item.id for item in items if item.cold),
    )
    truth = {name: value for name, value in asdict(sample).items() if name != "folder"}
    text = json.dumps({"arguments": arguments, "truth": truth}, indent=1)
    (folder / TRUTH).write_text(text + "\n", encoding="utf-8")
    return sample


def _tables(folder: Path, users: list[User], items: list[Item], events: list[Event], rng: np.random.Generator) -> None:
    _atomic(
        folder / "sample.inter",
        "user_id:token item_id:token behaviour:token timestamp:float",
        ((event.user, event.item, event.behaviour, event.time) for event in events),
    )
    _atomic(
        folder / "sample.item",
        "item_id:token title:token_seq release_year:float",
        ((item.id, item.title, item.year) for item in items),
    )
    _atomic(
        folder / "sample.user",
        "user_id:token age:float region:token",
        ((user.id, user.age, user.region) for user in users),
    )
    triples = [(_film(item), relation, entity) for item in items for relation, entity in item.triples]
    places = maker_countries(items, rng)
    _atomic(folder / "sample.kg", "head_id:token relation_id:token tail_id:token", triples + places)
    _atomic(folder / "sample.link", "item_id:token entity_id:token", ((item.id, _film(item)) for item in items))
    names = entity_names(items) | {country: country.split(":", 1)[1] for _, _, country in places}
    _tsv(folder / "entity_names.tsv", ("entity_id", "name"), names.items())
    _tsv(
        folder / "media.tsv",
        ("item_id", "image", "audio", "description"),
        ((item.id, _image(item), _audio(item), item.description) for item in items),
    )


def _media(folder: Path, items: list[Item], seed: int) -> None:
    from graphrec.datasets.sample.media import write_poster, write_theme

    (folder / "images").mkdir(exist_ok=True)
    (folder / "audio").mkdir(exist_ok=True)
    for k, item in enumerate(items):
        if name := _image(item):
            write_poster(folder / name, item.taste, item.title, np.random.default_rng([seed, 10, k]))
        if name := _audio(item):
            write_theme(folder / name, item.taste.timbre, np.random.default_rng([seed, 11, k]))


def _film(item: Item) -> str:
    return f"film:{item.id}"


def _image(item: Item) -> str:
    return "" if "image" in item.lacks else f"images/{item.id}.png"


def _audio(item: Item) -> str:
    return "" if "audio" in item.lacks else f"audio/{item.id}.wav"


def _atomic(path: Path, header: str, rows: Iterable[Sequence[object]]) -> None:
    _tsv(path, header.split(), rows)


def _tsv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
        writer.writerow(header)
        writer.writerows(rows)
