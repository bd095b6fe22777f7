"""Generate a home's log: habits of residents by hour, weekday, presence and weather, and noise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from graphrec.datasets.home.catalogue import COLD, DOOR, HEATING, SCENES, SLOTS, WEATHER

#: The first day, a Monday.
START = datetime(2026, 5, 25, tzinfo=UTC)
#: How likely a habit is kept; how likely the weather stays; how likely both are at home in the evening.
KEPT, STAYS, TOGETHER = 0.85, 0.6, 0.45
#: Events without a habit, per day and resident; standard deviation of the time of a habit, in hours.
NOISE, JITTER = 0.8, 0.3
_NAMES = ("mei", "jonas")


@dataclass(frozen=True)
class Habit:
    """What a resident does at a time of the day, if presence and weather are right; empty: they do not matter."""

    resident: str
    slot: str
    scene: str
    hour: float
    days: tuple[int, ...]
    presence: str
    weather: str


@dataclass(frozen=True)
class Event:
    """A scene, or a lock and the like, that a resident chose."""

    resident: str
    scene: str
    at: datetime
    presence: str
    weather: str


def make_habits(homes: int, rng: np.random.Generator) -> list[Habit]:
    """Draw the habits of two residents of each home, who never share a scene for the same slot."""
    found = []
    for home in range(homes):
        number = "" if home == 0 else str(home + 1)
        for slot in SLOTS:
            own = rng.permutation(slot.scenes)[: len(_NAMES)]
            for name, scene in zip(_NAMES, own, strict=True):
                hour = slot.hour + float(rng.uniform(-0.75, 0.75))
                found.append(Habit(name + number, slot.name, str(scene), hour, slot.days, slot.presence, slot.weather))
    return found


def make_events(habits: list[Habit], weeks: int, rng: np.random.Generator) -> list[Event]:
    """Generate what residents did, by time."""
    by_home: dict[str, list[Habit]] = {}
    for habit in habits:
        by_home.setdefault(_home(habit.resident), []).append(habit)
    weather = _weather(7 * weeks, rng)
    found = [
        event
        for mine in by_home.values()
        for day in range(7 * weeks)
        for event in _day(mine, START + timedelta(days=day), weather[day], rng)
    ]
    return sorted(found, key=lambda event: (event.at, event.resident, event.scene))


def _day(habits: list[Habit], day: datetime, weather: str, rng: np.random.Generator) -> list[Event]:
    """Generate one day of a home."""
    evening = "together" if rng.random() < TOGETHER else "alone"
    scenes = [scene.id for scene in SCENES if scene.kind == "scene"]
    found = []

    def add(resident: str, scene: str, hour: float, presence: str) -> None:
        at = day + timedelta(seconds=round(3600 * min(max(hour, 0.0), 23.98)))
        found.append(Event(resident, scene, at, presence, weather))

    for habit in habits:
        right = habit.presence in ("", evening) and habit.weather in ("", weather)
        if right and day.weekday() in habit.days and rng.random() < KEPT:
            presence = habit.presence or _presence(habit.hour, day, evening)
            add(habit.resident, habit.scene, rng.normal(habit.hour, JITTER), presence)
    for resident in dict.fromkeys(habit.resident for habit in habits):
        for _ in range(rng.poisson(NOISE)):
            hour = float(rng.uniform(6.5, 23.5))
            add(resident, str(rng.choice(scenes)), hour, _presence(hour, day, evening))
        for item, hour in DOOR.items() if day.weekday() < 5 else ():
            add(resident, item, rng.normal(hour, JITTER / 3), "alone")
        if weather == COLD:
            add(resident, "heat", rng.normal(HEATING, JITTER), evening)
    return found


def _presence(hour: float, day: datetime, evening: str) -> str:
    """Return who is at home when no habit says so."""
    if hour >= 19:
        return evening
    return "alone" if day.weekday() < 5 and 8.5 <= hour < 18 else "together"


def _weather(days: int, rng: np.random.Generator) -> list[str]:
    found = [str(rng.choice(WEATHER))]
    while len(found) < days:
        found.append(found[-1] if rng.random() < STAYS else str(rng.choice(WEATHER)))
    return found


def _home(resident: str) -> str:
    return resident.lstrip("abcdefghijklmnopqrstuvwxyz")
