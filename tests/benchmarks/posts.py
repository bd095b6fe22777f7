"""What posts add, whether alarms are false as rarely as is stated, and whether names are found.

``python tests/benchmarks/posts.py mentions``
    Names of items and entities in labelled sentences (``tests/posts/data``).
``python tests/benchmarks/posts.py alarms``
    Alarms in series without a change.
``python tests/benchmarks/posts.py changes``
    Alarms in series with one.
``python tests/benchmarks/posts.py model [--alone] [--test 0.75]``
    Held-out purchases of the made sample with no posts, posts, posts with shuffled tones, and posts that all count as
    liking. Loads the sample into the database of the working folder, which must be empty.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).resolve().parents[1] / "posts" / "data"


def table(file: str) -> list[dict[str, str]]:
    """Return the rows of a tab-separated file."""
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def say(*cells: Any) -> None:
    """Print a row."""
    sys.stdout.write("\t".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells) + "\n")


@click.group()
def main() -> None:
    """Measure posts."""


def linked(least: float, part: str = "test") -> dict[str, tuple[int, int, int]]:
    """Return language → names that are rightly linked, wrongly linked, and missed."""
    from graphrec.posts.mentions import Matcher

    rows, names = table("mentions.tsv"), table("names.tsv")
    matcher = Matcher((row["id"], row["name"]) for row in names)
    matcher.learn(row["text"] for row in rows)
    found = {}
    for lang in ("en", "zh"):
        right = wrong = missed = 0
        for row in rows:
            if (row["part"], row["lang"]) == (part, lang):
                wanted = set(filter(None, (row["named"] or "").split("|")))
                got = {mention.node for mention in matcher.find(row["text"], least=least).mentions}
                right += len(wanted & got)
                wrong += len(got - wanted)
                missed += len(wanted - got)
        found[lang] = right, wrong, missed
    return found


@main.command()
def mentions() -> None:
    """Precision and recall by language and least confidence."""
    say("sentences", "confidence", "language", "linked", "precision", "recall")
    for part in ("dev", "test"):
        for least in (0.0, 0.5, 0.7, 0.9):
            for lang, (right, wrong, missed) in linked(least, part).items():
                say(part, least, lang, right + wrong, right / max(1, right + wrong), right / (right + missed))


Series = Callable[[np.random.Generator, int], NDArray[np.float64]]
WEEK = np.array([1.0, 0.8, 0.8, 0.9, 1.2, 1.8, 1.6])


def poisson(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Posts a day: 5 on average."""
    return rng.poisson(5, n).astype(float)


def weekly(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """The same with busy weekends."""
    return rng.poisson(5 * WEEK[np.arange(n) % 7]).astype(float)


def bursty(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """The same with days of very different size, independent of each other."""
    return rng.poisson(5 * rng.gamma(0.5, 2.0, n)).astype(float)


def drifting(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """A mean that follows that of the day before (correlation 0.5): not without a change."""
    mean = np.empty(n)
    mean[0] = 0.0
    for day in range(1, n):
        mean[day] = 0.5 * mean[day - 1] + rng.normal(0, 0.3)
    return rng.poisson(5 * np.exp(mean - 0.06)).astype(float)


def alarmed(counts: NDArray[np.float64], rate: float, seed: int) -> bool:
    """Return whether a series of counts has an alarm."""
    from graphrec.posts.changes import find_changes, without_weekdays

    values, kinds = without_weekdays(2 * np.sqrt(counts + 3 / 8), 0)
    return bool(find_changes(values, np.ones(len(counts)), kinds, rate=rate, seed=seed))


@main.command()
@click.option("--series", default=1_000, show_default=True)
def alarms(series: int) -> None:
    """Share of series with an alarm, where nothing changes."""
    say("90 days of", "stated", "alarms", "± (95 %)")
    kinds = {
        "poisson, 5 a day": poisson,
        "busy weekends": weekly,
        "very uneven days": bursty,
        "drifting days": drifting,
    }
    rng = np.random.default_rng(0)
    for name, make in kinds.items():
        for rate in (0.05, 0.01):
            share = float(np.mean([alarmed(make(rng, 90), rate, n) for n in range(series)]))
            say(name, rate, share, 1.96 * float(np.sqrt(share * (1 - share) / series)))
    sample = planted_days()
    for rate in (0.05, 0.01):
        share = float(np.mean([alarmed(rng.permutation(sample), rate, n) for n in range(series)]))
        say("the sample's days, shuffled", rate, share, 1.96 * float(np.sqrt(share * (1 - share) / series)))


@main.command()
@click.option("--series", default=250, show_default=True)
def changes(series: int) -> None:
    """Share of changes that are found."""
    rng = np.random.default_rng(0)
    say("with a change", "stated", "found", "± (95 %)")
    for name, change in (
        ("doubled for 10 days", (10, 2.0)),
        ("doubled for 30 days", (30, 2.0)),
        ("x4 for 3 days", (3, 4.0)),
    ):
        found = []
        for n in range(series):
            counts = rng.poisson(5, 90).astype(float)
            length, factor = change
            start = int(rng.integers(0, 90 - length + 1))
            counts[start : start + length] = rng.poisson(5 * factor, length)
            found.append(alarmed(counts, 0.01, n))
        share = float(np.mean(found))
        say(name, 0.01, share, 1.96 * float(np.sqrt(share * (1 - share) / len(found))))


def planted_days() -> NDArray[np.float64]:
    """Return the number of posts of each day of the sample, before one film turns."""
    from datetime import datetime
    from tempfile import TemporaryDirectory

    from graphrec.datasets.sample import write_sample
    from graphrec.datasets.sample.posts import FIRST, TURN, make_posts

    with TemporaryDirectory() as folder:
        posts = make_posts(write_sample(folder))
    days = np.array([(datetime.fromisoformat(post.time) - FIRST).days for post in posts])
    return np.bincount(days[days < TURN], minlength=TURN).astype(float)


@main.command()
@click.option("--seeds", default=5, show_default=True, help="Splits, each with its own training.")
@click.option("--epochs", default=15, show_default=True)
@click.option("--posts", default=3_000, show_default=True)
@click.option(
    "--alone", is_flag=True, help="Leave out views and searches: purchases are all that is known beside posts."
)
@click.option("--test", default=0.1, show_default=True, help="Share of the purchases that is held out for the test.")
def model(seeds: int, epochs: int, posts: int, alone: bool, test: float) -> None:
    """NDCG@10 of held-out purchases, with intervals of 95 % over seeds; differences are paired."""
    from tests.benchmarks.posts_model import measure

    values = measure(seeds, epochs, posts, alone=alone, test=test)
    base = np.array(values["no posts"])
    say("graph", "ndcg@10", "±", "against no posts", "±")
    for name, found in values.items():
        mean, half = interval(np.array(found))
        say(name, mean, half, *interval(np.array(found) - base))


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and half the width of the interval of 95 %, by Student's t."""
    from scipy.stats import t

    n = len(values)
    return float(values.mean()), float(t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n))


if __name__ == "__main__":
    main()
