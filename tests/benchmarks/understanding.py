"""Accuracy of understanding on labelled utterances: of the action, and of everything in it.

    python tests/benchmarks/understanding.py [rules] [encoder] [model] [--misses]

A label is the action with its slots: ``similar | item=1 | -Horror``. ``model`` asks a scripted endpoint that says what
the label says, in the words of the schema: it shows what the way through a model loses by itself, and nothing about any
model. ``--misses`` shows what went wrong on the sets that the rules are
written with; ``test`` and ``plain_test`` are not for looking at.
"""

from __future__ import annotations

import argparse
import re
import runpy
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from graphrec.assistant import actions as a
from graphrec.assistant.understanding import said as s
from graphrec.assistant.understanding import understand as module
from graphrec.assistant.understanding.known_names import EntityName, Spread, Vocabulary
from graphrec.assistant.understanding.nearest import nearest_of
from graphrec.config.language_settings import LanguageSettings
from graphrec.config.settings import Neo4jSettings, Settings
from graphrec.language.answers import End, Request
from graphrec.language.model import LanguageModel, open_language_model

DATA = Path(__file__).parents[1] / "assistant" / "data"
SETS = {
    "development": Path(module.__file__).with_name("development.tsv"),
    "test": DATA / "test.tsv",
    "fresh": DATA / "fresh.tsv",
    "plain_development": DATA / "plain_development.tsv",
    "plain_test": DATA / "plain_test.tsv",
}
#: Utterances that the rules were written with: their misses may be looked at.
SEEN = ("development", "fresh", "plain_development")
RELATIONS = ("HAS_GENRE", "DIRECTED_BY", "STARS")


@dataclass(frozen=True)
class Row:
    """A labelled utterance."""

    language: str
    context: str
    text: str
    label: tuple[str, ...]


