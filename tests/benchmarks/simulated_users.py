"""How soon people find what they cannot name: ``python tests/benchmarks/simulated_users.py PROJECT [--users 150]``.

PROJECT is a folder with a graphrec.toml, its database running, a run published and on this machine that was trained
without its test pairs. A simulated person is known by up to 20 training pairs of one user; the hidden target is one of
the user's test pairs, so that it follows a taste, planted or real. Each turn shows a list. The person stops when
the target is in it, and else says something true about it, from its facts and what is shown, in sentences that are not
those of the rules (:data:`SAYS`); half of the people speak Chinese.

- assistant: what is said goes to ``graphrec chat``, without a language model;
- search: a keyword search (TF-IDF over title, year, decade and the names of entities) by the words of all facts said so
  far, the most popular first among equals; each turn shows the next ones that were not shown;
- list: the recommendations for the same training pairs, page by page.

Prints the share of people who have found the target after each turn with 95 % intervals (bootstrap over people), the
differences between assistant and the others (paired), and the share of sentences that were not understood.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from safetensors.numpy import load_file
from sklearn.feature_extraction.text import TfidfVectorizer

from graphrec.assistant.actions import Unknown
from graphrec.assistant.assistant import Assistant
from graphrec.assistant.dialogue import Dialogue
from graphrec.assistant.understanding.vocabulary import open_vocabulary
from graphrec.common.console import echo
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect
from graphrec.evaluation.metrics import bootstrap, percentiles
from graphrec.graph.mapping import resolve
from graphrec.publishing.registry import active_run
from graphrec.runs.store import published_run
from graphrec.serving.live_answers import LiveAnswers
from graphrec.serving.request import Request

TURNS, KNOWN = 8, 20
WAYS = ("assistant", "search", "list")
#: What people say of the target, by what they know: of several, one is drawn.
SAYS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "kind": ("got a {name} flick for me?", "i fancy some {name} right now", "it would have to be {name}"),
        "person": ("{name} is in it, i believe", "the one with {name}, you know", "something from {name}"),
        "decade": ("it came out in the {decade}s", "think {decade}s", "i remember it as a {decade}s thing"),
        "without": ("leave out the {name} stuff", "can't stand {name}", "not so much {name} in there"),
        "newer": ("those are all a bit too old", "can it be more recent", "way newer than that"),
        "older": ("those are all too recent for me", "i meant an older one", "go further back, older"),
        "like": ("number {place} comes close, more in that direction", "more along the lines of the {place}. one"),
        "more": ("hmm, keep them coming, show me more", "none of these, next ones", "what else have you got"),
    },
    "zh": {
        "kind": ("今天就想来部{name}的", "我记得是部{name}片", "得是{name}类的才行"),
        "person": ("里面好像有{name}", "就是{name}的那部", "跟{name}有关的"),
        "decade": ("应该是{decade}年代的片子", "我记得是{decade}年代拍的", "{decade}年代那会儿的"),
        "without": ("{name}的就别来了", "{name}我看腻了,不要", "可别是{name}啊"),
        "newer": ("这些都太老了吧", "应该再新一点", "没有这么老的,要新些的"),
        "older": ("这些都太新了", "应该更早一些", "再老一点的那种"),
        "like": ("第{place}部有点接近,要这种类型的", "跟第{place}部是一路的,类似的"),
        "more": ("都不是,下一批", "没有看到,继续", "还有别的没有"),
    },
}
#: Chinese names of kinds; others keep their names.
CHINESE = {
    "Action": "动作", "Adventure": "冒险", "Animation": "动画", "Children's": "儿童", "Comedy": "喜剧", "Crime": "犯罪",
    "Documentary": "纪录", "Drama": "剧情", "Fantasy": "奇幻", "Horror": "恐怖", "Musical": "歌舞", "Mystery": "悬疑",
    "Romance": "爱情", "Sci-Fi": "科幻", "Thriller": "惊悚", "War": "战争", "Western": "西部",
}  # fmt: skip
#: An entity with more items than this share of all is a kind, with fewer a person or the like.
KIND = 0.02


@dataclass
class Item:
    """What is known of an item."""

    title: str = ""
    year: int | None = None
    kinds: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """All of it, to be searched."""
        decade = "" if self.year is None else f"{self.year} {self.year // 10 * 10}s"
        return " ".join([self.title, decade, *self.kinds, *self.others])


@dataclass
class Person:
    """A simulated person."""

    target: Any
    known: list[Any]
    language: str
    seed: tuple[int, int]
    said: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @cached_property
    def draw(self) -> np.random.Generator:
        """The person's own chances: the same for the same seed."""
        return np.random.default_rng(self.seed)

    def say(self, items: dict[Any, Item], shown: list[Any]) -> str:
        """Return something true about the target, and note its words."""
        what, values = self._fact(items, shown)
        some = SAYS[self.language][what]
        return some[int(self.draw.integers(len(some)))].format(**values)

    def _fact(self, items: dict[Any, Item], shown: list[Any]) -> tuple[str, dict[str, Any]]:
        target, seen = items[self.target], [items[one] for one in shown if one in items]
        facts = [("kind", name) for name in target.kinds] + [("person", name) for name in target.others[:2]]
        facts += [] if target.year is None else [("decade", str(target.year // 10 * 10 % 100 or "2000"))]
        left = [fact for fact in facts if fact[1] not in self.said]
        if left and (not seen or self.draw.random() < 0.6):
            # Kinds come to mind before decades, and decades before names.
            what, name = left[0] if self.draw.random() < 0.7 else left[int(self.draw.integers(len(left)))]
            return self._note(what, name, target)
        moves = self._reactions(target, seen)
        if not moves and left:
            return self._note(*left[0], target)
        return moves[int(self.draw.integers(len(moves)))] if moves else ("more", {})

    def _note(self, what: str, name: str, target: Item) -> tuple[str, dict[str, Any]]:
        self.said.append(name)
        self.words.append(f"{(target.year or 0) // 10 * 10}s" if what == "decade" else name)
        return what, {"decade": name} if what == "decade" else {"name": self._named(name)}

    def _named(self, name: str) -> str:
        return CHINESE.get(name, name) if self.language == "zh" else name.lower()

    def _reactions(self, target: Item, seen: list[Item]) -> list[tuple[str, dict[str, Any]]]:
        moves: list[tuple[str, dict[str, Any]]] = []
        unwanted = Counter(kind for one in seen for kind in one.kinds if kind not in target.kinds)
        for kind, times in unwanted.most_common(1):
            if times >= 2 and f"-{kind}" not in self.said:
                self.said.append(f"-{kind}")
                moves.append(("without", {"name": self._named(kind)}))
        years = [one.year for one in seen if one.year]
        if target.year and years and abs(median(years) - target.year) >= 5:
            moves.append(("newer" if target.year > median(years) else "older", {}))
        shared = [len({*one.kinds, *one.others}.intersection([*target.kinds, *target.others])) for one in seen]
        if shared and max(shared) >= 2:
            moves.append(("like", {"place": shared.index(max(shared)) + 1}))
        return moves


def catalogue(db: Database, settings: Settings, wanted: list[Any]) -> dict[Any, Item]:
    """Return what is known of items."""
    schema, vocabulary = resolve(db, settings.graph), open_vocabulary(db, settings)
    year, found = vocabulary.measure("year"), {one.item: Item(one.title) for one in vocabulary.items}
    rows = db.read(
        "MATCH (i:Item)-[r:$any($types)]-(e) WITH e, collect(DISTINCT i.itemId) AS items "
        "RETURN coalesce(e.name, e.entityId) AS name, items",
        types=list(schema.knowledge or ()),
    )
    for row in sorted(rows, key=lambda row: -len(row["items"])):
        for item in filter(found.get, row["items"]):
            (found[item].kinds if len(row["items"]) > KIND * len(found) else found[item].others).append(
                str(row["name"])
            )
    if year is not None:
        dated = (
            "MATCH (i:Item) WHERE toIntegerOrNull(i[$year]) > 0 RETURN i.itemId AS item, toInteger(i[$year]) AS year"
        )
        for row in db.read(dated, year=year):
            if row["item"] in found:
                found[row["item"]].year = int(row["year"])
    return {item: one for item, one in found.items() if item in set(wanted)}


def people(settings: Settings, run: Any, items: dict[Any, Item], n: int, seed: int) -> list[Person]:
    """Return people with a hidden target of their taste."""
    split = load_file(run.path / "split.safetensors")
    known, hidden = defaultdict(list), defaultdict(list)
    for name, held in (("train", known), ("test", hidden)):
        for user, item in split[name].T.tolist():
            if run.items[item] in items:
                held[user].append(run.items[item])
    draw = np.random.default_rng(seed)
    users = [user for user in sorted(hidden) if len(known[user]) >= 5]
    chosen = draw.choice(users, size=min(n, len(users)), replace=False)
    return [
        Person(
            target=hidden[user][int(draw.integers(len(hidden[user])))],
            known=[known[user][k] for k in draw.permutation(len(known[user]))[:KNOWN]],
            language=("en", "zh")[k % 2],
            seed=(seed, k),
        )
        for k, user in enumerate(chosen.tolist())
    ]


class Search:
    """The keyword search."""

    def __init__(self, items: dict[Any, Item], popular: Counter[Any]) -> None:
        self._ids = sorted(items, key=lambda one: -popular[one])
        self._tfidf = TfidfVectorizer(token_pattern=r"[^\s]+", sublinear_tf=True)
        self._held = self._tfidf.fit_transform([items[one].words for one in self._ids])

    def find(self, words: list[str], k: int, shown: set[Any]) -> list[Any]:
        """Return the best items that were not shown."""
        scores = (self._held @ self._tfidf.transform([" ".join(words)]).T).toarray().ravel()
        order = np.argsort(-scores, kind="stable")
        return [self._ids[n] for n in order if self._ids[n] not in shown][:k]


def talk(assistant: Assistant, person: Person, items: dict[Any, Item], unread: list[bool]) -> int:
    """Return the turn at which the assistant shows the target; more than :data:`TURNS`: it does not."""
    dialogue = Dialogue.begin(None)
    dialogue.liked = tuple(person.known)
    assistant.conversations.keep(dialogue)
    shown: list[Any] = []
    for turn in range(1, TURNS + 1):
        done = assistant.turn(person.say(items, shown), None, dialogue.conversation)
        unread.append(isinstance(done.understood.action, Unknown))
        rows = [row.item for row in done.reply.rows]
        shown = rows or shown
        if person.target in rows:
            return turn
    return TURNS + 1


def look(search: Search, person: Person, items: dict[Any, Item], k: int) -> int:
    """Return the turn at which the search shows the target."""
    seen: set[Any] = set(person.known)
    shown: list[Any] = []
    for turn in range(1, TURNS + 1):
        person.say(items, shown)
        shown = search.find(person.words, k, seen)
        if person.target in shown:
            return turn
        seen.update(shown)
    return TURNS + 1


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--users", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    os.chdir(given.project)
    settings = load_settings()
    k, unread = settings.assistant.k, list[bool]()
    with connect(settings) as db, closing(LiveAnswers(db, settings)) as live:
        active = active_run(db)
        assert active is not None, "no run is published"
        run = published_run(settings, active.run_id)
        items = catalogue(db, settings, list(run.items))
        pairs = load_file(run.path / "split.safetensors")["train"][1].tolist()
        search = Search(items, Counter(run.items[item] for item in pairs))
        found: dict[str, list[int]] = {way: [] for way in WAYS}
        with closing(Assistant(db, settings, lambda: live)) as assistant:
            for person in people(settings, run, items, given.users, given.seed):
                found["search"].append(look(search, replace(person, said=[], words=[]), items, k))
                found["assistant"].append(talk(assistant, person, items, unread))
                rows = live.recommend(None, k * TURNS, Request(likes=person.known)).rows
                place = next((n for n, row in enumerate(rows) if row["item"] == person.target), k * TURNS)
                found["list"].append(place // k + 1)
    report(found, len(unread), sum(unread))


def report(found: dict[str, list[int]], sentences: int, unread: int) -> None:
    """Print the table."""
    n = len(found["assistant"])
    echo(f"{n} people, {sentences} sentences to the assistant, {unread / sentences:.3f} not understood")
    echo("| turns | " + " | ".join(WAYS) + " | assistant − search | assistant − list |")
    echo("|---|---|---|---|---|---|")
    for turns in (1, 2, 3, 5, TURNS):
        hits = {way: (np.array(held) <= turns).astype(float) for way, held in found.items()}
        cells = [_cell(hits[way]) for way in WAYS]
        cells += [_cell(hits["assistant"] - hits[way], "+") for way in WAYS[1:]]
        echo(f"| {turns} | {' | '.join(cells)} |")


def _cell(values: Any, sign: str = "") -> str:
    low, high = percentiles(bootstrap(values[:, None], 0), 0.95)
    return f"{values.mean():{sign}.2f} [{low[0]:{sign}.2f}, {high[0]:{sign}.2f}]"


if __name__ == "__main__":
    main()
