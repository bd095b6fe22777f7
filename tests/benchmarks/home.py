"""Planted habits of generated homes: ``python tests/benchmarks/home.py [SEEDS] [HOMES]``.

For each seed, homes with a log of 28 weeks are made. 26 weeks are loaded and trained on; the scenes of the last two
are to be proposed at their time: by the model with the context of that time and without it, and by a table of how often
a resident chose a scene at this hour, weekday or not, presence and weather, and of how often at any time. Then every
planted habit is asked for at its hour, also by the mood of its scene. Prints means over seeds with 95 % intervals of
the mean (Student's t), and of the differences.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

from graphrec.config.settings import Settings, load_settings
from graphrec.content.embed import embed
from graphrec.datasets.home import MAPPING, Home, write_home
from graphrec.datasets.home.catalogue import MOODS, SCENES
from graphrec.datasets.home.events import START, Event, Habit
from graphrec.db.database import Database, connect
from graphrec.db.server import stop
from graphrec.graph.situation import situation
from graphrec.publishing.publish import publish
from graphrec.serving.exact_list import Asked, ExactLists
from graphrec.serving.personal_search import search_for
from graphrec.serving.request import Request
from graphrec.serving.search import search
from graphrec.serving.user_status import user_statuses
from graphrec.training.train import train
from graphrec_etl.command import load
from graphrec_etl.tables import transform

WEEKS, HELD_OUT = 28, 2
#: Most held-out events, the first.
MOST = 400
K = len(SCENES)
SCENE = {scene.id: scene for scene in SCENES}
Ranks = dict[str, list[int]]
#: User, time, presence, weather → items, best first.
Ask = Callable[[str, datetime, str, str], Sequence[str]]


def main(seeds: int, homes: int) -> None:
    """Measure and print."""
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRAPHREC_HOME"] = str(Path(folder) / ".graphrec")
        try:
            for seed in range(seeds):
                found.append(measured(Path(folder) / str(seed), seed, homes))
                print(json.dumps({name: round(value, 3) for name, value in found[-1].items()}), flush=True)
        finally:
            stop(Path(folder) / ".graphrec")
    for name in found[0]:
        say(name, [row[name] for row in found])
    for figure in ("hit@1", "hit@3", "habits first"):
        for other in ("none", "frequent"):
            say(f"{figure}: context − {other}", [row[f"context {figure}"] - row[f"{other} {figure}"] for row in found])
    for figure in ("en", "zh"):
        gain = [row[f"for user, at {figure}"] - row[f"search {figure}"] for row in found]
        say(f"mood {figure}: for user, at − search", gain)


def say(name: str, values: Sequence[float]) -> None:
    """Print a mean with its interval."""
    mean, n = float(np.mean(values)), len(values)
    half = float(student.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    print(f"{name:<34} {mean:6.3f} ± {half:.3f}")


def measured(folder: Path, seed: int, homes: int) -> dict[str, float]:
    """Return the figures of one seed."""
    home = write_home(folder, seed=seed, weeks=WEEKS, homes=homes)
    end = START + timedelta(weeks=WEEKS - HELD_OUT)
    log = folder / "log.csv"
    kept = [line for line in log.read_text().splitlines() if "when" in line or line.split(",")[2] < end.isoformat()]
    log.write_text("\n".join(kept) + "\n", encoding="utf-8")
    settings = load_settings(folder / "graphrec.toml").override("train", seed=seed)
    with connect(settings, create=True) as db:
        db.write("MATCH (n) DETACH DELETE n")
        load(lambda rejects: transform(folder / MAPPING, rejects), settings=settings)
        embed(db, settings)
        run = train(db, settings).run
        publish(db, run, settings=settings)
        known = [event for event in home.events if event.at < end and SCENE[event.scene].kind == "scene"]
        later = [event for event in home.events if event.at >= end and SCENE[event.scene].kind == "scene"][:MOST]
        asks = {**by_model(db, settings, run.run_id), "table": Table(known).ask, "frequent": frequent(known)}
        held = run.context.tables if run.context is not None else {}
        figures = {f"uses {name}": float(name in held) for name in ("hour", "weekday", "presence", "weather")}
        for name, ask in asks.items():
            ranks = np.array([place(ask(one.resident, one.at, one.presence, one.weather), one.scene) for one in later])
            figures |= {f"{name} hit@{k}": float((ranks <= k).mean()) for k in (1, 3)}
            figures[f"{name} MRR"] = float((1 / ranks).mean())
            firsts = [place(ask(*moment(habit, end)), habit.scene) for habit in home.habits]
            figures[f"{name} habits first"] = float(np.mean([rank == 1 for rank in firsts]))
            figures[f"{name} habits in 3"] = float(np.mean([rank <= 3 for rank in firsts]))
            if name == "context":
                for slot in dict.fromkeys(habit.slot for habit in home.habits):
                    mine = [rank == 1 for rank, habit in zip(firsts, home.habits, strict=True) if habit.slot == slot]
                    figures[f"first: {slot}"] = float(np.mean(mine))
        return figures | moods(db, settings, home, end)


def by_model(db: Database, settings: Settings, run_id: str) -> dict[str, Ask]:
    """Return what asks the model, with the context of a time and without."""
    lists = ExactLists(db, settings, run_id)
    schema = lists.run.schema
    statuses: dict[str, Any] = {}

    def asking(context: bool) -> Ask:
        def ask(user: str, at: datetime, presence: str, weather: str) -> list[str]:
            if user not in statuses:
                (statuses[user],) = user_statuses(db, settings.graph, [user])
            given = {"presence": presence, "weather": weather}
            given = {name: value for name, value in given.items() if value}
            request = Request(situation=situation(schema, at, given)) if context else Request()
            ((rows, _),) = lists.answer([Asked(statuses[user], K, request)])
            return [row["item"] for row in rows]

        return ask

    return {"context": asking(True), "none": asking(False)}


def moment(habit: Habit, end: datetime) -> tuple[str, datetime, str, str]:
    """Return a resident, and a time and circumstances after the log in which a habit is due."""
    day = next(end + timedelta(days=n) for n in range(7) if (end + timedelta(days=n)).weekday() in habit.days)
    return habit.resident, day + timedelta(hours=habit.hour), habit.presence, habit.weather


class Table:
    """How often a resident chose each scene within an hour, on such days, with such presence and weather."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events

    def ask(self, user: str, at: datetime, presence: str, weather: str) -> list[str]:
        """Return the scenes, likeliest first."""
        count: dict[str, float] = {}
        for one in self._events:
            if one.resident != user:
                continue
            apart = abs(hours(one.at) - hours(at))
            weight = float(np.exp(-0.5 * (min(apart, 24 - apart) / 0.5) ** 2))
            weight *= 1 if (one.at.weekday() < 5) == (at.weekday() < 5) else 0.2
            weight *= 1 if not presence or one.presence == presence else 0.2
            weight *= 1 if not weather or one.weather == weather else 0.5
            count[one.scene] = count.get(one.scene, 0.0) + weight + 1e-4
        return sorted(count, key=lambda scene: -count[scene])


