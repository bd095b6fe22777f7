"""What gets through of what a model makes up: ``python -m tests.benchmarks.invention [USERS]``, in a published project.

An endpoint on this machine answers with sentences of which it knows whether they are true
(``tests/grounding/inventive.py``): a text in English and one in Chinese about the first item of the lists of USERS
(100) users, by the whole way of ``graphrec write``.
"""

from __future__ import annotations

import itertools
import sys
from collections import Counter

from graphrec.config.settings import load_settings
from graphrec.copywriting.wording import Wording
from graphrec.copywriting.write import Writer
from graphrec.db import queries
from graphrec.db.database import connect
from graphrec.language.templates import TEMPLATE
from graphrec.publishing.registry import active_run
from tests.grounding.inventive import FREE, PLAIN, inventive

KINDS = ("blurb", "push", "email", "article")
TONES = ("neutral", "warm", "playful", "formal")


def main() -> None:
    """Print what was written, and what was left of it."""
    users = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    written, let, texts = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    with inventive() as endpoint:
        settings = load_settings().override("language", model=endpoint.address, cache=False)
        settings = settings.override("copy", noun="film")
        with connect(settings) as db, Writer(db, settings) as writer:
            active = active_run(db)
            if active is None:
                raise SystemExit("no run is published here")
            given = {"runId": active.run_id, "top": 1}
            wanted = db.read(queries.load("query/segment", settings.graph), **given)[:users]
            wordings = itertools.cycle(itertools.product(KINDS, TONES))
            for row, lang in itertools.product(wanted, ("en", "zh")):
                kind, tone = next(wordings)
                copy = writer.write(row["user"], row["item"], Wording(kind, lang, tone))  # type: ignore[arg-type]
                texts[lang, "template" if copy.how == TEMPLATE else "model"] += 1
                for one in copy.checked.sentences:
                    label = endpoint.labels.get((copy.title, one.text))
                    if label is None:
                        continue  # of the template
                    written[lang, label] += 1
                    let[lang, label] += one.supported
                    if one.supported and label not in (PLAIN, FREE):
                        print(f"GOT THROUGH ({label}): {one.text}", file=sys.stderr)
                    if not one.supported and label == PLAIN:
                        print(f"  cut, though true: {one.text} ({one.why})", file=sys.stderr)
    columns = (
        "language",
        "texts",
        "worded by the model",
        "sentences",
        "invented",
        "got through",
        "plain kept",
        "free kept",
    )
    print(f"| {' | '.join(columns)} |")
    print("|---|---|---|---|---|---|---|---|")
    for lang in ("en", "zh"):
        invented = [label for one, label in written if one == lang and label not in (PLAIN, FREE)]
        total = sum(n for (one, _), n in written.items() if one == lang)
        made_up = sum(written[lang, label] for label in invented)
        through = sum(let[lang, label] for label in invented)
        kept = [f"{let[lang, label]} of {written[lang, label]}" for label in (PLAIN, FREE)]
        whole = texts[lang, "template"] + texts[lang, "model"]
        print(
            f"| {lang} | {whole} | {texts[lang, 'model']} | {total} | {made_up} | {through} | {kept[0]} | {kept[1]} |"
        )
    print("\n| invention | sentences | got through |\n|---|---|---|")
    for label in sorted({label for _, label in written} - {PLAIN, FREE}):
        counts = [sum(found[lang, label] for lang in ("en", "zh")) for found in (written, let)]
        print(f"| {label} | {counts[0]} | {counts[1]} |")


if __name__ == "__main__":
    main()
