"""A generated home: two residents with habits, scenes, rooms and devices, as tables for ``graphrec load tables``.

The habits by hour, weekday, presence and weather are planted, so that it is known what a recommender should find.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from graphrec.common.errors import InputError
from graphrec.datasets.home.catalogue import DEVICES, MOODS, NEVER, ROOMS, SCENES
from graphrec.datasets.home.events import Event, Habit, make_events, make_habits

#: The mapping for ``graphrec load tables``, and the planted habits.
MAPPING, TRUTH = "home.toml", "habits.json"

__all__ = ["Home", "write_home"]

_TABLES = """\
[users]
file = "residents.csv"
key = "resident"

[items]
file = "scenes.csv"
key = "scene"
title = "title"
description = "description"

[[entities]]
file = "rooms.csv"
key = "room"
name = "name"
kind = "Room"

[[entities]]
file = "devices.csv"
key = "device"
name = "name"
kind = "Device"

[[entities]]
file = "moods.csv"
key = "mood"
name = "name"
kind = "Mood"

[[behaviours]]
file = "log.csv"
type = "ACTIVATED"
user = "resident"
item = "scene"
time = "when"

[[relations]]
file = "uses.csv"
type = "USES"
from = "scene"
to = "device"

[[relations]]
file = "moods_of_scenes.csv"
type = "HAS_MOOD"
from = "scene"
to = "mood"

[[relations]]
file = "in_room.csv"
type = "IN_ROOM"
from = "device"
to = "room"
start = "entity"
"""
_PROJECT = f"""\
[graph.behaviours.ACTIVATED]
context = ["presence", "weather"]     # hour and weekday come from the time

[content]
text = "tfidf"                        # the descriptions are in English and Chinese

[recommend]
seen = true                           # what was done yesterday may be proposed today
never_propose = "i.kind IN [{", ".join(repr(kind) for kind in NEVER)}]"
"""


@dataclass(frozen=True)
class Home:
    """What was written.

    Attributes
    ----------
    folder
        The tables, ``home.toml`` and ``graphrec.toml``.
    habits
        The planted habits.
    events
        What the residents did, by time.
    """

    folder: Path
    habits: list[Habit]
    events: list[Event]


def write_home(folder: str | Path, *, seed: int = 0, weeks: int = 26, homes: int = 1) -> Home:
    """Write the tables of a home, their mapping, and a ``graphrec.toml`` where there is none.

    Parameters
    ----------
    folder
        Created if missing.
    seed
        Random seed: the same arguments give the same files.
    weeks
        Length of the log.
    homes
        Number of homes with two residents each; all have the same scenes.

    Raises
    ------
    InputError
        ``weeks`` or ``homes`` is below 1, or the folder cannot be written.
    """
    if weeks < 1 or homes < 1:
        raise InputError(f"a log of {weeks} weeks of {homes} homes", hint="give at least one of each")
    habits = make_habits(homes, np.random.default_rng([seed, 0]))
    events = make_events(habits, weeks, np.random.default_rng([seed, 1]))
    home = Home(Path(folder), habits, events)
    try:
        _write(home)
    except OSError as error:
        raise InputError(
            f"{error.filename or folder}: the home cannot be written: {error.strerror}",
            hint="choose a folder that you may write to",
        ) from error
    return home


def _write(home: Home) -> None:
    folder = home.folder
    folder.mkdir(parents=True, exist_ok=True)
    residents = dict.fromkeys(habit.resident for habit in home.habits)
    _csv(folder / "residents.csv", ("resident",), ((resident,) for resident in residents))
    _csv(
        folder / "scenes.csv",
        ("scene", "title", "title_zh", "kind", "description"),
        ((one.id, one.title, one.title_zh, one.kind, one.description) for one in SCENES),
    )
    _csv(folder / "rooms.csv", ("room", "name", "name_zh"), ((f"room:{name}", name, zh) for name, zh in ROOMS.items()))
    _csv(folder / "devices.csv", ("device", "name"), ((f"device:{name}", name) for name in DEVICES))
    _csv(folder / "moods.csv", ("mood", "name", "name_zh"), ((f"mood:{name}", name, zh) for name, zh in MOODS.items()))
    _csv(folder / "in_room.csv", ("device", "room"), ((f"device:{a}", f"room:{b}") for a, b in DEVICES.items()))
    _csv(folder / "uses.csv", ("scene", "device"), ((one.id, f"device:{d}") for one in SCENES for d in one.devices))
    _csv(
        folder / "moods_of_scenes.csv",
        ("scene", "mood"),
        ((one.id, f"mood:{mood}") for one in SCENES for mood in one.moods),
    )
    _csv(
        folder / "log.csv",
        ("resident", "scene", "when", "presence", "weather"),
        ((one.resident, one.scene, one.at.isoformat(), one.presence, one.weather) for one in home.events),
    )
    told = json.dumps([asdict(habit) for habit in home.habits], indent=1)
    (folder / TRUTH).write_text(told + "\n", encoding="utf-8")
    (folder / MAPPING).write_text(_TABLES, encoding="utf-8")
    project = folder / "graphrec.toml"
    if not project.exists():
        project.write_text(_PROJECT, encoding="utf-8")


def _csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
