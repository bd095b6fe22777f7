"""Generate items, users, knowledge and behaviours with planted tastes, as plain rows.

Every user has a taste, some a second one; every item has one. Behaviours follow the taste, purchases most and searches
least, with a long tail of popularity. The last items of the catalogue are cold: they have no behaviours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from graphrec.datasets.sample.vocabulary import COUNTRIES, FIRST_NAMES, FRAMES, LAST_NAMES, REGIONS, TASTES, Taste

#: Behaviour → (mean number per user, share that follows the user's taste).
BEHAVIOURS = {"searched": (6.0, 0.70), "browsed": (8.0, 0.82), "purchased": (5.0, 0.95)}
#: The share of items that lack a modality.
LACKING = {"image": 0.10, "audio": 0.30, "description": 0.06}
COLD_PER_TASTE = 2
SECOND_TASTE = 0.2

_START = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
_DAY = 86_400
_NUMERALS = ("", " II", " III", " IV", " V", " VI", " VII", " VIII", " IX", " X")


@dataclass(frozen=True)
class Item:
    """One film. ``triples`` are (relation, entity) pairs; ``lacks`` names its missing modalities."""

    id: str
    taste: Taste
    title: str
    year: int
    description: str
    triples: tuple[tuple[str, str], ...]
    lacks: frozenset[str]
    cold: bool


@dataclass(frozen=True)
class User:
    """One user."""

    id: str
    tastes: tuple[Taste, ...]
    age: int
    region: str


@dataclass(frozen=True)
class Event:
    """One behaviour at one time (epoch seconds)."""

    user: str
    item: str
    behaviour: str
    time: int


def make_items(n: int, rng: np.random.Generator) -> list[Item]:
    """Generate ``n`` films, cycling through the tastes; the last :data:`COLD_PER_TASTE` of each taste are cold."""
    tastes = [TASTES[k % len(TASTES)] for k in range(n)]
    makers = _makers(rng)
    titles: set[str] = set()
    items = []
    for k, taste in enumerate(tastes):
        title = _title(taste, titles, rng)
        lacks = {name for name, share in LACKING.items() if rng.random() < share}
        # One item has only a title.
        lacks = set(LACKING) if k == n // 2 else lacks
        cold = k >= n - COLD_PER_TASTE * len(TASTES)
        items.append(
            Item(
                id=f"i{k + 1:03d}",
                taste=taste,
                title=title,
                year=int(rng.integers(1960, 2025)),
                description="" if "description" in lacks else _describe(taste, rng),
                triples=_triples(taste, makers[taste.name], rng),
                lacks=frozenset(lacks),
                cold=cold,
            )
        )
    return items


def make_users(n: int, rng: np.random.Generator) -> list[User]:
    """Generate ``n`` users, cycling through the tastes; one in five has a second taste."""
    users = []
    for k in range(n):
        first = TASTES[k % len(TASTES)]
        others = [taste for taste in TASTES if taste is not first]
        second = (others[int(rng.integers(len(others)))],) if rng.random() < SECOND_TASTE else ()
        users.append(
            User(
                id=f"u{k + 1:03d}",
                tastes=(first, *second),
                age=int(rng.integers(16, 80)),
                region=str(rng.choice(REGIONS)),
            )
        )
    return users


def make_events(users: list[User], items: list[Item], rng: np.random.Generator) -> list[Event]:
    """Generate up to a year of searches, views and purchases per user, in order of time."""
    warm = [item for item in items if not item.cold]
    # Zipf's law over a random ranking: a few hits, a long tail.
    popularity = 1.0 / (1 + rng.permutation(len(warm))) ** 0.6
    every = np.arange(len(warm))
    own = {taste.name: np.array([k for k, item in enumerate(warm) if item.taste is taste]) for taste in TASTES}
    events: list[Event] = []
    for user in users:
        activity = rng.lognormal(0.0, 0.35)
        joined = _START + int(rng.integers(0, 180)) * _DAY
        for behaviour, (mean, reliable) in BEHAVIOURS.items():
            for _ in range(1 + rng.poisson(mean * activity)):
                taste = user.tastes[0] if len(user.tastes) == 1 or rng.random() < 0.7 else user.tastes[1]
                among = own[taste.name] if rng.random() < reliable else every
                weights = popularity[among] / popularity[among].sum()
                item = warm[int(rng.choice(among, p=weights))]
                time = joined + int(rng.integers(0, 180 * _DAY))
                events.append(Event(user.id, item.id, behaviour, time))
    return sorted(events, key=lambda event: (event.time, event.user, event.item, event.behaviour))


def entity_names(items: list[Item]) -> dict[str, str]:
    """Return entity id → readable name, for every entity in an item's triples."""
    entities = sorted({entity for item in items for _, entity in item.triples})
    return {entity: entity.split(":", 1)[1].replace("_", " ") for entity in entities}


