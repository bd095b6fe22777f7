"""Dialogues in English and Chinese, replayed against a real database and a trained run: what each turn must be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from graphrec.assistant.assistant import Assistant
from graphrec.assistant.reply import Reply
from graphrec.common.errors import ConflictError, DatabaseError
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database
from graphrec.ingest.store import EventStore
from graphrec.serving.live_answers import LiveAnswers

DATA = Path(__file__).with_name("data")
TOML = """
[content]
text = "tfidf"
[graph.behaviours.RATED]
strength = "rating"
dislike = 2
[model]
dim = 8
[train]
epochs = 2
[assistant]
encoder = false
"""
TASTES = {"crime": "Crime", "scifi": "Sci-Fi", "romance": "Romance", "children": "Animation", "horror": "Horror"}
#: Word → the property whose mean has changed, and in which direction.
RELATIVE = {
    "shorter": ("runtime", -1),
    "longer": ("runtime", 1),
    "newer": ("year", 1),
    "older": ("year", -1),
    "better": ("rating", 1),
}
LISTS = {"recommend", "refine", "more", "search", "similar"}


@dataclass
class Film:
    title: str
    year: int
    runtime: int
    rating: float
    country: str
    genres: tuple[str, ...]
    makers: tuple[str, ...]
    stars: tuple[str, ...]


def films() -> dict[int, Film]:
    """The catalogue."""
    found = {}
    for line in (DATA / "catalogue.tsv").read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        key, title, year, runtime, rating, country, *names = [*cells, *[""] * (9 - len(cells))]
        genres, makers, stars = (tuple(filter(None, one.split(","))) for one in names)
        found[int(key)] = Film(title, int(year), int(runtime), float(rating), country, genres, makers, stars)
    return found


FILMS = films()


def load(db: Database) -> None:
    """Write the films, and sixty people of five tastes who rated some."""
    rows = [
        {
            "key": key,
            "properties": {
                "title": one.title,
                "year": one.year,
                "runtime": one.runtime,
                "rating": one.rating,
                "country": one.country,
                "description": f"a film of {' and '.join(one.genres).lower()} from {one.country}",
            },
            "ties": [
                [kind, name]
                for kind, names in (("HAS_GENRE", one.genres), ("DIRECTED_BY", one.makers), ("STARS", one.stars))
                for name in names
            ],
        }
        for key, one in FILMS.items()
    ]
    db.write(
        "UNWIND $rows AS row CREATE (i:Item {itemId: row.key}) SET i += row.properties WITH i, row "
        "UNWIND row.ties AS tie MERGE (e:Entity {entityId: tie[1], name: tie[1]}) CREATE (i)-[:$(tie[0])]->(e)",
        rows=rows,
    )
    draw = np.random.default_rng(0)
    rated = []
    for taste, genre in TASTES.items():
        for n in range(1, 13):
            for key, one in FILMS.items():
                if draw.random() < (0.5 if genre in one.genres else 0.06):
                    rated.append([f"{taste}{n}", key, 5 if genre in one.genres else int(draw.integers(2, 5))])
    db.write(
        "UNWIND $rated AS row MATCH (i:Item {itemId: row[1]}) MERGE (u:User {userId: row[0]}) "
        "CREATE (u)-[:RATED {rating: row[2], at: 1000000000 + row[1]}]->(i)",
        rated=rated,
    )


@pytest.fixture
def catalogue(settings: Settings, db: Database, run: Any) -> Settings:
    """The films with a trained, published run."""
    load(db)
    (settings.root / "graphrec.toml").write_text(TOML, encoding="utf-8")
    for command in (["embed"], ["train"], ["publish"]):
        done = run(*command)
        assert done.exit_code == 0, done.stderr
    return load_settings()


@dataclass
class Turn:
    words: str
    action: str
    expected: list[str]


@dataclass
class Script:
    name: str
    user: str | None
    turns: list[Turn] = field(default_factory=list)


def scripts() -> list[Script]:
    """The dialogues of both languages."""
    found: list[Script] = []
    for file in sorted(DATA.glob("dialogues_*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("== "):
                name, user = line[3:].split("\t")
                found.append(Script(name, None if user == "-" else user))
            elif line and not line.startswith("#"):
                words, action, expected = [*line.split("\t"), ""][:3]
                found[-1].turns.append(Turn(words, action, expected.split()))
    return found


@pytest.mark.long
def test_dialogues(catalogue: Settings, db: Database) -> None:
    told = scripts()
    assert len(told) == 30
    assert sum(bool(re.search(r"[一-鿿]", one.name)) for one in told) == 15
    wrong = []
    with (
        closing(LiveAnswers(db, catalogue)) as live,
        closing(Assistant(db, catalogue, lambda: live)) as assistant,
        EventStore(db, catalogue) as events,
    ):
        for script in told:
            assert len(script.turns) >= 6, script.name
            replay = Replay(assistant, events, db, script.user)
            for turn in script.turns:
                reply, faults = replay.turn(turn)
                wrong += [f"{script.name}: {turn.words!r} → {reply.text!r}: {fault}" for fault in faults]
        # What was handed over has what was said, and whose it is.
        summary = assistant.conversations.handovers(4)[-1]
        assert summary.user in {"crime4", "crime8"}
        assert any("blah blah" in line.text or "哈哈" in line.text for line in summary.lines)
        answered_twice_at_once(assistant)
    assert not wrong, "\n".join(wrong)


def answered_twice_at_once(assistant: Assistant) -> None:
    """Say yes while the same yes is being written: it is written once, and says nothing to a lost write."""
    shown = assistant.turn("recommend me some films", "crime1").reply
    asked = assistant.turn("I like the first", "crime1", shown.conversation, lambda events: "stored").reply
    assert asked.asks == "confirm"
    written: list[Any] = []

    def slow(events: Any) -> str:
        written.append(events)
        again = assistant.turn("yes", "crime1", asked.conversation, slow).reply
        assert again.asks == ""
        return "stored"

    with pytest.raises(ConflictError):  # the one that began first finds that the other has gone on
        assistant.turn("yes", "crime1", asked.conversation, slow)
    assert len(written) == 1

    asked = assistant.turn("I like the second", "crime1", shown.conversation, lambda events: "stored").reply

    def lost(events: Any) -> str:
        raise DatabaseError("Neo4j is away")

    with pytest.raises(DatabaseError):
        assistant.turn("yes", "crime1", asked.conversation, lost)
    again = assistant.turn("yes", "crime1", asked.conversation, lambda events: written.append(events) or "stored")
    assert (len(written), again.reply.asks) == (2, "")


class Replay:
    """One dialogue, and what was shown in it."""

    def __init__(self, assistant: Assistant, events: EventStore, db: Database, user: str | None) -> None:
        self.assistant, self.events, self.db, self.user = assistant, events, db, user
        self.conversation: str | None = None
        self.shown: list[int] = []
        self.offered: set[int] = set()
        self.asked_about: Any = None
        self.handed = 0

    def turn(self, turn: Turn) -> tuple[Reply, list[str]]:
        """Say the words, and return the answer and what is wrong with it."""
        done = self.assistant.turn(turn.words, self.user, self.conversation, self.events.put)
        reply = done.reply
        self.conversation = reply.conversation
        action = msgspec.to_builtins(reply.action)
        kind = action["type"]
        faults = [] if kind == turn.action else [f"action {kind}, not {turn.action}"]
        faults += [] if reply.text and reply.how == "template" else ["no text by a template"]
        chinese = bool(re.search(r"[一-鿿]", turn.words))
        faults += [] if (reply.language == "zh") == chinese else [f"language {reply.language}"]
        listed = [int(row.item) for row in reply.rows]
        if kind in LISTS and not listed and not any(one.startswith("rows") for one in turn.expected):
            faults.append("an empty list")
        if (reply.asks == "confirm") != ("asks" in turn.expected):
            faults.append("asks" if reply.asks else "does not ask")
        if kind == "react":
            self.asked_about = action["item"]["item"]
        for one in turn.expected:
            if not self.holds(one, action, listed, reply):
                faults.append(f"not {one}")
        if listed:
            self.offered = (self.offered if kind == "more" else set()) | set(listed)
            self.shown = listed
        return reply, faults

    def holds(self, expected: str, action: dict[str, Any], listed: list[int], reply: Reply) -> bool:
        """Return whether one thing that must hold does."""
        if expected in RELATIVE:
            name, sign = RELATIVE[expected]
            return sign * (mean(name, listed) - mean(name, self.shown)) > 0
        if expected == "handed":
            before, self.handed = self.handed, len(self.assistant.conversations.handovers(100))
            return self.handed > before and reply.asks == ""
        plain = {"fresh": not set(listed) & self.offered, "asks": reply.asks == "confirm"}
        return plain[expected] if expected in plain else self.valued(expected, action, listed, reply)

    def valued(self, expected: str, action: dict[str, Any], listed: list[int], reply: Reply) -> bool:
        """Return whether something with a value holds."""
        name, sign, value = re.fullmatch(r"(\w+?)(<=|!=|=)(.*)", expected).groups()  # type: ignore[union-attr]
        match name:
            case "rows":
                held = len(listed) <= int(value) if sign == "<=" else len(listed) == int(value)
            case "k" | "at" | "about" | "reaction":
                held = str(action[name]).replace(" ", "_") == value
            case "yes":
                held = action["yes"] == bool(int(value))
            case "item" | "basis":
                held = (action.get(name) or {}).get("item") == self.item(value)
            case "no":
                held = self.item(value) not in listed
            case "says":
                held = value.replace("_", " ") in reply.text
            case "did":
                what, item = value.split(":")
                held = self.did(self.item(item)) == what
            case "year" | "runtime" | "rating":
                low, high = value.split("..")
                values = [getattr(FILMS[one], name) for one in listed]
                held = all(float(low or "-inf") <= one <= float(high or "inf") for one in values)
            case _:
                names = [self.names(name, FILMS[one]) for one in listed]
                held = all((value.replace("_", " ") in one) == (sign == "=") for one in names)
        return held

    def names(self, name: str, film: Film) -> Sequence[str]:
        return {"genre": film.genres, "country": (film.country,), "by": (*film.makers, *film.stars)}[name]

    def item(self, text: str) -> int:
        if text == "@":
            return int(self.asked_about)
        return self.shown[int(text[1:]) - 1] if text.startswith("#") else int(text)

    def did(self, item: int) -> str:
        """Return what the last of the user's relationships to an item says, of those that came as events."""
        rows = self.db.read(
            "MATCH (:User {userId: $user})-[r:RATED|BLOCKED]->(:Item {itemId: $item}) WHERE r.eventKey IS NOT NULL "
            "RETURN type(r) AS type, r.rating AS rating",
            user=self.user,
            item=item,
        )
        if not rows:
            return "nothing"
        if rows[0]["type"] == "BLOCKED":
            return "block"
        return "dislike" if rows[0]["rating"] <= 2 else "like"


def mean(name: str, items: Sequence[int]) -> float:
    return float(np.mean([getattr(FILMS[one], name) for one in items])) if items else float("nan")
