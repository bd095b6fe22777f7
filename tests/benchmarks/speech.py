"""Word error rate on sentences that espeak-ng speaks: ``python tests/benchmarks/speech.py [MODEL]``.

Made speech is clear but unnatural: for people's voices the rate is another. Once any English is expected, once these
sentences alone. ``cost``: seconds of processor time for a second of sound.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from pathlib import Path

from graphrec.config.settings import load_settings
from graphrec.language.speech import open_listener
from graphrec.language.voice import EspeakVoice, speak

SENTENCES = Path(__file__).parents[1] / "language" / "data" / "spoken.txt"
VOICES = ("en-us", "en-gb")


def errors(said: list[str], heard: list[str]) -> int:
    """Return the fewest words put in, left out or changed that make what was said into what was heard."""
    row = list(range(len(heard) + 1))
    for n, word in enumerate(said, 1):
        before, row[0] = row[0], n
        for m, other in enumerate(heard, 1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (word != other))
    return row[-1]


def main() -> None:
    """Print a table, and what was heard."""
    settings = load_settings()
    if len(sys.argv) > 1:
        settings = settings.override("language", speech=sys.argv[1])
    voice = EspeakVoice()
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    print("| recogniser | expected | voice | sentences | words | word error rate | whole sentences | cost |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for expected, language in itertools.product(((), lines), VOICES):
            listener = open_listener(settings, expected)
            wrong = whole = 0
            seconds, began = 0.0, time.process_time()
            for line in lines:
                file = Path(folder) / "said.wav"
                speak(voice, line, file, language)
                found = listener.transcribe(file, "en")
                count = errors(line.split(), found.text.lower().replace(",", "").replace(".", "").split())
                wrong, whole, seconds = wrong + count, whole + (count == 0), seconds + found.seconds
                print(f"  {line} → {found.text}", file=sys.stderr)
            words = sum(len(line.split()) for line in lines)
            cost = (time.process_time() - began) / seconds
            told = "these sentences" if expected else "any English"
            print(
                f"| {listener.recogniser.how} | {told} | {language} | {len(lines)} | {words} | {wrong / words:.2f} | "
                f"{whole} | {cost:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