def maker_countries(items: list[Item], rng: np.random.Generator) -> list[tuple[str, str, str]]:
    """Return one ``(maker, based_in, country)`` triple per maker: knowledge two hops from the items."""
    makers = sorted({entity for item in items for relation, entity in item.triples if relation == "directed_by"})
    return [(maker, "based_in", _entity("country", str(rng.choice(COUNTRIES)))) for maker in makers]


def _makers(rng: np.random.Generator) -> dict[str, list[str]]:
    """Return taste → its four directors."""
    first, last = rng.permutation(FIRST_NAMES), rng.permutation(LAST_NAMES)
    # 12 first and 13 last names: cycling through both gives 12 × 13 distinct pairs (coprime lengths).
    names = [f"{first[k % len(first)]} {last[k % len(last)]}" for k in range(4 * len(TASTES))]
    return {taste.name: names[4 * k : 4 * k + 4] for k, taste in enumerate(TASTES)}


def _title(taste: Taste, taken: set[str], rng: np.random.Generator) -> str:
    noun, adjective, place = (str(rng.choice(words)) for words in (taste.nouns, taste.adjectives, taste.places))
    while noun in place:  # no "Casino of the Grand Casino"
        place = str(rng.choice(taste.places))
    base = (f"The {adjective} {noun}", f"{noun} of {place}", f"{adjective} {noun}")[int(rng.integers(3))]
    for numeral in _NUMERALS:
        if base + numeral not in taken:
            taken.add(base + numeral)
            return base + numeral
    return _title(taste, taken, rng)


def _describe(taste: Taste, rng: np.random.Generator) -> str:
    hero, deed, stakes, place = (
        str(rng.choice(words)) for words in (taste.heroes, taste.deeds, taste.stakes, taste.places)
    )
    frame = str(rng.choice(FRAMES))
    text = frame.format(
        h=hero, d=deed, s=stakes, p=place, H=hero[0].upper() + hero[1:], s_=stakes[0].upper() + stakes[1:]
    )
    return text[0].upper() + text[1:]


def _triples(taste: Taste, makers: list[str], rng: np.random.Generator) -> tuple[tuple[str, str], ...]:
    shared = taste.genres[int(rng.integers(1, len(taste.genres)))]
    mood, country = rng.choice(taste.moods), rng.choice(COUNTRIES)
    pairs = [
        ("has_genre", _entity("genre", taste.genres[0])),
        ("has_genre", _entity("genre", shared)),
        ("has_mood", _entity("mood", str(mood))),
        ("directed_by", _entity("person", str(rng.choice(makers)))),
        ("made_in", _entity("country", str(country))),  # independent of the taste, like much real knowledge
    ]
    # A tenth of the films have only the shared genre.
    return tuple(pairs if rng.random() > 0.1 else pairs[1:])


def _entity(kind: str, name: str) -> str:
    return f"{kind}:{name.replace(' ', '_')}"
