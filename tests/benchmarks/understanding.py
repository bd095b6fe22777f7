"""Accuracy of understanding on labelled utterances: of the action, and of everything in it.

    python tests/benchmarks/understanding.py [--encoder NAME] [--misses] [development|test]

A label is the action with its slots: ``similar | item=1 | -Horror``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrec.assistant import actions as a
from graphrec.assistant.understanding import understand as module
from graphrec.assistant.understanding.known_names import EntityName, Spread, Vocabulary

DATA = Path(__file__).parents[1] / "assistant" / "data"
SETS = {
    "development": Path(module.__file__).with_name("development.tsv"),
    "test": DATA / "test.tsv",
}
#: Names in labels → names in the catalogue.
FACTS = ("HAS_GENRE", "DIRECTED_BY", "STARS")


@dataclass(frozen=True)
class Row:
    """A labelled utterance."""

    language: str
    context: str
    text: str
    label: frozenset[str]


def catalogue() -> Vocabulary:
    """Return the vocabulary of the made catalogue."""
    rows = [line.split("\t") for line in (DATA / "catalogue.tsv").read_text("utf-8").splitlines()]
    tied: dict[str, list[str]] = {}
    for row in rows:
        for kind, names in zip(FACTS, row[6:9], strict=True):
            for name in filter(None, names.split(",")):
                tied.setdefault(name, []).append(kind)
    entities = [EntityName(f"e:{name}", name, tuple(dict.fromkeys(kinds)), len(kinds)) for name, kinds in tied.items()]
    numbers = {"year": [], "runtime": [], "rating": []}
    for row in rows:
        for name, value in zip(numbers, row[2:5], strict=True):
            numbers[name].append(float(value))
    return Vocabulary(
        items=[a.ItemRef(row[0], row[1]) for row in rows],
        entities=sorted(entities, key=lambda one: -one.items),
        numbers={name: Spread(min(held), sorted(held)[len(held) // 2], max(held)) for name, held in numbers.items()},
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
    rows = []
    for line in SETS[name].read_text("utf-8").splitlines():
        language, context, text, label = line.split("\t")
        rows.append(Row(language, context, text, frozenset(part.strip() for part in label.split(" | "))))
    return rows


def labelled(action: Any) -> frozenset[str]:
    """Return an action as a label."""
    return frozenset((action.__struct_config__.tag, *_slots(action)))


def _slots(action: Any) -> Iterator[str]:
    match action:
        case a.Recommend(filters, k, at):
            yield from map(_filter, filters)
            yield from (f"{name}={value}" for name, value in (("k", k), ("at", at)) if value is not None)
        case a.Refine(add, drop, basis):
            yield from map(_filter, add)
            yield from (f"drop {_filter(one)}" for one in drop)
            yield from [f"basis={basis.item}"] if basis else []
        case a.More(k):
            yield from [f"k={k}"] if k else []
        case a.Explain(item):
            yield from [f"item={item.item}"] if item else []
        case a.Compare(items):
            yield from (f"item={one.item}" for one in items)
        case a.LookUp(item, about):
            yield f"item={item.item}"
            yield from [f"about={about}"] if about else []
        case a.Search(words, filters):
            yield f"words={words}"
            yield from map(_filter, filters)
        case a.Similar(item, filters):
            yield f"item={item.item}"
            yield from map(_filter, filters)
        case a.React(item, reaction):
            yield from (f"item={item.item}", reaction)
        case a.Confirm(yes):
            yield "yes" if yes else "no"
        case a.Greet(kind):
            yield kind


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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["development", "test"])
    parser.add_argument("--misses", action="store_true", help="show what went wrong; not for the test set")
    options = parser.parse_args()
    vocabulary = catalogue()
    held = contexts(vocabulary)
    print("| utterances | language | n | action | action and slots | ms, longest |")
    print("|---|---|---|---|---|---|")
    for name in options.sets:
        for language in ("en", "zh"):
            right = whole = 0
            slowest = 0.0
            rows = [row for row in read(name) if row.language == language]
            for row in rows:
                began = time.perf_counter()
                understood = module.understand(row.text, held[row.context], vocabulary)
                slowest = max(slowest, time.perf_counter() - began)
                said = labelled(understood.action)
                kind = {type(understood.action).__struct_config__.tag}
                right += kind <= row.label
                whole += said == row.label
                if options.misses and said != row.label and name != "test":
                    print(
                        f"{row.context:8}{row.text}\n     want {sorted(row.label)}\n     got  {sorted(said)} {understood.unread}"
                    )
            print(
                f"| {name} | {language} | {len(rows)} | {right / len(rows):.2f} | {whole / len(rows):.2f} | {slowest * 1000:.1f} |"
            )


if __name__ == "__main__":
    main()