def catalogue() -> Vocabulary:
    """Return the vocabulary of the made catalogue."""
    rows = [line.split("\t") for line in (DATA / "catalogue.tsv").read_text("utf-8").splitlines()]
    tied: dict[str, list[str]] = {}
    for row in rows:
        for kind, names in zip(RELATIONS, row[6:9], strict=True):
            for name in filter(None, names.split(",")):
                tied.setdefault(name, []).append(kind)
    entities = [EntityName(f"e:{name}", name, tuple(dict.fromkeys(kinds)), len(kinds)) for name, kinds in tied.items()]
    numbers = {
        name: sorted(float(row[column]) for row in rows)
        for column, name in enumerate(("year", "runtime", "rating"), start=2)
    }
    return Vocabulary(
        items=[a.ItemRef(row[0], row[1]) for row in rows],
        entities=sorted(entities, key=lambda one: -one.items),
        numbers={name: Spread(held[0], held[len(held) // 2], held[-1]) for name, held in numbers.items()},
        texts={"country": sorted({row[5] for row in rows})},
    )


def contexts(vocabulary: Vocabulary) -> dict[str, a.Context]:
    """Return the states of a dialogue that the utterances are said in."""
    shown = tuple(vocabulary.items[:5])
    held = (a.EntityFilter("e:Thriller", "Thriller"), a.NumberFilter("year", 1990, None))
    return {
        "none": a.Context(),
        "list": a.Context(shown=shown),
        "filters": a.Context(shown=shown, filters=held),
        "focus": a.Context(shown=shown, focus=shown[2]),
        "ask": a.Context(shown=shown, focus=shown[1], pending=True),
    }


def read(name: str) -> list[Row]:
    """Return a set of labelled utterances."""
    lines = [line.split("\t") for line in SETS[name].read_text("utf-8").splitlines()]
    return [
        Row(language, held, re.sub(r"[][{}]", "", text), tuple(label.split(" | ")))
        for language, held, text, label in lines
    ]


def labelled(action: Any) -> frozenset[str]:
    """Return an action as the parts of a label."""
    return frozenset((action.__struct_config__.tag, *_slots(action)))


def _slots(action: Any) -> Iterator[str]:
    for name in ("filters", "add"):
        yield from map(_filter, getattr(action, name, ()))
    yield from (f"drop {_filter(one)}" for one in getattr(action, "drop", ()))
    yield from (f"item={one.item}" for one in getattr(action, "items", ()))
    for name in ("item", "basis"):
        if getattr(action, name, None) is not None:
            yield f"{name}={getattr(action, name).item}"
    if not isinstance(action, a.Unknown):
        said = {name: getattr(action, name, None) for name in ("k", "at", "about", "words")}
        yield from (f"{name}={value}" for name, value in said.items() if value is not None)
    yield from (getattr(action, name) for name in ("reaction", "kind") if hasattr(action, name))
    if isinstance(action, a.Confirm):
        yield "yes" if action.yes else "no"


def _filter(one: Any) -> str:
    match one:
        case a.NumberFilter(name, low, high):
            return f"{name} {'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}"
        case a.RelativeFilter(name, less):
            return f"{name}{'<' if less else '>'}"
        case a.EntityFilter(_, name, _, has):
            return f"{'+' if has else '-'}{name}"
        case a.TextFilter(name, value, has):
            return f"{'' if has else '-'}{name}={value}"
        case a.AnyFilter(some):
            return " or ".join(sorted(map(_filter, some)))
        case _:
            return f"about {one.words}"


def spoken(row: Row, vocabulary: Vocabulary) -> Any:
    """Return what a model says that understands an utterance as it is labelled."""
    kind, *slots = row.label
    titles = {str(one.item): one.title for one in vocabulary.items}
    values = dict(slot.split("=", 1) for slot in slots if re.match(r"(?:k|at|item|basis|about|words)=", slot))
    items = [titles[slot[5:]] for slot in slots if slot.startswith("item=")]
    filters = [one for slot in slots if (one := _spoken_filter(slot)) is not None]
    drop = [re.sub(r"^drop [+-]?|\.\.", "", slot) for slot in slots if slot.startswith("drop ")]
    k = int(values["k"]) if "k" in values else None
    made: dict[str, Callable[[], Any]] = {
        "recommend": lambda: s.SaidRecommend(filters, k, values.get("at")),
        "refine": lambda: s.SaidRefine(filters, [one.split()[0] for one in drop], titles.get(values.get("basis", ""))),
        "more": lambda: a.More(k),
        "explain": lambda: s.SaidExplain(items[0] if items else None),
        "compare": lambda: s.SaidCompare(items),
        "look_up": lambda: s.SaidLookUp(items[0], values.get("about")),
        "search": lambda: s.SaidSearch(values["words"], filters),
        "similar": lambda: s.SaidSimilar(items[0], filters),
        "react": lambda: s.SaidReact(items[0], next(one for one in slots if "=" not in one)),
        "greet": lambda: a.Greet(slots[0]),
        "help": a.Help,
        "hand_over": a.HandOver,
        "reset": a.Reset,
    }
    return made.get(kind, s.SaidUnknown)()


def _spoken_filter(slot: str) -> Any:
    if slot.startswith("drop ") or re.match(r"(?:k|at|item|basis|about|words)=", slot):
        return None
    said: Any = s.SaidName(slot.split("=")[1]) if "=" in slot else None
    if " or " in slot:
        said = s.SaidEither([one.strip("+") for one in slot.split(" or ")])
    elif slot[0] in "+-":
        said = s.SaidName(slot[1:].rsplit("=", maxsplit=1)[-1], slot[0] == "+")
    elif ".." in slot:
        name, limits = slot.split(" ")
        said = s.SaidNumber(name, *(float(one) if one else None for one in limits.split("..")))
    elif slot[-1] in "<>":
        said = s.SaidRelative(slot[:-1], slot[-1] == "<")
    elif slot.startswith("about "):
        said = s.SaidTopic(slot[6:])
    return said


@dataclass
class Script:
    """What an endpoint says next, in the place of a model; ``asked`` has the prompts."""

    answer: str = ""
    asked: list[Request] = field(default_factory=list)

    def say(self, said: Any) -> None:
        """Set the next answer."""
        self.answer = msgspec.json.encode({"answer": said}).decode()

    def stream(self, request: Request) -> Iterator[str | End]:
        """Yield the answer in pieces."""
        self.asked.append(request)
        yield from (self.answer[n : n + 20] for n in range(0, len(self.answer), 20))
        yield End("stop", 1, 1)


def scripted(script: Script, root: Path) -> tuple[LanguageModel, Callable[[], None]]:
    """Return a model behind an endpoint that says what the script says, and what ends the endpoint."""
    file = Path(__file__).parents[1] / "language" / "endpoint_server.py"
    server = runpy.run_path(str(file))["Endpoint"](script)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    model = open_language_model(project(root, server.address))
    assert model is not None

    def end() -> None:
        model.close()
        server.shutdown()
        thread.join()
        server.server_close()

    return model, end


def project(root: Path, model: str = "none") -> Settings:
    """Return settings with a language model."""
    return Settings(root, root / "home", root / "runs", neo4j=Neo4jSettings(), language=LanguageSettings(model=model))


@dataclass
class Accuracy:
    """How well utterances are understood.

    Attributes
    ----------
    action, whole
        Shares of right actions, and of actions that are right in every slot.
    slowest
        Seconds of processor time.
    mistaken
        Utterances that became another action than meant, or one with other slots; those of which the assistant says
        that it does not understand are not among them.
    """

    n: int = 0
    action: float = 0.0
    whole: float = 0.0
    slowest: float = 0.0
    mistaken: int = 0
    by_encoder: int = 0
    misses: list[str] = field(default_factory=list)


def measure(
    rows: list[Row], vocabulary: Vocabulary, before: Callable[[Row], None] | None = None, **way: Any
) -> Accuracy:
    """Return how well a way understands."""
    held, found = contexts(vocabulary), Accuracy(len(rows))
    for row in rows:
        if before:
            before(row)
        began = time.process_time()
        understood = module.understand(row.text, held[row.context], vocabulary, **way)
        found.slowest = max(found.slowest, time.process_time() - began)
        said = labelled(understood.action)
        found.action += (row.label[0] in said) / len(rows)
        found.whole += (said == frozenset(row.label)) / len(rows)
        found.mistaken += said != frozenset(row.label) and "unknown" not in said
        found.by_encoder += understood.how.startswith("encoder")
        if said != frozenset(row.label):
            got = f"{sorted(said)} {understood.how}"
            found.misses.append(f"{row.context}: {row.text}\n  want {sorted(row.label)}\n  got  {got}")
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ways", nargs="*", metavar="rules|encoder|model")
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    options.ways = options.ways or ["rules", "encoder", "model"]
    vocabulary, script = catalogue(), Script()
    model, end = scripted(script, Path())
    nearest = nearest_of(project(Path(tempfile.gettempdir())))
    for language in ("en", "zh") if "encoder" in options.ways else ():
        nearest.prepare(language)
    ways: dict[str, dict[str, Any]] = {
        "rules": {},
        "encoder": {"nearest": nearest},
        "model": {"model": model, "before": lambda row: script.say(spoken(row, vocabulary))},
    }
    module.understand("hello", a.Context(), vocabulary)
    print("| way | utterances | language | n | action | action and slots | mistaken | by encoder | slowest, ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    for way in options.ways:
        for name in SETS:
            for language in ("en", "zh"):
                rows = [row for row in read(name) if row.language == language]
                found = measure(rows, vocabulary, **ways[way])
                counts = f"{found.mistaken} | {found.by_encoder} | {found.slowest * 1000:.0f}"
                print(
                    f"| {way} | {name} | {language} | {found.n} | {found.action:.2f} | {found.whole:.2f} | {counts} |"
                )
                if options.misses and name in SEEN:
                    print("\n".join(found.misses))
    end()


if __name__ == "__main__":
    main()
