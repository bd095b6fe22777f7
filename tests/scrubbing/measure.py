"""Measure what scrubbing finds on labelled sentences: ``python -m tests.scrubbing.measure``.

``sentences.tsv`` was at hand when the rules were written; ``held_out.tsv`` was written after them, and no rule was
changed for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from graphrec.common.console import echo
from graphrec.scrubbing.scrub import Scrubber

FILES = ("sentences.tsv", "held_out.tsv")


class Case(NamedTuple):
    """A sentence, what of it names somebody (empty: nothing), and its kind and language."""

    text: str
    wanted: str
    kind: str
    language: str


class Measured(NamedTuple):
    """Kind and language → found, and all; sentences that name nobody and were changed, and their number."""

    found: Counter[tuple[str, str]]
    all: Counter[tuple[str, str]]
    wrong: list[str]
    plain: int
    missed: list[str]


def cases(name: str) -> Iterator[Case]:
    """Yield the sentences of a file beside this one."""
    for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
        text, _, wanted = line.partition("\t")
        language = "zh" if re.search("[一-鿿]", text) else "en"
        digits = len(re.sub(r"\D", "", wanted))
        kind = "e-mail" if "@" in wanted else ("card" if _is_card(digits, wanted) else "phone") if digits else "name"
        yield Case(text, wanted, kind, language)


def _is_card(digits: int, wanted: str) -> bool:
    return digits >= 15 and not wanted.startswith("+")


def measure(name: str, scrubber: Scrubber) -> Measured:
    """Scrub the sentences of a file, and compare."""
    done = Measured(Counter(), Counter(), [], 0, [])
    plain = 0
    for case in cases(name):
        left = scrubber.text(case.text)
        if not case.wanted:
            plain += 1
            if left != case.text:
                done.wrong.append(case.text)
            continue
        done.all[case.kind, case.language] += 1
        if case.wanted in left:
            done.missed.append(case.text)
        else:
            done.found[case.kind, case.language] += 1
    return done._replace(plain=plain)


if __name__ == "__main__":
    for name in FILES:
        done = measure(name, Scrubber())
        echo(name)
        for kind in sorted(done.all):
            echo(f"  {' '.join(kind)}  {done.found[kind]} of {done.all[kind]}")
        echo(f"  changed without a name  {len(done.wrong)} of {done.plain}: {done.wrong}")
        echo(f"  missed: {done.missed}")
