"""Accuracy of tone on 200 labelled sentences, English and Chinese: ``python tests/benchmarks/tone.py [MODEL]``.

A score of more than 0.05 counts as positive, of less than -0.05 as negative (VADER's own limits). ``decided``: of the
sentences that are positive or negative, those whose sign is right.
"""

from __future__ import annotations

import sys
from pathlib import Path

from graphrec.language.tone import LexiconJudge, ModelJudge

SENTENCES = Path(__file__).parents[1] / "language" / "data" / "tone.tsv"
LIMIT = 0.05
SIGNS = {"positive": 1, "neutral": 0, "negative": -1}


def sentences(file: Path = SENTENCES) -> list[tuple[str, str, str]]:
    """Return language, tone and text of each sentence."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [(parts[0], parts[1], parts[2]) for line in lines if line[:1] != "#" and (parts := line.split("\t"))]


def main() -> None:
    """Print a table."""
    judge = ModelJudge(sys.argv[1], Path()) if len(sys.argv) > 1 and sys.argv[1] != "-v" else LexiconJudge()
    print("| language | how | n | right of three | decided | positive | neutral | negative |")
    print("|---|---|---|---|---|---|---|---|")
    for language in ("en", "zh"):
        rows = [one for one in sentences() if one[0] == language]
        found = judge.judge([text for _, _, text in rows])
        scores = [one.score or 0.0 for one in found]
        signs = [(score > LIMIT) - (score < -LIMIT) for score in scores]
        wanted = [SIGNS[tone] for _, tone, _ in rows]
        right = [sign == want for sign, want in zip(signs, wanted, strict=True)]
        decided = [score * want > 0 for score, want in zip(scores, wanted, strict=True) if want]
        parts = [sum(r for r, w in zip(right, wanted, strict=True) if w == s) for s in SIGNS.values()]
        counts = [f"{part}/{wanted.count(s)}" for part, s in zip(parts, SIGNS.values(), strict=True)]
        shares = (f"{sum(one) / len(one):.2f}" for one in (right, decided))
        print(f"| {language} | {found[0].how} | {len(rows)} | {' | '.join([*shares, *counts])} |")
        if "-v" in sys.argv:
            for (_, tone, text), score, fine in zip(rows, scores, right, strict=True):
                if not fine:
                    print(f"  {tone} {score:+.2f} {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