def frequent(events: Sequence[Event]) -> Ask:
    """Return what asks for the scenes that a resident chose most often, at any time."""
    count: dict[str, Counter[str]] = {}
    for one in events:
        count.setdefault(one.resident, Counter())[one.scene] += 1
    return lambda user, at, presence, weather: [scene for scene, _ in count[user].most_common()]


def hours(at: datetime) -> float:
    """Return the hour of the day."""
    return at.hour + at.minute / 60


def place(items: Sequence[str], item: str) -> int:
    """Return the rank of an item; that after the last where it is missing."""
    return items.index(item) + 1 if item in items else K


def words(language: str, mood: str) -> str:
    """Return how somebody asks for a mood."""
    return f"make it {mood.lower()}" if language == "en" else f"弄得{MOODS[mood]}一点"


def moods(db: Database, settings: Settings, home: Home, end: datetime) -> dict[str, float]:
    """Return how often the first of what a mood finds, asked for when a habit with that mood is due, is its scene."""
    figures: dict[str, float] = {}
    for language in ("en", "zh"):
        hits: dict[str, list[bool]] = {"search": [], "for user": [], "for user, at": []}
        for habit in home.habits:
            user, at, presence, weather = moment(habit, end)
            context = {name: value for name, value in (("presence", presence), ("weather", weather)) if value}
            for mood in SCENE[habit.scene].moods:
                said = words(language, mood)
                found = {
                    "search": search(db, settings, said, 1),
                    "for user": search_for(db, settings, user, said, 1).rows,
                    "for user, at": search_for(db, settings, user, said, 1, at=at, context=context).rows,
                }
                for name, rows in found.items():
                    hits[name].append(rows[0]["item"] == habit.scene)
        figures |= {f"{name} {language}": float(np.mean(values)) for name, values in hits.items()}
    return figures


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:3]]
    main(*(given + [10, 1][len(given) :]))
